# Generated from tests/_async/telemetry/test_logging.py by `nox -s codegen`. Do not edit.
"""What standard ``logging`` gets of runs, at its most talkative: that something happened, and not what was said."""

import logging

import pytest

from twofold import (
    AgentGenerationError,
    CodeAgent,
    FallbackModel,
    OpenAIModel,
    RetryPolicy,
    ToolCallingAgent,
    tool,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ChatServer, Failure, Reply, ScriptedModel

KEY = "sk-very-secret-1234567890"
WORDS = ["silver", "bronze", "copper", "zinc", "mercury", "crown", "gold", "lead", "iron", "nickel", "cobalt"]


@tool
def look_up(item: str) -> str:
    """Looks something up.

    Args:
        item: What.
    """
    if item == "zinc":
        raise LookupError("no zinc")
    return f"{item} of gold"


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(
        logging.Formatter().format(record) for record in caplog.records if record.name.startswith("twofold")
    )


@pytest.fixture(autouse=True)
def talkative(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        pass

    monkeypatch.setattr(bridge, "sleep", sleep)


@pytest.mark.parametrize("streamed", [False, True])
def test_prompts_code_and_results_are_not_logged(caplog: pytest.LogCaptureFixture, streamed: bool) -> None:
    replies = [
        "Plan of mercury",
        "Thought: silver <code>\nprint('bronze')\nlook_up('zinc')\n</code>",
        "no code but copper",
        "<code>\nfinal_answer(look_up('crown') + ' lead')\n</code>",
    ]
    agent = CodeAgent(
        tools=[look_up], model=ScriptedModel(replies), instructions="Iron", planning_interval=5, name="smith"
    )
    arguments = {"cobalt": 1}
    if streamed:
        assert [event for event in agent.stream("Find nickel", additional_args=arguments)]
    else:
        agent.run("Find nickel", additional_args=arguments)
    lines = logged(caplog)
    assert "step 1 failed: AgentExecutionError" in lines
    assert [word for word in WORDS if word in lines.lower()] == []


def test_calls_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    replies = [
        'Action: {"name": "look_up", "arguments": {"item": "zinc"}}',
        'Action: {"name": "final_answer", "arguments": {"answer": "lead"}}',
    ]
    ToolCallingAgent(tools=[look_up], model=ScriptedModel(replies)).run("Find nickel")
    assert "step 1 failed" in logged(caplog)
    assert [word for word in WORDS if word in logged(caplog).lower()] == []


@pytest.mark.usefixtures("quick")
def test_neither_keys_nor_prompts_are_logged_when_models_fail(caplog: pytest.LogCaptureFixture) -> None:
    failures = [Failure(503), Failure.rate_limited(retry_after=9), Failure(401)]
    with ChatServer([*failures, Reply("<code>final_answer('lead')</code>"), Failure(401)]) as server:
        policy = RetryPolicy(jitter=0.0)
        models = [OpenAIModel("m", api_base=server.url, api_key=KEY, retry=policy) for _ in range(2)]
        with FallbackModel(models) as model:
            agent = CodeAgent(tools=[look_up], model=model)
            assert agent.run("Find nickel") == "lead"
        with OpenAIModel("m", api_base=server.url, api_key=KEY, retry=policy) as model:
            with pytest.raises(AgentGenerationError):
                CodeAgent(tools=[look_up], model=model).run("Find nickel")
    lines = logged(caplog)
    assert "attempt 2 of 5" in lines
    assert "the next one is asked" in lines
    assert KEY not in lines
    assert [word for word in WORDS if word in lines.lower()] == []
