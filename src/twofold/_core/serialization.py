"""Turning arbitrary values into JSON-able data, without loss where JSON has a form for them."""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Mapping, Sequence, Set
from enum import Enum
from numbers import Integral, Rational, Real
from typing import Any, ClassVar

from .display.safe_text import repr_of, text_of
from .media.images import decode_image_base64, encode_image_base64, is_image

__all__ = ["UnknownValue", "make_json_serializable", "restore_from_json"]

_TYPE = "_type"

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
    if getattr(type(value), "dict_is_json", False):
        return value.dict()  # a second time would take our own marks for data of the user's
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
    if len(data) == len(value) and _TYPE not in data:
        return data
    # keys such as 1 and "1" are equal in JSON; and data of the user's must not look like ours
    items = [[_serialize(key, parents), _serialize(item, parents)] for key, item in value.items()]
    return {"_type": "mapping", "items": items}


def _has_own_form(value: Any) -> bool:
    """Whether a class of this library, or one derived from it, says by ``dict()`` what its objects are."""
    return any(
        "dict" in vars(base) and base.__module__.partition(".")[0] == "twofold"
        for base in type(value).__mro__
    )


@dataclasses.dataclass(frozen=True)
class UnknownValue:
    """Stands for a value that was saved and could not be brought back.

    Args:
        type_name: The name of its class.
        text: Its ``repr``.
    """

    type_name: str
    text: str
    dict_is_json: ClassVar[bool] = True

    def __repr__(self) -> str:
        return self.text

    def dict(self) -> dict[str, str]:
        """Return what the value was saved as."""
        return {"_type": self.type_name, "repr": self.text}


def restore_from_json(data: Any) -> Any:
    """Return the value that ``make_json_serializable`` made data of, as far as JSON can hold it.

    Tuples and sets have become lists, models and dataclasses dictionaries. What had no form in JSON becomes
    an ``UnknownValue``.

    Raises:
        ConfigurationError: There is an image in it, and Pillow is not installed.

    Example:
        >>> restore_from_json(make_json_serializable({"a": b"x"}))
        {'a': b'x'}
    """
    if isinstance(data, list):
        return [restore_from_json(item) for item in data]
    if not isinstance(data, Mapping):
        return data
    kind = data.get(_TYPE)
    if kind is None:
        return {key: restore_from_json(item) for key, item in data.items()}
    if kind == "bytes":
        return base64.b64decode(data["base64"])
    if kind == "image":
        return decode_image_base64(data["base64"])
    if kind == "mapping":
        return {_hashable(restore_from_json(key)): restore_from_json(item) for key, item in data["items"]}
    return UnknownValue(str(kind), str(data.get("repr", "")))


def _hashable(key: Any) -> Any:
    return tuple(_hashable(item) for item in key) if isinstance(key, list) else key


def _describe(value: Any) -> dict[str, str]:
    return {"_type": type(value).__name__, "repr": repr_of(value)}
