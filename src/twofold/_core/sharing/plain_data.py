"""Values as data for JSON and YAML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from os import PathLike, fspath
from typing import Any

__all__ = ["plain_data"]


def plain_data(value: Any) -> Any:
    """Return a value as dicts, lists, texts, numbers and None.

    Raises:
        TypeError: It has no such form.
    """
    if isinstance(value, Enum):
        return plain_data(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, PathLike):
        return str(fspath(value))
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    raise TypeError(f"{value!r} cannot be written as data")
