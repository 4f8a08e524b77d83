"""Timing one executor beside plain CPython, in one process, sample by sample in turns.

Each peer's script names its subjects: functions that take a program's text and return what is to be timed.
Plain CPython runs the same text in the same process and the same second, so the ratio of the two is hardly
touched by what else the machine is doing.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from executor_programs import PROGRAMS, Program  # type: ignore[import-not-found, unused-ignore]

__all__ = ["CPYTHON", "Subject", "main"]

Subject = Callable[[str], Callable[[], object]]
"""Takes a program's text, does what is not to be timed, and returns what is; that returns ``result``."""

TRIVIAL = "1 + 1"
_WARM_UPS = 20


def run_cpython(source: str) -> Callable[[], object]:
    """Compile and run, timed both."""
    return lambda: _run(compile(source, "<program>", "exec"))


def run_compiled(source: str) -> Callable[[], object]:
    """Run what was compiled before."""
    code = compile(source, "<program>", "exec")
    return lambda: _run(code)


def run_expression(source: str) -> Callable[[], object]:
    """Compile and evaluate one expression."""
    return lambda: eval(compile(source, "<program>", "eval"), {"__name__": "__main__"})


def _run(code: Any) -> object:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(code, namespace)
    return namespace["result"]


CPYTHON: dict[str, Subject] = {"cpython": run_cpython, "cpython, run": run_compiled}


def main(subjects: Mapping[str, Subject], once: Mapping[str, Callable[[], float]] | None = None) -> None:
    """Measure as the first command line argument says, and print the figures as JSON.

    Args:
        subjects: The executors; their first one is also timed on a trivial snippet.
        once: Further measurements, each a function that returns seconds.
    """
    options: dict[str, Any] = json.loads(sys.argv[1])
    print(json.dumps(measure(subjects, once or {}, options)))


def measure(
    subjects: Mapping[str, Subject], once: Mapping[str, Callable[[], float]], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the best times of this process, in seconds, and why a subject could not run a program.

    Args:
        subjects: The executors.
        once: Further measurements.
        options: ``sizes``, ``repeats``, ``trivial`` (how many calls) and optionally ``programs`` (names).
    """
    found: dict[str, Any] = {"seconds": {}, "refusals": {}, "trivial": {}}
    names = options.get("programs")
    for size in options["sizes"]:
        found["seconds"][size] = {
            program.name: _compare(program, size, subjects, options["repeats"], found["refusals"])
            for program in PROGRAMS
            if names is None or program.name in names
        }
    trivial = {"cpython": run_expression, **{name: subjects[name] for name in subjects}}
    for name, subject in trivial.items():
        found["trivial"][name] = _trivial(subject, options["trivial"])
    for name, function in once.items():
        found["trivial"][name] = function()
    return found


def _compare(
    program: Program,
    size: str,
    subjects: Mapping[str, Subject],
    repeats: int,
    refusals: dict[str, dict[str, str]],
) -> dict[str, float]:
    source = program.source(size)
    expected = run_cpython(source)()
    able: dict[str, Subject] = dict(CPYTHON)
    for name, subject in subjects.items():
        refusal = _refusal(subject, source, expected)
        if refusal is None:
            able[name] = subject
        else:
            refusals.setdefault(program.name, {})[name] = refusal
    times: dict[str, list[float]] = {name: [] for name in able}
    for _ in range(repeats):
        for name, subject in able.items():
            times[name].append(_time(subject(source)))
    return {name: min(samples) for name, samples in times.items()}


def _refusal(subject: Subject, source: str, expected: object) -> str | None:
    """Run a program for the first time; return why its result is not the expected one."""
    try:
        value = subject(source)()
    except Exception as error:
        # the last line of what was raised says it; the rest is the frames
        text = str(error).strip() or type(error).__name__
        return text.splitlines()[0 if "\n" not in text else -1][:200]
    return None if value == expected else f"gave {str(value)[:60]!r} instead of {str(expected)[:60]!r}"


def _time(timed: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    timed()
    return time.perf_counter() - start


def _trivial(subject: Subject, calls: int) -> float:
    """Return the median of many calls with a trivial snippet."""
    for _ in range(_WARM_UPS):
        subject(TRIVIAL)()
    times = []
    for _ in range(calls):
        timed = subject(TRIVIAL)
        start = time.perf_counter()
        timed()
        times.append(time.perf_counter() - start)
    return sorted(times)[calls // 2]
