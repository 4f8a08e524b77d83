"""What the two colours of concurrency report, as plain data. How anything waits lives in ``_bridge``."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Completed", "Returned", "check_limit", "drop_awaitable"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Completed(Generic[T]):
    """One call of a concurrent map that has ended.

    Attributes:
        index: The position of its item in the input.
        value: What the call returned; ``None`` if it raised.
        error: What the call raised; ``None`` if it returned.
    """

    index: int
    value: T | None = None
    error: BaseException | None = None

    def result(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """The last thing that ``run_with_events`` yields: what the callable returned."""

    value: T


def drop_awaitable(awaitable: object) -> None:
    """Close a coroutine that will never be awaited, so that nobody is warned about it."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()


def check_limit(limit: int | None) -> int | None:
    """Return a concurrency limit if it is one.

    Raises:
        ValueError: It is not a positive number.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1 (or None for no limit), not {limit!r}")
    return limit
