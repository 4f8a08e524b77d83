"""The functions of ``re`` as generated code sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .patterns import Match, Pattern

__all__ = ["contents", "of_match"]


MOST = 512
_recent: dict[tuple[str | bytes, int], Pattern] = {}


def compile(pattern: Any, flags: int = 0) -> Pattern:  # noqa: A001
    """``re.compile``."""
    if isinstance(pattern, Pattern):
        if flags:
            raise ValueError("cannot process flags argument with a compiled pattern")
        return pattern if type(pattern) is Pattern else Pattern(pattern)  # type: ignore[arg-type]
    if type(pattern) not in (str, bytes):
        return Pattern(re.compile(pattern, flags))
    key = (pattern, int(flags) & ~re.DEBUG)
    found = _recent.get(key)
    if found is None:
        found = Pattern(re.compile(*key))
        if len(_recent) >= MOST:
            _recent.clear()
        _recent[key] = found
    return found


def of_match(real: re.Pattern[Any]) -> Pattern:
    """The pattern that a match by ``re`` says it is from: the same one again, while it is remembered."""
    for flags in (real.flags & ~re.UNICODE, real.flags):
        found = _recent.get((real.pattern, flags))
        if found is not None:
            return found
    return compile(real.pattern, real.flags)


def match(pattern: Any, string: Any, flags: int = 0) -> Any:
    """``re.match``."""
    found = _recent.get((pattern, flags)) if type(pattern) is str else None
    return (found or compile(pattern, flags)).match(string)


def fullmatch(pattern: Any, string: Any, flags: int = 0) -> Any:
    """``re.fullmatch``."""
    found = _recent.get((pattern, flags)) if type(pattern) is str else None
    return (found or compile(pattern, flags)).fullmatch(string)


def search(pattern: Any, string: Any, flags: int = 0) -> Any:
    """``re.search``."""
    found = _recent.get((pattern, flags)) if type(pattern) is str else None
    return (found or compile(pattern, flags)).search(string)


def sub(pattern: Any, repl: Any, string: Any, count: int = 0, flags: int = 0) -> Any:
    """``re.sub``."""
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern: Any, repl: Any, string: Any, count: int = 0, flags: int = 0) -> tuple[Any, int]:
    """``re.subn``."""
    return compile(pattern, flags).subn(repl, string, count)


def split(pattern: Any, string: Any, maxsplit: int = 0, flags: int = 0) -> list[Any]:
    """``re.split``."""
    return compile(pattern, flags).split(string, maxsplit)


def findall(pattern: Any, string: Any, flags: int = 0) -> list[Any]:
    """``re.findall``."""
    return compile(pattern, flags).findall(string)


def finditer(pattern: Any, string: Any, flags: int = 0) -> Iterator[Any]:
    """``re.finditer``."""
    return compile(pattern, flags).finditer(string)


def purge() -> None:
    """``re.purge``."""
    _recent.clear()


def contents() -> dict[str, Any]:
    """What stands in for the attributes of ``re``."""
    functions = (compile, match, fullmatch, search, sub, subn, split, findall, finditer, purge)
    return {**{function.__name__: function for function in functions}, "Pattern": Pattern, "Match": Match}
