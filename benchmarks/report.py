"""What a benchmark found out, and how it looks in Markdown. Writing it down is for ``results.py``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .machine import Machine

__all__ = ["Column", "Report", "Table", "render_report", "render_table", "without_paths"]

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column. Numbers are aligned to the right; texts (``text=True``) to the left."""

    title: str
    text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells are ready to be read.

    Args:
        columns: The columns.
        rows: The cells of each row, as many as there are columns.
        title: What the table shows.

    Raises:
        ValueError: A row has more or fewer cells than there are columns.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    title: str | None = None

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"{len(self.columns)} columns, but {len(row)} cells in the row {list(row)!r}"
                )


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of a benchmark found out.

    Args:
        title: The heading of its section.
        description: What was measured and how, in a sentence or two.
        tables: The figures.
        versions: The packages that were compared, with their versions.
        notes: What the reader should know about the figures.
        quick: Whether it was a quick run: a look, which is not written to the results.
    """

    title: str
    description: str
    tables: Sequence[Table]
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    quick: bool = False


def render_report(report: Report, machine: Machine, when: datetime) -> str:
    """Return a report as the Markdown of its section."""
    parts = [f"## {report.title}", report.description]
    if report.quick:
        parts.append("**A quick run: too little was measured to quote it.**")
    for table in report.tables:
        parts += [f"**{table.title}**"] if table.title else []
        parts.append(render_table(table))
    facts = [f"Measured {when:%Y-%m-%d %H:%M} UTC.", f"Machine: {machine}."]
    if report.versions:
        facts.append(
            f"Versions: {', '.join(f'{name} {version}' for name, version in report.versions.items())}."
        )
    parts.append("\n".join(f"- {line}" for line in [*report.notes, *facts]))
    return without_paths("\n\n".join(parts))


def render_table(table: Table) -> str:
    """Return a table as Markdown whose columns also line up in the source."""
    header = [_cell(column.title) for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    # a column's rule needs three characters to be one
    widths = [max(3, *map(len, cells)) for cells in zip(header, *rows, strict=True)]
    rule = [
        "-" * width if column.text else "-" * (width - 1) + ":"
        for column, width in zip(table.columns, widths, strict=True)
    ]
    return "\n".join(_line(cells, table.columns, widths) for cells in [header, rule, *rows])


def _cell(text: str) -> str:
    return " ".join(without_paths(text).split()).replace("|", "\\|")


def _line(cells: Iterable[str], columns: Iterable[Column], widths: Iterable[int]) -> str:
    padded = [
        cell.ljust(width) if column.text else cell.rjust(width)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def without_paths(text: str) -> str:
    """Return a text without this machine's paths, which an answer or an error may have brought along."""
    places = {str(ROOT), str(Path.home()), sys.prefix, sys.base_prefix, os.getcwd()}
    # the longest first: one place may lie inside another; a root directory alone says nothing
    for place in sorted((place for place in places if len(Path(place).parts) > 1), key=len, reverse=True):
        text = text.replace(place, "…")
    return text
