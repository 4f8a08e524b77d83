"""Scripts: order, functions, exhaustion, threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from twofold._core.errors import ConfigurationError
from twofold._core.testing.script import Script, ScriptExhausted


def test_replies_come_in_order_once_each():
    script: Script[str, str] = Script(["a", "b"])
    assert (script.remaining, script.asked) == (2, 0)
    assert [script.next_reply("x"), script.next_reply("y")] == ["a", "b"]
    assert (script.remaining, script.asked) == (0, 2)
    script.assert_exhausted()


def test_a_function_makes_the_reply_from_the_request_and_never_ends():
    script: Script[str, str] = Script(str.upper)
    assert [script.next_reply(text) for text in ("a", "b")] == ["A", "B"]
    assert script.remaining is None
    assert script.asked == 2
    script.assert_exhausted()


def test_what_the_function_raises_is_passed_on():
    def fail(_: str) -> str:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Script(fail).next_reply("x")


def test_one_request_too_many_says_which_and_what_to_do():
    script: Script[str, str] = Script(["a"], player="ScriptedModel", describe=lambda r: f"it says {r!r}")
    script.next_reply("first")
    with pytest.raises(ScriptExhausted) as caught:
        script.next_reply("second")
    message = str(caught.value)
    assert "ScriptedModel was asked for reply 2, but its script has only 1" in message
    assert "it says 'second'" in message
    assert "function of the request" in message
    assert isinstance(caught.value, AssertionError)
    with pytest.raises(ScriptExhausted, match="asked for 2 replies and has only 1"):
        script.assert_exhausted()


def test_replies_left_over_are_an_error_that_shows_the_first():
    script: Script[str, str] = Script(["a", "b", "c"])
    script.next_reply("x")
    with pytest.raises(ScriptExhausted, match="1 of 3 replies; the first unused is 'b'"):
        script.assert_exhausted()


@pytest.mark.parametrize("wrong", ["text", b"bytes", 7, None, {"a"}, {"a": "b"}, iter(["a"])])
def test_what_is_no_script_is_refused_where_it_is_given(wrong):
    with pytest.raises(ConfigurationError, match="script"):
        Script(wrong)


def test_later_changes_of_the_list_do_not_change_the_script():
    replies = ["a"]
    script: Script[str, str] = Script(replies)
    replies.append("b")
    assert script.replies == ("a",)


def test_threads_never_get_the_same_reply():
    script: Script[int, int] = Script(range(2000))
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(script.next_reply, range(2000)))
    assert sorted(got) == list(range(2000))
