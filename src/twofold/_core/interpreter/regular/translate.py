"""A parsed pattern of ``re``, written out again for the ``regex`` package, so that it means the same there.

``regex`` understands more (fuzzy matching, POSIX classes, set operations) and has other ideas of what a word
character or a space is, so every character is escaped and every class written out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["translate"]

_UNLIMITED = 4_000_000_000  # from here ``re`` means: any number
_SUFFIXES = {"MAX_REPEAT": "", "MIN_REPEAT": "?", "POSSESSIVE_REPEAT": "+"}
_FLAG_LETTERS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
_CLASSES = {  # what stands in a set
    "CATEGORY_DIGIT": (r"0-9", r"\p{Nd}"),
    "CATEGORY_WORD": (r"a-zA-Z0-9_", r"\p{L}\p{N}_"),
    "CATEGORY_SPACE": (r"\x09-\x0d\x20", r"\s\x1c-\x1f"),
}


def translate(tree: Any, flags: int, names: Mapping[str, int], *, text: bool) -> str:
    """Write a pattern for ``regex``.

    Args:
        tree: What ``re`` parsed.
        flags: The flags of the whole pattern.
        names: The names of its groups.
        text: Whether it is a pattern for text and not for bytes.
    """
    unicode = text and not flags & re.ASCII
    return _Writer(unicode, {number: name for name, number in names.items()}).sequence(tree)


class _Writer:
    def __init__(self, unicode: bool, names: Mapping[int, str]) -> None:
        self._unicode = unicode
        self._names = names

    def sequence(self, items: Any) -> str:
        return "".join(self._item(str(name), value) for name, value in items)

    def _item(self, name: str, value: Any) -> str:
        if name in _SUFFIXES:
            least, most, body = value
            limit = "" if int(most) >= _UNLIMITED else str(int(most))
            return f"(?:{self.sequence(body)}){{{least},{limit}}}{_SUFFIXES[name]}"
        writer = getattr(self, "_write_" + name.lower())
        return str(writer(value))

    def _write_literal(self, code: int) -> str:
        return _character(code)

    def _write_not_literal(self, code: int) -> str:
        return f"[^{_character(code)}]"

    def _write_any(self, _: Any) -> str:
        return "."

    def _write_in(self, parts: Any) -> str:
        negated, inside, outside = False, "", []
        for kind, value in parts:
            name = str(kind)
            if name == "NEGATE":
                negated = True
            elif name == "LITERAL":
                inside += _character(value)
            elif name == "RANGE":
                inside += f"{_character(value[0])}-{_character(value[1])}"
            elif str(value).startswith("CATEGORY_NOT_"):
                outside.append(f"[^{self._class(str(value).replace('NOT_', ''))}]")
            else:
                inside += self._class(str(value))
        if not outside:
            return f"[{'^' * negated}{inside}]"
        if inside:
            outside.append(f"[{inside}]")
        either = f"(?:{'|'.join(outside)})"
        return rf"(?:(?!{either})(?s:.))" if negated else either

    def _class(self, name: str) -> str:
        return _CLASSES[name][self._unicode]

    def _write_branch(self, value: Any) -> str:
        return f"(?:{'|'.join(self.sequence(branch) for branch in value[1])})"

    def _write_subpattern(self, value: Any) -> str:
        group, added, removed, body = value
        outer = self._unicode
        if added & re.ASCII:
            self._unicode = False
        elif added & re.UNICODE:
            self._unicode = True
        inside = self.sequence(body)
        self._unicode = outer
        flags = _letters(added) + (f"-{_letters(removed)}" if _letters(removed) else "")
        if flags:
            inside = f"(?{flags}:{inside})"
        if group is None:
            return f"(?:{inside})"
        name = self._names.get(group)
        return f"({inside})" if name is None else f"(?P<{name}>{inside})"

    def _write_groupref(self, group: int) -> str:
        return rf"(?:\{group})"

    def _write_groupref_exists(self, value: Any) -> str:
        group, yes, no = value
        otherwise = f"|{self.sequence(no)}" if no else ""
        return f"(?({group}){self.sequence(yes)}{otherwise})"

    def _write_assert(self, value: Any) -> str:
        direction, body = value
        return f"(?{'<' if direction < 0 else ''}={self.sequence(body)})"

    def _write_assert_not(self, value: Any) -> str:
        direction, body = value
        return f"(?{'<' if direction < 0 else ''}!{self.sequence(body)})"

    def _write_atomic_group(self, body: Any) -> str:
        return f"(?>{self.sequence(body)})"

    def _write_failure(self, _: Any) -> str:
        return "(?!)"

    def _write_at(self, kind: Any) -> str:
        word = f"[{self._class('CATEGORY_WORD')}]"
        name = str(kind)
        if name == "AT_BOUNDARY":
            return f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
        if name == "AT_NON_BOUNDARY":
            some = "" if sys.version_info >= (3, 14) else r"(?!\A\Z)"  # before, none in an empty text
            return f"{some}(?:(?<={word})(?={word})|(?<!{word})(?!{word}))"
        return _POSITIONS[name]


_POSITIONS = {"AT_BEGINNING": "^", "AT_BEGINNING_STRING": r"\A", "AT_END": "$", "AT_END_STRING": r"\Z"}


def _letters(flags: int) -> str:
    return "".join(letter for flag, letter in _FLAG_LETTERS.items() if flags & flag)


def _character(code: int) -> str:
    if code < 256:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
