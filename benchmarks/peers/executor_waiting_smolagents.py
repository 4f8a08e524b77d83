"""Waiting programs in smolagents: a thread for each, as its tools are functions that have to block."""

# mypy: ignore-errors
# pyright: reportMissingImports=false
# (type checkers run where smolagents is not installed)

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

from executor_waiting_kit import main
from smolagents import LocalPythonExecutor

PROGRAM = "while wait():\n    pass"
HOG = "total = 0\nwhile computing():\n    for i in range(1000):\n        total = (total + i * i) % 1000003"
BLOCKER = "receive()"


class SmolagentsCast:
    """An executor and a thread for each program; ``timeout_seconds=None`` saves its second thread."""

    def __init__(self):
        self.over = threading.Event()
        self.ours, self.theirs = socket.socketpair()

    def _executor(self, **functions):
        executor = LocalPythonExecutor([], additional_functions=functions, timeout_seconds=None)
        executor.send_tools({})
        return executor

    async def warm_up(self):
        """Run one program."""
        self._executor()("1 + 1")

    async def open(self, wait, count):
        """Make the executors."""
        self.loop = asyncio.get_running_loop()
        self.threads = ThreadPoolExecutor(count + 2)

        def call():
            if self.over.is_set():
                return False
            return asyncio.run_coroutine_threadsafe(wait(), self.loop).result()

        self.busy = self._executor(computing=lambda: not self.over.is_set())
        self.blocked = self._executor(receive=lambda: self.theirs.recv(1))
        self.executors = [self._executor(wait=call) for _ in range(count)]

    async def program(self, number):
        """Run the program in a thread."""
        return await self.loop.run_in_executor(self.threads, self.executors[number], PROGRAM)

    async def hog(self):
        """Compute."""
        return await self.loop.run_in_executor(self.threads, self.busy, HOG)

    async def blocker(self):
        """Receive from a socket that nobody writes to."""
        return await self.loop.run_in_executor(self.threads, self.blocked, BLOCKER)

    async def close(self):
        """Let the threads end."""
        self.over.set()
        self.ours.send(b"x")


if __name__ == "__main__":
    main(SmolagentsCast())
