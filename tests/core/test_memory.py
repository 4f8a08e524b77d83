"""Steps, what they say to the model, and their JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
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
from twofold._core.errors import AgentExecutionError, AgentParsingError
from twofold._core.messages import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
)
from twofold._core.usage import Timing, TokenUsage

CALL = ToolCall(name="python_interpreter", arguments="print(1)", id="call_1")


def action_step(number: int = 1, **changes: Any) -> ActionStep:
    values: dict[str, Any] = {
        "timing": Timing(1.0, 3.0),
        "tool_calls": [CALL],
        "model_output_message": ChatMessage(MessageRole.ASSISTANT, "I print."),
        "model_output": "I print. <code>print(1)</code>",
        "code_action": "print(1)",
        "observations": "Printed output:\n1",
        "token_usage": TokenUsage(10, 5),
    }
    return ActionStep(number, **{**values, **changes})


def planning_step() -> PlanningStep:
    return PlanningStep(
        model_input_messages=[ChatMessage(MessageRole.USER, "plan!")],
        model_output_message=ChatMessage(MessageRole.ASSISTANT, "1. think"),
        plan="1. think\n",
        timing=Timing(1.0, 2.0),
        token_usage=TokenUsage(1, 1),
    )


def said(step: MemoryStep, summary_mode: bool = False) -> list[tuple[str, str]]:
    return [(message.role.value, message.text) for message in step.to_messages(summary_mode)]


def full_memory() -> AgentMemory:
    memory = AgentMemory("You are an agent.")
    image = Image.new("RGB", (2, 2), "red")
    history = MessageHistory()
    memory.steps = [TaskStep("Print 1", [image]), planning_step()]
    for number in (1, 2):
        view = history.view(memory.to_messages())
        memory.steps.append(action_step(number, model_input_messages=view, observations_images=[image]))
    memory.steps.append(action_step(3, error=AgentExecutionError("boom"), action_output={1, 2}))
    return memory


# What the model sees


def test_an_action_in_the_order_in_which_it_happened() -> None:
    roles = [role for role, _ in said(action_step(error=AgentExecutionError("boom")))]
    assert roles == ["assistant", "tool-call", "tool-response", "tool-response"]


def test_texts_of_an_action() -> None:
    messages = said(action_step())
    assert messages[0][1] == "I print. <code>print(1)</code>"
    assert messages[1][1].startswith("Calling tools:\n")
    assert "print(1)" in messages[1][1]
    assert messages[2][1] == "Observation:\nPrinted output:\n1"


def test_an_error_names_its_call_and_asks_for_another_try() -> None:
    step = ActionStep(1, tool_calls=[CALL], error=AgentParsingError("no code"))
    text = said(step)[-1][1]
    assert "Call id: call_1" in text
    assert "no code" in text
    assert "try again" in text
    assert "Call id" not in said(ActionStep(1, error=AgentParsingError("no code")))[0][1]


def test_an_observation_that_is_empty_is_still_an_observation() -> None:
    assert said(ActionStep(1, observations="")) == [("tool-response", "Observation:\n")]
    assert said(ActionStep(1)) == []


@pytest.mark.parametrize("output", ["", " \n", [], [{"type": "text", "text": None}]])
def test_an_empty_reply_is_not_sent_back(output: Any) -> None:
    assert said(ActionStep(1, model_output=output)) == []


def test_a_reply_in_blocks() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "image", "image": None}, {"type": "text", "text": "b"}]
    assert said(ActionStep(1, model_output=blocks)) == [("assistant", "a\nb")]


def test_images_are_handed_on_as_they_are() -> None:
    image = Image.new("RGB", (1, 1))
    task = TaskStep("look", [image]).to_messages()[0]
    assert isinstance(task.content, list)
    assert task.content[1] == {"type": "image", "image": image}
    observed = ActionStep(1, observations_images=[image]).to_messages()
    assert [message.role for message in observed] == [MessageRole.USER]
    assert isinstance(observed[0].content, list)
    assert observed[0].content[0]["image"] is image


def test_a_plan_is_the_agents_own_word_and_is_told_to_go_ahead() -> None:
    assert [role for role, _ in said(planning_step())] == ["assistant", "user"]
    assert said(planning_step())[0][1] == "1. think"


def test_a_summary_leaves_out_prompts_plans_and_replies() -> None:
    memory = full_memory()
    summary = "\n".join(message.text for message in memory.to_messages(summary_mode=True))
    assert "You are an agent" not in summary
    assert "1. think" not in summary
    assert "I print." not in summary
    assert "Print 1" in summary
    assert summary.count("Printed output") == 3
    assert "boom" in summary


def test_the_conversation_begins_with_the_system_prompt() -> None:
    messages = full_memory().to_messages()
    assert (messages[0].role, messages[0].text) == (MessageRole.SYSTEM, "You are an agent.")
    assert messages[1].text.startswith("New task:\nPrint 1")


def test_reset_forgets_the_steps_only() -> None:
    memory = full_memory()
    memory.reset()
    assert memory.steps == []
    assert memory.system_prompt == SystemPromptStep("You are an agent.")


def test_a_final_answer_says_nothing() -> None:
    assert said(FinalAnswerStep(42)) == []


# As data


def test_every_step_is_json() -> None:
    steps = full_memory().get_full_steps()
    assert json.loads(json.dumps(steps, allow_nan=False)) == steps


def test_what_a_step_is_as_data() -> None:
    step = action_step(2, error=AgentExecutionError("boom"), action_output={1}, is_final_answer=False).dict()
    assert step["step_number"] == 2
    assert step["timing"] == {"start_time": 1.0, "end_time": 3.0, "duration": 2.0}
    assert step["error"] == {"type": "AgentExecutionError", "message": "boom"}
    assert step["token_usage"]["total_tokens"] == 15
    assert step["tool_calls"] == [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "python_interpreter", "arguments": "print(1)"},
        }
    ]
    assert step["action_output"] == [1]
    assert step["model_output_message"] == {"role": "assistant", "content": "I print."}


def test_messages_of_a_step_can_be_read_back_from_its_data() -> None:
    memory = AgentMemory("system")
    memory.steps = [TaskStep("task")]
    step = action_step(model_input_messages=MessageHistory().view(memory.to_messages()))
    data = json.loads(json.dumps(step.dict()))
    assert [ChatMessage.from_dict(item) for item in data["model_input_messages"]] == memory.to_messages()


def test_succinct_steps_are_the_full_ones_without_what_the_model_was_sent() -> None:
    memory = full_memory()
    full, succinct = memory.get_full_steps(), memory.get_succinct_steps()
    assert full[2]["model_input_messages"]
    for one, other in zip(full, succinct, strict=True):
        one.pop("model_input_messages", None)
        assert one == other
    step = memory.steps[2]
    assert isinstance(step, ActionStep)
    assert step.model_input_messages, "making the data must not change the step"


def test_arguments_of_any_kind_become_json() -> None:
    call = ToolCall("look", {"image": Image.new("RGB", (1, 1)), "points": {(1, 2)}}, "1")
    arguments = json.loads(json.dumps(call.dict()))["function"]["arguments"]
    assert arguments["image"]["_type"] == "image"
    assert arguments["points"] == [[1, 2]]


def test_all_code_as_one_script() -> None:
    memory = AgentMemory("")
    memory.steps = [
        TaskStep("x"),
        ActionStep(1, code_action="a = 1"),
        ActionStep(2),
        ActionStep(3, code_action="print(a)"),
    ]
    assert memory.return_full_code() == "a = 1\n\nprint(a)"
    assert AgentMemory("").return_full_code() == ""


def test_steps_of_one_class() -> None:
    memory = full_memory()
    assert [step.step_number for step in memory.of_type(ActionStep)] == [1, 2, 3]
    assert memory.of_type(FinalAnswerStep) == []


# For providers that know tool calls and their results as such


def native_step(*calls: ToolCall, **changes: Any) -> ActionStep:
    asked = [
        ChatMessageToolCall(ChatMessageToolCallFunction(call.name, call.arguments), call.id) for call in calls
    ]
    reply = ChatMessage(MessageRole.ASSISTANT, "I look.", tool_calls=asked)
    values: dict[str, Any] = {
        "tool_calls": list(calls),
        "model_output_message": reply,
        "model_output": "I look.",
        "code_action": None,
    }
    return action_step(**{**values, **changes})


ONE, TWO = ToolCall("look", {"at": "a"}, "c1"), ToolCall("look", {"at": "b"}, "c2")
BOTH_SEEN = {"c1": "red", "c2": "blue"}
JOINED = "Result of look (c1):\nred\nResult of look (c2):\nblue"


def native(step: ActionStep) -> list[tuple[str, str, Any]]:
    return [
        (
            message.role.value,
            message.text,
            message.tool_call_id or [call.id for call in message.tool_calls or ()],
        )
        for message in step.to_native_messages()
    ]


def test_native_calls_and_a_response_to_each() -> None:
    step = native_step(ONE, TWO, observations=JOINED, tool_observations=BOTH_SEEN)
    assert native(step) == [
        ("assistant", "I look.", ["c1", "c2"]),
        ("tool-response", "red", "c1"),
        ("tool-response", "blue", "c2"),
    ]


def test_a_native_call_alone() -> None:
    step = native_step(ONE, observations="red", tool_observations={"c1": "red"})
    assert native(step)[1:] == [("tool-response", "red", "c1")]


def test_every_native_call_has_a_response_even_if_it_failed() -> None:
    step = native_step(
        ONE,
        TWO,
        observations="Result of look (c2):\nblue",
        tool_observations={"c2": "blue"},
        error=AgentExecutionError("boom"),
    )
    roles = native(step)
    assert [entry[2] for entry in roles] == [["c1", "c2"], "c1", "c2", []]
    assert roles[2][1] == "blue"
    assert roles[3][0] == "user"
    assert "boom" in roles[3][1]


def test_edited_observations_are_what_the_model_is_shown_natively_too() -> None:
    step = native_step(ONE, TWO, observations=JOINED, tool_observations=BOTH_SEEN)
    step.observations = "REDACTED"
    texts = [entry[1] for entry in native(step)]
    assert "REDACTED" in texts
    assert not {"red", "blue"} & set(texts)
    step.observations = None
    assert not {"red", "blue"} & {entry[1] for entry in native(step)}


def test_calls_that_were_written_as_text_are_shown_as_text() -> None:
    step = native_step(ONE, observations="red", tool_observations={"c1": "red"})
    assert step.model_output_message is not None
    step.model_output_message.tool_calls = None
    assert step.to_native_messages() == step.to_messages()
