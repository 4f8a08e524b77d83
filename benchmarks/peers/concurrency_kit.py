"""What the measurements of waiting agents in both APIs share: the server, memory, threads, being late."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["INTERVAL", "NUMBERS", "PROGRAMS", "Server", "figures", "resident", "threads"]

INTERVAL = 0.005

PROGRAMS = {
    "nothing": "rest(1.0)",
    "def": "rest_plain(1.0)",
    "async def that blocks": "rest_wrong(1.0)",
    "computing": "total = 0\nfor number in range(4_000_000):\n    total += number * number",
    "one long call": "rest(0.1)\nnumbers.copy().sort()\nrest(0.1)",
}
"""What generated code does beside the clock: each takes about a second."""


NUMBERS = [(number * 7919) % 10_000_019 for number in range(1_500_000)]
"""What the long call sorts."""


class Server:
    """The server of ``concurrency_server.py``."""

    def __init__(self) -> None:
        script = str(Path(__file__).with_name("concurrency_server.py"))
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self._line()

    def tell(self, command: str) -> None:
        """Give a command and wait until it is carried out."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        self._line()

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def resident() -> int:
    """Return the bytes of memory that the process has now."""
    gc.collect()
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def threads() -> int:
    """Return how many threads the process has."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def figures(before: tuple[int, float], waiting: tuple[int, int], seconds: dict[str, float]) -> dict[str, Any]:
    """Return the figures of one measurement: memory and CPU before it, memory and threads while all wait."""
    (memory, processor), (held, threads_then) = before, waiting
    return {
        **seconds,
        "bytes": held - memory,
        "threads": threads_then,
        "cpu_seconds": time.process_time() - processor,
    }
