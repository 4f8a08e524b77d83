"""What stands in for single attributes of modules, because the real ones would get around the guards."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

from . import library
from .guards import Guards
from .host import current_host
from .limits import Limits, modulo, multiply, power, shift

__all__ = ["guarded_names", "replaced"]


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


def replaced(
    module: str, guards: Guards, limits: Limits, adopt_decimal: Callable[[], None]
) -> Mapping[str, Any]:
    """What stands in for attributes of a module in a session. Asked for when the module is imported.

    Args:
        module: Its name.
        guards: The session's guards.
        limits: The session's bounds.
        adopt_decimal: Gives the session a context of ``decimal`` that is kept from step to step.
    """
    make = _MAKERS.get(module)
    return {} if make is None else make(guards, limits, adopt_decimal)


def _re() -> Mapping[str, Any]:
    from .regular import contents

    return contents()


_Maker = Callable[[Guards, Limits, Callable[[], None]], Mapping[str, Any]]
_MAKERS: Mapping[str, _Maker] = {
    "time": lambda guards, limits, adopt: {"sleep": sleep},
    "operator": lambda guards, limits, adopt: _operator(guards),
    "functools": lambda guards, limits, adopt: library.of_functools(guards),
    "contextlib": lambda guards, limits, adopt: library.of_contextlib(),
    "dataclasses": lambda guards, limits, adopt: library.of_dataclasses(guards),
    "decimal": lambda guards, limits, adopt: library.of_decimal(adopt),
    "secrets": lambda guards, limits, adopt: library.of_secrets(),
    "struct": lambda guards, limits, adopt: library.of_struct(),
    "types": lambda guards, limits, adopt: library.of_types(),
    "string": lambda guards, limits, adopt: {"Formatter": guards.formatter_class()},
    "itertools": lambda guards, limits, adopt: limits.itertools(),
    "math": lambda guards, limits, adopt: limits.math(),
    "random": lambda guards, limits, adopt: library.of_random(limits),
    "copy": lambda guards, limits, adopt: library.of_copy(),
    "abc": lambda guards, limits, adopt: library.of_abc(guards),
    "typing": lambda guards, limits, adopt: library.of_typing(guards),
    "re": lambda guards, limits, adopt: _re(),
}


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


_OF_OPERATOR = (
    "attrgetter",
    "methodcaller",
    "mul",
    "imul",
    "pow",
    "ipow",
    "lshift",
    "ilshift",
    "mod",
    "imod",
)
_OF_ITERTOOLS = (
    "count", "cycle", "repeat", "permutations", "combinations", "combinations_with_replacement", "product",
)  # fmt: skip


@functools.cache
def guarded_names() -> Mapping[int, tuple[str, str]]:
    """Functions that no module gives away, by identity (modules re-export some): where they are from."""
    import builtins
    import itertools
    import operator

    from .provisions import GUARDED_BUILTINS

    table = {id(getattr(builtins, name)): ("builtins", name) for name in GUARDED_BUILTINS}
    table.update((id(getattr(operator, name)), ("operator", name)) for name in _OF_OPERATOR)
    table.update((id(getattr(itertools, name)), ("itertools", name)) for name in _OF_ITERTOOLS)
    return table
