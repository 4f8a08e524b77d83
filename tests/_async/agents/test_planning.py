"""Plans: when they are made, what the model is asked for them, and that they count."""

import pytest

from twofold.aio import ActionStep, CodeAgent, ConfigurationError, PlanningStep, TaskStep
from twofold.aio.testing import ScriptedModel

STEP = "<code>\nprint('working')\n</code>"
LAST = "<code>\nfinal_answer('done')\n</code>"


async def test_a_plan_at_the_first_step_and_then_every_so_many() -> None:
    model = ScriptedModel(["1. Work<end_plan> and more", STEP, STEP, "1. Finish", LAST])
    planned: list[str] = []
    agent = CodeAgent(
        tools=[],
        model=model,
        planning_interval=2,
        max_steps=6,
        step_callbacks={PlanningStep: lambda step: planned.append(step.plan)},
    )
    events = [event async for event in agent.stream("Build it")]
    assert events[-1].output == "done"
    kinds = [type(step) for step in agent.memory.steps]
    assert kinds == [TaskStep, PlanningStep, ActionStep, ActionStep, PlanningStep, ActionStep]
    assert [step.step_number for step in agent.memory.of_type(ActionStep)] == [1, 2, 3]
    assert sum(isinstance(event, PlanningStep) for event in events) == 2
    assert planned == [step.plan for step in agent.memory.of_type(PlanningStep)]
    first, second = model.requests[0], model.requests[3]
    assert len(first.messages) == 1
    assert "Build it" in first.text
    assert "final_answer" in first.text
    assert "There are 4 steps left" in second.text
    assert "working" in second.text
    assert "1. Work" not in second.text


async def test_the_plan_is_shown_to_the_model_and_cut_at_its_end() -> None:
    model = ScriptedModel(["1. Work\n<end_plan>\nnot this", LAST])
    agent = CodeAgent(tools=[], model=model, planning_interval=5)
    await agent.run("Build it")
    assert "1. Work" in model.requests[1].text
    assert "not this" not in model.requests[1].text


async def test_planning_counts_in_the_usage() -> None:
    agent = CodeAgent(tools=[], model=ScriptedModel(["1. Work", LAST]), planning_interval=1)
    result = await agent.run("Build it", return_full_result=True)
    used = [step["token_usage"]["total_tokens"] for step in result.steps if step.get("token_usage")]
    assert len(used) == 2
    assert result.usage.requests == 2
    assert result.token_usage.total_tokens == sum(used)


@pytest.mark.parametrize("interval", [0, -2, "2", True])
def test_an_interval_that_cannot_be(interval) -> None:
    with pytest.raises(ConfigurationError, match="planning_interval"):
        CodeAgent(tools=[], model=ScriptedModel([]), planning_interval=interval)
