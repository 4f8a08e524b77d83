"""Files that users of the web UI upload: which are let in, and under which name they are kept."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError

__all__ = ["DEFAULT_FILE_TYPES", "Upload", "UploadRules", "safe_name"]

IMAGE_TYPES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
DEFAULT_FILE_TYPES = (*IMAGE_TYPES, ".pdf", ".docx", ".xlsx", ".txt", ".md", ".csv", ".json")

_LONGEST_NAME = 100
_UNSAFE = re.compile(r"[^\w.\- ]")
# names that Windows takes for devices, whatever follows the dot
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


@dataclass(frozen=True)
class Upload:
    """A file that was let in.

    Args:
        path: Where it is now.
        image: The Pillow image, if it is one.
    """

    path: Path
    image: Any = None


@dataclass(frozen=True)
class UploadRules:
    """Which files are let in.

    Args:
        file_types: The endings of their names, with the dot.
        max_file_size: How many bytes each may have.
        max_files: How many there may be in one conversation.
    """

    file_types: tuple[str, ...] = DEFAULT_FILE_TYPES
    max_file_size: int = 20 * 1024 * 1024
    max_files: int = 50

    @classmethod
    def of(cls, file_types: Sequence[str] | None, max_file_size: int) -> UploadRules:
        """Return the rules for a user's settings.

        Raises:
            ConfigurationError: They make no sense.
        """
        if isinstance(file_types, str):
            raise ConfigurationError(
                f"allowed_file_types is a list of endings, not the string {file_types!r}."
            )
        types = DEFAULT_FILE_TYPES if file_types is None else tuple(kind.lower() for kind in file_types)
        wrong = [kind for kind in types if not kind.startswith(".")]
        if wrong:
            raise ConfigurationError(
                f"A file type is an ending such as '.pdf', with the dot; got {wrong[0]!r}."
            )
        if max_file_size < 1:
            raise ConfigurationError(f"max_file_size is in bytes and at least 1; got {max_file_size!r}.")
        return cls(types, max_file_size)

    def admit(self, source: Path, folder: Path) -> Upload:
        """Copy a file into a folder if it may come in.

        Args:
            source: The file, under the name that the user gave it.
            folder: The folder of the conversation.

        Raises:
            ConfigurationError: It may not.
        """
        name = safe_name(source.name)
        kind = Path(name).suffix.lower()
        if kind not in self.file_types:
            raise ConfigurationError(f"{name} cannot be uploaded: only {', '.join(self.file_types)} can.")
        size = source.stat().st_size
        if size > self.max_file_size:
            raise ConfigurationError(
                f"{name} cannot be uploaded: it has {size:,} bytes, and {self.max_file_size:,} are the limit."
            )
        image = _load_image(source, name) if kind in IMAGE_TYPES else None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        taken = {path.name for path in folder.iterdir()}
        if len(taken) >= self.max_files:
            raise ConfigurationError(f"{name} cannot be uploaded: {self.max_files} files are the limit.")
        path = folder / _free_name(name, taken)
        shutil.copyfile(source, path)
        return Upload(path, image)


def safe_name(name: str) -> str:
    """Return a file name without anything that means something to a file system or a shell.

    Example:
        >>> safe_name("../../etc/pass wd;rm -rf.TXT")
        'pass wd_rm -rf.TXT'
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    cleaned = _UNSAFE.sub("_", last).strip(" .-") or "file"
    if _DEVICES.match(cleaned):
        cleaned = f"_{cleaned}"
    stem, suffix = Path(cleaned).stem, Path(cleaned).suffix[:20]
    return stem[: _LONGEST_NAME - len(suffix)] + suffix


def _free_name(name: str, taken: set[str]) -> str:
    known = {other.lower() for other in taken}
    stem, suffix = Path(name).stem, Path(name).suffix
    number, free = 1, name
    while free.lower() in known:
        number += 1
        free = f"{stem}-{number}{suffix}"
    return free


def _load_image(path: Path, name: str) -> Any:
    from PIL import Image

    try:
        image = Image.open(path)
        image.load()
    except Exception as error:  # Pillow raises whatever its decoders do
        raise ConfigurationError(f"{name} is no image that can be read.") from error
    return image
