# Generated from tests/_async/tools/test_user_input.py by `nox -s codegen`. Do not edit.
"""Asking the user."""

from __future__ import annotations

import io

import pytest

from twofold import TOOL_MAPPING, AgentToolExecutionError, UserInputTool
from twofold._sync.tools.calling import call_tool


def test_the_terminal_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("blue\n"))
    assert UserInputTool()("Which colour?") == "blue"
    assert capsys.readouterr().out == "Which colour?\nYour answer: "


def test_nobody_at_the_terminal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(AgentToolExecutionError, match="nobody at the terminal"):
        call_tool(UserInputTool(), ("Which colour?",))


def test_a_function_of_either_kind_is_asked() -> None:
    def later(question: str) -> str:
        return question.upper()

    assert UserInputTool(later)("a?") == "A?"
    assert UserInputTool(lambda question: 7)("a?") == "7"


def test_the_base_tools_can_be_made_without_arguments() -> None:
    assert [cls().name for cls in TOOL_MAPPING.values()] == list(TOOL_MAPPING)
