"""Turning arbitrary values into JSON-able data, without loss where JSON has a form for them."""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Mapping, Sequence, Set
from enum import Enum
from numbers import Integral, Rational, Real
from typing import Any

from .images import encode_image_base64, is_image
from .safe_text import repr_of, text_of

__all__ = ["make_json_serializable"]

# json.dumps goes down by recursion, so what is nested deeper cannot be written anyway
_MAX_DEPTH = 100


def make_json_serializable(value: Any) -> Any:
    """Return JSON-able data for any value.

    Dictionaries, sequences, sets, enums, numbers, dataclasses, pydantic models, bytes and the objects of
    this library are taken apart; images become base64 PNGs; anything else becomes its type's name and its
    ``repr``, and so does what contains itself or cannot be read.

    Example:
        >>> make_json_serializable({"a": (1, 2)})
        {'a': [1, 2]}
    """
    return _serialize(value, ())


def _serialize(value: Any, parents: tuple[int, ...]) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Real) and not isinstance(value, Rational | bool):
        number = float(value)
        return number if math.isfinite(number) else _describe(value)
    if isinstance(value, Integral):
        number = int(value)
        # longer ones are refused by json.dumps, and cannot be read back
        return number if number.bit_length() < 10_000 else _describe(number)
    if id(value) in parents or len(parents) >= _MAX_DEPTH:
        return _describe(value)
    try:
        return _serialize_parts(value, (*parents, id(value)))
    except Exception:
        return _describe(value)


def _serialize_parts(value: Any, parents: tuple[int, ...]) -> Any:
    if isinstance(value, Mapping):
        return _serialize_mapping(value, parents)
    if isinstance(value, (bytes, bytearray)):
        return {"_type": "bytes", "base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Sequence):
        return [_serialize(item, parents) for item in value]
    if isinstance(value, Set):
        return sorted((_serialize(item, parents) for item in value), key=repr)
    if isinstance(value, type):
        return _describe(value)
    if _has_own_form(value):
        return _serialize(value.dict(), parents)
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {field.name: _serialize(getattr(value, field.name), parents) for field in fields}
    if is_image(value):
        return {"_type": "image", "format": "png", "base64": encode_image_base64(value)}
    if callable(getattr(value, "model_dump", None)):
        return _serialize(value.model_dump(), parents)
    return _describe(value)


def _serialize_mapping(value: Mapping[Any, Any], parents: tuple[int, ...]) -> Any:
    data = {text_of(key): _serialize(item, parents) for key, item in value.items()}
    if len(data) == len(value):
        return data
    # keys such as 1 and "1" are equal in JSON
    items = [[_serialize(key, parents), _serialize(item, parents)] for key, item in value.items()]
    return {"_type": "mapping", "items": items}


def _has_own_form(value: Any) -> bool:
    """Whether a class of this library, or one derived from it, says by ``dict()`` what its objects are."""
    return any(
        "dict" in vars(base) and base.__module__.partition(".")[0] == "twofold"
        for base in type(value).__mro__
    )


def _describe(value: Any) -> dict[str, str]:
    return {"_type": type(value).__name__, "repr": repr_of(value)}
