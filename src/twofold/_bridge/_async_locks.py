"""Locks of the async colour: first come, first served, between the tasks of any number of event loops.

Those of asyncio belong to one loop. What twofold locks (a model's client, a rate limiter) may be shared by
the loops of several threads, or by one ``asyncio.run`` after another.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque

__all__ = ["Event", "Lock", "Semaphore"]


class _Waiter:
    """A task that waits for its turn."""

    __slots__ = ("_future", "_loop")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future = self._loop.create_future()

    async def turn(self) -> None:
        await self._future

    def call(self) -> bool:
        """Tell the task that it is its turn, from any thread; return whether its loop still exists."""
        try:
            self._loop.call_soon_threadsafe(self._set)
        except RuntimeError:
            return False
        return True

    def _set(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


class Semaphore:
    """At most ``value`` holders at once; ``async with semaphore:``."""

    def __init__(self, value: int) -> None:
        if value < 1:
            raise ValueError(f"a semaphore lets at least 1 in, not {value!r}")
        self._value = value
        self._waiters: deque[_Waiter] = deque()
        self._guard = threading.Lock()

    async def __aenter__(self) -> None:
        with self._guard:
            if self._value > 0:
                self._value -= 1
                return
            waiter = _Waiter()
            self._waiters.append(waiter)
        try:
            await waiter.turn()
        except BaseException:
            with self._guard:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
                    raise
            self._release()  # it was our turn already: pass it on
            raise

    async def __aexit__(self, *exc_info: object) -> None:
        self._release()

    def _release(self) -> None:
        with self._guard:
            while self._waiters:
                if self._waiters.popleft().call():
                    return  # the place is handed over
            self._value += 1


class Lock(Semaphore):
    """Mutual exclusion; ``async with lock:``."""

    def __init__(self) -> None:
        super().__init__(1)

    def locked(self) -> bool:
        """Return whether someone holds the lock."""
        return self._value == 0


class Event:
    """Something that happens once; `set` may be called from any thread, any number of times."""

    def __init__(self) -> None:
        self._set = False
        self._waiters: list[_Waiter] = []
        self._guard = threading.Lock()

    def is_set(self) -> bool:
        """Return whether it has happened."""
        return self._set

    def set(self) -> None:
        """Let all who wait go on, now and later."""
        with self._guard:
            self._set = True
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.call()

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has happened; return whether it has."""
        with self._guard:
            if self._set:
                return True
            waiter = _Waiter()
            self._waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter.turn()
        except TimeoutError:
            pass
        finally:
            with self._guard:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        return self._set
