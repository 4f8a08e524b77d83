# Generated from tests/_async/agents/test_sharing.py by `nox -s codegen`. Do not edit.
"""One agent, many runs at once: every answer belongs to its task, every memory to its run."""

import re

import pytest

from twofold import ActionStep, ChatMessage, CodeAgent, ConfigurationError, TaskStep, tool
from twofold._bridge import _sync as bridge
from twofold.testing import ScriptedModel

RUNS = 100


@tool
def echo(number: int) -> int:
    """Returns a number.

    Args:
        number: The number.
    """
    bridge.sleep(0.001)
    return number


def play(messages: list[ChatMessage]) -> str:
    """Answer a task "Number N" in three steps, and show whether another task's state is seen."""
    numbers = set(re.findall(r"Number (\d+)", "\n".join(message.text for message in messages)))
    assert len(numbers) == 1, "messages of several runs were mixed"
    turn = sum(message.role == "assistant" for message in messages)
    code = [f"x = echo({numbers.pop()})", "x = x + echo(0)\nprint(x)", "final_answer(x)"][turn]
    return f"<code>\n{code}\n</code>"


def test_concurrent_runs_of_one_agent_are_isolated() -> None:
    agent = CodeAgent(tools=[echo], model=ScriptedModel(play, latency=0.001))

    def one(number: int):
        return agent.run(f"Number {number}", return_full_result=True)

    results = bridge.map_concurrent(one, range(RUNS))
    assert [result.output for result in results] == list(range(RUNS))
    for number, result in enumerate(results):
        assert result.steps[0]["task"] == f"Number {number}"
        assert len(result.steps) == 4
        assert result.usage.tool_calls == 3
    assert agent._active_runs == {}
    agent.close()


def test_each_run_has_a_memory_of_its_own() -> None:
    agent = CodeAgent(tools=[echo], model=ScriptedModel(play))
    runs = [agent.start(f"Number {number}") for number in range(20)]

    def carry_out(run) -> None:
        for _ in run.events():
            pass

    bridge.map_concurrent(carry_out, runs)
    assert len({id(run.memory) for run in runs}) == 20
    for number, run in enumerate(runs):
        assert run.output == number
        assert [type(step) for step in run.memory.steps] == [TaskStep, ActionStep, ActionStep, ActionStep]
    agent.close()


def test_two_runs_cannot_continue_one_conversation_at_once() -> None:
    agent = CodeAgent(tools=[], model=ScriptedModel(["<code>final_answer(1)</code>"] * 3))
    agent.run("First")
    first, second = agent.start("Second", reset=False), agent.start("Third", reset=False)
    events = first.events()
    for _ in events:
        break
    with pytest.raises(ConfigurationError, match="reset"):
        for _ in second.events():
            pass
    events.close()
