"""Answers of a type that was asked for."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from twofold.aio import (
    AgentMaxStepsError,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    ConfigurationError,
    MessageRole,
    ToolCallingAgent,
)
from twofold.aio.testing import ScriptedModel


class City(BaseModel):
    """A city."""

    name: str
    people: int = Field(gt=0)


@dataclass
class Point:
    """A point."""

    x: int
    y: int = 0


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def make_agent(*answers: str, output_type: Any, **kwargs) -> CodeAgent:
    replies = [code(f"final_answer({answer})") for answer in answers]
    return CodeAgent(tools=[], model=ScriptedModel(replies), output_type=output_type, **kwargs)


@pytest.mark.parametrize(
    ("output_type", "answer", "expected"),
    [
        (City, "{'name': 'Ulm', 'people': 126000}", City(name="Ulm", people=126000)),
        (City, '\'{"name": "Ulm", "people": 126000}\'', City(name="Ulm", people=126000)),
        (Point, "{'x': 3}", Point(3)),
        (list[int], "(n for n in range(3))", [0, 1, 2]),
        (dict[str, list[float]], "{'a': [1, 2.5]}", {"a": [1.0, 2.5]}),
        (Literal["yes", "no"], "'yes'", "yes"),
        (int | None, "None", None),
        (str, "'[1, 2]'", "[1, 2]"),
        (Any, "object", None),
    ],
)
async def test_an_answer_that_fits(output_type, answer: str, expected) -> None:
    result = await make_agent(answer, output_type=output_type).run("Go")
    if output_type is not Any:
        assert result == expected
        assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("output_type", "wrong", "right", "told"),
    [
        (City, "{'name': 'Ulm'}", "{'name': 'Ulm', 'people': 1}", "people: Field required"),
        (City, "{'name': 'Ulm', 'people': -1}", "{'name': 'Ulm', 'people': 1}", "greater than 0"),
        (list[int], "['a']", "[1]", "0: Input should be a valid integer"),
        (Literal["yes", "no"], "'maybe'", "'no'", "'yes' or 'no'"),
        (City, "'Ulm'", "{'name': 'Ulm', 'people': 1}", "City"),
    ],
)
async def test_the_model_is_told_what_does_not_fit_and_tries_again(output_type, wrong, right, told) -> None:
    agent = make_agent(wrong, right, output_type=output_type)
    answer = await agent.run("Go")
    assert answer == make_agent(right, output_type=output_type).answer_type.validate(eval(right))
    refused = agent.memory.steps[1]
    assert told in str(refused.error)
    assert refused.action_output is None
    assert not refused.is_final_answer
    assert told in agent.model.requests[1].messages[-1].text


async def test_the_model_knows_the_type_from_the_start() -> None:
    agent = make_agent("{'name': 'Ulm', 'people': 1}", output_type=City)
    await agent.run("Go")
    prompt = agent.model.requests[0].messages[0].text
    assert "the type City" in prompt
    assert '"people"' in prompt


async def test_checks_get_the_answer_in_its_type() -> None:
    seen: list[object] = []

    def check(answer, memory, agent) -> bool:
        seen.append(answer)
        return True

    agent = make_agent("{'x': 1, 'y': 2}", output_type=Point, final_answer_checks=[check])
    result = await agent.run("Go", return_full_result=True)
    assert seen == [Point(1, 2)]
    assert result.output == Point(1, 2)


async def test_the_stream_ends_with_the_answer_in_its_type() -> None:
    agent = make_agent("{'x': 1}", output_type=Point)
    events = [event async for event in agent.stream("Go")]
    assert events[-1].output == Point(1)
    assert events[-3].output == Point(1)


async def test_a_tool_calling_agent_has_typed_answers_too() -> None:
    def answer(value: object) -> ChatMessage:
        function = ChatMessageToolCallFunction("final_answer", {"answer": value})
        return ChatMessage(role=MessageRole.ASSISTANT, tool_calls=[ChatMessageToolCall(function, "c")])

    model = ScriptedModel([answer({"name": "Ulm"}), answer({"name": "Ulm", "people": 5})])
    agent = ToolCallingAgent(tools=[], model=model, output_type=City)
    assert await agent.run("Go") == City(name="Ulm", people=5)
    offered = model.requests[0].tools_to_call_from[0].json_schema["function"]["parameters"]
    assert "people" in offered["properties"]["answer"]["description"]


async def test_the_answer_after_the_last_step_is_typed_too() -> None:
    replies = [code("1"), '```json\n{"x": 7}\n```']
    agent = CodeAgent(tools=[], model=ScriptedModel(replies), output_type=Point, max_steps=1)
    result = await agent.run("Go", return_full_result=True)
    assert (result.output, result.state) == (Point(7), "max_steps_error")
    assert "JSON schema" in agent.model.requests[1].text


async def test_no_answer_of_the_type_after_the_last_step_is_an_error() -> None:
    agent = CodeAgent(
        tools=[], model=ScriptedModel([code("1"), "about seven"]), output_type=Point, max_steps=1
    )
    with pytest.raises(AgentMaxStepsError, match="Point") as caught:
        await agent.run("Go")
    assert caught.value.run.outcome == "max_steps_error"


def test_what_is_no_type() -> None:
    with pytest.raises(ConfigurationError):
        make_agent(output_type=3)
