"""The way from worker threads into an event loop.

Programs on several loops may share a worker, so each run carries the port of the loop that asked for it.
Calls are handed over in batches: one wake-up of the loop serves all that came meanwhile, and a flood of them
does not keep the loop from other work.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["LoopPort", "current_port"]

BATCH = 64


class LoopPort:
    """Runs functions on one event loop for callers on any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[tuple[Callable[[Any], object], Any]] = deque()
        self._scheduled = False
        self._context = Context()
        self._tasks: set[asyncio.Task[Any]] = set()

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
        """Start a task and hold on to it until its end. On the loop only."""
        task = self._loop.create_task(coroutine, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

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
        calls = self._calls
        for _ in range(min(len(calls), BATCH)):
            function, argument = calls.popleft()
            function(argument)
        if calls and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._deliver, context=self._context)


_ports: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopPort] = WeakKeyDictionary()


def current_port() -> LoopPort:
    """Return the port of the running loop."""
    loop = asyncio.get_running_loop()
    port = _ports.get(loop)
    if port is None:
        port = _ports[loop] = LoopPort(loop)
    return port
