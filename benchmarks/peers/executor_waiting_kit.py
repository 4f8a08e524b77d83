"""What the measurements of waiting programs share: the stage, the loop's lag, memory, threads.

The stage is the same for all: ``count`` programs call an async tool. First all of them wait in it; a
CPU-bound and a blocking program join them; then the gate opens and all go on at once; then each calls the
tool again and again, about a thousand calls a second between them. How a program is run is for the scripts
that use this.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

__all__ = ["Cast", "Stage", "main"]

CALLS_PER_SECOND = 1000.0
_INTERVAL = 0.005
_DEADLINE = 120.0


class Cast(Protocol):
    """How one kind of executor plays the parts."""

    async def warm_up(self) -> None:
        """Do everything once, so that it is not counted as the memory of the programs."""
        ...

    async def open(self, wait: Callable[[], Awaitable[bool]], count: int) -> None:
        """Make the executors, before anything runs."""
        ...

    def program(self, number: int) -> Coroutine[Any, Any, object]:
        """Run ``while wait(): pass`` in executor ``number``."""
        ...

    def hog(self) -> Coroutine[Any, Any, object]:
        """Run a program that computes until it is cancelled."""
        ...

    def blocker(self) -> Coroutine[Any, Any, object]:
        """Run a program that sits in a system call until it is cancelled."""
        ...

    async def close(self) -> None:
        """Let the hog and the blocker end, where cancelling does not do that."""
        ...


class Stage:
    """One run with one cast.

    Args:
        cast: Who plays.
        count: How many programs wait.
        hold: How many seconds the two long phases take.
    """

    def __init__(self, cast: Cast, count: int, hold: float) -> None:
        self.cast = cast
        self.count = count
        self.hold = hold
        self.calls = 0
        self.gate = asyncio.Event()
        self.all_wait = asyncio.Event()
        self.all_woken = asyncio.Event()
        self._arrived = 0
        self._woken = 0

    async def wait(self) -> bool:
        """Wait for a while: the tool."""
        if not self.gate.is_set():
            self._arrived += 1
            if self._arrived == self.count:
                self.all_wait.set()
            await self.gate.wait()
            return True
        self._woken += 1
        if self._woken == self.count:
            self.all_woken.set()
        await asyncio.sleep(random.uniform(0.0, 2.0 * max(0.5, self.count / CALLS_PER_SECOND)))
        self.calls += 1
        return True

    async def run(self) -> dict[str, Any]:
        """Play all phases and return the figures."""
        found: dict[str, Any] = {}
        await self.cast.warm_up()
        memory_before = _resident()
        await self.cast.open(self.wait, self.count)
        memory_opened = _resident()
        with Lag() as starting:
            start = time.perf_counter()
            tasks = [asyncio.create_task(self.cast.program(number)) for number in range(self.count)]
            await asyncio.sleep(0)
            found["first_step_seconds"] = time.perf_counter() - start
            await asyncio.wait_for(self.all_wait.wait(), _DEADLINE)
            found["start_seconds"] = time.perf_counter() - start
        memory_waiting = _resident()
        found["bytes_each"] = (memory_waiting - memory_before) / self.count
        found["bytes_opened"] = (memory_opened - memory_before) / self.count
        others = [asyncio.create_task(self.cast.hog()), asyncio.create_task(self.cast.blocker())]
        await asyncio.sleep(0.5)
        with Lag() as waiting:
            await asyncio.sleep(self.hold)
        found["threads"] = _threads()
        with Lag() as waking:
            self.gate.set()
            found["wake_seconds"] = await _seconds(self.all_woken.wait())
        self.calls = 0
        with Lag() as running:
            seconds = await _seconds(asyncio.sleep(self.hold))
        found["calls_per_second"] = self.calls / seconds
        lags = {"starting": starting, "waiting": waiting, "waking": waking, "running": running}
        found["lag"] = {name: lag.figures() for name, lag in lags.items()}
        for task in [*tasks, *others]:
            task.cancel()
        await self.cast.close()
        found["cancel_seconds"] = await _seconds(asyncio.wait([*tasks, *others], timeout=_DEADLINE))
        return found


class Lag:
    """How late the loop runs what is due, while the block runs, and how long garbage collections took."""

    def __enter__(self) -> Lag:
        self._late: list[float] = []
        self._collected: list[float] = [0.0]
        gc.callbacks.append(self._collect)
        self._task = asyncio.create_task(self._sample())
        return self

    def __exit__(self, *_: object) -> None:
        self._task.cancel()
        gc.callbacks.remove(self._collect)
        # what is due and did not get its turn is late too
        self._late.append(max(0.0, time.perf_counter() - self._due))

    async def _sample(self) -> None:
        while True:
            self._due = time.perf_counter() + _INTERVAL
            await asyncio.sleep(_INTERVAL)
            self._late.append(max(0.0, time.perf_counter() - self._due))

    def _collect(self, phase: str, info: object) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._collection = now
        else:
            self._collected.append(now - self._collection)

    _due = float("inf")
    _collection = float("inf")

    def figures(self) -> dict[str, float]:
        """Return the median, the 99th percentile and the longest, in seconds; the longest collection."""
        late = sorted(self._late)
        return {
            "p50": late[len(late) // 2],
            "p99": late[min(len(late) - 1, int(len(late) * 0.99))],
            "max": late[-1],
            "collection": max(self._collected),
        }


async def _seconds(awaitable: Awaitable[object]) -> float:
    start = time.perf_counter()
    await asyncio.wait_for(awaitable, _DEADLINE)
    return time.perf_counter() - start


def _resident() -> int:
    gc.collect()
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        import resource

        # elsewhere only the peak is known; nothing is given back between the two readings
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def main(cast: Cast) -> None:
    """Play with the count and the seconds given on the command line; print the figures as JSON."""
    count, hold = int(sys.argv[1]), float(sys.argv[2])

    async def play() -> dict[str, Any]:
        return await Stage(cast, count, hold).run()

    print(json.dumps(asyncio.run(play())))
    sys.stdout.flush()
    # threads that sit in a system call for good must not keep the process
    os._exit(0)
