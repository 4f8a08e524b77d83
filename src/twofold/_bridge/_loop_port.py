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

from ._arrivals import Arrivals

__all__ = ["LoopPort", "current_port"]

# How long one turn of the loop may be kept by calls from threads, and by tools' calls that end.
DELIVERY_SECONDS = 0.002
ENDING_SECONDS = 0.001

Call = tuple[Callable[[Any], object], Any]


class LoopPort:
    """Runs functions on one event loop for callers on any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Call] = deque()
        self._scheduled = False
        self._context = Context()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.arrivals = Arrivals(loop)
        self.endings = _Paced(loop, self._context, ENDING_SECONDS)

    def post(self, function: Callable[[Any], object], argument: Any) -> bool:
        """Call a function with one argument on the loop, soon; return whether the loop still exists."""
        if self._loop.is_closed():
            return False
        self._calls.append((function, argument))
        if not self._scheduled:
            self._scheduled = True
            try:
                self._loop.call_soon_threadsafe(self._deliver, context=self._context)
            except RuntimeError:  # closed in this very moment
                return False
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
        self._scheduled = False
        if _call_some(self._calls, DELIVERY_SECONDS) and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._deliver, context=self._context)


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
        if not self._turn_ends:
            self._turn_ends = time.monotonic() + self._seconds
            self._loop.call_soon(self._next_turn, context=self._context)
        if not self._calls and time.monotonic() < self._turn_ends:
            function(argument)
        else:
            self._calls.append((function, argument))

    def _next_turn(self) -> None:
        self._turn_ends = 0.0
        if self._calls and _call_some(self._calls, self._seconds):
            self._turn_ends = time.monotonic()  # this turn is used up
            self._loop.call_soon(self._next_turn, context=self._context)


def _call_some(calls: deque[Call], seconds: float) -> bool:
    """Make the calls that are waiting, for so long; return whether some are left."""
    end = time.monotonic() + seconds
    for _ in range(len(calls)):
        function, argument = calls.popleft()
        function(argument)
        if time.monotonic() > end:
            break
    return bool(calls)


_ports: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopPort] = WeakKeyDictionary()


def current_port() -> LoopPort:
    """Return the port of the running loop."""
    loop = asyncio.get_running_loop()
    port = _ports.get(loop)
    if port is None:
        port = _ports[loop] = LoopPort(loop)
    return port
