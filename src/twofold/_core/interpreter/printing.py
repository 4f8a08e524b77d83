"""What generated code prints: a bounded buffer per execution, and the ``print`` that fills it."""

from __future__ import annotations

import builtins
import io
import sys
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["PrintBuffer", "make_print"]


class PrintBuffer:
    """Collects text up to a limit, keeping its beginning and its end. Owned by one program; thread-safe.

    Args:
        limit: How many characters are kept.
        listener: Is told all that is printed, as it is.

    Attributes:
        redirects: Where the code has its prints go instead; the last one counts.
    """

    __slots__ = (
        "_half",
        "_head",
        "_head_size",
        "_listener",
        "_lock",
        "_tail",
        "_tail_size",
        "_total",
        "redirects",
    )

    def __init__(self, limit: int, listener: Callable[[str], object] | None = None) -> None:
        self._listener = listener
        self.redirects: list[Any] = []
        self._half = max(limit // 2, 1)
        self._head: io.StringIO | None = None  # most programs print nothing
        self._head_size = 0
        self._tail: list[str] = []
        self._tail_size = 0
        self._total = 0
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        """Add text; what no longer fits is dropped from the middle."""
        if self.redirects:
            self.redirects[-1].write(text)
            return len(text)
        with self._lock:
            self._total += len(text)
            room = self._half - self._head_size
            if room > 0:
                if self._head is None:
                    self._head = io.StringIO()
                self._head.write(text[:room])
                self._head_size += min(room, len(text))
                text_left = text[room:]
            else:
                text_left = text
            if text_left:
                self._append(text_left)
        if self._listener is not None:  # may have to wait, so never under the lock
            self._listener(text)
        return len(text)

    def _append(self, text: str) -> None:
        text = text[-self._half :]
        self._tail.append(text)
        self._tail_size += len(text)
        if self._tail_size > 2 * self._half or len(self._tail) > 4096:
            kept = "".join(self._tail)[-self._half :]
            self._tail, self._tail_size = [kept], len(kept)

    def text(self) -> str:
        """What was printed, cut in the middle with a note if it was too much."""
        with self._lock:
            head = "" if self._head is None else self._head.getvalue()
            tail = "".join(self._tail)[-self._half :]
            dropped = self._total - len(head) - len(tail)
        if dropped <= 0:
            return head + tail
        return f"{head}\n... [{dropped} characters of the printed output were left out here] ...\n{tail}"


def make_print(buffer: Callable[[], PrintBuffer | None]) -> Callable[..., None]:
    """Make the ``print`` of a session.

    Args:
        buffer: Gives the buffer of the program that is running, None when none is.
    """

    def print(  # noqa: A001
        *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        target = buffer()
        if target is None or (file is not None and file is not sys.stdout and file is not sys.stderr):
            if target is not None or file is not None:
                builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
            return
        if (sep is None or type(sep) is str) and (end is None or type(end) is str):
            text = (" " if sep is None else sep).join(map(str, values))
            target.write(text + ("\n" if end is None else end))
        else:
            builtins.print(*values, sep=sep, end=end, file=target)

    print.__qualname__ = "print"
    return print
