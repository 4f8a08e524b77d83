"""Waiting programs: threads, memory, the event loop's lag; what a tool call costs; how long scenes take."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from .environments import EnvironmentFailed, Interpreter
from .executor_environments import SMOL, TWOFOLD, Executor
from .frame import progress
from .report import Column, Table
from .sampling import milliseconds

__all__ = ["Waits", "lag_table", "measure_waits", "scene_table", "waiting_table"]

MEMORY_BUDGET, THREADS_BUDGET, LAG_BUDGET = 16 * 1024, 20, 0.020
SCENE_BUDGETS = {"hogs": 1.5, "parallel": 0.3}
RUNAWAY_BUDGET = 1.1 * 2.0 + 0.05
_NONE = "—"

_CASTS = (
    ("twofold", TWOFOLD, "executor_waiting_twofold.py"),
    ("coroutines, no executor", TWOFOLD, "executor_waiting_bare.py"),
    ("smolagents, a thread each", SMOL, "executor_waiting_smolagents.py"),
)
_MOST = {"smolagents, a thread each": 1000}
_CALLS = (
    ("async API, `@tool` on `async def`", "async, tool"),
    ("async API, `async def` that returns at once", "async, awaited"),
    ("async API, `async def` that goes once round the loop", "async, suspended"),
    ("async API, `def` (a thread)", "async, plain"),
    ("async API, `@tool(blocking=False)` on `def`", "async, inline"),
    ("sync API, `@tool` on `def`", "sync, tool"),
    ("sync API, `def`", "sync, plain"),
    ("sync API, `async def` (the background loop)", "sync, awaited"),
)


class Waits:
    """What was measured: for each cast and count, and for each scene, one result for each process."""

    def __init__(self) -> None:
        self.casts: dict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
        self.scenes: dict[str, list[Mapping[str, float]]] = defaultdict(list)


def measure_waits(
    interpreters: Mapping[Executor, Interpreter], counts: Sequence[int], hold: float, rounds: int
) -> Waits:
    """Run the waiting programs and the scenes, a process for each, in turns."""
    waits = Waits()
    for number in range(rounds):
        for count in counts:
            for name, executor, script in _CASTS:
                if executor in interpreters and count <= _MOST.get(name, count):
                    progress(f"round {number + 1} of {rounds}: {count} waiting programs, {name}")
                    found = _measure(interpreters[executor], script, str(count), str(hold))
                    if found is not None:
                        waits.casts[name, count].append(found)
        for scene in ("calls", *SCENE_BUDGETS):
            if TWOFOLD in interpreters:
                progress(f"round {number + 1} of {rounds}: {scene}")
                found = _measure(interpreters[TWOFOLD], "executor_bridge.py", scene)
                if found is not None:
                    waits.scenes[scene].append(found)
    return waits


def _measure(interpreter: Interpreter, script: str, *arguments: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = interpreter.measure(script, *arguments, timeout=400)
        return found
    except EnvironmentFailed as error:
        progress(f"left out: {error}")
        return None


def waiting_table(waits: Waits) -> Table:
    """Return threads and memory."""
    columns = [
        Column("waiting programs", text=True),
        Column("number"),
        Column("threads"),
        Column("KiB each"),
        Column("of it, open session"),
        Column("start all, s"),
        Column("wake all, s"),
        Column("cancel all, s"),
    ]
    rows = []
    for (name, count), found in waits.casts.items():
        rows.append(
            [
                name,
                f"{count:,}",
                f"{_median(found, 'threads'):.0f}",
                f"{_median(found, 'bytes_each') / 1024:.1f}",
                f"{_median(found, 'bytes_opened') / 1024:.1f}",
                f"{_median(found, 'start_seconds'):.2f}",
                f"{_median(found, 'wake_seconds'):.2f}",
                f"{_median(found, 'cancel_seconds'):.2f}",
            ]
        )
    rows.append(["budget", "", f"≤ {THREADS_BUDGET}", f"≤ {MEMORY_BUDGET / 1024:.0f}", "", "", "", ""])
    return Table(columns, rows, title="Programs that wait for an async tool: threads and memory")


def lag_table(waits: Waits) -> Table:
    """Return how late the event loop was, phase by phase."""
    columns = [
        Column("event-loop lag, ms: p50 / p99", text=True),
        Column("number"),
        *map(Column, ("all wait", "all run", "calls per second", "all start at once")),
        Column("of it, all take their first step"),
        Column("garbage collection"),
        Column("all wake at once"),
        Column("garbage collection"),
    ]
    rows = []
    for (name, count), found in waits.casts.items():
        lags = {phase: _lag(found, phase) for phase in ("waiting", "running", "starting", "waking")}
        calls = f"{_median(found, 'calls_per_second'):.0f}"
        rows.append(
            [
                name,
                f"{count:,}",
                lags["waiting"],
                lags["running"],
                calls,
                lags["starting"],
                milliseconds(_median(found, "first_step_seconds")),
                _longest_collection(found, "starting"),
                lags["waking"],
                _longest_collection(found, "waking"),
            ]
        )
    budget = f"p99 ≤ {LAG_BUDGET * 1000:.0f}"
    rows.append(["budget", "1,000", budget, budget, "", "", "", "", "", ""])
    return Table(columns, rows, title="The event loop meanwhile, beside a CPU-bound and a blocking program")


def scene_table(waits: Waits) -> Table:
    """Return the cost of tool calls, and the scenes with their budgets."""
    rows = []
    for title, name in _CALLS:
        seconds = [found[name] for found in waits.scenes["calls"]]
        rows.append(
            [
                f"one tool call, {title}",
                f"{statistics.median(seconds) * 1e6:.0f} µs" if seconds else _NONE,
                "",
            ]
        )
    for title, scene, name in (
        (
            "20 programs, each with ten 50 ms tool calls, beside 2 hogs and a runaway on 2 workers",
            "hogs",
            "seconds",
        ),
        ("— the runaway of them, limit 2 s", "hogs", "runaway_seconds"),
        ("`parallel` over 20 tool calls of 100 ms", "parallel", "seconds"),
    ):
        seconds = [found[name] for found in waits.scenes[scene]]
        budget = f"≤ {SCENE_BUDGETS[scene] if name == 'seconds' else RUNAWAY_BUDGET:g} s"
        rows.append([title, f"{statistics.median(seconds):.2f} s" if seconds else _NONE, budget])
    return Table([Column("tool calls and scenes", text=True), Column(""), Column("budget")], rows)


def _median(found: Sequence[Mapping[str, Any]], name: str) -> float:
    return statistics.median(float(one[name]) for one in found)


def _longest_collection(found: Sequence[Mapping[str, Any]], phase: str) -> str:
    return milliseconds(statistics.median(float(one["lag"][phase]["collection"]) for one in found))


def _lag(found: Sequence[Mapping[str, Any]], phase: str) -> str:
    p50, p99 = (
        milliseconds(statistics.median(float(one["lag"][phase][name]) for one in found))
        for name in ("p50", "p99")
    )
    return f"{p50} / {p99}"
