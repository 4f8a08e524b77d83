"""One of several processes that share a limit: lets requests through, and says of each when it began.

    redis_worker.py APIS URL NAME LIMITS REQUESTS

Inside its slot each request counts how many are there, over all processes. The end of stdin ends it.
"""

import json
import sys
from typing import Any

import redis


def main(api: str, url: str, name: str, limits: dict[str, Any], requests: int) -> None:
    inside = redis.Redis.from_url(url)

    def work(started: float) -> None:
        most = inside.incr(f"{name}-inside")
        tell(json.dumps({"started": started, "inside": most}))
        inside.decr(f"{name}-inside")

    if api == "twofold":
        run_sync(url, name, limits, requests, work)
    else:
        run_async(url, name, limits, requests, work)
    tell("done")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")  # in one piece, unlike print(): several threads tell
    sys.stdout.flush()


def run_sync(url: str, name: str, limits: dict[str, Any], requests: int, work: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from twofold import RateLimiter, RedisStorage

    lease = limits.pop("lease_seconds", 600)
    limiter = RateLimiter(**limits, storage=RedisStorage(url, name, lease_seconds=lease))

    def one(_: int) -> None:
        with limiter.slot() as slot:
            work(slot.started)

    with ThreadPoolExecutor(requests) as pool:
        list(pool.map(one, range(requests)))
    limiter.close()


def run_async(url: str, name: str, limits: dict[str, Any], requests: int, work: Any) -> None:
    import asyncio

    from twofold.aio import RateLimiter, RedisStorage

    lease = limits.pop("lease_seconds", 600)

    async def run() -> None:
        limiter = RateLimiter(**limits, storage=RedisStorage(url, name, lease_seconds=lease))

        async def one() -> None:
            async with limiter.slot() as slot:
                work(slot.started)

        await asyncio.gather(*(one() for _ in range(requests)))
        await limiter.aclose()

    asyncio.run(run())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), int(sys.argv[5]))
