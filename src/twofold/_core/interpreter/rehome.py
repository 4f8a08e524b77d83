"""Moving a session's variables into a new namespace when a program has to be abandoned.

Functions keep the namespace they were made in, so functions, and the functions of classes, that the session
holds are made anew for the new one. Functions hidden elsewhere (in containers, closures, instances) keep
reading the old variables as they were; they cannot change the session's any more.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

__all__ = ["rehome"]


def rehome(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Copy the variables of ``old`` into ``new``, with functions that see the new variables."""
    moved: dict[int, Any] = {}
    for name, value in list(old.items()):
        if name in ("__builtins__",) or name.startswith("<"):
            continue
        new[name] = _moved(value, old, new, moved)


def _moved(value: Any, old: dict[str, Any], new: dict[str, Any], moved: dict[int, Any]) -> Any:
    if id(value) in moved:
        return moved[id(value)]
    if isinstance(value, FunctionType) and value.__globals__ is old:
        moved[id(value)] = result = _move_function(value, new)
        return result
    if isinstance(value, type) and value.__module__ == "__main__":
        moved[id(value)] = value
        _move_class(value, old, new, moved)
    return value


def _move_function(function: FunctionType, new: dict[str, Any]) -> FunctionType:
    result = FunctionType(
        function.__code__, new, function.__name__, function.__defaults__, function.__closure__
    )
    result.__kwdefaults__ = function.__kwdefaults__
    result.__qualname__ = function.__qualname__
    result.__doc__ = function.__doc__
    result.__annotations__ = function.__annotations__
    result.__dict__.update(function.__dict__)
    return result


def _move_class(cls: type, old: dict[str, Any], new: dict[str, Any], moved: dict[int, Any]) -> None:
    for name, value in list(cls.__dict__.items()):
        replaced: Any = None
        if isinstance(value, FunctionType):
            replaced = _moved(value, old, new, moved)
        elif isinstance(value, staticmethod | classmethod):
            inner = _moved(value.__func__, old, new, moved)
            replaced = type(value)(inner) if inner is not value.__func__ else value
        elif isinstance(value, property):
            fget, fset, fdel = (
                _moved(part, old, new, moved) for part in (value.fget, value.fset, value.fdel)
            )
            replaced = property(fget, fset, fdel, value.__doc__)
        elif isinstance(value, type):
            _moved(value, old, new, moved)
        if replaced is not None and replaced is not value:
            try:
                setattr(cls, name, replaced)
            except (AttributeError, TypeError):
                continue
