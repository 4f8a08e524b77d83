"""The one timer thread of the process.

It looks at what is registered when that asks to be looked at: workers while they run programs (to hand over
between neighbours and to see limits exceeded) and runs that were told to stop (to give up on them). It sleeps
while nothing is due. What is to be done is the business of the registered things.
"""

from __future__ import annotations

import heapq
import itertools
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
    """A thread that calls ``check`` of what is registered, in time. Started when first needed.

    Ten thousand things may be registered, so only those that are due are looked at.
    """

    def __init__(self) -> None:
        # Reentrant: a finaliser that stops a program may run anywhere.
        self._lock = threading.RLock()
        # When a thing is to be looked at, and the number under which it is on the agenda. The agenda itself
        # holds numbers only: what nobody watches any more is not kept alive until it would have been due.
        self._watched: dict[Watched, tuple[float, int]] = {}
        self._things: dict[int, Watched] = {}
        self._agenda: list[tuple[float, int]] = []
        self._numbers = itertools.count()
        self._next = NEVER
        self._bell = threading.Lock()
        self._bell.acquire()
        self._thread: threading.Thread | None = None

    def watch(self, thing: Watched, due: float) -> None:
        """Look at the thing not later than at a time, and from then on when it says."""
        with self._lock:
            known = self._watched.get(thing)
            if known is not None:
                if known[0] <= due:
                    return
                self._things.pop(known[1], None)
            self._enter(thing, due)
            ring = due < self._next
            if ring:
                self._next = due
                if self._thread is None:
                    self._thread = start_thread(self._serve, "twofold-watchdog")
        if ring:
            try:
                self._bell.release()
            except RuntimeError:  # it rings already
                pass

    def unwatch(self, thing: Watched) -> None:
        """Do not look at the thing any more."""
        with self._lock:
            known = self._watched.pop(thing, None)
            if known is not None:
                self._things.pop(known[1], None)

    def _enter(self, thing: Watched, due: float) -> None:
        number = next(self._numbers)
        self._watched[thing] = (due, number)
        self._things[number] = thing
        if due != NEVER:
            heapq.heappush(self._agenda, (due, number))

    def _serve(self) -> None:
        while True:
            pause = self._next - time.monotonic()
            if pause > 0:  # the bell only says that this is sooner than it was
                self._bell.acquire(True, min(pause, threading.TIMEOUT_MAX))
            else:
                self._check_due()

    def _check_due(self) -> None:
        while (found := self._take()) is not None:
            thing, number = found
            try:
                due = thing.check(time.monotonic())
            except Exception:  # every time limit of the process depends on this thread
                self.unwatch(thing)
                _logger.exception("Watching %r failed; its limits are not enforced any more.", thing)
                continue
            with self._lock:
                if self._watched.get(thing) == (NEVER, number) and due != NEVER:
                    self._enter(thing, due)

    def _take(self) -> tuple[Watched, int] | None:
        """Return what is due; if nothing is, say when something will be."""
        with self._lock:
            agenda = self._agenda
            while agenda and (agenda[0][0] <= time.monotonic() or agenda[0][1] not in self._things):
                _, number = heapq.heappop(agenda)
                thing = self._things.pop(number, None)
                if thing is not None:
                    # whoever wants it watched from now on is not content with this look
                    self._watched[thing] = (NEVER, number)
                    return thing, number
            self._next = agenda[0][0] if agenda else NEVER
            return None


watchdog = Watchdog()


def _after_fork() -> None:
    watchdog.__init__()  # type: ignore[misc]  # the thread exists in the parent only


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
