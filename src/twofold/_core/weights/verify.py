"""Whether a file is what the catalogue pins; and the note that saves hashing it again at every start."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from .catalog import WeightsFile

__all__ = ["mismatch", "sha256_of", "stamp", "stamp_path", "stamped"]

_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def mismatch(path: Path, file: WeightsFile) -> str | None:
    """Say how ``path`` differs from what is pinned, or return ``None`` when it does not."""
    size = path.stat().st_size
    if size != file.size:
        return f"it has {size:,} bytes instead of {file.size:,}"
    found = sha256_of(path)
    return None if found == file.sha256 else f"its sha256 is {found} instead of {file.sha256}"


def stamp_path(path: Path) -> Path:
    """Return where the note about ``path`` is kept."""
    return path.with_name(f"{path.name}.verified")


def stamp(path: Path, file: WeightsFile) -> None:
    """Note that ``path``, as it is now, has the pinned hash. A read-only cache gets no note."""
    with contextlib.suppress(OSError):
        note = stamp_path(path)
        draft = note.with_name(f"{note.name}.{os.getpid()}")
        draft.write_text(json.dumps(_facts(path, file)), encoding="ascii")
        os.replace(draft, note)


def stamped(path: Path, file: WeightsFile) -> bool:
    """Return whether ``path`` was verified and has not been touched since."""
    try:
        return bool(json.loads(stamp_path(path).read_bytes()) == _facts(path, file))
    except (OSError, ValueError):
        return False


def _facts(path: Path, file: WeightsFile) -> dict[str, object]:
    status = path.stat()
    return {"sha256": file.sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
