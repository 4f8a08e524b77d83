"""Where the lines of ``twofold chat`` come from: a terminal with line editing and history, or a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .._core.weights.paths import cache_directory

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings

__all__ = ["LineSource", "Pipe", "Terminal", "open_input"]

HISTORY_FILE = "chat_history"
_PROMPT = "> "


class LineSource(Protocol):
    """What a conversation reads from."""

    is_terminal: bool

    def read(self) -> str:
        """Return the next line.

        Raises:
            EOFError: There are no more.
            KeyboardInterrupt: Ctrl-C was pressed instead.
        """
        ...


def open_input(commands: Sequence[str]) -> LineSource:
    """Return the terminal if somebody sits at one, else standard input as it is.

    Args:
        commands: What the Tab key completes.
    """
    watched = sys.stdout.isatty() or sys.stderr.isatty()
    return Terminal(commands) if sys.stdin.isatty() and watched else Pipe()


class Pipe:
    """Standard input that is no terminal: a line is a message."""

    is_terminal = False

    def read(self) -> str:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line


class Terminal:
    """A terminal: lines can be edited, and those of earlier conversations are there with the Up key.

    A paste of several lines is one message; Alt-Enter begins a new line by hand.

    Args:
        commands: What the Tab key completes.
    """

    is_terminal = True

    def __init__(self, commands: Sequence[str]) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.output import create_output

        self._session: PromptSession[str] = PromptSession(
            history=_history(),
            completer=WordCompleter(list(commands), sentence=True),
            complete_while_typing=False,
            key_bindings=_key_bindings(),
            output=create_output(always_prefer_tty=True),
        )

    def read(self) -> str:
        return self._session.prompt(_PROMPT)


def _key_bindings() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def _history() -> History:
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = cache_directory() / HISTORY_FILE
    try:
        _make_private(path)
    except OSError:  # a home that cannot be written to is no reason not to talk
        return InMemoryHistory()
    return FileHistory(path)


def _make_private(path: Path) -> None:
    """Create the file if need be, for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
