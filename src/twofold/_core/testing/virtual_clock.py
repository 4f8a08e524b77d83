"""``VirtualClock``: a server's time that passes as fast as the machine can go."""

from __future__ import annotations

import heapq
import itertools
import threading
import weakref
from collections.abc import Callable

__all__ = ["VirtualClock"]


class VirtualClock:
    """A clock for ``ChatServer`` on which nobody waits: it jumps to whatever is due next.

    What is due is called back in the order of its time, from a thread of the clock's own. A simulated hour of
    latencies and slow tokens takes as long as the work in it.

    Example:
        clock = VirtualClock()
        with ChatServer([Reply("late", latency=3600)], clock=clock) as server:
            ...
        assert clock.now >= 3600
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, _Callback]] = []
        self._numbers = itertools.count()
        self._now = 0.0
        self._thread: threading.Thread | None = None

    @property
    def now(self) -> float:
        """How many seconds have passed on this clock."""
        return self._now

    def pass_time(self, seconds: float) -> None:
        """Let time pass: for clients whose waiting is simulated too."""
        with self._changed:
            self._now += seconds

    def call_later(self, seconds: float, callback: Callable[[], None], /) -> _Callback:
        """Call back once, from the clock's thread, after ``seconds`` of this clock's time."""
        timer = _Callback(callback)
        with self._changed:
            heapq.heappush(self._due, (self._now + max(0.0, seconds), next(self._numbers), timer))
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=_run,
                    args=(weakref.ref(self), self._changed),
                    name="twofold-virtual-clock",
                    daemon=True,
                )
                self._thread.start()
        return timer

    def _next(self) -> _Callback | None:
        """Jump to what is due next and return it; None if there is nothing. The caller holds the lock."""
        if not self._due:
            return None
        time, _, timer = heapq.heappop(self._due)
        self._now = max(self._now, time)
        return timer


class _Callback:
    """A callback that is due at some time."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def call(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


def _run(reference: weakref.ref[VirtualClock], changed: threading.Condition) -> None:
    while True:
        with changed:
            clock = reference()
            if clock is None:
                return
            timer = clock._next()
            del clock  # so that a clock which nobody uses any more can go
            if timer is None:
                changed.wait(1.0)
        if timer is not None:
            timer.call()
