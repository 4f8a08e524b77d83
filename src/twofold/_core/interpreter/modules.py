"""The modules that generated code sees: safe stand-ins for the real ones.

A stand-in is a real ``ModuleType`` (so CPython's fastest attribute access applies) that is filled as
attributes are asked for: the first access is checked, later ones are plain. It never holds an unauthorised
module, a private name, or a function that would get around the guards. Each session has its own, so that
what the code changes in a module changes nothing for anybody else.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from ..errors import ForbiddenOperation
from .imports import ImportRules

__all__ = ["SafeModules"]

MARK = "<safe>"
_COPIED = ("__name__", "__doc__", "__version__", "__author__", "__all__")

# Of these default modules only the harmless part is shown, unless the user authorised the module by name.
_SHOWN: dict[str, frozenset[str]] = {
    "io": frozenset(
        [
            "StringIO",
            "BytesIO",
            "TextIOWrapper",
            "TextIOBase",
            "RawIOBase",
            "IOBase",
            "SEEK_SET",
            "SEEK_CUR",
            "SEEK_END",
        ]
    ),
    "types": frozenset(
        [
            "SimpleNamespace",
            "MappingProxyType",
            "GenericAlias",
            "UnionType",
            "NoneType",
            "EllipsisType",
            "NotImplementedType",
            "FunctionType",
            "LambdaType",
            "MethodType",
            "BuiltinFunctionType",
            "BuiltinMethodType",
            "GeneratorType",
            "ModuleType",
            "CoroutineType",
            "AsyncGeneratorType",
            "DynamicClassAttribute",
            "new_class",
            "prepare_class",
            "resolve_bases",
            "get_original_bases",
        ]
    ),
    "traceback": frozenset({"format_exc", "format_exception_only", "print_exc"}),
    "uuid": frozenset(
        [
            "UUID",
            "uuid3",
            "uuid4",
            "uuid5",
            "NAMESPACE_DNS",
            "NAMESPACE_URL",
            "NAMESPACE_OID",
            "NAMESPACE_X500",
        ]
    ),
}
_HIDDEN: dict[str, frozenset[str]] = {
    "typing": frozenset({"get_type_hints", "ForwardRef", "evaluate_forward_ref"}),
    "time": frozenset({"clock_settime", "clock_settime_ns", "tzset"}),
    "hashlib": frozenset({"file_digest"}),
    "contextlib": frozenset({"chdir"}),
    "calendar": frozenset(
        {"setfirstweekday", "different_locale", "LocaleTextCalendar", "LocaleHTMLCalendar"}
    ),
    "zoneinfo": frozenset({"reset_tzpath"}),
    "enum": frozenset({"global_enum"}),
    "re": frozenset({"Scanner", "template"}),
}


_COMMAND_LINE = frozenset({"main"})  # of a module that is a program, too


class SafeModules:
    """The stand-ins of one session.

    Args:
        rules: Which modules are authorised.
        replacements: Gives, for a module's name, what stands in for some of its attributes.
        stand_ins: Whole modules of our own, by the name they are imported under.
        guarded: Gives for a value what stands in for it, if it must not be had from any module, or itself.
    """

    __slots__ = ("_guarded", "_modules", "_replacements", "_rules", "_stand_ins")

    def __init__(
        self,
        rules: ImportRules,
        replacements: Callable[[str], Mapping[str, Any]],
        stand_ins: Mapping[str, Callable[[], Mapping[str, Any]]],
        guarded: Callable[[Any], Any],
    ) -> None:
        self._rules = rules
        self._replacements = replacements
        self._stand_ins = stand_ins
        self._guarded = guarded
        self._modules: dict[str, ModuleType] = {}

    def is_safe(self, module: ModuleType) -> bool:
        """Whether a module is one of these stand-ins."""
        return module.__dict__.get(MARK) is self

    def admit(self, module: ModuleType) -> ModuleType:
        """The stand-in for a real module that turned up in generated code, if it is authorised.

        Raises:
            ForbiddenOperation: It is not.
        """
        if self.is_safe(module):
            return module
        name = module.__dict__.get("__name__")
        if not isinstance(name, str) or sys.modules.get(name) is not module:
            raise ForbiddenOperation(f"The module {name!r} may not be used by this code.")
        return self.get(name)

    def get(self, name: str) -> ModuleType:
        """The stand-in for an authorised module, imported if need be.

        Raises:
            ForbiddenImport: The module is not authorised.
            ImportError: It cannot be imported.
        """
        found = self._modules.get(name)
        if found is not None:
            return found
        if not self._rules.allows(name) and not self._rules.is_parent(name):
            raise self._rules.refusal(name)
        if name in self._stand_ins and not self._rules.is_explicit(name):
            safe = self._make(name, dict(self._stand_ins[name]()))
        else:
            safe = self._wrap(name, importlib.import_module(name))
        self._modules[name] = safe
        return safe

    def import_name(self, name: str, from_list: Sequence[str] | None, level: int) -> ModuleType:
        """What ``import`` does: the top package for ``import a.b``, the module for ``from a.b import c``."""
        if level:
            raise ImportError("attempted relative import with no known parent package")
        if name == "__future__":
            return importlib.import_module(name)
        module = self.get(name)
        if not from_list:
            top = name.partition(".")[0]
            return module if top == name else self.get(top)
        if "*" in from_list:
            self._fill(module)
        real = sys.modules.get(name)
        if hasattr(real, "__path__") and (name not in self._stand_ins or self._rules.is_explicit(name)):
            for part in from_list:
                if isinstance(part, str) and part.isidentifier() and not hasattr(real, part):
                    self._import_submodule(f"{name}.{part}")
        return module

    def _import_submodule(self, name: str) -> None:
        """Import what ``from package import submodule`` names, if there is such a submodule and it may be."""
        if self.allows(name):
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
        elif not name.rpartition(".")[2].startswith("_") and importlib.util.find_spec(name) is not None:
            raise self._rules.refusal(name)

    def allows(self, name: str) -> bool:
        """Whether a module may be used."""
        return self._rules.allows(name) or self._rules.is_parent(name)

    def adopt(self, module: ModuleType) -> None:
        """Make a stand-in of an earlier environment one of these."""
        if MARK in module.__dict__:
            module.__dict__[MARK] = self
            self._modules.setdefault(module.__name__, module)

    # -- making -------------------------------------------------------------------------------------------

    def _make(self, name: str, contents: dict[str, Any]) -> ModuleType:
        safe = ModuleType(name)
        del safe.__dict__["__loader__"], safe.__dict__["__spec__"], safe.__dict__["__package__"]
        safe.__dict__.update(contents)
        safe.__dict__[MARK] = self
        if "__getattr__" not in contents:

            def unknown(attribute: str) -> Any:
                raise AttributeError(
                    f"module {name!r} has no attribute {attribute!r}", name=attribute, obj=safe
                )

            safe.__dict__["__getattr__"] = unknown
        return safe

    def _wrap(self, name: str, real: ModuleType) -> ModuleType:
        restricted = not self._rules.is_explicit(name)
        shown = _SHOWN.get(name) if restricted else None
        hidden = _HIDDEN.get(name, frozenset()) | (_COMMAND_LINE if restricted else frozenset())
        only_parent = self._rules.is_parent(name) and not self._rules.allows(name)
        replaced = self._replacements(name)
        contents = {key: real.__dict__[key] for key in _COPIED if key in real.__dict__}

        def attribute(key: str) -> Any:
            if key in replaced:
                value = replaced[key]
            elif key.startswith("_"):
                if key.startswith("__") or not hasattr(real, key):
                    raise AttributeError(f"module {name!r} has no attribute {key!r}", name=key, obj=safe)
                raise ForbiddenOperation(f"The private attribute {key!r} of module {name!r} may not be used.")
            else:
                value = self._public(name, real, key, safe)
            if key in hidden or (shown is not None and key not in shown):
                raise ForbiddenOperation(
                    f"{name}.{key} may not be used by this code. "
                    f"Whoever runs it can authorise the module with additional_authorized_imports=[{name!r}]."
                )
            if only_parent and not isinstance(value, ModuleType):
                raise self._rules.refusal(name)
            safe.__dict__[key] = value
            return value

        def names() -> list[str]:
            return [key for key in dir(real) if not key.startswith("_") and (shown is None or key in shown)]

        contents["__getattr__"] = attribute
        contents["__dir__"] = names
        safe = self._make(name, contents)
        return safe

    def _public(self, name: str, real: ModuleType, key: str, safe: ModuleType) -> Any:
        """A public attribute of a real module, made safe."""
        dotted = f"{name}.{key}"
        try:
            value = getattr(real, key)
        except AttributeError:
            submodule = sys.modules.get(dotted)
            if submodule is None:
                raise AttributeError(
                    f"module {name!r} has no attribute {key!r}", name=key, obj=safe
                ) from None
            value = submodule
        if isinstance(value, ModuleType):
            # os.path calls itself posixpath: what counts is the name it is imported under.
            return self.get(dotted) if sys.modules.get(dotted) is value else self.admit(value)
        return self._guarded(value)

    def _fill(self, safe: ModuleType) -> None:
        """Ask for everything that ``from module import *`` takes."""
        everything = safe.__dict__.get("__all__")
        if everything is None:
            lister = safe.__dict__.get("__dir__")
            everything = [*(lister() if lister else ()), *safe.__dict__]
        available = []
        for key in everything:
            if key.startswith(("_", "<")):
                continue
            try:
                getattr(safe, key)
            except (AttributeError, ForbiddenOperation):
                continue
            available.append(key)
        safe.__dict__["__all__"] = available
