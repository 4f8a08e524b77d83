# Generated from tests/_async/agents/test_retry_events.py by `nox -s codegen`. Do not edit.
"""Requests that are made again, as those who stream a run hear of them, and as they are counted."""

import io

import pytest
from rich.console import Console

from twofold import (
    ActionStep,
    AgentGenerationError,
    AgentLogger,
    ChatMessageStreamDelta,
    CodeAgent,
    ContextLimit,
    FinalAnswerStep,
    LogLevel,
    ManagedAgentEvent,
    OpenAIModel,
    ProviderUnavailable,
    RateLimited,
    RetryEvent,
    RetryPolicy,
    SummarizeOldSteps,
    UsageLimitExceeded,
    UsageLimits,
)
from twofold._bridge import _sync as bridge
from twofold._core.limits.retries import retry_listener
from twofold.testing import ChatServer, Failure, Reply, ScriptedModel

ANSWER = "<code>final_answer(7)</code>"


class Waits:
    """Sleeping, which takes as long as the test says. Other sleeps are none of its business."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.over = bridge.Event()
        self.over.set()

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.over.wait()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    found = Waits()
    monkeypatch.setattr(bridge, "sleep", found.sleep)
    return found


def make_model(server: ChatServer, **policy) -> OpenAIModel:
    return OpenAIModel("m", api_base=server.url, api_key="k", retry=RetryPolicy(jitter=0.0, **policy))


@pytest.mark.parametrize("stream_outputs", [False, True])
def test_a_retry_is_an_event_before_the_reply(waits: Waits, stream_outputs: bool) -> None:
    with ChatServer([Failure(503), Failure.rate_limited(retry_after=9), Reply(ANSWER)]) as server:
        with make_model(server) as model:
            agent = CodeAgent(tools=[], model=model, stream_outputs=stream_outputs)
            events = [event for event in agent.stream("Seven?")]
            agent.close()
    retries = [event for event in events if isinstance(event, RetryEvent)]
    assert [(event.attempt, event.wait_seconds, type(event.error)) for event in retries] == [
        (1, 1.0, ProviderUnavailable),
        (2, 9.0, RateLimited),
    ]
    assert {(event.model, event.attempts) for event in retries} == {("m", 5)}
    assert events[:2] == retries
    assert isinstance(events[2], ChatMessageStreamDelta) == stream_outputs
    assert isinstance(events[-1], FinalAnswerStep)
    assert events[-1].output == 7
    # nothing of the run is left in the context of whoever streams it
    assert retry_listener.get() is None


@pytest.mark.parametrize("stream_outputs", [False, True])
def test_it_is_told_while_it_is_still_waited_for(waits: Waits, stream_outputs: bool) -> None:
    waits.over = bridge.Event()
    with ChatServer([Failure(503), Reply(ANSWER)]) as server:
        with make_model(server) as model:
            agent = CodeAgent(tools=[], model=model, stream_outputs=stream_outputs)
            events = agent.stream("Seven?")
            for event in events:
                assert isinstance(event, RetryEvent)
                assert len(server.requests) == 1
                break
            waits.over.set()
            rest = [event for event in events]
            agent.close()
    assert rest[-1].output == 7


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("stream_outputs", [False, True])
def test_it_is_printed_once(waits: Waits, streamed: bool, stream_outputs: bool) -> None:
    console = Console(file=io.StringIO(), width=200)
    with ChatServer([Failure(503), Reply(ANSWER)]) as server:
        with make_model(server) as model:
            logger = AgentLogger(LogLevel.INFO, console=console)
            agent = CodeAgent(tools=[], model=model, logger=logger, stream_outputs=stream_outputs)
            if streamed:
                assert [event for event in agent.stream("Seven?")]
            else:
                assert agent.run("Seven?") == 7
            agent.close()
    assert console.file.getvalue().count("attempt 2 of 5 in 1.0 s") == 1


def test_going_away_while_a_retry_is_waited_for(waits: Waits) -> None:
    waits.over = bridge.Event()
    with ChatServer([Failure(503)]) as server:
        with make_model(server) as model:
            agent = CodeAgent(tools=[], model=model)
            events = agent.stream("Seven?")
            for _ in events:
                break
            events.close()
            assert len(server.requests) == 1
            assert isinstance(agent.memory.steps[-1], ActionStep)
            agent.close()


def test_a_retry_counts_as_a_request_and_is_limited_like_one(waits: Waits) -> None:
    with ChatServer([Failure(503), Reply(ANSWER)]) as server:
        with make_model(server) as model:
            agent = CodeAgent(tools=[], model=model, return_full_result=True)
            assert agent.run("Seven?").usage.requests == 2
    with ChatServer([Failure(503)] * 2) as server:
        with make_model(server) as model:
            agent = CodeAgent(tools=[], model=model, usage_limits=UsageLimits(requests=2))
            with pytest.raises(UsageLimitExceeded, match="requests=2"):
                agent.run("Seven?")
            assert len(server.requests) == 2
            agent.close()


def test_the_last_failure_ends_the_run(waits: Waits) -> None:
    with ChatServer([Failure(503)] * 3) as server:
        with make_model(server, attempts=3) as model:
            agent = CodeAgent(tools=[], model=model)
            told = []
            with pytest.raises(AgentGenerationError) as caught:
                for event in agent.stream("Seven?"):
                    told += [event]
            assert [event.attempt for event in told if isinstance(event, RetryEvent)] == [1, 2]
            assert caught.value.run.outcome == "failed"
            assert caught.value.run.usage.requests == 3
            agent.close()


def test_of_plans_managed_agents_summaries_and_the_last_answer_too(waits: Waits) -> None:
    replies = [Failure(503), Reply("1. Ask."), Failure(503), Reply("<code>worker('Seven?')</code>")]
    replies += [Reply("<code>1</code>")]
    replies += [Failure(503), Reply("The worker said seven."), Failure(503), Reply("seven")]
    with ChatServer(replies) as server, ChatServer([Failure(503), Reply(ANSWER)]) as other:
        with make_model(server) as model, make_model(other) as workers_model:
            worker = CodeAgent(tools=[], model=workers_model, name="worker", description="Knows.")
            agent = CodeAgent(
                tools=[],
                model=model,
                managed_agents=[worker],
                planning_interval=9,
                max_steps=2,
                context_limit=ContextLimit(1, SummarizeOldSteps(keep_latest=1)),
            )
            events = [event for event in agent.stream("Ask for seven.")]
            agent.close()
        server.assert_exhausted()
    kinds = [type(event).__name__ for event in events]
    assert kinds.count("RetryEvent") == 4
    assert kinds[:3] == ["RetryEvent", "PlanningStep", "RetryEvent"]
    # of summing up, which is no action of its own, and of the answer when the steps are used up
    assert kinds[-4:] == ["RetryEvent", "RetryEvent", "ActionStep", "FinalAnswerStep"]
    inner = [event.event for event in events if isinstance(event, ManagedAgentEvent)]
    assert isinstance(inner[0], RetryEvent)
    assert events[-1].output == "seven"


def test_models_without_retries_are_asked_as_ever() -> None:
    agent = CodeAgent(tools=[], model=ScriptedModel([ANSWER]), stream_outputs=True)
    events = [event for event in agent.stream("Seven?")]
    assert not any(isinstance(event, RetryEvent) for event in events)
