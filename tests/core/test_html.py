"""Runs and steps in notebooks and on rich consoles."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from twofold._core.agents.memory import (
    ActionStep,
    AgentMemory,
    FinalAnswerStep,
    PlanningStep,
    TaskStep,
    ToolCall,
)
from twofold._core.agents.results import RunResult
from twofold._core.errors import AgentExecutionError
from twofold._core.messages import ChatMessage, MessageRole
from twofold._core.usage import Timing, TokenUsage

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class Parsed(HTMLParser):
    """The tags, attributes and text of a piece of HTML; fails if tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def action(**changes: Any) -> ActionStep:
    values: dict[str, Any] = {
        "timing": Timing(1.0, 3.0),
        "code_action": f"print('{EVIL}')",
        "observations": f"Printed: {EVIL}",
        "token_usage": TokenUsage(1_200, 5),
    }
    return ActionStep(3, **{**values, **changes})


def memory() -> AgentMemory:
    made = AgentMemory(f"Be good. {EVIL}")
    reply = ChatMessage(MessageRole.ASSISTANT, EVIL)
    made.steps = [
        TaskStep(f"Do it {EVIL}", [Image.new("RGB", (2, 2))]),
        PlanningStep([reply], reply, f"1. do it {EVIL}", Timing(1.0, 2.0)),
        action(error=AgentExecutionError(f"boom {EVIL}")),
        action(
            code_action=None,
            tool_calls=[ToolCall(EVIL, {"a": EVIL}, "c")],
            observations_images=[Image.new("RGB", (2, 2))],
            is_final_answer=True,
            action_output=EVIL,
        ),
    ]
    return made


def result(output: Any = EVIL, state: Any = "success") -> RunResult[Any]:
    return RunResult(output, state, memory().get_full_steps(), TokenUsage(2_400, 10), Timing(1.0, 4.5))


@pytest.mark.parametrize(
    "shown", [result(), memory(), *memory().steps, FinalAnswerStep(EVIL), result(state="failed")]
)
def test_nothing_that_a_model_says_becomes_markup(shown: Any) -> None:
    parsed = Parsed(shown._repr_html_())
    assert set(parsed.tags) <= {"div", "b", "pre", "details", "summary", "img"}
    assert set(parsed.attributes) <= {"style", "src"}
    assert "alert(1)" in parsed.text


def test_a_result_shows_answer_figures_and_steps() -> None:
    parsed = Parsed(result("forty-two")._repr_html_())
    for expected in ("forty-two", "answered", "2 steps", "2,400 tokens in", "3.5 s", "Step 3", "boom"):
        assert expected in parsed.text
    assert parsed.tags.count("img") == 2


def test_images_are_shown_as_such() -> None:
    assert "img" in Parsed(result(Image.new("RGB", (2, 2)))._repr_html_()).tags
    assert "img" in Parsed(FinalAnswerStep(Image.new("RGB", (2, 2)))._repr_html_()).tags


def test_a_value_whose_text_fails_is_shown_all_the_same() -> None:
    class Broken:
        def __str__(self) -> str:
            raise ValueError

        __repr__ = __str__

    assert "Broken" in Parsed(result(Broken())._repr_html_()).text
    assert "Broken" in repr(result(Broken()))


def test_the_repr_is_short() -> None:
    text = repr(result("x" * 100_000))
    assert len(text) < 2_000
    assert "state='success'" in text


def test_on_a_rich_console() -> None:
    output = io.StringIO()
    Console(file=output, width=120).print(result("forty-two [bold]\x1b[2J"))
    text = output.getvalue()
    for expected in ("Answer", "forty-two [bold]", "Step 3", "AgentExecutionError", "2,400 tokens in"):
        assert expected in text
    assert "\x1b[2J" not in text
