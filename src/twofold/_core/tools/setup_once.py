"""The right to set a tool up, so that ``setup`` runs once however many calls arrive first together."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from threading import Lock

__all__ = ["SetupClaim", "under_setup"]

under_setup: ContextVar[frozenset[int]] = ContextVar("twofold_tools_under_setup", default=frozenset())
"""The ids of the tools that the current context sets up: a setup that calls its own tool must not wait."""


class SetupClaim:
    """Held by the call that sets a tool up, until ``setup`` has ended. The others wait for it.

    Attributes:
        error: What ``setup`` raised; the others raise it too.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._waiting: list[Callable[[], object]] = []
        self._is_over = False
        self._running = Lock()
        self._running.acquire()

    def finish(self, error: Exception | None = None) -> None:
        """Let the others go on."""
        self.error = error
        self._is_over = True
        self._running.release()
        for wake in self._waiting:
            wake()

    def when_over(self, wake: Callable[[], object]) -> None:
        """Have a function called when the setup has ended, from whatever thread; maybe twice."""
        self._waiting.append(wake)
        if self._is_over:
            wake()

    def wait(self) -> None:
        """Hold this thread until the setup has ended; for plain calls, which have nothing better to do."""
        with self._running:
            pass
