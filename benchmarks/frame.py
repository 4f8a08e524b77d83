"""What a benchmark is. What it returns is in ``report.py``; which ones there are, in ``registry.py``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from .report import Report

__all__ = ["Benchmark", "BenchmarkError", "no_arguments", "positive_int", "progress"]


class BenchmarkError(Exception):
    """A benchmark could not be run. The message says what to do; no traceback is shown."""


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: for benchmarks without options of their own."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: ``python -m benchmarks NAME``.

    Args:
        name: What the command line and the section of the results call it.
        summary: One line for ``--list``.
        run: Measures and reports. Gets the parsed arguments; ``quick`` is always among them.
        add_arguments: Adds the benchmark's own options to its parser.
    """

    name: str
    summary: str
    run: Callable[[argparse.Namespace], Report]
    add_arguments: Callable[[argparse.ArgumentParser], None] = no_arguments


def positive_int(text: str) -> int:
    """Parse a whole number of at least 1, for ``argparse``."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def progress(text: str) -> None:
    """Tell the person who waits how far it is: on stderr, so that stdout holds nothing but the report."""
    print(text, file=sys.stderr, flush=True)
