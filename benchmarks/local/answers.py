"""Whether an answer is the expected one, whatever form the model has put it in.

Fair in form, strict in substance: ``"The sum is 4,227."`` is 4227, a tuple is as good as a list, but a text
that merely mentions the number along the way is no answer.
"""

from __future__ import annotations

import ast
import datetime
import math
import re
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

__all__ = ["is_expected"]

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ENDING = re.compile(r"\s*(?:[a-zA-Z%€$]+)?[\s.!*`'\"]*")  # one unit and closing punctuation, at most
_FLOAT_NOISE = 1e-9


def is_expected(answer: Any, expected: Any, tolerance: float = 0.0) -> bool:
    """Return whether an answer says what was expected.

    Args:
        answer: What the agent returned.
        expected: A bool, number, string, list, set (any order) or dictionary of such.
        tolerance: By how much a number may be off.
    """
    answer = _plain(answer)
    if isinstance(expected, bool):
        return _truth(answer) is expected
    if isinstance(expected, (int, float)):
        number = _number(answer)
        return number is not None and math.isclose(number, expected, rel_tol=_FLOAT_NOISE, abs_tol=tolerance)
    if isinstance(expected, str):
        return isinstance(answer, (str, int, float)) and _text(str(answer)) == _text(expected)
    if isinstance(expected, Mapping):
        return _is_mapping(answer, expected, tolerance)
    if isinstance(expected, Set):
        return _is_set(answer, expected, tolerance)
    if isinstance(expected, Sequence):
        items = _items(answer)
        return (
            items is not None
            and len(items) == len(expected)
            and all(is_expected(item, other, tolerance) for item, other in zip(items, expected, strict=True))
        )
    raise TypeError(f"no way to compare with {expected!r}")


def _plain(answer: Any) -> Any:
    """Return Python's own object for numpy's, dates as text, and other kinds of numbers as floats."""
    if isinstance(answer, (datetime.date, datetime.time)):
        return answer.isoformat()
    if isinstance(answer, (Decimal, Fraction)):
        return float(answer)
    to_list = getattr(answer, "tolist", None)  # arrays and scalars of numpy, series of pandas
    return to_list() if callable(to_list) else answer


def _truth(answer: Any) -> bool | None:
    if isinstance(answer, bool):
        return answer
    words = {"true": True, "yes": True, "false": False, "no": False}
    return words.get(_text(answer)) if isinstance(answer, str) else None


def _number(answer: Any) -> float | None:
    if isinstance(answer, bool):
        return None
    if isinstance(answer, (int, float)):
        return answer
    if isinstance(answer, str):
        return _number_at_the_end(answer)
    items = _items(answer)
    return _number(_plain(items[0])) if items is not None and len(items) == 1 else None


def _number_at_the_end(text: str) -> float | None:
    found = list(_NUMBER.finditer(text))
    if not found or not _ENDING.fullmatch(text, found[-1].end()):
        return None
    return float(found[-1].group().replace(",", ""))


def _text(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" '\"`*.!")


def _literal(answer: Any) -> Any:
    """Return what a text spells out as a Python (or JSON) literal; anything else as it is."""
    if not isinstance(answer, str):
        return answer
    try:
        return ast.literal_eval(answer.strip())
    except (ValueError, SyntaxError):
        return answer


def _items(answer: Any) -> list[Any] | None:
    answer = _literal(answer)
    if isinstance(answer, str):
        parts = [part.strip() for part in re.split(r"[,\n]", answer)]
        return parts if len(parts) > 1 else None
    if isinstance(answer, (Sequence, Set)) and not isinstance(answer, (bytes, bytearray)):
        return list(answer)
    return None


def _is_set(answer: Any, expected: Set[Any], tolerance: float) -> bool:
    items = _items(answer)
    if items is None or len(items) != len(expected):
        return False
    left = list(items)
    for wanted in expected:
        match = next((index for index, item in enumerate(left) if is_expected(item, wanted, tolerance)), None)
        if match is None:
            return False
        del left[match]
    return True


def _is_mapping(answer: Any, expected: Mapping[str, Any], tolerance: float) -> bool:
    answer = _literal(answer)
    if not isinstance(answer, Mapping):
        return False
    items = {_text(str(key)): value for key, value in answer.items()}
    wanted = {_text(str(key)): value for key, value in expected.items()}
    return items.keys() == wanted.keys() and all(
        is_expected(items[key], value, tolerance) for key, value in wanted.items()
    )
