"""Limits that several processes share through Redis: of both APIs, killed ones among them."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import twofold
import twofold.aio
from twofold._core.limits.pacing import Pacer
from twofold._core.limits.redis_pacing import ENTER, FINISH, Answer, SharedLimits, keys_of
from twofold.testing import ChatServer

pytestmark = pytest.mark.redis

WORKER = Path(__file__).with_name("redis_worker.py")


class Worker:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def lines(self) -> Iterator[dict[str, float]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == "done":
                return
            yield json.loads(line)
        raise AssertionError("the process ended before its work was done")


@contextmanager
def worker(api: str, url: str, name: str, limits: dict[str, Any], requests: int) -> Iterator[Worker]:
    words = [sys.executable, str(WORKER), api, url, name, json.dumps(limits), str(requests)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def test_three_processes_begin_no_more_than_the_limit_in_a_window(redis_url: str) -> None:
    redis = pytest.importorskip("redis")
    name, limits = uuid4().hex, {"requests_per_minute": 30, "burst": 30}
    with ExitStack() as stack:
        apis = ("twofold.aio", "twofold", "twofold.aio")
        workers = [stack.enter_context(worker(api, redis_url, name, limits, 30)) for api in apis]
        client = stack.enter_context(redis.Redis.from_url(redis_url, decode_responses=True))
        streams = [workers[0].lines(), workers[1].lines(), workers[2].lines()]
        # 90 requests want to begin and 30 may: which of them, the processes settle among themselves
        started = client.zrange(keys_of(name)[3], 0, -1, withscores=True)
        while len(started) < 30:
            started = client.zrange(keys_of(name)[3], 0, -1, withscores=True)
        first, last = started[0][1], started[-1][1]
        looker = SharedLimits(30, None, None, 30, 600).enter("looker", "x", 0, more=False, patience=9)
        answer = Answer.of(client.eval(ENTER, 7, *keys_of(name), *looker))
        assert not answer.granted
        assert answer.seconds == pytest.approx(first + 60 - answer.time, abs=0.001)
        assert last < first + 60
        for each in workers:
            each.process.kill()
        said = [line for stream in streams for line in all_of(stream)]
        assert len(said) <= 30
        assert {line["started"] for line in said} <= {score for _, score in started}
        assert client.zcard(keys_of(name)[3]) == 30


def all_of(stream: Iterator[dict[str, float]]) -> Iterator[dict[str, float]]:
    try:
        yield from stream
    except (AssertionError, ValueError):  # it was killed, perhaps in the middle of a line
        return


def test_three_processes_are_never_more_at_once_than_allowed(redis_url: str) -> None:
    name, limits = uuid4().hex, {"max_concurrency": 4}
    with ExitStack() as stack:
        apis = ("twofold.aio", "twofold", "twofold.aio")
        workers = [stack.enter_context(worker(api, redis_url, name, limits, 25)) for api in apis]
        lines = [line for each in workers for line in each.lines()]
    assert len(lines) == 75
    assert max(line["inside"] for line in lines) <= 4


def test_a_process_that_was_killed_does_not_hold_the_others_up(redis_url: str) -> None:
    redis = pytest.importorskip("redis")
    name, limits = uuid4().hex, {"max_concurrency": 1, "lease_seconds": 1}
    with redis.Redis.from_url(redis_url) as client:
        shared = SharedLimits(None, None, 1, 1, 1.0)
        # what a process leaves behind that dies with a request under way, and with another one in the queue
        for request in ("running", "waiting"):
            arguments = shared.enter("dead", request, 0, more=True, patience=1.0)
            client.eval(ENTER, 7, *keys_of(name), *arguments)
        assert client.zcard(keys_of(name)[6]) == 1
        with worker("twofold", redis_url, name, limits, 3) as living:
            assert len(list(living.lines())) == 3


def test_processes_take_turns(redis_url: str) -> None:
    redis = pytest.importorskip("redis")
    shared, keys = SharedLimits(None, None, 1, 1, 600.0), keys_of(uuid4().hex)
    order = []
    with redis.Redis.from_url(redis_url) as client:
        pending = {"a": 0, "b": 0, "c": 0}
        while len(order) < 10:
            for contender, number in pending.items():
                request = f"{contender}{number}"
                arguments = shared.enter(contender, request, 0, more=True, patience=9.0)
                if Answer.of(client.eval(ENTER, 7, *keys, *arguments)).granted:
                    order.append(contender)
                    pending[contender] += 1
                    done = shared.finish(request, None, undone=False, pause=None, limits=None)
                    client.eval(FINISH, 7, *keys, *done)
    assert order[1:10] == ["a", "b", "c"] * 3  # the first was alone


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=st.sampled_from([3, 10, 60, 90]),
    burst=st.integers(1, 3),
    tokens_per_minute=st.sampled_from([None, 100]),
    most=st.sampled_from([None, 1, 3]),
    seed=st.integers(0, 1_000),
)
def test_never_more_than_the_limits_whatever_happens(
    redis_url: str, per_minute: int, burst: int, tokens_per_minute: int | None, most: int | None, seed: int
) -> None:
    """The scripts on a virtual clock: requests of three processes begin, fail, end early and late."""
    redis = pytest.importorskip("redis")
    chance, keys = random.Random(seed), keys_of(uuid4().hex)
    shared = SharedLimits(per_minute, tokens_per_minute, most, burst, 600.0)
    now, number = 1_000.0, 0
    begun: list[tuple[float, int]] = []
    active: dict[str, int] = {}
    with redis.Redis.from_url(redis_url) as client:

        def run(script: str, arguments: list[str]) -> Answer:
            return Answer.of(client.eval(script, 7, *keys, repr(now), *arguments[1:]))

        for _ in range(60):
            contender, tokens = chance.choice("abc"), chance.choice([0, 10, 60])
            request = f"r{number}"
            asked = shared.enter(contender, request, tokens, more=chance.random() < 0.7, patience=1e6)
            answer = run(ENTER, asked)
            if answer.granted:
                number += 1
                begun.append((now, tokens))
                active[request] = tokens
            elif active and (answer.seconds is None or chance.random() < 0.3):
                ending = chance.choice(sorted(active))
                run(FINISH, shared.finish(ending, active.pop(ending), undone=False, pause=None, limits=None))
            else:
                now += chance.choice([0.01, 0.5, max(0.01, answer.seconds or 0.0)])
            assert most is None or len(active) <= most
    assert begun
    for start, _ in begun:
        window = [tokens for time, tokens in begun if start <= time < start + 59.999]
        assert len(window) <= per_minute
        assert tokens_per_minute is None or sum(window) <= tokens_per_minute


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=st.sampled_from([None, 3, 10, 60]),
    burst=st.integers(1, 3),
    tokens_per_minute=st.sampled_from([None, 100]),
    sizes=st.lists(st.integers(0, 100), min_size=1, max_size=15),
)
def test_redis_lets_requests_go_when_a_limiter_of_one_process_does(
    redis_url: str,
    per_minute: int | None,
    burst: int,
    tokens_per_minute: int | None,
    sizes: list[int],
) -> None:
    redis = pytest.importorskip("redis")
    burst = burst if per_minute else 1
    keys, now = keys_of(uuid4().hex), 1_000.0
    shared = SharedLimits(per_minute, tokens_per_minute, None, burst, 1e6)
    pacer = Pacer(per_minute, tokens_per_minute, None, burst)
    expected = [pacer.join(now, size) for size in sizes]
    found: list[float] = []
    with redis.Redis.from_url(redis_url) as client:
        while len(found) < len(sizes):
            number = len(found)
            asked = shared.enter(
                "me", f"r{number}", sizes[number], more=number < len(sizes) - 1, patience=1e6
            )
            answer = Answer.of(client.eval(ENTER, 7, *keys, repr(now), *asked[1:]))
            if answer.granted:
                found.append(now)
            else:
                now += max(answer.seconds or 0.0, 1e-6)
    clock = 1_000.0
    while pacer.waiting:
        pacer.grant(clock)
        clock = pacer.next_time(clock) or clock
    assert found == [pytest.approx(ticket.granted, abs=1e-3) for ticket in expected]


def test_two_loops_one_after_the_other(redis_url: str) -> None:
    limiter = twofold.aio.RateLimiter(60_000, storage=twofold.aio.RedisStorage(redis_url, name=uuid4().hex))

    async def go() -> float:
        async with limiter.slot() as slot:
            return slot.started

    assert asyncio.run(go()) < asyncio.run(go())


def test_each_limiter_is_of_one_api(redis_url: str) -> None:
    storage = twofold.aio.RedisStorage(redis_url)
    with pytest.raises(
        twofold.ConfigurationError, match=r"storage of twofold\.aio, but is used in twofold\."
    ):
        twofold.RateLimiter(5, storage=storage)  # type: ignore[arg-type]
    limiter = twofold.aio.RateLimiter(5, storage=storage)
    with ChatServer() as server, pytest.raises(twofold.ConfigurationError, match="the same URL and name"):
        twofold.OpenAIModel("m", api_base=server.url, rate_limiter=limiter)
