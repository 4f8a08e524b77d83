# Generated from tests/_async/agents/test_resume.py by `nox -s codegen`. Do not edit.
"""Runs that stopped go on: after failures, interruptions, limits; and runs taken step by step."""

import pytest

from twofold import (
    ActionStep,
    AgentGenerationError,
    AgentInterrupted,
    CodeAgent,
    ConfigurationError,
    FinalAnswerStep,
    ModelError,
    PlanningStep,
    TaskStep,
    UsageLimitExceeded,
    UsageLimits,
)
from twofold.testing import ScriptedModel


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def make_agent(*replies: object, **kwargs) -> CodeAgent:
    return CodeAgent(tools=[], model=ScriptedModel(list(replies)), **kwargs)


def fail(agent: CodeAgent, error: type[Exception] = AgentGenerationError, **kwargs):
    with pytest.raises(error) as caught:
        agent.run("Work", **kwargs)
    return caught.value.run


def test_after_a_failure_of_the_model() -> None:
    agent = make_agent(code("x = 20\ny = [1]"), ModelError("down"), code("final_answer(x + len(y))"))
    run = fail(agent)
    assert run.resume() == 21
    assert run.outcome == "success"
    assert [type(step) for step in run.memory.steps] == [TaskStep, ActionStep, ActionStep]
    assert [step.step_number for step in run.memory.steps[1:]] == [1, 2]
    assert "down" not in agent.model.requests[-1].text
    assert agent.memory is run.memory


def test_several_failures() -> None:
    agent = make_agent(ModelError("1"), ModelError("2"), code("final_answer('at last')"))
    run = fail(agent)
    with pytest.raises(AgentGenerationError):
        run.resume()
    assert run.resume() == "at last"
    assert run.usage.requests == 3


def test_variables_are_kept_although_another_run_has_ended_meanwhile() -> None:
    agent = make_agent(
        code("x = [1, 2]\ndef f(): return 1"),
        ModelError("down"),
        code("final_answer('other')"),
        code("final_answer(x)"),
    )
    run = fail(agent)
    assert agent.run("Something else") == "other"
    assert run.resume() == [1, 2]


def test_a_plan_is_not_made_twice() -> None:
    agent = make_agent("a plan", ModelError("down"), code("final_answer(1)"), planning_interval=1)
    run = fail(agent)
    assert run.resume() == 1
    assert len(run.memory.of_type(PlanningStep)) == 1


def test_after_an_interruption() -> None:
    agent = make_agent(code("x = 1"), code("final_answer(x)"))
    with pytest.raises(AgentInterrupted) as caught:
        for event in agent.stream("Work"):
            if isinstance(event, ActionStep):
                agent.interrupt()
    assert caught.value.run.resume() == 1


def test_after_closing_the_stream() -> None:
    agent = make_agent(code("x = 1"), code("x = 2"), code("final_answer(x)"))
    run = agent.start("Work")
    events = run.events()
    for _ in events:
        break
    events.close()
    assert run.outcome == "interrupted"
    again = [event for event in run.resume_stream()]
    assert isinstance(again[-1], FinalAnswerStep)
    assert again[-1].output == 2


def test_with_more_of_what_was_used_up() -> None:
    agent = make_agent(code("x = 1"), code("x += 1"), "no idea", code("final_answer(x)"), max_steps=2)
    run = agent.start("Work", usage_limits=UsageLimits(requests=1))
    with pytest.raises(UsageLimitExceeded):
        run.carry_out()
    with pytest.raises(UsageLimitExceeded):
        run.resume()
    assert run.resume(usage_limits=UsageLimits(requests=100)) == "no idea"
    with pytest.raises(ConfigurationError, match="max_steps"):
        run.resume()
    assert run.resume(max_steps=3) == 2
    assert [step.step_number for step in run.memory.of_type(ActionStep)] == [1, 2, 3]


def test_runs_that_cannot_be_resumed() -> None:
    agent = make_agent(code("final_answer(1)"), ModelError("down"), code("final_answer(2)"))
    run = agent.start("Work")
    with pytest.raises(ConfigurationError, match="not begun"):
        run.resume()
    run.carry_out()
    with pytest.raises(ConfigurationError, match="success"):
        run.resume()
    failed = fail(agent)
    assert agent.run("Go on", reset=False) == 2
    with pytest.raises(ConfigurationError, match="later run"):
        failed.resume()


def test_a_run_that_is_under_way_is_not_resumed() -> None:
    agent = make_agent(code("1"), code("2"), code("final_answer(1)"))
    run = agent.start("Work")
    events = run.events()
    for _ in events:
        break
    with pytest.raises(ConfigurationError, match="under way"):
        run.resume()
    with pytest.raises(ConfigurationError, match="under way"):
        run.step()
    events.close()


def test_step_by_step_with_memory_edited_in_between() -> None:
    agent = make_agent("a plan", code("x = 'secret'\nprint(x)"), code("final_answer(x)"), planning_interval=9)
    run = agent.start("Work")
    first = run.step()
    assert (first.step_number, run.outcome) == (1, "running")
    first.observations = "REDACTED"
    second = run.step()
    assert second.is_final_answer
    assert (run.outcome, run.output) == ("success", "secret")
    assert "REDACTED" in agent.model.requests[2].text
    assert agent.memory is run.memory
    with pytest.raises(ConfigurationError, match="another step"):
        run.step()


def test_a_run_taken_by_hand_can_be_resumed_to_its_end() -> None:
    agent = make_agent(code("x = 1"), code("final_answer(x)"))
    run = agent.start("Work")
    run.step()
    assert run.resume() == 1


def test_steps_that_use_up_the_run() -> None:
    agent = make_agent(code("1"), "a guess", max_steps=1)
    run = agent.start("Work")
    run.step()
    last = run.step()
    assert (last.action_output, run.outcome) == ("a guess", "max_steps_error")


def test_the_agents_own_steps_by_hand() -> None:
    agent = make_agent(code("x = 20"), code("1 / 0"), code("final_answer(x + 1)"))
    agent.memory.steps.append(TaskStep(task="Work"))
    answer, number = None, 1
    while answer is None and number < 5:
        step = ActionStep(step_number=number, observations_images=[])
        try:
            answer = agent.step(step)
        except Exception:
            assert step.error is not None
        agent.memory.steps.append(step)
        number += 1
    assert (answer, number) == (21, 4)
    assert "division" in agent.model.requests[2].text
    agent.close()


def test_a_failure_after_the_last_step_needs_no_further_step() -> None:
    agent = make_agent(code("x = 1"), ModelError("down"), "about one", max_steps=1)
    run = fail(agent)
    assert run.resume() == "about one"
    assert run.outcome == "max_steps_error"
