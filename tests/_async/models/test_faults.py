"""A provider on its worst day: nothing is lost, nothing comes twice, no connection is left over."""

import hashlib
from itertools import groupby
from typing import get_args

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import OpenAIModel, RateLimiter, RetryPolicy, agglomerate_stream_deltas
from twofold.aio.testing import ChatServer, Failure, FaultKind, Faults, Reply, VirtualClock

# the same figure in both APIs: one seed gives one trace
TRACE_OF_SEED_3 = "75bdfffa6922a79e"
RIGHT = {"reply", "stall", "slow"}  # what answers a question, if late


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """Make waiting between attempts a matter of the virtual clock."""
    clock = VirtualClock()

    async def sleep(seconds: float) -> None:
        clock.pass_time(seconds)

    monkeypatch.setattr(bridge, "sleep", sleep)
    return clock


def make_model(server: ChatServer, **kwargs) -> OpenAIModel:
    policy = RetryPolicy(attempts=50, total_seconds=None)
    return OpenAIModel(
        "scripted", api_base=server.url, api_key="key", retry=policy, max_connections=40, **kwargs
    )


async def ask_all(model: OpenAIModel, count: int) -> list[str]:
    async def ask(number: int) -> str:
        messages = [{"role": "user", "content": f"question {number}"}]
        if number % 5:
            return (await model.generate(messages)).text
        # a stream that breaks after its first delta is not begun again by the model, but here
        for _ in range(50):
            try:
                deltas = [delta async for delta in model.generate_stream(messages)]
                return agglomerate_stream_deltas(deltas).text
            except Exception as error:
                if not getattr(error, "retryable", False):
                    raise
        raise AssertionError("fifty attempts were not enough")

    return await bridge.map_concurrent(ask, range(count), limit=60)


async def storm(clock: VirtualClock, count: int, seed: int) -> list[tuple[str, int, str]]:
    faults = Faults(lambda request: f"answer to {request.text}", seed=seed)
    with ChatServer(faults, clock=clock) as server:
        async with make_model(server, rate_limiter=RateLimiter(max_concurrency=50)) as model:
            limiter = model.rate_limiter
            # Retry-After is obeyed on the virtual clock; the limiter's own is real
            limiter.turnstile.pause = lambda seconds: None
            replies = await ask_all(model, count)
            # a server sees a connection go a little later than the client lets it go
            server.wait_until(lambda server: server.connections.open <= 40)
        server.wait_until(lambda server: server.connections.open == 0)
    assert replies == [f"answer to question {number}" for number in range(count)]
    assert (limiter.active, limiter.waiting) == (0, 0)
    assert_nothing_came_twice(faults.trace, count)
    assert {kind for _, _, kind in faults.trace} == {"reply", *get_args(FaultKind)}
    return faults.trace


def assert_nothing_came_twice(trace: list[tuple[str, int, str]], count: int) -> None:
    """Each question was asked until it was answered, once, and not again."""
    asked = {text: [kind for _, _, kind in steps] for text, steps in groupby(trace, lambda step: step[0])}
    assert asked.keys() == {f"question {number}" for number in range(count)}
    for text, kinds in asked.items():
        assert [kind in RIGHT for kind in kinds] == [False] * (len(kinds) - 1) + [True], (text, kinds)


async def test_a_small_storm(clock: VirtualClock) -> None:
    trace = await storm(clock, 300, seed=3)
    assert hashlib.sha256(repr(trace).encode()).hexdigest()[:16] == TRACE_OF_SEED_3
    assert clock.now > 0


@pytest.mark.slow
async def test_ten_thousand_requests(clock: VirtualClock) -> None:
    trace = await storm(clock, 10_000, seed=1)
    assert len(trace) > 12_000


async def test_a_simulated_hour(clock: VirtualClock) -> None:
    script = [Failure.rate_limited(retry_after=60)] * 40 + [Reply("at last", latency=1_200)]
    with ChatServer(script, clock=clock) as server:
        async with make_model(server) as model:
            reply = await model.generate([{"role": "user", "content": "Hello"}])
    assert reply.text == "at last"
    assert clock.now >= 3_600
