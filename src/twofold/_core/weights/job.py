"""One attempt to bring one weights file into the cache: what the sources are given, and how they say no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .catalog import WeightsFile
from .progress import Progress

__all__ = ["Job", "Source", "SourceUnavailable", "Stopped"]


class SourceUnavailable(Exception):
    """A source cannot deliver, for the reason in the message; the next one may. Never leaves this package."""


class Stopped(Exception):
    """Whoever asked for the file no longer wants it. What has been fetched stays for the next time."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to fetch, where to put it meanwhile, whom to tell. Lives as long as the file's lock is held."""

    file: WeightsFile
    staging: Path
    progress: Progress
    stopped: Callable[[], bool]

    def report(self, done: int) -> None:
        """Tell how many bytes are there.

        Raises:
            Stopped: Nobody wants them any more.
        """
        if self.stopped():
            raise Stopped
        self.progress.update(min(done, self.file.size))


class Source(Protocol):
    """A place that weights can be fetched from."""

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        ...

    def fetch(self, job: Job) -> Path:
        """Bring the whole file into ``job.staging`` and return its path. The caller verifies it.

        Raises:
            SourceUnavailable: The place does not have it or cannot be reached.
            DiskFull: There is no room for it.
        """
        ...
