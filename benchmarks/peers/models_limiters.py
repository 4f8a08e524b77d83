"""Let waiters through one rate limiter, and print how many began, when, and what it cost.

models_limiters.py LIMITER REQUESTS_PER_MINUTE WAITERS
"""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

Wait = Callable[[], Awaitable[object]]


def twofold_aio(per_minute):
    from twofold.aio import RateLimiter

    limiter = RateLimiter(requests_per_minute=per_minute)

    async def wait():
        async with limiter.slot():
            pass

    return wait


def aiolimiter(per_minute):
    from aiolimiter import AsyncLimiter

    limiter = AsyncLimiter(per_minute, 60)
    return limiter.acquire


def langchain(per_minute):
    from langchain_core.rate_limiters import InMemoryRateLimiter

    limiter = InMemoryRateLimiter(requests_per_second=per_minute / 60, check_every_n_seconds=0.01)
    return limiter.aacquire


def smolagents(per_minute):
    from smolagents.utils import RateLimiter

    limiter = RateLimiter(per_minute)

    async def wait():
        # it blocks, and says nothing of threads; this is how an async program would have to use it
        await asyncio.to_thread(limiter.throttle)

    return wait


LIMITERS = {f.__name__: f for f in (aiolimiter, langchain, smolagents)} | {"twofold": twofold_aio}


async def measure(name, per_minute, waiters):
    wait = LIMITERS[name](per_minute)
    starts = []

    async def one():
        await wait()
        starts.append(time.perf_counter() - begun)

    cpu, begun = time.process_time(), time.perf_counter()
    await asyncio.gather(*(one() for _ in range(waiters)))
    cpu = time.process_time() - cpu
    starts.sort()
    window = 1.0
    most = max(sum(start <= other < start + window for other in starts) for start in starts)
    return {
        "cpu": cpu,
        "wall": starts[-1],
        "most_in_a_second": most,
        "at_once": sum(s < 0.05 for s in starts),
    }


def main(name, per_minute, waiters):
    print(json.dumps(asyncio.run(measure(name, float(per_minute), int(waiters)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
