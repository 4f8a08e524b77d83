"""Stop sequences: which models accept them, and cutting replies of the others."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twofold._core.models.capabilities import (
    REMOVE_PARAMETER,
    StopSequenceCutter,
    remove_content_after_stop_sequences,
    supports_stop_parameter,
)


@pytest.mark.parametrize(
    ("model_id", "supported"),
    [
        ("gpt-4o", True),
        ("gpt-4.1-mini", True),
        ("o1", True),
        ("o3-mini", True),
        ("openai/o3-mini-2025-01-31", True),
        ("Qwen/Qwen2.5-Coder-32B-Instruct", True),
        ("my-o3", True),
        ("", True),
        ("o3", False),
        ("o3-2025-04-16", False),
        ("openai/o4-mini", False),
        ("gpt-5", False),
        ("openrouter/openai/gpt-5-nano", False),
        ("GPT-5.1", False),
        ("xai/grok-4", False),
        ("grok-3-mini", False),
    ],
)
def test_models_that_accept_stop(model_id: str, supported: bool) -> None:
    assert supports_stop_parameter(model_id) is supported


@pytest.mark.parametrize(
    ("content", "stops", "expected"),
    [
        ("a Observation: b", ["Observation:"], "a "),
        ("a END b STOP", ["STOP", "END"], "a "),
        ("nothing here", ["STOP"], "nothing here"),
        ("STOP", ["STOP"], ""),
        ("abc", [], "abc"),
        ("abc", None, "abc"),
        ("abc", [""], "abc"),
        (None, ["x"], None),
        ("", ["x"], ""),
    ],
)
def test_cutting_a_whole_reply(content: str | None, stops: list[str] | None, expected: str | None) -> None:
    assert remove_content_after_stop_sequences(content, stops) == expected


def streamed(chunks: list[str], stops: list[str]) -> str:
    cutter = StopSequenceCutter(stops)
    return "".join(cutter.feed(chunk) for chunk in chunks) + cutter.flush()


# few letters, so that stop sequences occur, overlap and begin in vain
letters = st.text(alphabet="ab", max_size=4)


@given(st.lists(letters, max_size=8), st.lists(letters, max_size=3))
@example(["xab", "c"], ["abc", "b"])
@example(["xab", "d"], ["abc", "b"])
@example(["xab"], ["abc", "b"])
def test_a_stream_is_cut_where_the_whole_reply_is(chunks: list[str], stops: list[str]) -> None:
    assert streamed(chunks, stops) == remove_content_after_stop_sequences("".join(chunks), stops)


@given(st.lists(letters, max_size=8), st.lists(letters, max_size=3))
def test_nothing_is_passed_on_that_would_have_to_be_taken_back(chunks: list[str], stops: list[str]) -> None:
    cutter = StopSequenceCutter(stops)
    passed = ""
    for number, chunk in enumerate(chunks):
        passed += cutter.feed(chunk)
        whole = remove_content_after_stop_sequences("".join(chunks[: number + 1]), stops)
        assert whole is not None
        assert whole.startswith(passed)


def test_text_is_passed_on_as_soon_as_it_can_be() -> None:
    cutter = StopSequenceCutter(["Observation:"])
    assert cutter.feed("The Obs") == "The "
    assert cutter.feed("cure") == "Obscure"
    assert not cutter.stopped
    assert cutter.feed(" Observation: 3") == " "
    assert cutter.stopped
    assert cutter.feed("more") == ""
    assert cutter.flush() == ""


def test_without_stop_sequences_nothing_is_held_back() -> None:
    cutter = StopSequenceCutter([])
    assert [cutter.feed(chunk) for chunk in ("a", "", "b")] == ["a", "", "b"]
    assert cutter.flush() == ""


def test_a_parameter_to_remove_is_recognised_by_identity() -> None:
    assert repr(REMOVE_PARAMETER) == "REMOVE_PARAMETER"
    assert REMOVE_PARAMETER != None  # noqa: E711
