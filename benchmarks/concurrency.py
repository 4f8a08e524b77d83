"""``concurrency``: tasks against threads: what agents that wait cost in each API, and what holds others up."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .environments import PEERS, Environment, EnvironmentFailed, Interpreter, prepare, twofold_source
from .frame import Benchmark, BenchmarkError, progress
from .report import Column, Report, Table
from .sampling import milliseconds, take_turns

__all__ = ["CONCURRENCY"]

_APIS = {"twofold.aio, a task each": "concurrency_async.py", "twofold, a thread each": "concurrency_sync.py"}
_COUNTS = (100, 1_000, 3_000)
_PROGRAMS = {
    "waits for an `async def` tool": "nothing",
    "waits for a `def` tool that blocks": "def",
    "waits for an `async def` tool that blocks (a mistake)": "async def that blocks",
    "computes": "computing",
    "sorts 1,500,000 numbers in one call": "one long call",
}

Found = dict[tuple[str, Any], list[Any]]


def run(arguments: argparse.Namespace) -> Report:
    """Measure both APIs, a process for each figure, in turns."""
    rounds = 1 if arguments.quick else 3
    counts = _COUNTS[:2] if arguments.quick else _COUNTS
    try:
        interpreter = prepare(_environment())
        waits = _measure(interpreter, counts, rounds)
        lates = _measure(interpreter, list(_PROGRAMS.values()), rounds)
        versions = interpreter.versions()
    except EnvironmentFailed as error:
        raise BenchmarkError(str(error)) from error
    return Report(
        title="Tasks and threads (`concurrency`)",
        description=(
            "One `CodeAgent` with an `OpenAIModel` is given many tasks at once; a server in a process of its own "
            "holds its replies back until all have asked. *Late* is a clock that is due every 5 ms: on the event "
            "loop in `twofold.aio`, on a thread of its own in `twofold`. Each figure is the median of "
            f"{rounds} processes."
        ),
        tables=[_waiting_table(waits, counts), _late_table(lates)],
        versions=versions,
        quick=arguments.quick,
    )


def _environment() -> Environment:
    source = twofold_source("openai")
    return replace(source, source=(*source.source, PEERS))


def _measure(interpreter: Interpreter, whats: Sequence[Any], rounds: int) -> Found:
    found: Found = {}
    for api, what in take_turns([(api, what) for what in whats for api in _APIS], rounds):
        progress(f"{api}: {what}")
        measured = interpreter.measure(_APIS[api], str(what), timeout=600)
        found.setdefault((api, what), []).append(measured)
    return found


def _waiting_table(found: Found, counts: Sequence[int]) -> Table:
    columns = [
        Column("runs that wait for the model", text=True),
        Column("number"),
        Column("threads"),
        Column("KiB each"),
        Column("until all have asked, s"),
        Column("until all have answered, s"),
        Column("CPU each, ms"),
    ]
    rows = []
    for count in counts:
        for api in _APIS:
            measured = found[api, count]
            rows.append(
                [
                    api,
                    f"{count:,}",
                    f"{_median(measured, 'threads'):,.0f}",
                    f"{_median(measured, 'bytes') / 1024 / count:.0f}",
                    f"{_median(measured, 'start'):.2f}",
                    f"{_median(measured, 'finish'):.2f}",
                    f"{_median(measured, 'cpu_seconds') / count * 1000:.1f}",
                ]
            )
    return Table(columns, rows, title="Memory, threads and time")


def _late_table(found: Found) -> Table:
    columns = [
        Column("while one run …", text=True),
        *(Column(f"{api.partition(',')[0]}: p99, ms") for api in _APIS),
        *(Column(f"{api.partition(',')[0]}: longest, ms") for api in _APIS),
    ]
    rows = []
    for title, program in _PROGRAMS.items():
        lates = [found[api, program] for api in _APIS]
        p99 = [milliseconds(statistics.median(_percentile(one) for one in late)) for late in lates]
        longest = [milliseconds(statistics.median(max(one) for one in late)) for late in lates]
        rows.append([title, *p99, *longest])
    return Table(columns, rows, title="What holds others up: how late a clock is")


def _median(found: Sequence[Mapping[str, float]], name: str) -> float:
    return statistics.median(one[name] for one in found)


def _percentile(late: Sequence[float]) -> float:
    return sorted(late)[min(len(late) - 1, int(len(late) * 0.99))]


CONCURRENCY = Benchmark(
    "concurrency", "tasks against threads: memory, start-up, and what holds others up", run
)
