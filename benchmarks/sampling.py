"""Repeated measurements: taking turns, and summing up what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Summary", "milliseconds", "summarize", "take_turns"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """Repeated measurements of one thing: the middle, and how far they spread."""

    median: float
    p10: float
    p90: float


def summarize(samples: Sequence[float]) -> Summary:
    """Sum up at least one measurement."""
    if len(samples) == 1:
        return Summary(samples[0], samples[0], samples[0])
    deciles = statistics.quantiles(samples, n=10, method="inclusive")
    return Summary(statistics.median(samples), deciles[0], deciles[-1])


def take_turns(subjects: Sequence[T], rounds: int) -> Iterator[T]:
    """Yield every subject once in each round, each round beginning one further on.

    What else the machine does, and what a subject leaves behind for the next one, then falls on all alike.
    """
    for number in range(rounds):
        shift = number % len(subjects) if subjects else 0
        yield from subjects[shift:]
        yield from subjects[:shift]


def milliseconds(seconds: float) -> str:
    """Return a duration as milliseconds, to about three digits: ``"1234"``, ``"56.7"``, ``"0.89"``."""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
