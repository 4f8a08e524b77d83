"""Errors that must show no key."""

import json
from urllib.parse import quote

import pytest

from twofold._core.errors import ConfigurationError, ModelError
from twofold._core.models.redaction import checked_key, has_secret, redact_error, redacted

KEY = "sk-very-secret-1234"


class Quiet(Exception):
    def __str__(self) -> str:
        return "quiet"

    __repr__ = __str__


def with_note() -> Exception:
    error = ValueError("wrong")
    error.add_note(f"sent Bearer {KEY}")
    return error


def with_context_beside_a_cause() -> Exception:
    error = ValueError("wrong")
    error.__context__ = ValueError(KEY)
    error.__cause__ = KeyError("another")
    return error


def with_cause() -> Exception:
    error = ValueError("wrong")
    error.__cause__ = with_note()
    return error


@pytest.mark.parametrize(
    "error",
    [
        ValueError(KEY),
        Quiet(KEY),
        Quiet({"header": KEY}),
        with_note(),
        with_cause(),
        with_context_beside_a_cause(),
        ExceptionGroup("several", [ValueError("one"), with_note()]),
    ],
    ids=["message", "args", "data", "note", "cause", "context", "group"],
)
def test_a_key_is_found_wherever_it_is(error: Exception) -> None:
    assert has_secret(error, [None, KEY])
    assert not has_secret(error, ["sk-another-key", "", None])


def test_errors_that_lead_to_one_another_come_to_an_end() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__context__, other.__cause__ = other, one
    assert not has_secret(one, [KEY])


@pytest.mark.parametrize("key", [KEY, f"{KEY}\n", f"{KEY}\n{KEY}", "a\\b\tcd", "a/b+c=="])
def test_every_form_of_a_key(key: str) -> None:
    for text in (
        key,
        key.strip(),
        repr(key),
        repr(key.encode()),
        json.dumps({"key": key}),
        quote(key, safe=""),
    ):
        assert "***" in redacted(text, [key])
        assert key.strip()[-4:] not in redacted(text, [key])


def test_of_two_keys_the_longer_goes_first() -> None:
    assert redacted(f"{KEY}-more", [KEY, f"{KEY}-more"]) == "***"
    assert redacted("no key", ["no", ""]) == "no key"


def test_an_error_is_cleaned() -> None:
    error = ModelError(f"wrong: {KEY}", status=401)
    error.add_note(f"sent {KEY}")
    error.__cause__, error.__context__ = ValueError(KEY), ValueError("harmless")
    redact_error(error, [KEY])
    assert (str(error), error.args, error.__notes__) == ("wrong: ***", ("wrong: ***",), ["sent ***"])
    assert error.__cause__ is None
    assert isinstance(error.__context__, ValueError)
    assert error.status == 401


def test_keys_that_can_be_sent() -> None:
    assert checked_key(f" {KEY}\r\n", "api_key") == KEY
    assert checked_key("no key needed", "api_key") == "no key needed"
    assert checked_key(None, "api_key") is None
    assert checked_key(len, "api_key") is len
    with pytest.raises(ConfigurationError, match=r"^token cannot be a key: its character 2 of 3 is U\+000A"):
        checked_key("a\nb", "token")
