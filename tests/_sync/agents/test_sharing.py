# Generated from tests/_async/agents/test_sharing.py by `nox -s codegen`. Do not edit.
"""One agent, many runs at once: every answer belongs to its task, every memory to its run."""

import re

import pytest

from twofold import (
    ActionStep,
    ChatMessage,
    CodeAgent,
    ConfigurationError,
    TaskStep,
    ToolCallingAgent,
    tool,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ScriptedModel

RUNS = 1_000


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


def test_no_run_waits_for_another_one() -> None:
    """All are inside of the model at once, then of a tool, which no lock around them would let be."""
    everybody_asks, everybody_calls = bridge.Event(), bridge.Event()
    asking: list[int] = []
    calling: list[int] = []

    def play_together(messages: list[ChatMessage]) -> str:
        asking.append(1)
        if len(asking) == 100:
            everybody_asks.set()
        everybody_asks.wait()
        return "<code>final_answer(meet())</code>"

    @tool
    def meet() -> int:
        """Waits for all others."""
        calling.append(1)
        if len(calling) == 100:
            everybody_calls.set()
        everybody_calls.wait()
        return 1

    agent = CodeAgent(tools=[meet], model=ScriptedModel(play_together))
    answers = bridge.map_concurrent(agent.run, [f"Number {n}" for n in range(100)], limit=100)
    assert answers == [1] * 100
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


def play_calls(messages: list[ChatMessage]) -> str:
    """Do the same for an agent that calls tools."""
    numbers = set(re.findall(r"Number (\d+)", "\n".join(message.text for message in messages)))
    assert len(numbers) == 1, "messages of several runs were mixed"
    number = numbers.pop()
    if sum(message.role == "assistant" for message in messages) == 1:
        return f'{{"name": "final_answer", "arguments": {{"answer": {number}}}}}'
    call = f'{{"name": "echo", "arguments": {{"number": {number}}}}}'
    return f"{call} {call}"


def test_concurrent_runs_of_one_tool_calling_agent_are_isolated() -> None:
    agent = ToolCallingAgent(tools=[echo], model=ScriptedModel(play_calls, latency=0.001))

    def one(number: int):
        return agent.run(f"Number {number}", return_full_result=True)

    results = bridge.map_concurrent(one, range(200))
    assert [result.output for result in results] == list(range(200))
    for number, result in enumerate(results):
        assert result.steps[1]["observations"].count(f"\n{number}") == 2
        assert result.usage.tool_calls == 3


def test_one_managed_agent_works_for_several_parents_at_once() -> None:
    def work(messages: list[ChatMessage]) -> str:
        numbers = set(re.findall(r"Square (\d+)", "\n".join(message.text for message in messages)))
        assert len(numbers) == 1, "messages of several runs were mixed"
        return f"<code>final_answer({numbers.pop()} ** 2)</code>"

    def manage(messages: list[ChatMessage]) -> str:
        number = re.search(r"Number (\d+)", messages[1].text)[1]
        tasks = f"['Square {number}', 'Square {number}0']"
        return f"<code>final_answer([int(r) for r in parallel(worker, {tasks})])</code>"

    worker = CodeAgent(
        tools=[], model=ScriptedModel(work, latency=0.001), name="worker", description="Squares."
    )
    worker.prompt_templates["managed_agent"]["report"] = "{{ final_answer }}"
    parents = [
        CodeAgent(tools=[], model=ScriptedModel(manage, latency=0.001), managed_agents=[worker])
        for _ in range(5)
    ]

    def one(number: int):
        return parents[number % 5].run(f"Number {number}", return_full_result=True)

    results = bridge.map_concurrent(one, range(50))
    for number, result in enumerate(results):
        assert result.output == [number**2, (number * 10) ** 2]
        assert result.usage.requests == 3  # nobody else's
    for agent in [*parents, worker]:
        agent.close()
