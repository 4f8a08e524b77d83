"""``import``: how long a program waits for twofold's two APIs, beside smolagents and the bare openai SDK."""

from __future__ import annotations

import argparse
import runpy
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .environments import (
    OPENAI_SDK,
    ROOT,
    SMOLAGENTS,
    Environment,
    EnvironmentFailed,
    Interpreter,
    prepare,
    twofold_source,
)
from .frame import Benchmark, BenchmarkError, positive_int, progress
from .report import Column, Report, Table
from .sampling import milliseconds, summarize, take_turns

__all__ = ["IMPORT"]

BUDGET_SECONDS = 0.150
_RUNS, _QUICK_RUNS = 25, 5
_WARM_UPS = 2

# Each takes about 20 ms or more by itself: whoever imports it pays for it, needed or not.
HEAVY = (
    "aiohttp",
    "anyio",
    "asyncio",
    "griffe",
    "httpx",
    "huggingface_hub",
    "jinja2",
    "numpy",
    "openai",
    "pandas",
    "PIL",
    "pydantic",
    "requests",
    "rich",
    "ssl",
    "tenacity",
    "torch",
    "transformers",
    "typing_extensions",
    "xllamacpp",
)


@dataclass(frozen=True)
class Subject:
    """Something to import.

    Args:
        label: What the table calls it.
        module: What is imported; None for a bare interpreter, which imports nothing.
        environment: Where.
        ready: The script that goes on to a first working object.
        budget: The time it is meant to take at most, in seconds.
    """

    label: str
    module: str | None
    environment: Environment
    ready: str | None = None
    budget: float | None = None


@dataclass
class Samples:
    """What was measured of one subject."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    ready_seconds: list[float] = field(default_factory=list)
    modules: int | None = None
    packages: Sequence[str] = ()
    failed: bool = False


def _subjects() -> list[Subject]:
    twofold = twofold_source()
    return [
        Subject("bare interpreter, start to end", None, twofold),
        Subject("`import twofold`", "twofold", twofold, "ready_twofold", BUDGET_SECONDS),
        Subject("`import twofold.aio`", "twofold.aio", twofold, "ready_twofold_aio", BUDGET_SECONDS),
        Subject("`import smolagents`", "smolagents", SMOLAGENTS, "ready_smolagents"),
        Subject("`import openai` (bare SDK)", "openai", OPENAI_SDK, "ready_openai"),
    ]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs",
        type=positive_int,
        help=f"fresh interpreters for each (default: {_RUNS}, quick: {_QUICK_RUNS})",
    )


def _run(options: argparse.Namespace) -> Report:
    runs: int = options.runs or (_QUICK_RUNS if options.quick else _RUNS)
    subjects = _subjects()
    interpreters = _prepare(subjects)
    measured = _measure(
        [subject for subject in subjects if subject.environment in interpreters], interpreters, runs
    )
    if all(samples.failed for subject, samples in measured.items() if subject.module):
        raise BenchmarkError("nothing could be imported; the errors are above")
    return Report(
        title="Import time (`import`)",
        description=(
            f"{runs} fresh interpreters for each, taking turns, bytecode caches warm. The import is timed "
            "inside the interpreter; its start, which all share, is the first row. *Until ready* goes on "
            "from the import to a first code agent with one tool (for the SDK: a first client). *CPU* is "
            "what the import computed: it depends less on what else the machine was doing."
        ),
        tables=[_times(subjects, measured), _modules(subjects, measured)],
        versions=_versions(interpreters),
        notes=_notes(subjects, measured),
        quick=options.quick,
    )


def _prepare(subjects: Sequence[Subject]) -> dict[Environment, Interpreter]:
    interpreters = {}
    for environment in dict.fromkeys(subject.environment for subject in subjects):
        try:
            interpreters[environment] = prepare(environment)
        except EnvironmentFailed as error:
            progress(f"{environment.name} is left out: {error}")
    return interpreters


def _measure(
    subjects: Sequence[Subject], interpreters: Mapping[Environment, Interpreter], runs: int
) -> dict[Subject, Samples]:
    measured: dict[Subject, Samples] = defaultdict(Samples)
    for number, subject in enumerate(take_turns(subjects, _WARM_UPS + runs)):
        samples = measured[subject]
        if number % len(subjects) == 0:
            progress(_progress(number // len(subjects), runs))
        if samples.failed:
            continue
        try:
            _measure_once(subject, interpreters[subject.environment], samples)
        except EnvironmentFailed as error:
            progress(f"{subject.label} is left out: {error}")
            samples.failed = True
        if number < _WARM_UPS * len(subjects):
            samples.seconds.clear()
            samples.cpu_seconds.clear()
            samples.ready_seconds.clear()
    return measured


def _progress(number: int, runs: int) -> str:
    return "warming up" if number < _WARM_UPS else f"round {number - _WARM_UPS + 1} of {runs}"


def _measure_once(subject: Subject, interpreter: Interpreter, samples: Samples) -> None:
    if subject.module is None:
        start = time.perf_counter()
        interpreter.run("-c", "pass")
        samples.seconds.append(time.perf_counter() - start)
        return
    arguments = [subject.module, *([subject.ready] if subject.ready else [])]
    found: dict[str, Any] = interpreter.measure("import_time.py", *arguments)
    samples.seconds.append(found["import_seconds"])
    samples.cpu_seconds.append(found["cpu_seconds"])
    if found["ready_seconds"] is not None:
        samples.ready_seconds.append(found["ready_seconds"])
    samples.modules = found["modules"]
    samples.packages = found["packages"]


def _times(subjects: Sequence[Subject], measured: Mapping[Subject, Samples]) -> Table:
    titles = ("median ms", "p10", "p90", "budget ms", "CPU, median ms", "until ready, median ms")
    columns = [Column("what", text=True), *map(Column, titles)]
    rows = [[subject.label, *_figures(subject, measured.get(subject))] for subject in subjects]
    return Table(columns, rows)


def _figures(subject: Subject, samples: Samples | None) -> list[str]:
    if samples is None or samples.failed:
        return ["not measured", *["—"] * 5]
    summary = summarize(samples.seconds)
    budget = milliseconds(subject.budget) if subject.budget else "—"
    spread = [milliseconds(value) for value in (summary.median, summary.p10, summary.p90)]
    return [*spread, budget, _median(samples.cpu_seconds), _median(samples.ready_seconds)]


def _median(samples: Sequence[float]) -> str:
    return milliseconds(summarize(samples).median) if samples else "—"


def _modules(subjects: Sequence[Subject], measured: Mapping[Subject, Samples]) -> Table:
    columns = [Column("what", text=True), Column("modules"), Column("heavy ones among them", text=True)]
    rows = []
    for subject in subjects:
        samples = measured.get(subject)
        if samples is not None and samples.modules is not None:
            heavy = [name for name in HEAVY if name in samples.packages and name != subject.module]
            rows.append([subject.label, str(samples.modules), ", ".join(heavy) or "none"])
    return Table(columns, rows, title="What the import loads")


def _versions(interpreters: Mapping[Environment, Interpreter]) -> dict[str, str]:
    version = runpy.run_path(str(ROOT / "src" / "twofold" / "_core" / "version.py"))["__version__"]
    versions = {"twofold": str(version)}
    for interpreter in interpreters.values():
        versions.update(interpreter.versions())
    return versions


def _notes(subjects: Sequence[Subject], measured: Mapping[Subject, Samples]) -> list[str]:
    missing = [subject.label for subject in subjects if subject not in measured or measured[subject].failed]
    if not missing:
        return []
    return [f"Not measured, because it could not be installed or imported here: {', '.join(missing)}."]


IMPORT = Benchmark(
    name="import",
    summary="import time of both APIs, beside smolagents and the bare openai SDK",
    run=_run,
    add_arguments=_add_arguments,
)
