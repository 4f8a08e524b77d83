"""The text of a snippet's value, as the model is shown it. Runs inside the program, under its limits."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

__all__ = ["value_text"]

_MANY = 10_000
_FIRST = 1_000
_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxdict = _FIRST
_SHORT.maxstring = _SHORT.maxother = 10_000

# Of what is nested as well as long, so that the text stays short whatever is in there how often.
_OUTLINE = reprlib.Repr()
_OUTLINE.maxlevel = 4
_OUTLINE.maxlist = _OUTLINE.maxtuple = _OUTLINE.maxset = _OUTLINE.maxfrozenset = _OUTLINE.maxdict = 10
_OUTLINE.maxstring = _OUTLINE.maxother = 200

_CONTAINERS = frozenset({list, tuple, set, frozenset, dict})
_TEXTS = frozenset({str, bytes, bytearray})
_BUDGET = 2_000_000  # leaves, tenths of containers, or hundreds of characters


def value_text(value: Any) -> str:
    """Return a value as text; empty for None.

    Of containers with very many items only the first are shown: making the whole text would hold every
    thread up, and the model is not shown all of it anyway. So it is with small ones that hold the same
    containers again and again.
    """
    if value is None:
        return ""
    try:
        if type(value) in _CONTAINERS:
            if len(value) > _MANY:
                outline = _OUTLINE if _has_large_text(value, _FIRST) else _SHORT
                return f"{outline.repr(value)} ({len(value):,} items)"
            if _has_large_text(value):
                return f"{_OUTLINE.repr(value)} (too large to be shown whole)"
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} whose text could not be made: {type(error).__name__}>"


def _has_large_text(value: Any, first: int | None = None) -> bool:
    """Whether the text of a container has too many parts, each counted as often as it is in there.

    Args:
        value: The container.
        first: How many of its items count; None for all.
    """
    left = _BUDGET
    items: list[Iterator[Any]] = [iter(islice(_parts(value), first))]
    path = [id(value)]  # a container inside itself is written as ``[...]``
    inside = {id(value)}
    while items:
        for item in items[-1]:
            kind = type(item)
            left -= 1 + len(item) // 100 if kind in _TEXTS else 1
            if left < 0:
                return True
            if kind in _CONTAINERS and id(item) not in inside:
                left -= 9
                items.append(iter(_parts(item)))
                path.append(id(item))
                inside.add(id(item))
                break
        else:
            items.pop()
            inside.discard(path.pop())
    return False


def _parts(container: Any) -> Iterable[Any]:
    if type(container) is dict:
        return (part for pair in container.items() for part in pair)
    return container  # type: ignore[no-any-return]
