"""How fast programs run in each executor: rounds, ratios to plain CPython, geometric means."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .environments import EnvironmentFailed, Interpreter
from .executor_environments import MONTY, RESTRICTED, SMOL, TWOFOLD, Executor
from .frame import progress
from .peers.executor_programs import PROGRAMS
from .report import Column, Table
from .sampling import milliseconds, take_turns

__all__ = ["Speeds", "measure_speeds", "notes", "ratio_table", "small_table", "trivial_table"]

RATIO_BUDGET, SMOLAGENTS_BUDGET, TRIVIAL_BUDGET = 3.0, 50.0, 200e-6
_NONE = "—"


@dataclass
class Speeds:
    """What was measured, in seconds: for each executor the best times of each of its processes.

    Attributes:
        seconds: By executor's name, size, program and subject.
        trivial: By executor's name and subject.
        refusals: Why a subject cannot run a program, by program and subject.
        rounds: How many processes there were of each.
    """

    rounds: int
    seconds: dict[tuple[str, str, str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    trivial: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def add(self, executor: Executor, found: Mapping[str, Any]) -> None:
        """Add the figures of one process."""
        for size, programs in found["seconds"].items():
            for program, subjects in programs.items():
                for subject, seconds in subjects.items():
                    self.seconds[executor.name, size, program, subject].append(seconds)
        for subject, seconds in found["trivial"].items():
            self.trivial[executor.name, subject].append(seconds)
        for program, subjects in found["refusals"].items():
            for subject, why in subjects.items():
                self.refusals[program, subject] = why

    def ratio(
        self, executor: Executor, size: str, program: str, subject: str, base: str = "cpython"
    ) -> float | None:
        """Return how many times as long as plain CPython it takes: the median over the processes.

        Each process has its own CPython to compare with; None where the program does not run.
        """
        mine = self.seconds.get((executor.name, size, program, subject))
        theirs = self.seconds.get((executor.name, size, program, base))
        if not mine or not theirs or len(mine) != len(theirs):
            return None
        return statistics.median(seconds / cpython for seconds, cpython in zip(mine, theirs, strict=True))


def measure_speeds(
    interpreters: Mapping[Executor, Interpreter], rounds: int, programs: Sequence[str] | None = None
) -> Speeds:
    """Run all programs in all executors, a process for each in each round, in turns."""
    speeds = Speeds(rounds)
    for number, executor in enumerate(take_turns(list(interpreters), rounds)):
        if executor.name in speeds.failed:
            continue
        progress(f"round {number // len(interpreters) + 1} of {rounds}: {executor.name}")
        repeats = 2 if executor is SMOL else 5
        options = {
            "sizes": executor.sizes,
            "repeats": repeats,
            "trivial": 500,
            "programs": programs,
        }
        try:
            found = interpreters[executor].measure(executor.script, json.dumps(options), timeout=600)
        except EnvironmentFailed as error:
            progress(f"{executor.name} is left out: {error}")
            speeds.failed.add(executor.name)
        else:
            speeds.add(executor, found)
    return speeds


# What is a column: the executor, its subject, the size, and with which CPython time it is compared.
_Measure = tuple[Executor, str, str, str]
_WHOLE: _Measure = (TWOFOLD, "twofold", "full", "cpython")
_SESSION: _Measure = (TWOFOLD, "session", "full", "cpython")
_RUN: _Measure = (TWOFOLD, "session, run", "full", "cpython, run")
_RESTRICTED: _Measure = (RESTRICTED, "restrictedpython", "full", "cpython")
_MONTY: _Measure = (MONTY, "monty", "full", "cpython")
_SMOLAGENTS: _Measure = (SMOL, "smolagents", "small", "cpython, run")
_FULL_TO_RUNNING: _Measure = (TWOFOLD, "twofold", "full", "cpython, run")
_SMALL: _Measure = (TWOFOLD, "twofold", "small", "cpython")
_SMALL_SMOLAGENTS: _Measure = (SMOL, "smolagents", "small", "cpython")


def ratio_table(speeds: Speeds) -> Table:
    """Return the ratios to plain CPython, one row for each program, the geometric mean below."""
    measures = (_WHOLE, _SESSION, _RUN, _RESTRICTED, _MONTY, _SMOLAGENTS)
    titles = (
        "twofold",
        "its session, without a thread",
        "of it, running",
        "RestrictedPython",
        "pydantic-monty",
        "smolagents",
    )
    columns = [
        Column("program", text=True),
        Column("CPython, ms"),
        *map(Column, titles),
        Column("smolagents ÷ twofold"),
    ]
    rows = []
    found: list[list[float | None]] = []
    for program in PROGRAMS:
        ratios = [_ratio(speeds, program.name, measure) for measure in measures]
        # both against CPython's running time: what is divided must have been measured alike
        faster = _divided(ratios[-1], _ratio(speeds, program.name, _FULL_TO_RUNNING))
        found.append([*ratios, faster])
        cpython = speeds.seconds.get((TWOFOLD.name, "full", program.name, "cpython"))
        time = milliseconds(statistics.median(cpython)) if cpython else _NONE
        rows.append([program.name, time, *map(_times, ratios), _times(faster)])
    means = [_geometric_mean(column) for column in zip(*found, strict=True)]
    rows.append(["**geometric mean**", "", *map(_times, means)])
    rows.append(["budget", "", f"≤ {RATIO_BUDGET:.0f}", "", "", "", "", "", f"≥ {SMOLAGENTS_BUDGET:.0f}"])
    return Table(columns, rows, title="Times as long as plain CPython")


def small_table(speeds: Speeds) -> Table:
    """Return the comparison with smolagents at one and the same small size, everything included."""
    columns = [
        Column("small programs", text=True),
        Column("CPython, ms"),
        Column("twofold"),
        Column("smolagents"),
        Column("smolagents ÷ twofold"),
    ]
    rows = []
    found: list[list[float | None]] = []
    for program in PROGRAMS:
        mine, theirs = (_ratio(speeds, program.name, one) for one in (_SMALL, _SMALL_SMOLAGENTS))
        found.append([mine, theirs, _divided(theirs, mine)])
        cpython = speeds.seconds.get((TWOFOLD.name, "small", program.name, "cpython"))
        time = milliseconds(statistics.median(cpython)) if cpython else _NONE
        rows.append([program.name, time, *map(_times, found[-1])])
    means = [_geometric_mean(column) for column in zip(*found, strict=True)]
    rows.append(["**geometric mean**", "", *map(_times, means)])
    return Table(columns, rows, title="The same programs with little work, compiling included everywhere")


def trivial_table(speeds: Speeds) -> Table:
    """Return the cost of ``1 + 1``."""
    budget = f"{TRIVIAL_BUDGET * 1e6:.0f}"
    subjects = [
        ("CPython, `eval` of compiled text", TWOFOLD, "cpython", ""),
        ("twofold, sync API", TWOFOLD, "twofold", budget),
        ("twofold, async API", TWOFOLD, "async", ""),
        ("twofold, its session without a thread", TWOFOLD, "session", ""),
        ("— of it, preparing", TWOFOLD, "prepare", ""),
        ("— of it, running", TWOFOLD, "session, run", ""),
        ("twofold, sync API, in a new session each", TWOFOLD, "new session", ""),
        ("— of it, opening the session", TWOFOLD, "open", ""),
        ("RestrictedPython", RESTRICTED, "restrictedpython", ""),
        ("pydantic-monty (a process of its own)", MONTY, "monty", ""),
        ("smolagents", SMOL, "smolagents", ""),
    ]
    rows = []
    for title, executor, subject, limit in subjects:
        seconds = speeds.trivial.get((executor.name, subject))
        rows.append([title, f"{statistics.median(seconds) * 1e6:.0f}" if seconds else _NONE, limit])
    columns = [Column("`1 + 1`", text=True), Column("µs"), Column("budget µs")]
    return Table(columns, rows, title="A trivial snippet, from its text to its value")


def notes(speeds: Speeds) -> list[str]:
    """Return what the reader should know: which programs a peer does not run, and why."""
    found = []
    for executor, subject in ((RESTRICTED, "restrictedpython"), (MONTY, "monty"), (SMOL, "smolagents")):
        reasons = [
            f"{program} ({_shortened(why)})"
            for (program, refused), why in speeds.refusals.items()
            if refused == subject
        ]
        if reasons:
            found.append(f"{executor.name} does not run: {'; '.join(reasons)}.")
    for (program, subject), why in speeds.refusals.items():
        if subject in ("twofold", "session", "session, run"):
            found.append(f"twofold ({subject}) does not run {program}: {_shortened(why)}.")
    if speeds.failed:
        found.append(f"Not measured, because it failed here: {', '.join(sorted(speeds.failed))}.")
    return found


def _shortened(text: str) -> str:
    text = text.partition("due to: ")[2] or text
    if text.startswith("("):  # several reasons, as a tuple's text: the first one
        text = text[2:].partition("', ")[0].rstrip("',)")
    text = text.rstrip(" .")
    return text if len(text) <= 110 else text[:109].rstrip() + "…"


def _ratio(speeds: Speeds, program: str, measure: _Measure) -> float | None:
    executor, subject, size, base = measure
    return speeds.ratio(executor, size, program, subject, base)


def _divided(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left / right


def _geometric_mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.geometric_mean(known) if known else None


def _times(value: float | None) -> str:
    if value is None:
        return _NONE
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
