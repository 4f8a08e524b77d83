"""The way from worker threads into an event loop.

Programs on several loops may share a worker, so each run carries the port of the loop that asked for it.
Calls are handed over in batches: one wake-up of the loop serves all that came meanwhile, and a flood of them
does not keep the loop from other work. Neither does a flood of calls that end: in one turn of the loop they get
so much time, and those that come later wait for the next. Of programs that begin, so many do in one turn.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary

from ._arrivals import LOST_AFTER, Arrivals

__all__ = ["LoopPort", "current_port"]

# How long one turn of the loop may be kept by calls from threads, and by tools' calls that end.
DELIVERY_SECONDS = 0.002
ENDING_SECONDS = 0.001

NEVER = float("-inf")

Call = tuple[Callable[[Any], object], Any]


class LoopPort:
    """Runs functions on one event loop for callers on any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Call] = deque()
        self._scheduled = NEVER  # when `_deliver` was scheduled, if it has not come yet
        self._context = Context()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.arrivals = Arrivals(loop)
        self.endings = _Paced(loop, self._context, ENDING_SECONDS)

    def post(self, function: Callable[[Any], object], argument: Any) -> bool:
        """Call a function with one argument on the loop, soon; return whether the loop still exists."""
        if self._loop.is_closed():
            return False
        self._calls.append((function, argument))
        now = time.monotonic()
        if now - self._scheduled > LOST_AFTER:
            try:
                self._scheduled = now
                self._loop.call_soon_threadsafe(self._deliver, context=self._context)
            except RuntimeError:  # closed in this very moment
                return False
            except BaseException:  # the caller is unwound; others rely on this
                self._scheduled = NEVER
                raise
        return True

    def create_task(self, coroutine: Any, context: Context) -> asyncio.Task[Any]:
        """Start a task and hold on to it until `forget_task`. On the loop only."""
        task = self._loop.create_task(coroutine, context=context)
        self._tasks.add(task)
        return task

    def forget_task(self, task: asyncio.Task[Any]) -> None:
        """Let go of a task that has ended."""
        self._tasks.discard(task)

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on the loop."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def create_future(self) -> asyncio.Future[None]:
        """Return a future of the loop."""
        return self._loop.create_future()

    def _deliver(self) -> None:
        self._scheduled = NEVER
        try:
            _call_some(self._calls, DELIVERY_SECONDS)
        finally:  # also when Ctrl-C cuts it off
            if self._calls and self._scheduled == NEVER:
                self._loop.call_soon(self._deliver, context=self._context)
                self._scheduled = time.monotonic()


class _Paced:
    """Calls that get so much time in each turn of the loop. Used on the loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: Context, seconds: float) -> None:
        self._loop = loop
        self._context = context
        self._seconds = seconds
        self._calls: deque[Call] = deque()
        self._turn_ends = 0.0  # when this turn has been used up; 0 before the first call of the turn

    def run(self, function: Callable[[Any], object], argument: Any) -> None:
        """Call a function now, or in a later turn if this one has lasted long enough."""
        now = time.monotonic()
        if not self._turn_ends or now - self._turn_ends > LOST_AFTER:
            self._loop.call_soon(self._next_turn, context=self._context)
            self._turn_ends = now + self._seconds
        if not self._calls and time.monotonic() < self._turn_ends:
            function(argument)
        else:
            self._calls.append((function, argument))

    def _next_turn(self) -> None:
        self._turn_ends = 0.0
        try:
            _call_some(self._calls, self._seconds)
        finally:  # also when Ctrl-C cuts it off
            if self._calls:
                self._loop.call_soon(self._next_turn, context=self._context)
                self._turn_ends = time.monotonic()  # this turn is used up


def _call_some(calls: deque[Call], seconds: float) -> None:
    """Make the calls that are waiting, for so long."""
    end = time.monotonic() + seconds
    for _ in range(len(calls)):
        function, argument = calls.popleft()
        function(argument)
        if time.monotonic() > end:
            break


_ports: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopPort] = WeakKeyDictionary()


def current_port() -> LoopPort:
    """Return the port of the running loop."""
    loop = asyncio.get_running_loop()
    port = _ports.get(loop)
    if port is None:
        _forget_closed()
        port = _ports[loop] = LoopPort(loop)
    return port


def _forget_closed() -> None:
    """Let go of the loops that are closed: a port holds its loop, so the dictionary alone never would."""
    for reference in _ports.keyrefs():
        loop = reference()
        if loop is not None and loop.is_closed():
            _ports.pop(loop, None)
