"""Where the commands print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["complain", "make_console", "print_anything"]


def make_console(file: TextIO | None = None) -> Console:
    """Return the console for what is not the answer: standard error, so that pipes get the answer alone."""
    from rich.console import Console

    return Console(file=file or sys.stderr, highlight=False, safe_box=True)


def print_anything(stream: Any) -> None:
    """Let a stream show a mark for what its encoding lacks, where it would raise (Windows, LANG=C)."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def complain(message: str) -> None:
    """Print an error, with the name of the program before it."""
    print(f"twofold: {message}", file=sys.stderr)
