"""What type checkers know about agents. Checked by mypy and pyright, and run as a test of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, assert_type

import twofold
import twofold.aio
import twofold.testing
from twofold import RunResult, StreamEvent
from twofold.aio.testing import ScriptedModel


@dataclass
class Answer:
    """An answer."""

    value: int


def make_model() -> ScriptedModel:
    return ScriptedModel(lambda messages: "<code>final_answer({'value': 1})</code>")


async def test_the_answer_has_the_type_that_was_asked_for() -> None:
    agent = twofold.aio.CodeAgent(tools=[], model=make_model(), output_type=Answer)
    assert_type(agent, twofold.aio.CodeAgent[Answer])
    answer = await agent.run("Go")
    assert_type(answer, Answer)
    assert answer == Answer(1)
    result = await agent.run("Go", return_full_result=True)
    assert_type(result, RunResult[Answer])
    assert_type(result.output, Answer)
    run = agent.start("Go")
    assert_type(run, twofold.aio.AgentRun[Answer])
    assert_type(await run.carry_out(), Answer)
    await agent.aclose()


async def test_any_answer_where_nothing_was_asked_for() -> None:
    agent = twofold.aio.CodeAgent(tools=[], model=make_model())
    assert_type(agent, twofold.aio.CodeAgent[Any])
    assert_type(await agent.run("Go"), Any)
    assert_type(await agent.run("Go", return_full_result=True), RunResult[Any])
    async for event in agent.run("Go", stream=True):
        assert_type(event, StreamEvent)
    async for event in agent.stream("Go"):
        assert_type(event, StreamEvent)
    await agent.aclose()


def test_generic_containers_and_literals() -> None:
    model = twofold.testing.ScriptedModel([])
    numbers = twofold.ToolCallingAgent(tools=[], model=model, output_type=list[int])
    assert_type(numbers, twofold.ToolCallingAgent[list[int]])
    word = twofold.CodeAgent(tools=[], model=model, output_type=Literal["yes", "no"])
    assert_type(word, twofold.CodeAgent[Literal["yes", "no"]])
    either = twofold.CodeAgent(tools=[], model=model, output_type=int | None)
    assert_type(either, twofold.CodeAgent[int | None])


def test_the_sync_api_has_the_same_types() -> None:
    def ask(agent: twofold.CodeAgent[Answer]) -> Answer:
        answer = agent.run("Go")
        assert_type(answer, Answer)
        assert_type(agent.run("Go", return_full_result=True), RunResult[Answer])
        return answer

    assert ask.__name__ == "ask"
