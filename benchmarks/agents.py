"""``agents``: what running agents costs, alone and by the thousand, beside other frameworks."""

from __future__ import annotations

import argparse
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .agents_environments import BARE, FRAMEWORKS, TWOFOLD, prepare_all, versions
from .agents_tables import Measured, cost_table, crowd_notes, crowd_tables, sharing_table
from .environments import PEERS, EnvironmentFailed, Interpreter
from .frame import Benchmark, BenchmarkError, positive_int, progress
from .report import Report
from .sampling import take_turns

__all__ = ["AGENTS"]

_ROUNDS, _QUICK_ROUNDS = 3, 1
_RUNS, _QUICK_RUNS = 100, 20
_CROWDS, _QUICK_CROWDS = (1, 100, 1_000), (1, 100)
_SHARING, _THREADS = 40, 100
_LATENCY = "0.1"
_TIMEOUT = 400.0

_DESCRIPTION = """
Every agent does the same work in {steps} steps: it calls a tool that adds one to a number, twice, and answers;
code agents do so in three snippets. *Scripted*: the model is played in the process, by what the framework has
for that, so all that is measured is the framework (and, for it, a function that reads its messages).
*Server*: a chat-completions server in another process plays it, through the client that the framework brings
along, with its defaults. CPU is that of the process that runs the agents. One agent serves all runs, except
for smolagents, which needs one for each, made before the clock starts. Medians over {rounds} rounds in which
all take turns, a process for each; crowds are measured once.
"""


@dataclass(frozen=True)
class Subject:
    """One way of running agents.

    Args:
        title: What the tables call it.
        framework: Whose it is.
        script: The script.
        kind: What the script calls it.
        scripted: Whether it can do without a server.
        sharing: Whether it is among those that are shared.
    """

    title: str
    framework: str
    script: str
    kind: str
    scripted: bool = True
    sharing: bool = True


def _subjects() -> list[Subject]:
    own = (TWOFOLD.name, TWOFOLD.script)
    subjects = [
        Subject("twofold.aio ToolCallingAgent", *own, "tools"),
        Subject("twofold.aio CodeAgent", *own, "code"),
        Subject("twofold ToolCallingAgent, threads", *own, "sync-tools", sharing=False),
        Subject("twofold CodeAgent, threads", *own, "sync-code", sharing=False),
        Subject(
            "bare openai SDK, default transport",
            BARE.name,
            BARE.script,
            "default",
            scripted=False,
            sharing=False,
        ),
        Subject(
            "bare openai SDK, aiohttp transport",
            BARE.name,
            BARE.script,
            "aiohttp",
            scripted=False,
            sharing=False,
        ),
    ]
    for framework in FRAMEWORKS[1:]:
        if framework.name == "smolagents":
            for kind, title in (("tools", "ToolCallingAgent"), ("code", "CodeAgent")):
                subjects.append(
                    Subject(f"smolagents {title}, threads", framework.name, framework.script, kind)
                )
        else:
            subjects.append(Subject(framework.name, framework.name, framework.script, "tools"))
    return subjects


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rounds", type=positive_int, help=f"rounds (default: {_ROUNDS}, quick: {_QUICK_ROUNDS})"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="WORD",
        help="only what has this word in its name: a look, RESULTS.md is left alone. Can be repeated",
    )


def run(options: argparse.Namespace) -> Report:
    """Measure costs, crowds and sharing."""
    rounds: int = options.rounds or (_QUICK_ROUNDS if options.quick else _ROUNDS)
    interpreters = prepare_all((BARE, *FRAMEWORKS))
    if TWOFOLD.name not in interpreters:
        raise BenchmarkError("twofold's own environment could not be made; the error is above")
    subjects = [subject for subject in _subjects() if _is_wanted(subject, interpreters, options.only)]
    titles = [subject.title for subject in subjects]
    crowds = _QUICK_CROWDS if options.quick else _CROWDS
    measured = Measured(titles, crowds)
    stage = _Stage(interpreters, measured)
    stage.measure_costs(subjects, _QUICK_RUNS if options.quick else _RUNS, rounds)
    stage.measure_crowds(subjects, crowds)
    stage.measure_sharing([subject for subject in subjects if subject.sharing])
    return Report(
        title="Running agents (`agents`)",
        description=" ".join(_DESCRIPTION.format(steps=3, rounds=rounds).split()),
        tables=[cost_table(measured), *crowd_tables(measured), sharing_table(measured, _SHARING, _THREADS)],
        versions=versions(interpreters),
        notes=crowd_notes(measured),
        quick=options.quick or bool(options.only),
    )


def _is_wanted(subject: Subject, interpreters: Mapping[str, Interpreter], words: list[str] | None) -> bool:
    if subject.framework not in interpreters:
        return False
    return not words or any(word in subject.title for word in words)


class _Stage:
    """Where the subjects take turns.

    Args:
        interpreters: The interpreters, by framework.
        measured: Where the figures go.
    """

    def __init__(self, interpreters: Mapping[str, Interpreter], measured: Measured) -> None:
        self._interpreters = interpreters
        self._measured = measured

    def measure_costs(self, subjects: list[Subject], runs: int, rounds: int) -> None:
        """Measure one run after another, without latency."""
        found: dict[tuple[str, str], list[float]] = defaultdict(list)
        with _server(self._interpreters[TWOFOLD.name], "0") as url:
            for subject in take_turns(subjects, rounds):
                for where in ("scripted", "server"):
                    if where == "server" or subject.scripted:
                        figures = self._ask(subject, where, url, "0", "cost", runs)
                        if figures is not None and figures["right"] == runs:
                            found[subject.title, where].append(figures["cpu"] / runs / 3)
        for key, seconds in found.items():
            self._measured.costs[key] = statistics.median(seconds)

    def measure_crowds(self, subjects: list[Subject], crowds: tuple[int, ...]) -> None:
        """Measure many runs at once, each request taking a while."""
        for count in crowds:
            for subject in subjects:
                for where in ("scripted", "server"):
                    if where == "server" or subject.scripted:
                        self._measure_crowd(subject, where, count)

    def _measure_crowd(self, subject: Subject, where: str, count: int) -> None:
        # a server for each: what one has left behind is not the next one's
        with _server(self._interpreters[TWOFOLD.name], _LATENCY) as url:
            figures = self._ask(subject, where, url, _LATENCY, "crowd", count)
        self._measured.crowds[subject.title, where, count] = figures

    def measure_sharing(self, subjects: list[Subject]) -> None:
        """Measure one agent that is shared, also between threads."""
        for subject in subjects:
            for what, count in (("share", _SHARING), ("threads", _THREADS)):
                figures = self._ask(subject, "scripted", "-", "0.02", what, count)
                self._measured.sharing[subject.title, what] = figures

    def _ask(
        self, subject: Subject, where: str, url: str, latency: str, what: str, count: int
    ) -> dict[str, Any] | None:
        progress(f"{subject.title}, {where}: {what} {count:,}")
        words = (subject.kind, url if where == "server" else "-", latency, what, str(count))
        try:
            figures: dict[str, Any] = self._interpreters[subject.framework].measure(
                subject.script, *words, timeout=_TIMEOUT
            )
        except EnvironmentFailed as error:
            progress(f"left out: {error}")
            return None
        if figures["failures"]:
            progress(f"failures: {figures['failures']}")
        return figures


@contextmanager
def _server(interpreter: Interpreter, latency: str) -> Iterator[str]:
    process = subprocess.Popen(
        [str(interpreter.python), "-P", str(PEERS / "agents_server.py"), latency],
        env=dict(interpreter.variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = process.stdout.readline().strip() if process.stdout is not None else ""
        if not url:
            raise BenchmarkError("The benchmark's server did not start.")
        yield url
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(timeout=60)
        if process.stdout is not None:
            process.stdout.close()


AGENTS = Benchmark(
    name="agents",
    summary="agents beside smolagents, pydantic-ai, openai-agents, agno, langgraph: cost, crowds, sharing",
    run=run,
    add_arguments=_add_arguments,
)
