"""Stopping, pausing and timing one execution, from any thread.

Here live the :class:`Control` of a program and the exceptions that carry out what it orders. How generated
code tests its flag is in ``checkpoints``; who decides to stop a program is the bridge's business.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ..errors import ExecutionTimeout

__all__ = ["Control", "ControlException", "FinalAnswer", "ProgramStopped"]


class ControlException(BaseException):
    """Base of what passes through generated code without being caught by it."""


class ProgramStopped(ControlException):
    """Carries out ``Control.stop``: unwinds generated code up to ``Program.run``.

    Args:
        error: What ``Program.run`` is to raise. None when it is thrown from outside by class alone
            (``PyThreadState_SetAsyncExc``); the control then knows the error.
    """

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__(error)
        self.error = error


class FinalAnswer(ControlException):
    """Ends the program with a value, from any depth."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class Control:
    """The reins of one execution, shared by its program, its worker and the watchdog.

    Made by ``InterpreterSession.prepare`` and lives as long as its program. All methods may be called from
    any thread, at any time, any number of times.

    Args:
        timeout_seconds: How long the program may run by itself; None for no limit.
        signal: Makes the generated code look at this control at its next checkpoint.
    """

    __slots__ = (
        "_elapsed",
        "_finished",
        "_lock",
        "_running_since",
        "_signal",
        "_started",
        "_stopped",
        "_switch_requested",
        "timeout_seconds",
    )

    def __init__(
        self, timeout_seconds: float | None = None, *, signal: Callable[[], None] = lambda: None
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self._signal = signal
        # Reentrant: a finaliser that stops a program may run inside any of these methods.
        self._lock = threading.RLock()
        self._stopped: BaseException | None = None
        self._switch_requested = False
        self._elapsed = 0.0
        self._running_since: float | None = None
        self._started = False
        self._finished = False

    # -- orders ------------------------------------------------------------------------------------------

    def stop(self, error: BaseException) -> None:
        """Make the program raise ``error`` at its next checkpoint, and at every later one.

        The first order counts; a later one changes nothing.
        """
        with self._lock:
            if self._stopped is None:
                self._stopped = error
        self._signal()

    def request_switch(self) -> None:
        """Make the next checkpoint call ``host.switch()`` once."""
        self._switch_requested = True
        self._signal()

    @property
    def stopped(self) -> BaseException | None:
        """The error the program was stopped with, or None."""
        return self._stopped

    def raise_if_stopped(self) -> None:
        """Unwind the program now if it was stopped. Called from inside the program only."""
        if self._stopped is not None:
            raise ProgramStopped(self._stopped)

    def take_switch_request(self) -> bool:
        """Return whether a switch was requested, and forget the request."""
        requested, self._switch_requested = self._switch_requested, False
        return requested

    # -- the clock ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the clock: the program begins. Harmless when it is running already."""
        with self._lock:
            self._started = True
            if self._running_since is None and not self._finished:
                self._running_since = time.monotonic()

    def pause(self) -> None:
        """Stop the clock while the program waits for something that is not its own doing."""
        with self._lock:
            if self._running_since is not None:
                self._elapsed += time.monotonic() - self._running_since
                self._running_since = None

    def resume(self) -> None:
        """Let the clock run again after :meth:`pause`."""
        with self._lock:
            if self._started and not self._finished and self._running_since is None:
                self._running_since = time.monotonic()

    def finish(self) -> None:
        """Stop the clock for good: the program has ended."""
        self.pause()
        self._finished = True

    @property
    def started(self) -> bool:
        """Whether the program has begun."""
        return self._started

    @property
    def finished(self) -> bool:
        """Whether the program has ended."""
        return self._finished

    @property
    def paused(self) -> bool:
        """Whether the clock stands still at this moment."""
        return self._running_since is None

    @property
    def running_time(self) -> float:
        """Seconds the program has run by itself, pauses excluded."""
        with self._lock:
            since = self._running_since
            return self._elapsed + (0.0 if since is None else time.monotonic() - since)

    @property
    def remaining(self) -> float | None:
        """Seconds of running time left (negative when overdue), or None without a limit."""
        return None if self.timeout_seconds is None else self.timeout_seconds - self.running_time

    def overdue(self, grace: float = 0.0) -> bool:
        """Whether the program has run for longer than its limit plus ``grace`` seconds."""
        remaining = self.remaining
        return remaining is not None and not self._finished and remaining + grace < 0

    def timeout_error(self) -> ExecutionTimeout:
        """The error that says the program ran longer than its limit."""
        limit = 0.0 if self.timeout_seconds is None else self.timeout_seconds
        return ExecutionTimeout(
            f"The code ran for longer than its time limit of {limit:g} seconds and was stopped. "
            f"Do less work in one step, or use a faster method."
        )
