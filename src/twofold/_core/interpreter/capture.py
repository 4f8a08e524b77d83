"""Where text goes that a library prints while a program runs: ``df.info()``, ``pprint``, ``traceback``.

``print`` of generated code knows its session. A library writes to ``sys.stdout``, which belongs to the
process; so a stand-in is there while any program runs, and sorts by whose code is running. What tools print
is not the program's.
"""

from __future__ import annotations

import sys
import threading
from contextvars import ContextVar
from typing import Any

from .checkpoints import current_execution
from .printing import PrintBuffer

__all__ = ["captured", "current_buffer", "tool_caller"]

tool_caller: ContextVar[object] = ContextVar("twofold_tool_caller", default=None)
"""The execution by which a tool was called whose code runs in this context. Executions within it are their own."""

_lock = threading.Lock()
_running = 0


def current_buffer() -> PrintBuffer | None:
    """The prints of the program whose code runs in this context, if any does."""
    execution = current_execution.get()
    buffer = getattr(execution, "buffer", None)
    return buffer if isinstance(buffer, PrintBuffer) and tool_caller.get() is not execution else None


class _Sorting:
    """The stand-in for one ``sys.stdout``."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def write(self, text: str) -> int:
        """Write to the program's prints, or to the real thing."""
        buffer = current_buffer()
        return int((self.real if buffer is None else buffer).write(text) or 0)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the real thing."""
        if self.real is not None:
            self.real.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


_kept: _Sorting | None = None


def _stand_in_for(real: Any) -> _Sorting:
    # Kept and used again: CPython's print() holds no reference of its own to sys.stdout, so that a stand-in
    # which were freed while another thread prints would bring the process down.
    global _kept
    if _kept is None or _kept.real is not real:
        _kept = _Sorting(real)
    return _kept


class _Captured:
    """Has the stand-in there for as long as a program runs. One object for all: it holds nothing."""

    def __enter__(self) -> None:
        global _running
        with _lock:
            _running += 1
            if not isinstance(sys.stdout, _Sorting):
                sys.stdout = _stand_in_for(sys.stdout)

    def __exit__(self, *_: object) -> None:
        global _running
        with _lock:
            _running -= 1
            if not _running and isinstance(sys.stdout, _Sorting):
                sys.stdout = sys.stdout.real


captured = _Captured()
