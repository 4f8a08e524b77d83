"""How a download is shown: a bar on a terminal, plain lines elsewhere, or nothing. Nothing here downloads."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    import rich.progress

__all__ = ["PlainProgress", "Progress", "RichProgress", "SilentProgress", "auto_progress", "format_size"]


class Progress(Protocol):
    """What a download reports to. Made for one download, by whoever asked for it."""

    def begin(self, name: str, total: int) -> None:
        """A download of ``total`` bytes starts; may come again when another source is tried."""

    def update(self, done: int) -> None:
        """``done`` bytes of the whole have arrived; comes several times a second."""

    def message(self, text: str) -> None:
        """Something the user should know, in one line."""

    def close(self) -> None:
        """No more reports will come."""


def auto_progress(stream: TextIO | None = None) -> Progress:
    """Return a bar if ``stream`` (stderr by default) is a terminal, else plain lines."""
    stream = sys.stderr if stream is None else stream
    if stream is None:  # pythonw has no stderr
        return SilentProgress()
    return RichProgress(stream) if stream.isatty() else PlainProgress(stream)


def format_size(size: float) -> str:
    """Return ``size`` bytes as people write it: ``"491.4 MB"``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


class SilentProgress:
    """Shows nothing."""

    def begin(self, name: str, total: int) -> None: ...
    def update(self, done: int) -> None: ...
    def message(self, text: str) -> None: ...
    def close(self) -> None: ...


class PlainProgress:
    """Writes a line whenever another tenth has arrived, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._name = ""
        self._total = 0
        self._tenths = 0
        self._first: int | None = None
        self._started = 0.0

    def begin(self, name: str, total: int) -> None:
        self._name, self._total, self._tenths = name, total, 0
        self._first = None
        self.message(f"Fetching {name} ({format_size(total)})")

    def update(self, done: int) -> None:
        if self._first is None:  # what an earlier attempt had left does not count as speed
            self._first, self._started = done, time.monotonic()
        tenths = done * 10 // max(self._total, 1)
        if tenths <= self._tenths:
            return
        self._tenths = tenths
        elapsed = time.monotonic() - self._started
        speed = f", {format_size((done - self._first) / elapsed)}/s" if elapsed > 0.05 else ""
        self.message(f"{self._name}: {format_size(done)} of {format_size(self._total)}{speed}")

    def message(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def close(self) -> None: ...


class RichProgress:
    """Draws a bar with size, speed and the time that is left."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream)
        self._bar: rich.progress.Progress | None = None
        self._task: rich.progress.TaskID | None = None

    def begin(self, name: str, total: int) -> None:
        if self._bar is None:
            self._bar = _new_bar(self._console)
            self._bar.start()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=total)

    def update(self, done: int) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)

    def message(self, text: str) -> None:
        self._console.print(text, style="dim", highlight=False, markup=False)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _new_bar(console: rich.console.Console) -> rich.progress.Progress:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("[progress.description]{task.description}", markup=True),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
