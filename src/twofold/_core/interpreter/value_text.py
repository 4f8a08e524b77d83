"""The text of a snippet's value, as the model is shown it. Runs inside the program, under its limits."""

from __future__ import annotations

import reprlib
from typing import Any

__all__ = ["value_text"]

_MANY = 10_000
_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxdict = 1_000
_SHORT.maxstring = _SHORT.maxother = 10_000


def value_text(value: Any) -> str:
    """Return a value as text; empty for None.

    Of containers with very many items only the first are shown: making the whole text would hold every
    thread up, and the model is not shown all of it anyway.
    """
    if value is None:
        return ""
    if type(value) in (list, tuple, set, frozenset, dict) and len(value) > _MANY:
        return f"{_SHORT.repr(value)} ({len(value):,} items)"
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} whose text could not be made: {type(error).__name__}>"
