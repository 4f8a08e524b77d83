"""``MadeOnce``: something that takes long to make, made once however many threads ask for it together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["MadeOnce"]

T = TypeVar("T")


class MadeOnce(Generic[T]):
    """Makes a thing when it is first asked for, and keeps it until it is let go.

    Blocks: ask for it where blocking is no harm.

    Args:
        make: Makes the thing.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[T] = []

    def get(self) -> T:
        """Return the thing, made now if there is none."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def let_go(self) -> T | None:
        """Return the thing, if there is one, and forget it."""
        with self._lock:
            return self._made.pop() if self._made else None
