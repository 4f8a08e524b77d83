# Generated from tests/_async/models/test_redis_limits.py by `nox -s codegen`. Do not edit.
"""Rate limiters that share their limit through Redis: a real server, on loopback."""

import logging
from uuid import uuid4

import pytest

from twofold import (
    ChatMessage,
    ConfigurationError,
    FallbackModel,
    MessageRole,
    ModelError,
    OpenAIModel,
    RateLimiter,
    RateLimiterUnavailable,
    RedisStorage,
    RetryPolicy,
)
from twofold._bridge import _sync as bridge
from twofold._core.limits.redis_pacing import Answer
from twofold.testing import ChatServer, Failure, Gate, Reply, Stall, rate_limit_headers

pytestmark = pytest.mark.redis

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]


@pytest.fixture
def storage(redis_url: str) -> RedisStorage:
    return RedisStorage(redis_url, name=uuid4().hex)


def model_at(server: ChatServer, limiter: RateLimiter, retry: bool | RetryPolicy = False) -> OpenAIModel:
    return OpenAIModel("scripted", api_base=server.url, api_key="key", retry=retry, rate_limiter=limiter)


def look(limiter: RateLimiter, tokens: int = 0) -> Answer:
    """Ask as another process would, and leave the queue again."""
    queue = limiter.shared_queue
    assert limiter.storage is not None
    assert queue is not None
    limits = queue._limits
    answer = limiter.storage.enter(limits.enter("looker", uuid4().hex, tokens, more=False, patience=9.0))
    limiter.storage.leave(limits.leave("looker"))
    return answer


def test_two_limiters_with_one_name_are_one(storage: RedisStorage) -> None:
    limiters = [RateLimiter(max_concurrency=3, storage=storage) for _ in range(2)]
    gate = Gate()
    with ChatServer(lambda request: Stall("ok", until=gate)) as server:
        with model_at(server, limiters[0]) as one, model_at(server, limiters[1]) as other:

            def ask(number: int) -> str:
                if number == 12:
                    bridge.call_blocking(server.wait_until, lambda server: len(server.requests) == 3)
                    seen = sum(limiter.active for limiter in limiters), len(server.requests)
                    gate.open()
                    return str(seen)
                reply = (one if number % 2 else other).generate(HELLO)
                return reply.text

            replies = bridge.map_concurrent(ask, range(13))
    assert replies == ["ok"] * 12 + ["(3, 3)"]
    assert [(limiter.active, limiter.waiting) for limiter in limiters] == [(0, 0), (0, 0)]
    assert look(limiters[0]).granted
    storage.close()


def test_within_a_process_it_is_first_come_first_served(storage: RedisStorage) -> None:
    limiter = RateLimiter(requests_per_minute=60_000, storage=storage)
    order: list[int] = []

    def go(number: int) -> float:
        with limiter.slot() as slot:
            order.append(number)
            return slot.started

    started = bridge.map_concurrent(go, range(40), limit=1)
    assert order == list(range(40))
    assert started == sorted(started)
    limiter.close()


def test_never_more_requests_than_the_limit(storage: RedisStorage) -> None:
    limiter = RateLimiter(requests_per_minute=20, burst=20, storage=storage)

    def go(_: int) -> float:
        with limiter.slot() as slot:
            return slot.started

    started = bridge.map_concurrent(go, range(20))
    answer = look(limiter)
    assert not answer.granted
    assert answer.seconds is not None
    assert answer.seconds == pytest.approx(min(started) + 60 - answer.time, abs=0.001)
    limiter.close()


def test_a_cancelled_waiter_gives_its_place_back(storage: RedisStorage) -> None:
    limiter = RateLimiter(max_concurrency=1, storage=storage)

    def wait_in_vain() -> None:
        with limiter.slot():
            raise AssertionError("there was no place")

    with limiter.slot():
        with pytest.raises(TimeoutError):
            bridge.run_with_timeout(wait_in_vain, 0.05, TimeoutError)
        assert (limiter.active, limiter.waiting) == (1, 0)
    assert look(limiter).granted
    assert storage._keys[1].endswith(":queue")
    assert storage._clients.get().zcard(storage._keys[1]) == 0
    limiter.close()


def test_tokens_are_put_right_by_real_usage(storage: RedisStorage) -> None:
    limiter = RateLimiter(tokens_per_minute=1_000, storage=storage)
    with ChatServer(lambda request: Reply("ok", usage=(60, 40))) as server:
        with model_at(server, limiter) as model:
            for _ in range(4):  # each is thought to have 600 tokens, and has 100
                model.generate(HELLO, max_tokens=590)
    assert len(server.requests) == 4
    with pytest.raises(ConfigurationError, match="tokens_per_minute=1,000"):
        with limiter.slot(1_001):
            pass
    answer = look(limiter, 601)
    assert not answer.granted
    assert look(limiter, 600).granted
    limiter.close()


def test_what_the_provider_says_holds_everybody_back(storage: RedisStorage) -> None:
    limiter, other = (RateLimiter(max_concurrency=9, storage=storage) for _ in range(2))
    script = [Failure(429, headers={"retry-after": "40"})]
    with ChatServer(script) as server:
        with model_at(server, limiter) as model:
            with pytest.raises(ModelError):
                model.generate(HELLO)
    answer = look(other)
    assert not answer.granted
    assert answer.seconds == pytest.approx(40, abs=5)
    storage.close()


def test_headers_are_learned_from(storage: RedisStorage) -> None:
    limiter, other = (RateLimiter(max_concurrency=9, storage=storage) for _ in range(2))
    headers = rate_limit_headers(remaining_requests=0, reset_requests=30.0)
    with ChatServer([Reply("ok", headers=headers)]) as server:
        with model_at(server, limiter) as model:
            model.generate(HELLO)
    answer = look(other)
    assert not answer.granted
    assert answer.seconds == pytest.approx(30, abs=5)
    storage.close()


def test_a_server_that_is_not_there_is_a_clear_error() -> None:
    storage = RedisStorage("redis://:pass-of-the-test@127.0.0.1:1/0")
    limiter = RateLimiter(5, storage=storage)
    with ChatServer() as server:
        with model_at(server, limiter) as model:
            with pytest.raises(RateLimiterUnavailable, match=r"Redis at redis://127\.0\.0\.1:1/0") as caught:
                model.generate(HELLO)
    assert caught.value.retryable
    assert "pass-of-the-test" not in str(caught.value)
    assert server.requests == ()
    assert (limiter.active, limiter.waiting) == (0, 0)
    limiter.close()


def test_another_model_is_asked_if_redis_is_down() -> None:
    limiter = RateLimiter(5, storage=RedisStorage("redis://127.0.0.1:1/0"))
    with ChatServer([Reply("from the other")]) as server:
        limited = model_at(server, limiter)
        other = OpenAIModel("scripted", api_base=server.url, api_key="key")
        with FallbackModel([limited, other]) as model:
            assert model.generate(HELLO).content == "from the other"
    limiter.close()


def test_requests_are_retried_until_redis_is_back(start_redis) -> None:
    redis = start_redis()
    limiter = RateLimiter(6_000, storage=RedisStorage(redis.url))
    again: list[str] = []

    def on_retry(event) -> None:
        again.append(type(event.error).__name__)
        limiter.storage.url = start_redis().url
        limiter.storage._clients = bridge.ClientPool(limiter.storage.create_client)

    redis.stop()
    with ChatServer([Reply("ok")]) as server:
        model = OpenAIModel(
            "scripted",
            api_base=server.url,
            api_key="key",
            rate_limiter=limiter,
            retry=RetryPolicy(initial_wait=0, jitter=0),
            on_retry=on_retry,
        )
        with model:
            assert model.generate(HELLO).content == "ok"
    assert again == ["RateLimiterUnavailable"]
    limiter.close()


def test_a_reply_is_not_lost_if_redis_goes_down_meanwhile(
    start_redis, caplog: pytest.LogCaptureFixture
) -> None:
    redis = start_redis()
    limiter = RateLimiter(5, storage=RedisStorage(redis.url))

    def reply(request) -> Reply:
        redis.stop()
        return Reply("ok")

    with ChatServer(reply) as server, caplog.at_level(logging.WARNING, "twofold"):
        with model_at(server, limiter) as model:
            assert model.generate(HELLO).content == "ok"
    assert "the end of a request could not be noted" in caplog.text
    assert limiter.active == 0
    limiter.close()


def test_it_can_be_used_again_after_it_was_closed(storage: RedisStorage) -> None:
    limiter = RateLimiter(60_000, storage=storage)
    for _ in range(2):
        with limiter.slot():
            pass
        limiter.close()


def test_it_comes_back_from_what_was_saved() -> None:
    storage = RedisStorage("redis://:pass-of-the-test@host:6379/3", name="mine", lease_seconds=9)
    data = RateLimiter(5, storage=storage).to_dict()
    assert "pass-of-the-test" not in str(data)
    again = RateLimiter.from_dict(data)
    assert again.storage is not None
    assert (again.storage.url, again.storage.name, again.storage.lease_seconds) == (
        "redis://host:6379/3",
        "mine",
        9.0,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "localhost"}, "such as redis://host"),
        ({"name": ""}, "without braces"),
        ({"name": "a{b}"}, "without braces"),
        ({"lease_seconds": 0}, "positive number"),
    ],
)
def test_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        RedisStorage(**arguments)


def test_bad_urls_and_client_arguments() -> None:
    for storage in (RedisStorage("http://host"), RedisStorage(client_kwargs={"no_such": 1})):
        with pytest.raises(ConfigurationError, match="cannot connect as asked"):
            with RateLimiter(5, storage=storage).slot():
                pass
    with pytest.raises(ConfigurationError, match="storage must be"):
        RateLimiter(5, storage="redis://host")
