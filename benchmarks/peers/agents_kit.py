"""What the measurements of agents share: what is measured, and how. Running an agent is for each script.

    SCRIPT KIND URL LATENCY cost RUNS
    SCRIPT KIND URL LATENCY crowd COUNT
    SCRIPT KIND URL LATENCY share COUNT
    SCRIPT KIND URL LATENCY threads COUNT

``KIND`` is one of those that the script knows. Without a server (``-``) the model is played in the process,
by what the framework has for that. ``cost``: one run after another. ``crowd``: that many runs at once.
``share``: the same with one agent for all of them, where ``crowd`` does as the framework's documentation says.
``threads``: one agent, a thread for each run, through the framework's sync API.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from agents_script import expected  # type: ignore[import-not-found, unused-ignore]

__all__ = ["Cast", "main"]

_WARM_UP = 5


class Cast(Protocol):
    """How one framework plays the parts. Made once for a process."""

    threaded: bool
    """Whether the framework is used through its sync API, with a thread for each run."""

    async def open(self) -> None:
        """Make the client, the model and the agent."""
        ...

    def prepare(self, number: int, shared: bool) -> Callable[[], Awaitable[Any]]:
        """Return a function that does the task ``number`` and returns the answer.

        ``shared`` says that all runs use one agent, also where the documentation gives each its own.
        """
        ...

    def prepare_sync(self, number: int, shared: bool) -> Callable[[], Any]:
        """Return a function that does so on the thread that calls it."""
        ...

    async def close(self) -> None:
        """Close the client."""
        ...


class Watch:
    """CPU and wall time, peak memory and threads of this process while the block runs."""

    def __enter__(self) -> Watch:
        gc.collect()
        self._before = _resident()
        _reset_peak()
        self.threads = _threads()
        self._threads_before = self.threads
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._wall
        self.cpu = time.process_time() - self._cpu
        self._over.set()
        self._sampler.join()
        self.memory = max(0, _peak() - self._before)

    def _sample(self) -> None:
        while not self._over.wait(0.02):
            # not counting the thread that counts
            self.threads = max(self.threads, _threads() - 1)

    def figures(self, answers: list[Any], count: int) -> dict[str, Any]:
        """Return what was measured and how the answers were."""
        right = sum(answer == expected(number) for number, answer in enumerate(answers))
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        return {
            "cpu": self.cpu,
            "wall": self.wall,
            "memory": self.memory,
            "threads": self.threads,
            "count": count,
            "right": right,
            "failed": len(failures),
            "wrong": count - right - len(failures),
            "failures": sorted({f"{type(error).__name__}: {error}"[:200] for error in failures})[:3],
        }


def number_of(answer: Any) -> int | None:
    """Return the number that an answer is, or None."""
    try:
        return int(str(answer).strip())
    except ValueError:
        return None


async def attempt(work: Callable[[], Awaitable[Any]]) -> Any:
    """Return the number that a run answered, or its error."""
    try:
        return number_of(await work())
    except Exception as error:
        return error


def attempt_sync(work: Callable[[], Any]) -> Any:
    """Do the same on this thread."""
    try:
        return number_of(work())
    except Exception as error:
        return error


async def _one_after_another(cast: Cast, runs: int) -> dict[str, Any]:
    works = [cast.prepare(number, False) for number in range(runs)]
    with Watch() as watch:
        answers = [await attempt(work) for work in works]
    return watch.figures(answers, runs)


async def _at_once(cast: Cast, count: int, shared: bool) -> dict[str, Any]:
    works = [cast.prepare(number, shared) for number in range(count)]
    with Watch() as watch:
        answers = await asyncio.gather(*(attempt(work) for work in works))
    return watch.figures(answers, count)


def _on_threads(cast: Cast, count: int, threads: int, shared: bool) -> dict[str, Any]:
    works = [cast.prepare_sync(number, shared) for number in range(count)]
    # a thousand stacks of the usual size would need 8 GiB of addresses
    threading.stack_size(1024 * 1024)
    with Watch() as watch, ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(attempt_sync, works))
    return watch.figures(answers, count)


async def _measure(cast: Cast, what: str, count: int) -> dict[str, Any]:
    await cast.open()
    try:
        for number in range(_WARM_UP):
            await attempt(cast.prepare(number, False))
        if what == "cost":
            return await _one_after_another(cast, count)
        return await _at_once(cast, count, shared=what == "share")
    finally:
        await cast.close()


def _measure_threads(cast: Cast, what: str, count: int) -> dict[str, Any]:
    asyncio.run(cast.open())
    for number in range(_WARM_UP):
        attempt_sync(cast.prepare_sync(number, False))
    return _on_threads(cast, count, 1 if what == "cost" else count, shared=what in ("share", "threads"))


def main(make: Callable[[str, str | None, float], Cast]) -> None:
    """Measure what the command line says, and print the figures as JSON."""
    kind, url, latency, what, count = sys.argv[1:6]
    cast = make(kind, None if url == "-" else url, float(latency))
    if cast.threaded or what == "threads":
        figures = _measure_threads(cast, what, int(count))
    else:
        figures = asyncio.run(_measure(cast, what, int(count)))
    print(json.dumps(figures))
    sys.stdout.flush()
    os._exit(0)  # whatever threads a framework leaves behind


def _status(name: str) -> int:
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1]) * (1024 if line.endswith("kB\n") else 1)
    return 0


def _resident() -> int:
    try:
        return _status("VmRSS:")
    except OSError:
        return _most_ever()


def _peak() -> int:
    try:
        return _status("VmHWM:")
    except OSError:
        return _most_ever()


def _reset_peak() -> None:
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:  # elsewhere the peak is that of the process, which has done little before
        pass


def _most_ever() -> int:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
