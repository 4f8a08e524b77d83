"""No executor at all: coroutines instead of programs, threads for the two that compute and block.

The floor. What is measured here is asyncio, the interpreter lock and the machine.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

from executor_waiting_kit import main  # type: ignore[import-not-found, unused-ignore]


class BareCast:
    """A coroutine for each program."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.ours, self.theirs = socket.socketpair()

    async def warm_up(self) -> None:
        """Nothing to warm up."""

    async def open(self, wait: Callable[[], Awaitable[bool]], count: int) -> None:
        """Nothing to open."""
        self.wait = wait

    async def program(self, number: int) -> object:
        """Call the tool again and again."""
        while await self.wait():
            pass
        return number

    def _compute(self) -> None:
        total = 0
        while not self.over.is_set():
            for i in range(1000):
                total = (total + i * i) % 1000003

    async def hog(self) -> object:
        """Compute."""
        return await asyncio.to_thread(self._compute)

    async def blocker(self) -> object:
        """Receive from a socket that nobody writes to."""
        return await asyncio.to_thread(self.theirs.recv, 1)

    async def close(self) -> None:
        """Let the threads end."""
        self.over.set()
        self.ours.send(b"x")


if __name__ == "__main__":
    main(BareCast())
