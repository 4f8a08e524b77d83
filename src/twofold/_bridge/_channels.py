"""The part of an event channel that both colours share: a queue that any thread may put into.

How the consumer waits is added by ``_sync_events`` and ``_async_events``.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from .._core.interpreter.host import current_host
from . import _scopes

__all__ = ["BaseChannel"]

E = TypeVar("E")


class BaseChannel(Generic[E]):
    """Events on their way from whatever produces them to one consumer.

    Producers call `put` from any thread, and from generated code at any depth. With ``max_size`` a producer
    waits while the channel is full, so a program that prints in a loop cannot fill the memory.

    Args:
        max_size: How many events may wait for the consumer; ``None`` is no limit.
    """

    def __init__(self, max_size: int | None = None) -> None:
        if max_size is not None and max_size < 1:
            raise ValueError(f"max_size must be at least 1 (or None for no limit), not {max_size!r}")
        self._max_size = max_size
        self._events: deque[E] = deque()
        self._waiting: deque[threading.Lock] = deque()
        self._closed = False
        self._consumer_thread = threading.get_ident()

    @property
    def closed(self) -> bool:
        """Whether events that are put now are dropped."""
        return self._closed

    def put(self, event: E) -> None:
        """Add an event. After `close` it is dropped.

        From the consumer's own thread this never waits, since nobody would make room.
        """
        if self._max_size is not None and len(self._events) >= self._max_size:
            self._wait_for_room()
        if not self._closed:
            self._events.append(event)
            self._notify()

    def close(self) -> None:
        """Take no more events; the consumer gets those that wait, then the end."""
        self._closed = True
        while self._waiting:
            self._let_one_in()
        self._notify()

    def _take(self) -> E:
        """Return the next event, or raise `IndexError`."""
        event = self._events.popleft()
        if self._waiting:
            self._let_one_in()
        return event

    def _wait_for_room(self) -> None:
        host = current_host.get(None)
        while self._full() and threading.get_ident() != self._consumer_thread:
            room = threading.Lock()
            room.acquire()
            self._waiting.append(room)
            if not self._full():  # it was emptied before we were seen waiting
                return
            if host is None:
                _scopes.acquire(room)
            else:
                host.call_blocking(_scopes.acquire, room)

    def _full(self) -> bool:
        return self._max_size is not None and len(self._events) >= self._max_size and not self._closed

    def _let_one_in(self) -> None:
        try:
            self._waiting.popleft().release()
        except (IndexError, RuntimeError):  # another thread did
            pass

    def _notify(self) -> None:
        """Wake the consumer. From any thread."""
        raise NotImplementedError
