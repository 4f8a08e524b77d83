"""``executor``: generated code in twofold, beside plain CPython and other executors."""

from __future__ import annotations

import argparse

from .executor_environments import PEER_EXECUTORS, TWOFOLD, prepare_all, versions
from .executor_speed import measure_speeds, notes, ratio_table, small_table, trivial_table
from .executor_waiting import lag_table, measure_waits, scene_table, waiting_table
from .frame import Benchmark, BenchmarkError, positive_int
from .peers.executor_programs import PROGRAMS
from .report import Report

__all__ = ["EXECUTOR"]

_ROUNDS, _QUICK_ROUNDS = 3, 1
_WAITING_ROUNDS = 2
_COUNTS, _QUICK_COUNTS = (100, 1000, 10_000), (100, 1000)
_HOLD, _QUICK_HOLD = 3.0, 1.0

_DESCRIPTION = """
{programs} programs; in each of {rounds} rounds the executors take turns, a process for each; in each process
plain CPython runs the same text in turns with the executor, and the ratio is taken there: best of some
repetitions on either side, then the median over the rounds. What else the machine does touches the ratios
little, the times more. Times are from the program's text to its value,
compiling included (CPython: `compile` and `exec` in a new namespace); *of it, running* leaves compiling out
on both sides. smolagents, which walks the syntax tree, is given the same programs with less work; its column
compares with CPython's running time at that size, which comes to its cost per turn of a loop, and
*smolagents ÷ twofold* compares the two on that footing. A geometric mean is over the programs that run (—:
it does not).
Of the waiting programs each sits in an async tool; then a CPU-bound and a blocking program join them; then
all wake at once and call the tool again and again, 1,000 calls a second between them if the machine is
up to it.
*Coroutines, no executor* is the same without generated code: what asyncio, the interpreter lock and this
machine do by themselves: tasks that are created together take their first step in one turn of the loop, and
tasks that wait for one event wake in one, whoever made them. *Garbage collection* is the longest single one of
the phase, during which CPython runs no thread at all; it grows with the number of objects in the process.
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rounds", type=positive_int, help=f"rounds (default: {_ROUNDS}, quick: {_QUICK_ROUNDS})"
    )
    parser.add_argument(
        "--program",
        action="append",
        choices=[program.name for program in PROGRAMS],
        metavar="NAME",
        help="only this program, and no waiting ones: a look, RESULTS.md is left alone. Can be repeated",
    )


def _run(options: argparse.Namespace) -> Report:
    rounds: int = options.rounds or (_QUICK_ROUNDS if options.quick else _ROUNDS)
    interpreters = prepare_all((TWOFOLD, *PEER_EXECUTORS))
    if TWOFOLD not in interpreters:
        raise BenchmarkError("twofold's own environment could not be made; the error is above")
    speeds = measure_speeds(interpreters, rounds, options.program)
    tables = [ratio_table(speeds), small_table(speeds), trivial_table(speeds)]
    if not options.program:
        waits = measure_waits(
            interpreters,
            _QUICK_COUNTS if options.quick else _COUNTS,
            _QUICK_HOLD if options.quick else _HOLD,
            min(rounds, _WAITING_ROUNDS),
        )
        tables += [waiting_table(waits), lag_table(waits), scene_table(waits)]
    return Report(
        title="Running generated code (`executor`)",
        description=" ".join(_DESCRIPTION.format(programs=len(PROGRAMS), rounds=rounds).split()),
        tables=tables,
        versions=versions(interpreters),
        notes=notes(speeds),
        quick=options.quick or bool(options.program),
    )


EXECUTOR = Benchmark(
    name="executor",
    summary="generated code beside plain CPython, smolagents, RestrictedPython and pydantic-monty",
    run=_run,
    add_arguments=_add_arguments,
)
