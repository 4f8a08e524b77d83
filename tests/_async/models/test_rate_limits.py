"""Rate limiters in models: shared, given back, corrected, and taught by the provider."""

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import ChatMessage, ConfigurationError, MessageRole, ModelError, OpenAIModel, RateLimiter
from twofold.aio.testing import ChatServer, Failure, Gate, Reply, Stall, rate_limit_headers

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]


def make_model(server: ChatServer, limiter: RateLimiter | None = None, **kwargs) -> OpenAIModel:
    return OpenAIModel(
        "scripted", api_base=server.url, api_key="key", retry=False, rate_limiter=limiter, **kwargs
    )


async def test_two_models_share_one_limit() -> None:
    limiter = RateLimiter(max_concurrency=3)
    gate = Gate()
    with ChatServer(lambda request: Stall("ok", until=gate)) as server:
        async with make_model(server, limiter) as one, make_model(server, limiter) as other:

            async def ask(number: int) -> str:
                if number == 12:
                    server_has_three = lambda server: len(server.requests) == 3  # noqa: E731
                    await bridge.call_blocking(server.wait_until, server_has_three)
                    seen = limiter.active, len(server.requests)
                    gate.open()
                    return str(seen)
                reply = await (one if number % 2 else other).generate(HELLO)
                return reply.text

            replies = await bridge.map_concurrent(ask, range(13))
    assert replies == ["ok"] * 12 + ["(3, 3)"]
    assert (limiter.active, limiter.waiting) == (0, 0)


async def test_requests_per_minute_of_one_model() -> None:
    with ChatServer(lambda request: Reply("ok")) as server:
        async with make_model(server, requests_per_minute=60_000) as model:
            replies = await bridge.map_concurrent(lambda _: model.generate(HELLO), range(30))
    assert len(replies) == 30


async def test_the_limit_is_released_by_failures_and_by_streams_that_are_given_up() -> None:
    limiter = RateLimiter(max_concurrency=1)
    script = [Failure(500), Reply("word " * 50), Reply("ok")]
    with ChatServer(script) as server:
        async with make_model(server, limiter) as model:
            with pytest.raises(ModelError):
                await model.generate(HELLO)
            stream = model.generate_stream(HELLO)
            async for _ in stream:
                break
            await stream.aclose()
            assert (await model.generate(HELLO)).content == "ok"
    assert limiter.active == 0


async def test_a_request_that_never_fits_is_an_error() -> None:
    with ChatServer() as server:
        async with make_model(server, RateLimiter(tokens_per_minute=1_000)) as model:
            with pytest.raises(ConfigurationError, match="tokens_per_minute=1,000"):
                await model.generate(HELLO, max_tokens=2_000)
    assert server.requests == ()


async def test_estimates_are_put_right_by_real_usage() -> None:
    # each request is thought to have 600 tokens, so only one would fit; they really have 100
    limiter = RateLimiter(tokens_per_minute=1_000)
    with ChatServer(lambda request: Reply("ok", usage=(60, 40))) as server:
        async with make_model(server, limiter) as model:
            for _ in range(4):
                await model.generate(HELLO, max_tokens=590)
    assert len(server.requests) == 4


class Waits:
    """Notes how long a limiter would have a request wait."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._turnstile = limiter.turnstile

    def next(self) -> float | None:
        ticket = self._turnstile.enter()
        _, seconds = self._turnstile.look(ticket, lambda: None)
        self._turnstile.leave(ticket)
        return seconds


async def test_retry_after_holds_everybody_back() -> None:
    limiter = RateLimiter()
    with ChatServer([Failure.rate_limited(retry_after=1_000)]) as server:
        async with make_model(server, limiter) as model:
            with pytest.raises(ModelError):
                await model.generate(HELLO)
    assert 900 < Waits(limiter).next() <= 1_000


@pytest.mark.parametrize("stream", [False, True])
async def test_headers_that_leave_nothing_hold_everybody_back(stream: bool) -> None:
    limiter = RateLimiter()
    headers = rate_limit_headers(remaining_requests=0, reset_requests=720.0)
    with ChatServer([Reply("ok", headers=headers)]) as server:
        async with make_model(server, limiter) as model:
            if stream:
                async for _ in model.generate_stream(HELLO):
                    pass
            else:
                await model.generate(HELLO)
    assert 700 < Waits(limiter).next() <= 720


async def test_a_limiter_by_itself() -> None:
    limiter = RateLimiter(max_concurrency=2, requests_per_minute=60_000, burst=5)
    most = 0

    async def work(_: int) -> None:
        nonlocal most
        async with limiter.slot(tokens=3):
            most = max(most, limiter.active)
            await bridge.sleep(0)

    await bridge.map_concurrent(work, range(50))
    assert 1 <= most <= 2
    assert (limiter.active, limiter.waiting) == (0, 0)


async def test_whoever_stops_waiting_makes_room() -> None:
    limiter = RateLimiter(max_concurrency=1)

    class Impatient(Exception):
        pass

    async def wait_in_vain() -> None:
        async with limiter.slot():
            raise AssertionError("there was no room")

    async with limiter.slot():
        with pytest.raises(Impatient):
            await bridge.run_with_timeout(wait_in_vain, 0.05, Impatient)
    # the sync half gives the thread up at once and its place a moment later
    async with limiter.slot():
        pass


def test_one_limit_or_a_limiter() -> None:
    with pytest.raises(ConfigurationError, match="either requests_per_minute or rate_limiter"):
        OpenAIModel("m", requests_per_minute=3, rate_limiter=RateLimiter(3))
    with pytest.raises(ConfigurationError, match=r"must be a RateLimiter"):
        OpenAIModel("m", rate_limiter=60)
