"""Rendered steps that are used again: they say the same as if they were rendered anew, whatever was edited."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold._core.agents.context import SummaryStep
from twofold._core.agents.memory import (
    ActionStep,
    MemoryStep,
    PlanningStep,
    TaskStep,
    ToolCall,
    steps_to_messages,
)
from twofold._core.agents.rendered_steps import RenderedSteps
from twofold._core.errors import AgentError
from twofold._core.messages import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
)
from twofold._core.usage import Timing


def action(number: int, *, native: bool = True) -> ActionStep:
    call = ChatMessageToolCall(ChatMessageToolCallFunction("look", {"at": number}), f"c{number}")
    return ActionStep(
        step_number=number,
        model_output="I look.",
        model_output_message=ChatMessage(MessageRole.ASSISTANT, "I look.", [call] if native else None),
        tool_calls=[ToolCall("look", {"at": number}, f"c{number}")],
        observations=f"{number} things",
        tool_observations={f"c{number}": f"{number} things"},
    )


def plan(text: str) -> PlanningStep:
    return PlanningStep([], ChatMessage(MessageRole.ASSISTANT, text), text, Timing())


EDITS: dict[str, Any] = {
    "observations": lambda step: setattr(step, "observations", "edited"),
    "output": lambda step: setattr(step, "model_output", "edited"),
    "blocks": lambda step: setattr(step, "model_output", [{"type": "text", "text": "edited"}]),
    "images": lambda step: setattr(step, "observations_images", [object()]),
    "no images": lambda step: setattr(step, "observations_images", None),
    "error": lambda step: setattr(step, "error", AgentError("edited")),
    "arguments": lambda step: step.tool_calls and step.tool_calls[0].arguments.update(at="edited"),
    "a like argument": lambda step: step.tool_calls and step.tool_calls[0].arguments.update(at=True),
    "nested arguments": lambda step: step.tool_calls and step.tool_calls[0].arguments.update(at=[1]),
    "name": lambda step: setattr(step, "tool_calls", [ToolCall("edited", {}, "c1")]),
    "calls": lambda step: setattr(step, "tool_calls", None),
    "reply": lambda step: setattr(step, "model_output_message", None),
    "each observation": lambda step: step.tool_observations.update({"c1": "edited"}),
}


@pytest.mark.parametrize("native", [False, True])
@given(edits=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(sorted(EDITS))), max_size=8))
def test_whatever_is_edited_is_rendered_anew(native: bool, edits: list[tuple[int, str]]) -> None:
    rendered = RenderedSteps()
    steps: list[MemoryStep] = [TaskStep("Look around."), plan("1. Look."), *map(action, range(4))]
    for index, edit in edits:
        EDITS[edit](steps[2 + index])
        expected = steps_to_messages(steps, native_tool_calls=native)
        assert rendered.messages(steps, native_tool_calls=native) == expected
        assert rendered.messages(steps, native_tool_calls=native) == expected


def test_other_steps_that_are_edited_too() -> None:
    rendered = RenderedSteps()
    task, made, summary = TaskStep("Look."), plan("1. Look."), SummaryStep("Looked.", 3)
    steps: list[MemoryStep] = [task, made, summary]
    rendered.messages(steps, native_tool_calls=False)
    task.task, made.plan, summary.text = "Go.", "1. Go.", "Gone."
    assert rendered.messages(steps, native_tool_calls=False) == steps_to_messages(steps)
    task.task_images = [object()]
    assert rendered.messages(steps, native_tool_calls=False) == steps_to_messages(steps)


def test_what_was_not_edited_is_not_rendered_again() -> None:
    rendered = RenderedSteps()
    steps: list[MemoryStep] = [action(number) for number in range(3)]
    before = rendered.messages(steps, native_tool_calls=True)
    steps[1].observations = "edited"  # type: ignore[attr-defined]
    after = rendered.messages([*steps, action(3)], native_tool_calls=True)
    same = [one is other for one, other in zip(before, after, strict=False)]
    assert same == [True, True, False, False, True, True]


def test_it_follows_what_the_model_is_shown() -> None:
    rendered = RenderedSteps()
    steps: list[MemoryStep] = [action(number) for number in range(4)]
    for shown in (steps, steps[2:], [*steps[2:], action(9)], steps[::-1], []):
        for native in (True, False):
            expected = steps_to_messages(shown, native_tool_calls=native)
            assert rendered.messages(shown, native_tool_calls=native) == expected
    assert rendered._kept == {}, "steps that are not shown any more are let go"


def test_a_step_of_somebodys_own_is_always_asked() -> None:
    class Counter(MemoryStep):
        count = 0

        def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
            self.count += 1
            return [ChatMessage(MessageRole.USER, str(self.count))]

    class Shouting(ActionStep):
        def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
            return [ChatMessage(MessageRole.USER, str(self.observations).upper())]

    rendered, steps = RenderedSteps(), [Counter(), Shouting(1, observations="a")]
    first = [message.text for message in rendered.messages(steps, native_tool_calls=False)]
    second = [message.text for message in rendered.messages(steps, native_tool_calls=False)]
    assert (first, second) == (["1", "A"], ["2", "A"])
