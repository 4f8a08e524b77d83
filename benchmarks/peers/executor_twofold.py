"""Programs in twofold: through the executor's API, and straight in the interpreter's session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar, cast

from executor_timing import TRIVIAL, main  # type: ignore[import-not-found, unused-ignore]

from twofold import LocalPythonExecutor
from twofold._core.interpreter.policy import InterpreterPolicy
from twofold._core.interpreter.session import InterpreterSession
from twofold.aio import LocalPythonExecutor as AsyncExecutor

P = ParamSpec("P")
T = TypeVar("T")

IMPORTS = ("numpy",)
_OPENINGS = 100

executor = LocalPythonExecutor(IMPORTS)
session = InterpreterSession(InterpreterPolicy(authorized_imports=IMPORTS))


class NoHost:
    """A host for programs that never wait."""

    def resolve(self, awaitable: Awaitable[T], /) -> T:
        """Not here."""
        raise NotImplementedError

    def call_blocking(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it."""
        return function(*args, **kwargs)

    def sleep(self, seconds: float, /) -> None:
        """Sleep."""
        time.sleep(seconds)

    def map_concurrent(
        self, function: Callable[[Any], T], items: Sequence[Any], limit: int | None, /
    ) -> list[T]:
        """One after the other."""
        return [function(item) for item in items]

    def switch(self) -> None:
        """Nobody is there to switch to."""


def run_executor(source: str) -> Callable[[], object]:
    """Text in, result out, as a user of the sync API does it."""
    return lambda: executor(source).output


def run_session(source: str) -> Callable[[], object]:
    """The same without a thread: prepare and run here."""
    return lambda: session.prepare(source).run(NoHost()).output


def run_program(source: str) -> Callable[[], object]:
    """Run only, of a program that was prepared before."""
    program = session.prepare(source)
    return lambda: program.run(NoHost()).output


def prepare(source: str) -> Callable[[], object]:
    """Prepare only. Of no use as a subject of the comparison, so it is measured apart."""
    return lambda: session.prepare(source)


def time_prepare() -> float:
    """Return how long preparing the trivial snippet takes."""
    return _median([_time(prepare(TRIVIAL)) for _ in range(300)])


def time_async() -> float:
    """Return how long the trivial snippet takes through the async API."""

    async def measure() -> float:
        opened = await AsyncExecutor(IMPORTS).open({}, {})
        times = []
        for _ in range(320):
            start = time.perf_counter()
            await opened.execute(TRIVIAL)
            times.append(time.perf_counter() - start)
        await opened.aclose()
        return _median(times[20:])

    return asyncio.run(measure())


def time_new_session() -> float:
    """Return how long it takes to open a session, run the trivial snippet there and close it."""
    times = []
    for _ in range(_OPENINGS):
        start = time.perf_counter()
        opened = executor.open({}, {})
        opened.execute(TRIVIAL)
        opened.close()
        times.append(time.perf_counter() - start)
    return _median(times)


def time_open() -> float:
    """Return how long it takes to open a session without using it."""
    return _median([_time(lambda: executor.open({}, {})) for _ in range(_OPENINGS)])


def _time(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _median(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    main(
        {"twofold": run_executor, "session": run_session, "session, run": cast("Any", run_program)},
        {
            "prepare": time_prepare,
            "async": time_async,
            "new session": time_new_session,
            "open": time_open,
        },
    )
