"""Waiting programs in twofold's async API."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

from executor_waiting_kit import main  # type: ignore[import-not-found, unused-ignore]

from twofold.aio import LocalPythonExecutor, tool

PROGRAM = "while wait():\n    pass"
HOG = "total = 0\nwhile True:\n    for i in range(1000):\n        total = (total + i * i) % 1000003"
BLOCKER = "channel.recv(1)"


class TwofoldCast:
    """A session for each program."""

    def __init__(self) -> None:
        self.executor = LocalPythonExecutor(timeout_seconds=None)

    async def warm_up(self) -> None:
        """Run one program with a tool."""

        @tool
        async def once() -> bool:
            """Return at once."""
            return False

        session = await self.executor.open({"wait": once}, {})
        await session.execute(PROGRAM)
        await session.aclose()
        self.ours, theirs = socket.socketpair()
        self.busy = await self.executor.open({}, {"total": 0})
        self.blocked = await self.executor.open({}, {"channel": theirs})

    async def open(self, wait: Callable[[], Awaitable[bool]], count: int) -> None:
        """Open the sessions."""
        call = tool(wait)
        self.sessions = [await self.executor.open({"wait": call}, {}) for _ in range(count)]

    async def program(self, number: int) -> object:
        """Run the program in its session."""
        return await self.sessions[number].execute(PROGRAM)

    async def hog(self) -> object:
        """Compute."""
        return await self.busy.execute(HOG)

    async def blocker(self) -> object:
        """Receive from a socket that nobody writes to."""
        return await self.blocked.execute(BLOCKER)

    async def close(self) -> None:
        """Cancelling is enough."""


if __name__ == "__main__":
    main(TwofoldCast())
