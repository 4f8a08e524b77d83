"""Space on the disk and what has been written there: checks before, clear errors after."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import WeightsError
from .paths import CACHE_VARIABLE
from .progress import format_size

__all__ = ["DiskFull", "check_space", "clear_disk_errors", "says_disk_full", "tree_size"]

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class DiskFull(WeightsError):
    """There is not enough room for the weights. No other source can help."""

    @classmethod
    def during(cls, directory: Path, reason: str) -> DiskFull:
        """The error for a disk that became full while weights were on their way to ``directory``."""
        return cls(
            f"The disk of {directory} is full ({reason}); what had been fetched was removed. "
            f"Free some space, or set {CACHE_VARIABLE} to a directory on a bigger disk."
        )


def check_space(directory: Path, needed: int, what: str) -> None:
    """Refuse to begin what cannot end.

    Raises:
        DiskFull: ``directory`` has fewer than ``needed`` bytes free.
    """
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise DiskFull(
            f"{what} needs {format_size(needed)} of free disk space in {directory}, and there are "
            f"{format_size(free)}. Free some space, or set {CACHE_VARIABLE} to a directory on a bigger disk."
        )


@contextlib.contextmanager
def clear_disk_errors(directory: Path) -> Iterator[None]:
    """Turn what the operating system says about writing to ``directory`` into errors for people."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull.during(directory, error.strerror or str(error)) from error
        raise WeightsError(
            f"Weights cannot be stored in {directory}: {error}. "
            f"Set {CACHE_VARIABLE} to a directory that you may write to."
        ) from error


def says_disk_full(text: str) -> bool:
    """Return whether a subprocess's last words are about a full disk."""
    return any(
        sign in text for sign in ("No space left", "Errno 28", "Disk quota exceeded", "not enough space")
    )


def tree_size(directory: Path) -> int:
    """Return the bytes of all files under ``directory``; files that vanish meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(directory):  # unlike rglob it passes over a directory that vanishes
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total
