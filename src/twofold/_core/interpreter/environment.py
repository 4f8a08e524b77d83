"""The world of one namespace: its private builtins, guards, modules and flag, put together.

A session has one environment at a time. When a program is abandoned, the session goes on with a new one
(``rehome``), and the old one is left to the code that is stuck in it.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from ..errors import ForbiddenOperation
from .checkpoints import Gate, control_exceptions
from .guards import Guards
from .limits import Limits, augment, checked, formatted, modulo, multiply, power, shift, spec_part
from .modules import SafeModules
from .names import Reserved
from .policy import InterpreterPolicy
from .replacements import guarded_functions, replacements

__all__ = ["Environment"]

_REFUSED = {
    "open": "Files are not available to this code. Use a tool for that.",
    "input": "There is nobody to ask: this code runs unattended. Use what the task gives.",
    "compile": "Write the code out instead.",
    "breakpoint": "There is no debugger here.",
    "help": "Use dir(), or read the tool's description.",
}
_KEPT_AS_THEY_ARE = frozenset(
    name
    for name in dir(builtins)
    if not name.startswith("_") and name not in {"copyright", "credits", "license", "exit", "quit"}
)


def _refuser(name: str, why: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise ForbiddenOperation(f"{name}() may not be used by this code. {why}")

    refused.__name__ = refused.__qualname__ = name
    return refused


def _exit(code: Any = None) -> Any:
    """``exit`` and ``quit``."""
    raise SystemExit(code)


class Environment:
    """Everything that code compiled for one namespace finds when it looks up a name.

    Args:
        policy: What the code is allowed.
        print_: The session's ``print``.
        evaluate: Runs text as code, for ``eval`` and ``exec``.
    """

    def __init__(
        self,
        policy: InterpreterPolicy,
        print_: Callable[..., None],
        evaluate: Callable[[str, Any, str], Any],
    ) -> None:
        self.builtins: dict[str, Any] = {
            name: getattr(builtins, name) for name in _KEPT_AS_THEY_ARE if hasattr(builtins, name)
        }
        self.functions: dict[str, Callable[..., Any]] = {}
        self._outer_decimal: Any = None
        self._decimal: Any = None  # the arithmetic context, once the code has imported decimal
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": self.builtins}
        self.gate = Gate(self.builtins, policy.max_operations)
        self.limits = Limits(self.builtins, Reserved.GO, self.gate.checkpoint)
        guarded: dict[int, Any] = {}
        from .asyncio_shim import contents as asyncio_contents

        stand_ins: dict[str, Callable[[], Mapping[str, Any]]] = {"asyncio": asyncio_contents}
        replaced: dict[str, Callable[[], Mapping[str, Any]]] = {}
        self.modules = SafeModules(policy.imports, replaced, stand_ins, guarded)
        self.guards = Guards(self.namespace, self.modules, lambda name: name in self.functions)
        replaced.update(replacements(self.guards, self.limits, self._adopt_decimal))
        visible = self._visible(print_, evaluate)
        guarded.update(guarded_functions(self.guards, visible, self.limits))
        self.builtins.update(visible)
        self.builtins.update(self._reserved())

    def begin(self) -> None:
        """A program begins: it finds what belongs to threads or contexts as the last one left it."""
        if self._decimal is not None:
            import decimal

            self._outer_decimal = decimal.getcontext()
            decimal.setcontext(self._decimal)

    def end(self) -> None:
        """A program ends: keep what would be lost with its context."""
        if self._decimal is not None:
            import decimal

            self._decimal = decimal.getcontext()
            decimal.setcontext(self._outer_decimal)

    def _adopt_decimal(self) -> None:
        import decimal

        self._outer_decimal = decimal.getcontext()
        self._decimal = self._outer_decimal.copy()
        decimal.setcontext(self._decimal)

    def adopt_modules(self, other: Environment) -> None:
        """Accept the modules that another environment of the same session has given out."""
        self._decimal = None if other._decimal is None else other._decimal.copy()
        for value in other.namespace.values():
            if isinstance(value, ModuleType):
                self.modules.adopt(value)

    def _visible(
        self, print_: Callable[..., None], evaluate: Callable[[str, Any, str], Any]
    ) -> dict[str, Any]:
        """The builtins that are not Python's own."""
        guards = self.guards

        def eval(  # noqa: A001
            source: Any, globals: Any = None, locals: Any = None, /
        ) -> Any:
            """``eval``, through the same checks as all code."""
            return evaluate(source, _merged(globals, locals), "eval")

        def exec(  # noqa: A001
            source: Any, globals: Any = None, locals: Any = None, /, **_: Any
        ) -> None:
            """``exec``, through the same checks as all code."""
            evaluate(source, locals if locals is not None else globals, "exec")

        refused = {name: _refuser(name, why) for name, why in _REFUSED.items()}
        return {
            **refused,
            "__build_class__": builtins.__build_class__,
            "__debug__": __debug__,
            "__import__": self._import,
            "delattr": guards.delattr,
            "dir": guards.dir,
            "eval": eval,
            "exec": exec,
            "exit": _exit,
            "format": formatted,
            "getattr": guards.getattr,
            "globals": guards.globals,
            "hasattr": guards.hasattr,
            "iter": self.limits.iter,
            "locals": lambda: guards.locals(depth=2),
            "parallel": parallel,
            "pow": power,
            "print": print_,
            "quit": _exit,
            "setattr": guards.setattr,
            "vars": guards.vars,
        }

    def _import(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Sequence[str] | None = None,
        level: int = 0,
    ) -> ModuleType | None:
        """``__import__``."""
        if type(fromlist) is list and not fromlist and globals is locals and not level:
            # C code that needs a module (datetime.strptime needs _strptime) asks in this form, through the
            # builtins of the generated frame that called it, and takes the module from sys.modules itself.
            if _is_for_c(name, self.modules.allows):
                importlib.import_module(name)
                return None
        return self.modules.import_name(name, fromlist, level)

    def _reserved(self) -> dict[str, Any]:
        """What the rewriter's own names stand for."""
        from . import asyncio_shim

        guards, gate, limits = self.guards, self.gate, self.limits
        return {
            Reserved.ACCESSOR: guards.accessor,
            Reserved.ANY: BaseException,
            Reserved.ASYNC_DEF: asyncio_shim.async_def,
            Reserved.ASYNC_ITER: asyncio_shim.async_iter,
            Reserved.ASYNC_WITH: asyncio_shim.async_with,
            Reserved.AWAIT: asyncio_shim.await_,
            Reserved.BIND: guards.bind,
            Reserved.CHECK: gate.checkpoint,
            Reserved.AUGMENT: augment,
            Reserved.CHECKED: checked,
            Reserved.CONTROL: control_exceptions(),
            Reserved.COUNT: gate.count,
            Reserved.DEFER: asyncio_shim.defer,
            Reserved.DICT: guards.dict,
            Reserved.FINALLY: gate.finally_entry,
            Reserved.FORMAT: guards.format,
            Reserved.IN_DEL: gate.in_finaliser,
            Reserved.LEAVE: gate.leaving,
            Reserved.MATCH_CLASS: guards.match_class,
            Reserved.MODULE: ModuleType,
            Reserved.MODULO: modulo,
            Reserved.MULTIPLY: multiply,
            Reserved.NOT_CONTROL: gate.not_control,
            Reserved.OWN: guards.own,
            Reserved.MADE_HERE: guards.made_here,
            Reserved.PRIVATE: guards.private,
            Reserved.POWER: power,
            Reserved.RANGE: limits.range,
            Reserved.SHIFT: shift,
            Reserved.SIZED: guards.sized,
            Reserved.SIZED_CALL: limits.sized_call,
            Reserved.SPEC: spec_part,
            Reserved.SPECIAL: _class_types(),
            Reserved.STR: str,
            Reserved.TYPE: type,
            Reserved.TYPE_CALL: guards.type_call,
            Reserved.USE: guards.use,
        }


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


def _is_for_c(name: str, allows: Callable[[str], bool]) -> bool:
    """Whether C code may import a module behind the back of the code: one that does nothing by itself."""
    top = name.partition(".")[0]
    return name in sys.modules or allows(top) or (top in sys.stdlib_module_names and top not in _EFFECTS)


_EFFECTS = frozenset({"antigravity", "this", "idlelib", "turtledemo", "turtle", "__main__", "tkinter"})


def _merged(globals: Any, locals: Any) -> Any:
    if globals is None or locals is None:
        return globals if locals is None else locals
    return {**globals, **locals}


def _class_types() -> frozenset[type]:
    """The types of modules and of all classes that there are: metaclasses known so far."""
    found: set[type] = {ModuleType, type}
    stack: list[type[type]] = [type]
    while stack:
        metaclasses: list[type[type]] = type.__subclasses__(stack.pop())
        for metaclass in metaclasses:
            if metaclass not in found:
                found.add(metaclass)
                stack.append(metaclass)
    return frozenset(found)
