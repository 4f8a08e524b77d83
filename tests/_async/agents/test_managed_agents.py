"""Agents that work for another agent: tasks, reports, usage, isolation."""

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import AgentInterrupted, ChatMessage, CodeAgent, ConfigurationError
from twofold.aio.testing import ScriptedModel


def make_worker(replies, name: str = "researcher", **kwargs) -> CodeAgent:
    return CodeAgent(
        tools=[], model=ScriptedModel(replies), name=name, description="Finds things out.", **kwargs
    )


async def test_a_managed_agent_is_called_like_a_function() -> None:
    worker = make_worker(["<code>final_answer(len(table))</code>"])
    model = ScriptedModel(
        ["<code>final_answer(researcher('Count the rows', additional_args={'table': [1, 2]}))</code>"]
    )
    manager = CodeAgent(tools=[], model=model, managed_agents=[worker])
    report = await manager.run("How many rows?")
    assert "researcher" in report
    assert "2" in report
    assert "def researcher(" in model.requests[0].messages[0].text
    asked = worker.model.requests[0].text
    assert "Count the rows" in asked
    assert "manager" in asked


async def test_its_usage_counts_for_the_manager_too() -> None:
    worker = make_worker(["<code>x = 1</code>", "<code>final_answer(x)</code>"])
    manager = CodeAgent(
        tools=[],
        model=ScriptedModel(["<code>final_answer(researcher('Go'))</code>"]),
        managed_agents=[worker],
    )
    result = await manager.run("Go", return_full_result=True)
    assert result.usage.requests == 3
    assert worker.last_result is not None
    assert worker.last_result.usage.requests == 2
    own = result.steps[1]["token_usage"]["total_tokens"]
    assert result.token_usage.total_tokens == own + worker.last_result.token_usage.total_tokens


async def test_parallel_calls_of_one_managed_agent_are_isolated() -> None:
    def work(messages: list[ChatMessage]) -> str:
        number = messages[1].text.partition("Square ")[2].split()[0]
        return f"<code>final_answer({number} ** 2)</code>"

    worker = make_worker(work)
    worker.prompt_templates["managed_agent"]["report"] = "{{ final_answer }}"
    code = "final_answer([int(r) for r in parallel(researcher, [f'Square {n}' for n in range(10)])])"
    model = ScriptedModel(lambda messages: f"<code>{code}</code>")
    manager = CodeAgent(tools=[], model=model, managed_agents=[worker])
    squares = [n * n for n in range(10)]
    assert await bridge.map_concurrent(manager.run, [f"Task {n}" for n in range(5)]) == [squares] * 5
    await manager.aclose()
    await worker.aclose()


async def test_a_summary_of_the_work_on_request() -> None:
    worker = make_worker(
        ["<code>print('looking')</code>", "<code>final_answer(1)</code>"], provide_run_summary=True
    )
    manager = CodeAgent(
        tools=[],
        model=ScriptedModel(["<code>final_answer(researcher('Go'))</code>"]),
        managed_agents=[worker],
    )
    assert "looking" in await manager.run("Go")


async def test_interrupting_the_manager_interrupts_its_workers() -> None:
    managers: list[CodeAgent] = []

    def interrupt() -> None:
        """Interrupts the manager."""
        managers[0].interrupt()

    worker = CodeAgent(
        tools=[interrupt],
        model=ScriptedModel(["<code>interrupt()\nwhile True: pass</code>"]),
        name="worker",
        description="Works.",
        executor_kwargs={"timeout_seconds": None},
    )
    manager = CodeAgent(tools=[], model=ScriptedModel(["<code>worker('Go')</code>"]), managed_agents=[worker])
    managers.append(manager)
    with pytest.raises(AgentInterrupted):
        await manager.run("Go")
    while worker._active_runs:  # the manager does not wait for the worker to clean up
        await bridge.sleep(0.001)
    assert worker.last_result is not None
    assert worker.last_result.state == "interrupted"


def test_what_a_managed_agent_needs() -> None:
    nameless = CodeAgent(tools=[], model=ScriptedModel([]))
    with pytest.raises(ConfigurationError, match="name and a description"):
        CodeAgent(tools=[], model=ScriptedModel([]), managed_agents=[nameless])
    twins = [make_worker([]), make_worker([])]
    with pytest.raises(ConfigurationError, match="researcher"):
        CodeAgent(tools=[], model=ScriptedModel([]), managed_agents=twins)
    with pytest.raises(ConfigurationError, match="agents only"):
        CodeAgent(tools=[], model=ScriptedModel([]), managed_agents=[len])


async def test_what_a_library_prints_for_a_managed_agent_is_its_own(capsys) -> None:
    worker = make_worker(
        ["<code>\nimport pprint\npprint.pprint({'inner': 1})\n</code>", "<code>final_answer(1)</code>"],
        additional_authorized_imports=["pprint"],
    )
    manager = CodeAgent(
        tools=[],
        model=ScriptedModel(
            [
                "<code>\nimport pprint\nresearcher('Go')\npprint.pprint({'outer': 2})\n</code>",
                "<code>final_answer(2)</code>",
            ]
        ),
        managed_agents=[worker],
        additional_authorized_imports=["pprint"],
    )
    result = await manager.run("Go", return_full_result=True)
    assert "{'outer': 2}" in result.steps[1]["observations"]
    assert "inner" not in result.steps[1]["observations"]
    assert worker.last_result is not None
    assert "{'inner': 1}" in worker.last_result.steps[1]["observations"]
    assert capsys.readouterr().out == ""
