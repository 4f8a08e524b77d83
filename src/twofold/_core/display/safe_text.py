"""Text that can do no harm: of values whose ``str()`` fails, and for terminals that obey what they are sent.

How it gets onto a console is the business of ``terminal``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

__all__ = ["printable", "repr_of", "text_of"]

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_LINE_ENDS = re.compile(r"\r\n?")
# C0 and C1 controls but for tab and newline; line separators; marks that reorder what is shown around them
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""Return text that a terminal shows as it is, without obeying any of it.

    Colours are dropped. Other control characters are spelled out, and so are marks that change the
    direction of the text around them: code can look like other code with their help.

    Example:
        >>> printable("\x1b[31mred\x1b[0m\x07")
        'red\\x07'
    """
    if _UNSAFE.search(text) is None:
        return text
    return _UNSAFE.sub(_spell_out, _LINE_ENDS.sub("\n", _COLOURS.sub("", text)))


def _spell_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def text_of(value: Any) -> str:
    """Return ``str(value)``, or a note if the value's own method fails: it may be the work of a model."""
    return _described_by(str, value)


def repr_of(value: Any) -> str:
    """Return ``repr(value)``, or a note if the value's own method fails."""
    return _described_by(repr, value)


def _described_by(describe: Callable[[Any], str], value: Any) -> str:
    try:
        return describe(value)
    except Exception as error:
        if isinstance(value, int):
            return hex(value)  # Python refuses to write very long integers in decimal, and only in decimal
        return f"<{type(value).__name__} whose {describe.__name__}() failed: {type(error).__name__}>"
