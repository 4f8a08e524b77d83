"""The line in which programs stand that begin at once, so that the event loop is not kept by all of them.

Thousands of tasks that are created together take their first step in one turn of the loop. So only a few of
them begin in it; the others stand in line and begin some in each of the next turns, between which everything
else on the loop has its own. What standing in line costs is a future.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextvars import Context

__all__ = ["LOST_AFTER", "Arrival", "Arrivals"]

# How many programs begin in one turn of the loop: about 20 µs each.
PER_TURN = 25
# In seconds. What was scheduled on a loop longer ago than this and has not come may have been cut off by Ctrl-C
# in its first moment, so it is scheduled once more; if it does come, twice is harmless.
LOST_AFTER = 1.0


class Arrival:
    """A program's place in the line. Its caller awaits `turn`."""

    __slots__ = ("_error", "_future", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[None] = loop.create_future()
        self._error: BaseException | None = None

    async def turn(self) -> None:
        """Wait for it.

        Raises:
            BaseException: What it was refused with.
        """
        await self._future
        if self._error is not None:
            raise self._error

    def call(self) -> bool:
        """It is its turn; return whether anybody still waits for it. On the loop only."""
        waited_for = not self._future.done()
        if waited_for:
            self._future.set_result(None)
        return waited_for

    def refuse(self, error: BaseException) -> None:
        """The program is not to begin: `turn` raises the error. From any thread."""
        self._error = error
        try:
            self._loop.call_soon_threadsafe(self.call)
        except RuntimeError:  # the loop was closed meanwhile
            pass


class Arrivals:
    """The line of one loop. Used on the loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._line: deque[Arrival] = deque()
        self._begun = 0  # in this turn of the loop
        self._scheduled = 0.0  # when the next turn was scheduled
        self._context = Context()

    def join(self) -> Arrival | None:
        """Return a place in the line; None if the caller may begin now."""
        if not self._begun or time.monotonic() - self._scheduled > LOST_AFTER:
            self._schedule()
        if self._begun < PER_TURN and not self._line:
            self._begun += 1
            return None
        arrival = Arrival(self._loop)
        self._line.append(arrival)
        return arrival

    def _schedule(self) -> None:
        self._loop.call_soon(self._next_turn, context=self._context)
        self._scheduled = time.monotonic()

    def _next_turn(self) -> None:
        if self._line:
            self._schedule()  # first, because Ctrl-C may cut off the rest
        self._begun = 0
        while self._line and self._begun < PER_TURN:
            self._begun += self._line[0].call()
            self._line.popleft()
