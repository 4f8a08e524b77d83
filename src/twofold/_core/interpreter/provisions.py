"""What code finds beside its variables: a table of names, and how what they stand for is made.

A session's private builtins begin almost empty. When a snippet has been compiled, the names it may look up
are put there (``Environment.provide``), so that a session costs what its code uses. What holds no state of a
session is the same object for all of them.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import ForbiddenOperation
from . import asyncio_shim
from .checkpoints import control_exceptions
from .guards import ALIASES, build_class, module_types
from .limits import augment, checked, formatted, modulo, multiply, power, shift, spec_part
from .names import Reserved
from .printing import make_print

if TYPE_CHECKING:
    from .environment import Environment

__all__ = ["FOR_C", "GUARDED_BUILTINS", "MADE", "SHARED", "STAND_INS", "names_used"]

FOR_C = ("__build_class__", "getattr", "iter", "reversed")
"""What C code looks up by itself in the builtins of the frame that called it."""

STAND_INS: Mapping[str, Callable[[], Mapping[str, Any]]] = {"asyncio": asyncio_shim.contents}
"""Whole modules of our own, by the name they are imported under."""

_REFUSED = {
    "open": "Files are not available to this code. Use a tool for that.",
    "input": "There is nobody to ask: this code runs unattended. Use what the task gives.",
    "compile": "Write the code out instead.",
    "breakpoint": "There is no debugger here.",
    "help": "Use dir(), or read the tool's description.",
}
_KEPT_AS_THEY_ARE = [
    name
    for name in dir(builtins)
    if not name.startswith("_") and name not in {"copyright", "credits", "license", "exit", "quit"}
]


def names_used(code: CodeType) -> Iterator[str]:
    """Every name that a code object, or one inside it, may look up; attributes are among them."""
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from names_used(constant)


# -- the same for every session ------------------------------------------------------------------------


def _refuser(name: str, why: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise ForbiddenOperation(f"{name}() may not be used by this code. {why}")

    refused.__name__ = refused.__qualname__ = name
    return refused


def _exit(code: Any = None) -> Any:
    """``exit`` and ``quit``."""
    raise SystemExit(code)


def parallel(function: Callable[[Any], Any], items: Any, limit: int | None = None) -> list[Any]:
    """Call a function for every item at once and return the results in order.

    Args:
        function: What to call with one item.
        items: The items.
        limit: How many calls may be under way at once; None for no limit.
    """
    from .host import current_host

    if not callable(function):
        raise TypeError(f"parallel() needs a function and the items to call it with, not {function!r}")
    host = current_host.get(None)
    every = list(items)
    if host is None:
        return [function(item) for item in every]
    return host.map_concurrent(function, every, limit)


SHARED: Mapping[str, Any] = {
    **{name: getattr(builtins, name) for name in _KEPT_AS_THEY_ARE},
    **{name: _refuser(name, why) for name, why in _REFUSED.items()},
    "__build_class__": build_class,
    "__debug__": __debug__,
    "anext": asyncio_shim.next_of,
    "exit": _exit,
    "format": formatted,
    "parallel": parallel,
    "pow": power,
    "quit": _exit,
    Reserved.ANY: BaseException,
    Reserved.ASYNC_DEF: asyncio_shim.async_def,
    Reserved.ASYNC_GENERATOR: asyncio_shim.async_generator,
    Reserved.ASYNC_ITER: asyncio_shim.async_iter,
    Reserved.ASYNC_WITH: asyncio_shim.async_with,
    Reserved.AUGMENT: augment,
    Reserved.AWAIT: asyncio_shim.await_,
    Reserved.CHECKED: checked,
    Reserved.DEFER: asyncio_shim.defer,
    Reserved.MODULO: modulo,
    Reserved.MULTIPLY: multiply,
    Reserved.POWER: power,
    Reserved.SHIFT: shift,
    Reserved.SPEC: spec_part,
    Reserved.STR: str,
    Reserved.TYPE: type,
}
"""What needs nothing of the session."""


# -- made for a session --------------------------------------------------------------------------------


def _eval(environment: Environment) -> Callable[..., Any]:
    def eval(  # noqa: A001
        source: Any, globals: Any = None, locals: Any = None, /
    ) -> Any:
        """``eval``, through the same checks as all code."""
        return environment.evaluate(source, _merged(globals, locals), "eval")

    return eval


def _exec(environment: Environment) -> Callable[..., Any]:
    def exec(  # noqa: A001
        source: Any, globals: Any = None, locals: Any = None, /, **_: Any
    ) -> None:
        """``exec``, through the same checks as all code."""
        environment.evaluate(source, locals if locals is not None else globals, "exec")

    return exec


def _merged(globals: Any, locals: Any) -> Any:
    if globals is None or locals is None:
        return globals if locals is None else locals
    return {**globals, **locals}


def _locals(environment: Environment) -> Callable[[], Any]:
    guards = environment.guards
    return lambda: guards.locals(depth=2)


_classes: frozenset[type] = frozenset()


def _class_types() -> frozenset[type]:
    """The types of modules and of all classes that there are (metaclasses known so far), and of aliases."""
    global _classes
    found: set[type] = {ModuleType, type, *ALIASES}
    stack: list[type[type]] = [type]
    while stack:
        metaclasses: list[type[type]] = type.__subclasses__(stack.pop())
        for metaclass in metaclasses:
            if metaclass not in found:
                found.add(metaclass)
                stack.append(metaclass)
    if found != _classes:  # one object for all sessions that know the same ones
        _classes = frozenset(found)
    return _classes


MADE: Mapping[str, Callable[[Environment], Any]] = {
    "delattr": lambda environment: environment.guards.delattr,
    "dir": lambda environment: environment.guards.dir,
    "eval": _eval,
    "exec": _exec,
    "getattr": lambda environment: environment.guards.getattr,
    "globals": lambda environment: environment.guards.globals,
    "hasattr": lambda environment: environment.guards.hasattr,
    "iter": lambda environment: environment.limits.iter,
    "locals": _locals,
    "print": lambda environment: make_print(environment.buffer),
    "setattr": lambda environment: environment.guards.setattr,
    "vars": lambda environment: environment.guards.vars,
    "__import__": lambda environment: environment.import_,
    Reserved.ACCESSOR: lambda environment: environment.guards.accessor,
    Reserved.BIND: lambda environment: environment.guards.bind,
    Reserved.CHECK: lambda environment: environment.gate.checkpoint,
    Reserved.CONTROL: lambda environment: control_exceptions(),
    Reserved.COUNT: lambda environment: environment.gate.count,
    Reserved.DICT: lambda environment: environment.guards.dict,
    Reserved.FINALLY: lambda environment: environment.gate.finally_entry,
    Reserved.FORMAT: lambda environment: environment.guards.format,
    Reserved.IN_DEL: lambda environment: environment.gate.in_finaliser,
    Reserved.LEAVE: lambda environment: environment.gate.leaving,
    Reserved.MADE_HERE: lambda environment: environment.guards.made_here,
    Reserved.MATCH_CLASS: lambda environment: environment.guards.match_class,
    Reserved.MODULES: lambda environment: module_types(),
    Reserved.NOT_CONTROL: lambda environment: environment.gate.not_control,
    Reserved.OWN: lambda environment: environment.guards.own,
    Reserved.PRIVATE: lambda environment: environment.guards.private,
    Reserved.RANGE: lambda environment: environment.limits.range,
    Reserved.SIZED: lambda environment: environment.guards.sized,
    Reserved.SIZED_CALL: lambda environment: environment.limits.sized_call,
    Reserved.SPECIAL: lambda environment: _class_types(),
    Reserved.SUM: lambda environment: environment.limits.sum,
    Reserved.TYPE_CALL: lambda environment: environment.guards.type_call,
    Reserved.USE: lambda environment: environment.guards.use,
}
"""What belongs to one session, by name."""

GUARDED_BUILTINS = frozenset(
    name for name in (*_REFUSED, "exit", "quit", "format", "pow", *MADE) if hasattr(builtins, name)
)
"""Builtins of which code is given another form, from wherever it takes them."""
