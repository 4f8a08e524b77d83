"""Type hints as text, e.g. ``list[int]`` or ``Literal["a", "b"]``, and back, without running anything."""

from __future__ import annotations

import ast
import datetime
import decimal
import enum
import importlib
import types
import typing
import uuid
from typing import Any, Literal, get_args, get_origin

from ..errors import ConfigurationError
from .modules import is_local

__all__ = ["names_class", "type_from_text", "type_to_text"]

_PLAIN: dict[str, Any] = {
    cls.__name__: cls for cls in (str, int, float, bool, bytes, list, dict, tuple, set, frozenset)
}
_STANDARD: dict[str, Any] = {
    "datetime.date": datetime.date,
    "datetime.datetime": datetime.datetime,
    "datetime.time": datetime.time,
    "datetime.timedelta": datetime.timedelta,
    "decimal.Decimal": decimal.Decimal,
    "uuid.UUID": uuid.UUID,
}
_FORMS: dict[str, Any] = {"Literal": Literal, "Optional": typing.Optional, "Union": typing.Union}


def type_to_text(hint: Any) -> str | None:
    """Return a type hint as text; None if it cannot be described so that it can be found again."""
    try:
        return _text(hint)
    except _CannotDescribe:
        return None


class _CannotDescribe(Exception):
    """A hint has something in it that has no text."""


def _text(hint: Any) -> str:
    if hint is Any:
        return "Any"
    if hint is None or hint is type(None):
        return "None"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        if not all(type(value) in (str, int, bool, bytes, type(None)) for value in arguments):
            raise _CannotDescribe
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin in (types.UnionType, typing.Union):
        return f"Union[{', '.join(map(_text, arguments))}]"
    if origin is not None:
        inner = ", ".join("..." if argument is Ellipsis else _text(argument) for argument in arguments)
        return f"{_text(origin)}[{inner}]"
    known = {**_PLAIN, **_STANDARD}
    for name, cls in known.items():
        if hint is cls:
            return name
    if isinstance(hint, type) and not is_local(hint.__module__) and "<" not in hint.__qualname__:
        path = f"{hint.__module__}.{hint.__qualname__}"
        if isinstance(hint, enum.EnumMeta | type) and _find(path) is hint:
            return path
    raise _CannotDescribe


def names_class(text: str) -> bool:
    """Say whether a text names a class that has to be imported, which runs code."""
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) not in _STANDARD
        for node in ast.walk(_parsed(text))
    )


def type_from_text(text: str) -> Any:
    """Return the type hint that a text describes. Classes of installed packages are imported.

    Raises:
        ConfigurationError: It describes none.
    """
    return _hint(_parsed(text), text)


def _parsed(text: Any) -> ast.expr:
    try:
        parsed: ast.expr = ast.parse(text, mode="eval").body
        return parsed
    except (SyntaxError, ValueError, TypeError) as error:
        raise ConfigurationError(f"output_type {text!r} is no type, such as 'list[int]'.") from error


def _hint(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.Constant) and node.value is None:
        return type(None)
    if isinstance(node, ast.Constant) and node.value is Ellipsis:
        return Ellipsis
    if isinstance(node, ast.Name):
        found = Any if node.id == "Any" else _PLAIN.get(node.id)
        if found is not None:
            return found
    if isinstance(node, ast.Attribute):
        path = ast.unparse(node)
        return _STANDARD.get(path) or _find(path, text)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return typing.Union[_hint(node.left, text), _hint(node.right, text)]  # noqa: UP007
    if isinstance(node, ast.Subscript):
        return _generic(node, text)
    raise ConfigurationError(
        f"output_type {text!r} has {ast.unparse(node)!r} in it, which is no type known here."
    )


def _generic(node: ast.Subscript, text: str) -> Any:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    form = _FORMS.get(node.value.id) if isinstance(node.value, ast.Name) else None
    if form is Literal:
        try:
            return Literal[tuple(ast.literal_eval(part) for part in parts)]
        except ValueError as error:
            raise ConfigurationError(f"output_type {text!r}: Literal takes plain values.") from error
    base = form or _hint(node.value, text)
    arguments = tuple(_hint(part, text) for part in parts)
    try:
        return base[arguments[0] if len(arguments) == 1 else arguments]
    except TypeError as error:
        raise ConfigurationError(f"output_type {text!r} is no type: {error}.") from error


def _find(path: str, text: str = "") -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"output_type {text or path!r}: {path!r} cannot be imported: {error}."
        ) from error
