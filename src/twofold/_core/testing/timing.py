"""What a reply can wait for: time, as a clock tells it, and gates that a test opens.

The server's connections are called back; only tests wait here, for the server to have come so far.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

__all__ = ["Clock", "Gate", "Timer"]


class Timer(Protocol):
    """A callback that is due at some time."""

    def cancel(self) -> None:
        """Drop the callback. Harmless when it has been called."""


class Clock(Protocol):
    """Where the server's time comes from: its event loop by default, a virtual clock in simulations."""

    def call_later(self, seconds: float, callback: Callable[[], None], /) -> Timer:
        """Call back once, from any thread, after ``seconds`` of this clock's time."""
        ...


class Gate:
    """Holds replies back until a test opens it, from any thread. Once open it stays open.

    Example:
        gate = Gate()
        with ChatServer([Stall("late", until=gate)]) as server:
            ...                 # the request waits
            gate.open()         # the reply goes out
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_open = False
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._added = 0

    @property
    def is_open(self) -> bool:
        """Whether the gate has been opened."""
        return self._is_open

    @property
    def waiting(self) -> int:
        """How many replies the gate holds back now."""
        return len(self._callbacks)

    def open(self) -> None:
        """Let everything that waits go on, and everything that comes later pass."""
        with self._changed:
            self._is_open = True
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
            self._changed.notify_all()
        for callback in callbacks:
            callback()

    def wait_for_waiting(self, count: int, *, timeout: float = 10.0) -> None:
        """Wait until the gate holds back so many replies.

        Blocks: async tests call it in a thread.

        Args:
            count: How many.
            timeout: Seconds until it is given up.

        Raises:
            AssertionError: There were not so many in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._callbacks) == count, timeout):
                waiting = len(self._callbacks)
                raise AssertionError(
                    f"{waiting} replies, not {count}, waited at the gate within {timeout:g} s"
                )

    def when_open(self, callback: Callable[[], None]) -> Timer:
        """Call back once, from the thread that opens the gate; at once if it is open."""
        with self._changed:
            number = self._added = self._added + 1
            passes = self._is_open
            if not passes:
                self._callbacks[number] = callback
                self._changed.notify_all()
        if passes:
            callback()
        return _Waiting(self, number)

    def _forget(self, number: int) -> None:
        with self._changed:
            self._callbacks.pop(number, None)
            self._changed.notify_all()


class _Waiting:
    """One callback of a gate."""

    def __init__(self, gate: Gate, number: int) -> None:
        self._gate = gate
        self._number = number

    def cancel(self) -> None:
        self._gate._forget(self._number)
