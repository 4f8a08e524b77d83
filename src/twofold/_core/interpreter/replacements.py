"""What stands in for single attributes of modules, because the real ones would get around the guards."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ForbiddenOperation
from . import library
from .guards import Guards
from .host import current_host
from .limits import Limits, modulo, multiply, power, shift

__all__ = ["guarded_functions", "replacements"]


def sleep(seconds: Any, /) -> None:
    """``time.sleep``: parks the program instead of its thread."""
    if not isinstance(seconds, int | float) and not hasattr(seconds, "__index__"):
        time.sleep(seconds)  # raises what it raises
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    host = current_host.get(None)
    if host is None:
        time.sleep(seconds)
    else:
        host.sleep(seconds)


def replacements(
    guards: Guards, limits: Limits, adopt_decimal: Callable[[], None]
) -> Mapping[str, Callable[[], Mapping[str, Any]]]:
    """The replacements of a session, by the module they belong to; each made when its module is imported."""
    return {
        "time": lambda: {"sleep": sleep},
        "operator": lambda: _operator(guards),
        "functools": library.of_functools,
        "contextlib": library.of_contextlib,
        "dataclasses": library.of_dataclasses,
        "decimal": lambda: library.of_decimal(adopt_decimal),
        "secrets": library.of_secrets,
        "struct": library.of_struct,
        "types": library.of_types,
        "string": lambda: {"Formatter": guards.formatter_class()},
        "itertools": limits.itertools,
        "math": limits.math,
        "random": lambda: library.of_random(limits),
        "copy": lambda: {"replace": _copy_replace},
        "re": _re,
    }


def _re() -> Mapping[str, Any]:
    from .regular import contents

    return contents()


def _copy_replace(obj: Any, /, **changes: Any) -> Any:
    import copy

    real: Any = getattr(copy, "replace", None)
    if real is None:
        raise AttributeError("module 'copy' has no attribute 'replace'")
    return real(obj, **changes)


def _operator(guards: Guards) -> dict[str, Any]:
    read = guards.getattr

    def attrgetter(*names: str) -> Callable[[Any], Any]:
        """``operator.attrgetter``."""
        if not names or not all(isinstance(name, str) for name in names):
            raise TypeError("attribute name must be a string")

        def get(value: Any) -> Any:
            found = tuple(functools.reduce(read, name.split("."), value) for name in names)
            return found[0] if len(found) == 1 else found

        return get

    def methodcaller(name: str, /, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
        """``operator.methodcaller``."""
        if not isinstance(name, str):
            raise TypeError("method name must be a string")
        return lambda value: read(value, name)(*arguments, **keywords)

    return {
        "attrgetter": attrgetter,
        "methodcaller": methodcaller,
        "mul": multiply,
        "imul": multiply,
        "pow": power,
        "ipow": power,
        "lshift": shift,
        "ilshift": shift,
        "mod": modulo,
        "imod": modulo,
    }


def guarded_functions(guards: Guards, builtin: Mapping[str, Any], limits: Limits) -> Mapping[int, Any]:
    """Functions that no module gives away, by identity: other modules re-export some of them."""
    import builtins
    import itertools
    import operator

    table = {id(getattr(builtins, name)): value for name, value in builtin.items() if hasattr(builtins, name)}
    table.update((id(getattr(operator, name)), value) for name, value in _operator(guards).items())
    table.update((id(getattr(itertools, name)), value) for name, value in limits.itertools().items())
    for name in ("exec", "eval", "compile", "open", "__import__", "input", "breakpoint"):
        table.setdefault(id(getattr(builtins, name)), _refuser(name))
    return table


def _refuser(name: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise ForbiddenOperation(f"{name}() may not be used by this code.")

    return refused
