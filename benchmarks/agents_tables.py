"""What was measured of agents, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .report import Column, Table

__all__ = ["Measured", "cost_table", "crowd_notes", "crowd_tables", "sharing_table"]

_NONE = "—"
_MIB = 2**20
_BARE = "bare openai SDK, default transport"

Figures = Mapping[str, Any]


class Measured:
    """The figures: CPU seconds per step, and what the processes printed. None: it could not be run.

    Args:
        titles: What was measured, in order.
        crowds: How many runs at once.
    """

    def __init__(self, titles: Sequence[str], crowds: Sequence[int]) -> None:
        self.titles = titles
        self.counts = crowds
        self.costs: dict[tuple[str, str], float] = {}
        self.crowds: dict[tuple[str, str, int], Figures | None] = {}
        self.sharing: dict[tuple[str, str], Figures | None] = {}


def cost_table(measured: Measured) -> Table:
    """Return the CPU time of a step, when one run follows another."""
    bare = measured.costs.get((_BARE, "server"))
    rows = []
    for title in measured.titles:
        scripted, server = measured.costs.get((title, "scripted")), measured.costs.get((title, "server"))
        beyond = None if bare is None or server is None or title.startswith("bare") else server - bare
        rows.append([title, _time(scripted), _time(server), _difference(beyond)])
    columns = [
        Column("CPU per step, ms", text=True),
        Column("scripted"),
        Column("server"),
        Column("beyond the bare SDK"),
    ]
    return Table(columns, rows, "One run after another, no latency")


def _time(seconds: float | None) -> str:
    return _NONE if seconds is None else f"{seconds * 1e3:.2f}"


def _difference(seconds: float | None) -> str:
    return _NONE if seconds is None else f"{seconds * 1e3:+.2f}"


def crowd_tables(measured: Measured) -> list[Table]:
    """Return time, memory and threads of many runs at once."""
    tables = []
    for where, name in (
        ("server", "a server that takes 100 ms"),
        ("scripted", "a scripted model that takes 100 ms"),
    ):
        titles = [
            title
            for title in measured.titles
            if any((title, where, n) in measured.crowds for n in measured.counts)
        ]
        rows = [[title, *_crowd_cells(measured, title, where)] for title in titles]
        columns = [Column("runs at once, 3 steps each", text=True)]
        columns += [Column(f"wall at {count:,}, s") for count in measured.counts]
        most = max(measured.counts)
        columns += [
            Column(f"CPU at {most:,}, s"),
            Column(f"memory at {most:,}, MiB"),
            Column(f"threads at {most:,}"),
            Column(f"right of {most:,}"),
        ]
        tables.append(Table(columns, rows, f"Many runs at once, {name}; nothing takes less than 0.3 s"))
    return tables


def _crowd_cells(measured: Measured, title: str, where: str) -> list[str]:
    all_figures = [measured.crowds.get((title, where, count)) for count in measured.counts]
    cells = [_NONE if figures is None else f"{figures['wall']:.2f}" for figures in all_figures]
    last = all_figures[-1]
    if last is None:
        return [*cells, *[_NONE] * 4]
    return [
        *cells,
        f"{last['cpu']:.2f}",
        f"{last['memory'] / _MIB:.0f}",
        f"{last['threads']:,}",
        f"{last['right']:,}",
    ]


def crowd_notes(measured: Measured) -> list[str]:
    """Return which runs failed, and why."""
    notes = []
    for (title, where, count), figures in measured.crowds.items():
        if figures is None:
            notes.append(f"{title}, {where}, {count:,} at once: it failed, or took too long.")
        elif figures["right"] < count:
            reasons = "; ".join(figures["failures"]) or "no error"
            notes.append(
                f"{title}, {where}, {count:,} at once: {figures['failed']:,} failed, {figures['wrong']:,} "
                f"answered wrongly ({reasons})."
            )
    return [
        "Memory is what the process grew by at most while they ran; agents and clients were there before.",
        *notes,
    ]


def sharing_table(measured: Measured, count: int, threads: int) -> Table:
    """Return how the answers were when all runs used one agent."""
    titles = [title for title in measured.titles if (title, "share") in measured.sharing]
    rows = []
    for title in titles:
        cells = [title]
        for what in ("share", "threads"):
            figures = measured.sharing.get((title, what))
            if figures is None:
                cells += [_NONE] * 3
            else:
                cells += [str(figures[key]) for key in ("right", "wrong", "failed")]
        rows.append(cells)
    columns = [Column("one agent for all runs", text=True)]
    for what in (f"{count} at once", f"{threads} threads"):
        columns += [Column(f"{what}: right"), Column("another's answer or none"), Column("failed")]
    return Table(
        columns, rows, "Sharing one agent: in the async API where there is one, then between threads"
    )
