"""Asking the user."""

from __future__ import annotations

import io

import pytest

from twofold._async.tools.calling import call_tool
from twofold.aio import TOOL_MAPPING, AgentToolExecutionError, UserInputTool


async def test_the_terminal_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("blue\n"))
    assert await UserInputTool()("Which colour?") == "blue"
    assert capsys.readouterr().out == "Which colour?\nYour answer: "


async def test_nobody_at_the_terminal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(AgentToolExecutionError, match="nobody at the terminal"):
        await call_tool(UserInputTool(), ("Which colour?",))


async def test_a_function_of_either_kind_is_asked() -> None:
    async def later(question: str) -> str:
        return question.upper()

    assert await UserInputTool(later)("a?") == "A?"
    assert await UserInputTool(lambda question: 7)("a?") == "7"


def test_the_base_tools_can_be_made_without_arguments() -> None:
    assert [cls().name for cls in TOOL_MAPPING.values()] == list(TOOL_MAPPING)
