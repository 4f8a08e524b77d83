"""What a code agent asks for and shows."""

from __future__ import annotations

import json

import pytest

from twofold._core.agents.code_action import CODE_RESPONSE_FORMAT, describe_output, stop_sequences
from twofold._core.parsing import MARKDOWN_TAGS, CodeBlockTags, parse_thought_and_code


def test_stop_sequences() -> None:
    assert stop_sequences(None) == ["Observation:", "Calling tools:"]
    assert stop_sequences(CodeBlockTags("<code>", "</code>")) == ["Observation:", "Calling tools:", "</code>"]
    assert stop_sequences(MARKDOWN_TAGS) == ["Observation:", "Calling tools:"]


def test_the_response_format_is_what_the_parser_reads() -> None:
    schema = CODE_RESPONSE_FORMAT["json_schema"]["schema"]
    reply = json.dumps(dict.fromkeys(schema["required"], "x()"))
    assert parse_thought_and_code(reply) == ("x()", "x()")
    assert set(schema["required"]) == set(schema["properties"]), "strict schemas require every property"
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("logs", "value", "expected"),
    [
        ("1\n2\n", None, "Printed output:\n1\n2"),
        ("", 3, "Value of the last expression:\n3"),
        ("a\n", 0, "Printed output:\na\nValue of the last expression:\n0"),
        ("", "", "Value of the last expression:\n"),
        ("", None, "The code ran and printed nothing."),
    ],
)
def test_outcome(logs: str, value: object, expected: str) -> None:
    assert describe_output(logs, value) == expected


def test_a_long_value_is_cut() -> None:
    shown = describe_output("", "x" * 100_000)
    assert "80000 of 100000 characters were left out" in shown
    assert len(shown) < 21_000


class NoText:
    def __str__(self) -> str:
        raise ZeroDivisionError


def test_a_value_whose_text_cannot_be_made_is_no_error() -> None:
    assert "<NoText whose str() failed: ZeroDivisionError>" in describe_output("", NoText())
    assert hex(10**5_000)[:30] in describe_output("", 10**5_000)
