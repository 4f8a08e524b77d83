"""The Hugging Face Hub as a source of weights: the official repository, through ``huggingface_hub``."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from .child import Child
from .disk import DiskFull, says_disk_full, tree_size
from .job import Job, SourceUnavailable

__all__ = ["HubSource"]

_POLL_SECONDS = 0.1
_START_SECONDS = 60.0  # importing huggingface_hub on a busy machine
_SCRIPT = Path(__file__).with_name("hub_child.py")


class HubSource:
    """Fetches the file from its official repository, in a child process that can be ended when the Hub hangs.

    Args:
        answer_seconds: How long the Hub may take to say whether it has the file.
        stall_seconds: How long a download may stand still.
    """

    name = "the Hugging Face Hub"

    def __init__(self, answer_seconds: float = 8.0, stall_seconds: float = 60.0) -> None:
        self._answer_seconds = answer_seconds
        self._stall_seconds = stall_seconds

    def fetch(self, job: Job) -> Path:
        """Bring the file into the staging directory; see ``Source``."""
        if not sys.executable or getattr(sys, "frozen", False):
            raise SourceUnavailable("a frozen application has no Python to run huggingface_hub with")
        destination = job.staging / "hub"
        destination.mkdir(exist_ok=True)
        try:
            path = self._download(job, destination)
        except SourceUnavailable:
            # The next source needs the room. (After a mere kill huggingface_hub goes on with what is there.)
            shutil.rmtree(destination, ignore_errors=True)
            raise
        return path

    def _download(self, job: Job, destination: Path) -> Path:
        file = job.file
        command = [sys.executable, "-P", str(_SCRIPT)]
        command += [file.hub_repo, file.file_name, str(file.size), file.sha256, str(destination)]
        # The plain protocol writes the file as it comes: it can be watched, and it goes on where it stopped.
        env = {
            "HF_HUB_DISABLE_XET": os.environ.get("HF_HUB_DISABLE_XET", "1"),
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "PYTHONIOENCODING": "utf-8",
        }
        logs = Path(tempfile.mkdtemp(prefix="hub-log-", dir=job.staging))
        try:
            with Child(command, logs, env) as child:
                return self._watch(child, job, destination)
        finally:
            shutil.rmtree(logs, ignore_errors=True)

    def _watch(self, child: Child, job: Job, destination: Path) -> Path:
        patience = _Patience(_START_SECONDS)
        while True:
            code = child.wait(_POLL_SECONDS)
            said = _said(child.output)
            now = tree_size(destination)
            job.report(now)
            if path := _result(said, destination):
                return path
            if code is not None:
                raise SourceUnavailable(f"huggingface_hub ended with {code}: {child.errors.strip()[-300:]}")
            if "reachable" in said:
                patience.renew(self._stall_seconds, f"reachable {now}", "the download has stood still")
            elif "ready" in said:
                patience.renew(self._answer_seconds, "ready", "it has not answered")
            patience.check()


class _Patience:
    """How long to go on waiting for the next sign of life."""

    def __init__(self, seconds: float) -> None:
        self._sign = ""
        self._complaint = "huggingface_hub has not started"
        self._seconds = seconds
        self._since = time.monotonic()

    def renew(self, seconds: float, sign: str, complaint: str) -> None:
        """Start anew if ``sign`` is another one than the last."""
        if sign != self._sign:
            self._sign, self._complaint, self._seconds = sign, complaint, seconds
            self._since = time.monotonic()

    def check(self) -> None:
        """Give up if it has taken too long."""
        if time.monotonic() - self._since > self._seconds:
            raise SourceUnavailable(f"{self._complaint} for {self._seconds:g} seconds")


def _said(output: str) -> dict[str, str]:
    """Return what the child has told so far, by kind. A line that is still being written does not count."""
    whole, _, _ = output.rpartition("\n")
    told = (json.loads(line) for line in whole.splitlines() if line.startswith('{"kind"'))
    return {line["kind"]: line["text"] for line in told}


def _result(said: dict[str, str], destination: Path) -> Path | None:
    if "unavailable" in said:
        reason = said["unavailable"]
        if says_disk_full(reason):
            raise DiskFull.during(destination, reason)
        raise SourceUnavailable(reason)
    if "downloaded" in said:
        return Path(said["downloaded"])
    if "cached" in said:
        return _borrow(Path(said["cached"]), destination)
    return None


def _borrow(cached: Path, destination: Path) -> Path:
    """Take a file that is already in the Hub's own cache: as a second name for it where that is possible."""
    own = destination / cached.name
    own.unlink(missing_ok=True)
    try:
        os.link(cached.resolve(), own)
    except OSError:
        shutil.copyfile(cached, own)
    return own
