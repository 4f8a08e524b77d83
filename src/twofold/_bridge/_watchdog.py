"""The one timer thread of the process.

It looks at what is registered when that asks to be looked at: workers while they run programs (to hand over
between neighbours and to see limits exceeded) and runs that were told to stop (to give up on them). It sleeps
while nothing is due. What is to be done is the business of the registered things.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Protocol

from ._threads import start_thread

__all__ = ["NEVER", "Watchdog", "Watched", "watchdog"]

NEVER = float("inf")

_logger = logging.getLogger("twofold")


class Watched(Protocol):
    """Something the watchdog looks at."""

    def check(self, now: float) -> float:
        """Do what is due, and return the time of the next look."""
        ...


class Watchdog:
    """A thread that calls ``check`` of what is registered, in time. Started when first needed."""

    def __init__(self) -> None:
        self._watched: dict[Watched, None] = {}
        self._next = NEVER
        self._bell = threading.Lock()
        self._bell.acquire()
        self._start_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, thing: Watched, due: float) -> None:
        """Look at the thing at a time, and from then on when it says."""
        self._watched[thing] = None
        self.attend(due)

    def unwatch(self, thing: Watched) -> None:
        """Do not look at the thing any more."""
        self._watched.pop(thing, None)

    def attend(self, due: float) -> None:
        """Look at everything not later than at a time."""
        if due >= self._next:
            return
        if self._thread is None:
            self._start()
        try:
            self._bell.release()
        except RuntimeError:  # it rings already
            pass

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is None:
                self._thread = start_thread(self._serve, "twofold-watchdog")

    def _serve(self) -> None:
        while True:
            # Nothing is known to be due while the things are being looked at, so whatever comes in
            # meanwhile rings the bell and is seen in the next round.
            self._next = NEVER
            due = self._check_all()
            self._next = due
            pause = due - time.monotonic()
            self._bell.acquire(True, -1 if due == NEVER else max(0.0, min(pause, threading.TIMEOUT_MAX)))

    def _check_all(self) -> float:
        due = NEVER
        for thing in list(self._watched):
            try:
                due = min(due, thing.check(time.monotonic()))
            except Exception:  # every time limit of the process depends on this thread
                self.unwatch(thing)
                _logger.exception("Watching %r failed; its limits are not enforced any more.", thing)
        return due


watchdog = Watchdog()


def _after_fork() -> None:
    watchdog.__init__()  # type: ignore[misc]  # the thread exists in the parent only


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
