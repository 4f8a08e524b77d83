"""What a tool call costs, and three scenes: programs beside hogs on two workers, and ``parallel``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

_CALLS = 1000
_MANY = 20


def main() -> None:
    """Measure the scene or the cost that the command line names."""
    name = sys.argv[1]
    if name == "hogs":
        # before twofold is imported: it reads the number of its workers once
        os.environ["TWOFOLD_MAX_HUBS"] = "2"
    scenes: Mapping[str, Callable[[], Awaitable[dict[str, Any]]]] = {
        "calls": calls,
        "hogs": hogs,
        "parallel": parallel,
    }

    async def play() -> dict[str, Any]:
        return await scenes[name]()

    found = asyncio.run(play())
    if name == "calls":
        found |= calls_in_sync()
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


def plain() -> int:
    """A tool that returns at once."""
    return 1


async def awaited() -> int:
    """An async tool that returns at once."""
    return 1


async def suspended() -> int:
    """An async tool that goes once round the loop."""
    await asyncio.sleep(0)
    return 1


def _loop_of(call: str) -> str:
    return f"for i in range({_CALLS}):\n    {call}"


async def calls() -> dict[str, Any]:
    """What one call costs in the async API, by kind of tool, in seconds."""
    from twofold.aio import LocalPythonExecutor, tool

    tools: dict[str, Callable[..., Any]] = {
        "plain": plain,
        "awaited": awaited,
        "suspended": suspended,
        "tool": tool(awaited),
        "inline": tool(blocking=False)(plain),
    }
    opened = await LocalPythonExecutor().open(tools, {})
    found = {}
    for name in tools:
        best = []
        for _ in range(3):
            start = time.perf_counter()
            await opened.execute(_loop_of(f"{name}()"))
            best.append((time.perf_counter() - start) / _CALLS)
        found[f"async, {name}"] = min(best)
    await opened.aclose()
    return found


def calls_in_sync() -> dict[str, Any]:
    """The same in the sync API."""
    from twofold import LocalPythonExecutor, tool

    tools: dict[str, Callable[..., Any]] = {"plain": plain, "awaited": awaited, "tool": tool(plain)}
    opened = LocalPythonExecutor().open(tools, {})
    found = {}
    for name in tools:
        best = []
        for _ in range(3):
            start = time.perf_counter()
            opened.execute(_loop_of(f"{name}()"))
            best.append((time.perf_counter() - start) / _CALLS)
        found[f"sync, {name}"] = min(best)
    opened.close()
    return found


async def hogs() -> dict[str, Any]:
    """20 programs, each with ten tool calls of 50 ms, beside two hogs and a runaway on two workers."""
    from twofold import ExecutionTimeout
    from twofold.aio import LocalPythonExecutor, tool

    @tool
    async def fetch(number: int) -> int:
        """Fetch something.

        Args:
            number: What to fetch.
        """
        await asyncio.sleep(0.05)
        return number

    executor = LocalPythonExecutor(timeout_seconds=None)
    compute = "total = 0\nwhile True:\n    total = (total + 1) % 1000003"
    sessions = [await executor.open({"fetch": fetch}, {}) for _ in range(_MANY + 3)]
    loud = [asyncio.create_task(session.execute(compute)) for session in sessions[:2]]
    runaway = asyncio.create_task(_until_timeout(sessions[2], ExecutionTimeout))
    await asyncio.sleep(0.1)
    program = "sum([fetch(i) for i in range(10)])"
    start = time.perf_counter()
    outputs = await asyncio.gather(*(session.execute(program) for session in sessions[3:]))
    seconds = time.perf_counter() - start
    over = await runaway
    for task in loud:
        task.cancel()
    await asyncio.wait(loud, timeout=5)
    if [output.output for output in outputs] != [45] * _MANY:
        raise RuntimeError("a program gave a wrong answer")
    return {"seconds": seconds, "runaway_seconds": over}


async def _until_timeout(session: Any, expected: type[BaseException]) -> float:
    start = time.perf_counter()
    try:
        await session.execute("while True: pass", timeout_seconds=2.0)
    except expected:
        return time.perf_counter() - start
    raise RuntimeError("the runaway came to an end")


async def parallel() -> dict[str, Any]:
    """``parallel`` over 20 tool calls of 100 ms."""
    from twofold.aio import LocalPythonExecutor, tool

    @tool
    async def fetch(number: int) -> int:
        """Fetch something.

        Args:
            number: What to fetch.
        """
        await asyncio.sleep(0.1)
        return number

    opened = await LocalPythonExecutor().open({"fetch": fetch}, {})
    await opened.execute("1 + 1")
    start = time.perf_counter()
    output = await opened.execute("parallel(fetch, range(20))")
    seconds = time.perf_counter() - start
    await opened.aclose()
    if output.output != list(range(_MANY)):
        raise RuntimeError("parallel() gave a wrong answer")
    return {"seconds": seconds}


if __name__ == "__main__":
    main()
