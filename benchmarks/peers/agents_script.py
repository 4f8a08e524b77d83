"""The work that all agents are given, and what the model says in it: two tool calls, then the answer.

Each task begins with a number of its own and ends with that number plus two, so an answer tells whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = [
    "STEPS",
    "TOOL",
    "TOOL_DESCRIPTION",
    "add_one",
    "count_results",
    "expected",
    "first_number",
    "task",
]

STEPS = 3
TOOL = "add_one"
TOOL_DESCRIPTION = "Adds one to a number."

_FIRST = re.compile(r"from the number (\d+)")
_RESULT = re.compile(r"\d+")


def add_one(number: int) -> int:
    """Adds one to a number.

    Args:
        number: The number.
    """
    return number + 1


def task(number: int) -> str:
    """Return a task's text."""
    return f"Start from the number {number} and add one to it, twice."


def expected(number: int) -> int:
    """Return the right answer of a task."""
    return number + 2


def first_number(text: str) -> int:
    """Return the number of a task."""
    found = _FIRST.search(text)
    if found is None:
        raise ValueError(f"there is no task in {text!r}")
    return int(found.group(1))


def count_results(results: Sequence[str], number: int) -> tuple[int, int]:
    """Return how many tool results there are, and the number that the work has come to."""
    if not results:
        return 0, number
    return len(results), int(_RESULT.findall(results[-1])[-1])
