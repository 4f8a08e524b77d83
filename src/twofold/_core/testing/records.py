"""What a server remembers of what happened to it, for tests to look at from other threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from .chat_format import ChatRequest

__all__ = ["ConnectionCounts", "Records"]


@dataclass(frozen=True, slots=True)
class ConnectionCounts:
    """How a server's connections were used.

    Attributes:
        open: How many are open now.
        opened: How many were opened in total.
        max_open: How many were open at once at most.
        abandoned: How many the client ended before it had the whole reply.
    """

    open: int = 0
    opened: int = 0
    max_open: int = 0
    abandoned: int = 0


class Records:
    """Requests, surprises and connection counts. Owned by a server, lives as long as it. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: list[ChatRequest] = []
        self._unexpected: list[str] = []
        self._connections = ConnectionCounts()

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """The requests for completions so far."""
        with self._changed:
            return tuple(self._requests)

    @property
    def unexpected(self) -> tuple[str, ...]:
        """What nobody had foreseen, in words."""
        with self._changed:
            return tuple(self._unexpected)

    @property
    def connections(self) -> ConnectionCounts:
        """The counts of this moment."""
        return self._connections

    def add_request(self, make: Callable[[int], ChatRequest]) -> ChatRequest:
        """Number a request and keep it."""
        with self._changed:
            request = make(len(self._requests) + 1)
            self._requests.append(request)
            self._changed.notify_all()
        return request

    def add_unexpected(self, message: str) -> None:
        """Keep a surprise."""
        with self._changed:
            self._unexpected.append(message)
            self._changed.notify_all()

    def connection_opened(self) -> int:
        """Count a new connection and return its number, from 1."""
        with self._changed:
            now = self._connections
            self._connections = replace(
                now, open=now.open + 1, opened=now.opened + 1, max_open=max(now.max_open, now.open + 1)
            )
            self._changed.notify_all()
            return self._connections.opened

    def connection_closed(self, *, abandoned: bool) -> None:
        """Count the end of a connection."""
        with self._changed:
            now = self._connections
            self._connections = replace(now, open=now.open - 1, abandoned=now.abandoned + abandoned)
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until something that is kept here makes the condition true. Return whether it came true."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)
