"""The world of one namespace: its private builtins, guards, modules and flag, put together.

A session has one environment at a time. When a program is abandoned, the session goes on with a new one
(``rehome``), and the old one is left to the code that is stuck in it. What the builtins hold is in
``provisions``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

from .checkpoints import Gate
from .guards import Guards
from .limits import Limits
from .modules import SafeModules
from .names import Reserved
from .policy import InterpreterPolicy
from .printing import PrintBuffer
from .provisions import FOR_C, MADE, SHARED, STAND_INS
from .replacements import guarded_names, replaced

__all__ = ["Environment"]

_ABSENT: Any = object()


class Environment:
    """Everything that code compiled for one namespace finds when it looks up a name.

    Args:
        policy: What the code is allowed.
        evaluate: Runs text as code, for ``eval`` and ``exec``.
    """

    __slots__ = (
        "_decimal",
        "_outer_decimal",
        "builtins",
        "evaluate",
        "functions",
        "gate",
        "guards",
        "limits",
        "modules",
        "namespace",
    )

    def __init__(self, policy: InterpreterPolicy, evaluate: Callable[[Any, Any, str], Any]) -> None:
        self.evaluate = evaluate
        self.functions: dict[str, Callable[..., Any]] = {}
        self._outer_decimal: Any = None
        self._decimal: Any = None  # the arithmetic context, once the code has imported decimal
        self.builtins: dict[str, Any] = {}
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": self.builtins}
        self.gate: Gate = Gate(self.builtins, policy.max_operations)
        self.limits: Limits = Limits(self.builtins, Reserved.GO, self.gate.checkpoint)
        self.modules: SafeModules = SafeModules(policy.imports, self._replaced, STAND_INS, self._guarded)
        self.guards: Guards = Guards(self.namespace, self.modules, self.functions.__contains__)
        self.builtins["__import__"] = self.import_
        self.provide(FOR_C)

    # -- the builtins ------------------------------------------------------------------------------------

    def provide(self, names: Iterable[str]) -> None:
        """Put into the private builtins what code that uses these names may look up there."""
        present = self.builtins
        for name in names:
            if name not in present:
                value = self._builtin(name)
                if value is not _ABSENT:
                    present[name] = value

    def _builtin(self, name: str) -> Any:
        make = MADE.get(name)
        return SHARED.get(name, _ABSENT) if make is None else make(self)

    def _guarded(self, value: Any) -> Any:
        """What stands in for a function that no module gives away, or the value itself."""
        found = guarded_names().get(id(value))
        if found is None:
            return value
        module, name = found
        if module != "builtins":
            return self._replaced(module)[name]
        if name in self.functions:
            return self._builtin(name)
        self.provide([name])
        return self.builtins[name]

    def _replaced(self, module: str) -> Mapping[str, Any]:
        return replaced(module, self.guards, self.limits, self._adopt_decimal)

    def buffer(self) -> PrintBuffer | None:
        """Where the program that the calling code belongs to prints."""
        buffer = getattr(self.gate.running(), "buffer", None)
        return buffer if isinstance(buffer, PrintBuffer) else None

    def import_(
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
        loaded = len(sys.modules)
        module = self.modules.import_name(name, fromlist, level)
        if len(sys.modules) != loaded:
            self._learn_types()
        return module

    def _learn_types(self) -> None:
        """Modules were loaded: they may have brought metaclasses or types of modules of their own."""
        for name in (Reserved.SPECIAL, Reserved.MODULES):
            if name in self.builtins:
                self.builtins[name] = self._builtin(name)

    # -- from program to program -------------------------------------------------------------------------

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

    def succeed(self, other: Environment) -> None:
        """Take over the functions and modules of an earlier environment of the same session."""
        for name in other.functions:
            self.functions[name] = other.functions[name]
            self.builtins[name] = other.builtins[name]
        self.provide(list(other.builtins))
        self._decimal = None if other._decimal is None else other._decimal.copy()
        for value in list(other.namespace.values()):
            if isinstance(value, ModuleType):
                self.modules.adopt(value)


def _is_for_c(name: str, allows: Callable[[str], bool]) -> bool:
    """Whether C code may import a module behind the back of the code: one that does nothing by itself."""
    top = name.partition(".")[0]
    return name in sys.modules or allows(top) or (top in sys.stdlib_module_names and top not in _EFFECTS)


_EFFECTS = frozenset({"antigravity", "this", "idlelib", "turtledemo", "turtle", "__main__", "tkinter"})
