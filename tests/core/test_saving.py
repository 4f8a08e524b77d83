"""Memories and steps as JSON, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from twofold._core.agents.history import MessageHistory
from twofold._core.agents.memory import (
    ActionStep,
    AgentMemory,
    FinalAnswerStep,
    MemoryStep,
    PlanningStep,
    SystemPromptStep,
    TaskStep,
    ToolCall,
)
from twofold._core.errors import AgentError, AgentGenerationError, AgentToolCallError, ConfigurationError
from twofold._core.messages import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
)
from twofold._core.serialization import UnknownValue, make_json_serializable, restore_from_json
from twofold._core.usage import Timing, TokenUsage


def by_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


def make_memory(steps: int = 3) -> AgentMemory:
    memory, history = AgentMemory("You are an agent."), MessageHistory()
    image = Image.new("RGB", (3, 2), "red")
    memory.steps.append(TaskStep("Look at this", [image]))
    reply = ChatMessage(
        MessageRole.ASSISTANT,
        "I look.",
        tool_calls=[ChatMessageToolCall(ChatMessageToolCallFunction("look", {"at": "it"}), "c1")],
        token_usage=TokenUsage(3, 4),
        reasoning="hm",
    )
    memory.steps.append(PlanningStep([reply], reply, "1. look", Timing(1.0, 2.0), TokenUsage(1, 1)))
    for number in range(1, steps + 1):
        memory.steps.append(
            ActionStep(
                step_number=number,
                timing=Timing(1.0, 2.5),
                model_input_messages=history.view(memory.to_messages()),
                tool_calls=[ToolCall("look", {"at": "it", "bytes": b"x"}, "c1")],
                error=AgentToolCallError("not there") if number == 2 else None,
                model_output_message=reply,
                model_output="I look.",
                code_action="look()",
                observations="a square",
                observations_images=[image],
                action_output={"a": [1, None, 2.5]},
                token_usage=TokenUsage(5, 6),
                is_final_answer=number == 3,
                tool_observations={"c1": "a square"},
            )
        )
    return memory


def test_a_memory_survives() -> None:
    memory = make_memory()
    data = by_json(memory.to_dict())
    again = AgentMemory.from_dict(data)
    assert again.system_prompt == memory.system_prompt
    for one, other in zip(again.steps, memory.steps, strict=True):
        assert type(one) is type(other)
        if isinstance(one, ActionStep) and isinstance(other, ActionStep):
            assert one.model_input_messages is not None
            assert other.model_input_messages is not None
            assert texts(one.model_input_messages) == texts(other.model_input_messages)
            assert (one.timing, one.token_usage, one.action_output, one.tool_calls) == (
                *(other.timing, other.token_usage, other.action_output, other.tool_calls),
            )
            assert (type(one.error), str(one.error)) == (type(other.error), str(other.error))
            assert one.model_output_message == other.model_output_message
    assert texts(again.to_messages()) == texts(memory.to_messages())
    assert by_json(again.to_dict()) == data


def texts(messages: Any) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages]


def test_images_survive() -> None:
    again = AgentMemory.from_dict(by_json(make_memory().to_dict()))
    task = again.steps[0]
    assert isinstance(task, TaskStep)
    assert task.task_images is not None
    assert task.task_images[0].size == (3, 2)
    assert task.task_images[0].getpixel((0, 0)) == (255, 0, 0)


def test_what_is_saved_grows_with_the_conversation_and_not_with_its_square() -> None:
    short, long = (len(json.dumps(make_memory(count).to_dict())) for count in (50, 200))
    assert long < 5 * short


@pytest.mark.parametrize(
    "step",
    [
        SystemPromptStep("prompt"),
        TaskStep("task"),
        FinalAnswerStep({"a": 1}),
        ActionStep(1, Timing(1.0), model_input_messages=[ChatMessage(MessageRole.USER, "hi")]),
        ActionStep(1, Timing(1.0, 2.0), error=AgentGenerationError("down")),
    ],
)
def test_steps_survive_alone(step: MemoryStep) -> None:
    data = by_json(step.to_dict())
    again = MemoryStep.from_dict(data)
    assert type(again) is type(step)
    assert by_json(again.to_dict()) == data


def test_steps_of_a_class_of_the_user() -> None:
    @dataclass
    class NoteStep(MemoryStep):
        note: str

    memory = AgentMemory("")
    memory.steps.append(NoteStep("remember"))
    assert AgentMemory.from_dict(by_json(memory.to_dict())).steps == [NoteStep("remember")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"type": "DanceStep"}, "DanceStep"),
        ({}, "None"),
        ({"type": "TaskStep"}, "task"),
    ],
)
def test_what_is_no_step(data: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        MemoryStep.from_dict(data)


@pytest.mark.parametrize("data", [{}, [], {"version": 99}])
def test_what_is_no_memory(data: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"memory"):
        AgentMemory.from_dict(data)


def test_an_error_of_an_unknown_class_stays_an_error_of_the_run() -> None:
    data = ActionStep(1, error=AgentError("x")).to_dict()
    data["error"]["type"] = "os"
    step = MemoryStep.from_dict(data)
    assert isinstance(step, ActionStep)
    assert type(step.error) is AgentError


# Values

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("_type"), inner),
    max_leaves=20,
)


@given(plain)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    assert restore_from_json(by_json(make_json_serializable(value))) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x00\xff", b"\x00\xff"),
        ((1, (2, 3)), [1, [2, 3]]),
        ({1: "a", "1": "b"}, {1: "a", "1": "b"}),
        ({"_type": "image", "base64": "x"}, {"_type": "image", "base64": "x"}),
        ({(1, 2): "pair", "(1, 2)": "text"}, {(1, 2): "pair", "(1, 2)": "text"}),
    ],
)
def test_values_with_a_form_of_their_own(value: Any, expected: Any) -> None:
    assert restore_from_json(by_json(make_json_serializable(value))) == expected


def test_what_json_cannot_hold_says_what_it_was() -> None:
    data = by_json(make_json_serializable({"file": object}))
    again = restore_from_json(data)
    assert isinstance(again["file"], UnknownValue)
    assert again["file"].type_name == "type"
    assert by_json(make_json_serializable(again)) == data
