"""The functions behind guarded attribute access, and the builtins that would get around it.

What the rewriter checks in the text, these check at run time, where names and objects are only known then.
They are a guard rail: they keep generated code away from the interpreter's internals and from modules that
were not authorised. They are no security boundary.
"""

from __future__ import annotations

import builtins
import re
import string
import sys
import typing
from abc import ABCMeta
from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import (
    FunctionType,
    GenericAlias,
    MappingProxyType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import ForbiddenOperation
from .limits import (
    MAX_WIDTH,
    check_modulo,
    check_multiply,
    check_power,
    check_shift,
    check_translation,
    check_width,
    spec_part,
    too_big,
)
from .modules import SafeModules
from .names import Reserved, forbidden_attribute, forbidden_store, is_dunder, is_private, is_reserved, plain
from .rewrite.attributes import ACCESSORS, FORMATTERS, LEADING_OUT, SIZED

__all__ = [
    "ALIASES",
    "Guards",
    "NamespaceView",
    "build_class",
    "check_bases",
    "check_class_contents",
    "made_here",
    "module_types",
]

_MISSING = object()
_TEXT = (str, bytes, bytearray)
_real_getattr = builtins.getattr
MANY_CLASSES = 1000
_CALLED = FORMATTERS | SIZED - {"re", "register"}
_REWRITTEN = ACCESSORS | FORMATTERS | SIZED | {"__class__", "__dict__"}
_KEPT_PRIVATE = (sys.stdlib_module_names - {"__main__"}) | {"twofold"}
_SET_BY_STATEMENTS = frozenset(
    {"__module__", "__orig_bases__", "__annotations__", "__firstlineno__", "__static_attributes__"}
)


def refused_attribute(name: str) -> ForbiddenOperation:
    """The refusal of an attribute by its name."""
    return ForbiddenOperation(
        f"The attribute {name!r} may not be used by this code: it reaches into Python's internals."
    )


class NamespaceView(MutableMapping[str, Any]):
    """What ``globals()`` gives generated code: its own variables and nothing else."""

    __slots__ = ("__namespace", "__protected")

    def __init__(self, namespace: dict[str, Any], protected: Callable[[str], bool]) -> None:
        self.__namespace = namespace
        self.__protected = protected

    def __getitem__(self, name: str) -> Any:
        if not _is_variable(name):
            raise KeyError(name)
        return self.__namespace[name]

    def __setitem__(self, name: str, value: Any) -> None:
        name = plain(name) if isinstance(name, str) else name
        if (
            not isinstance(name, str)
            or not name.isidentifier()
            or forbidden_store(name)
            or self.__protected(name)
        ):
            raise ForbiddenOperation(f"The name {name!r} may not be assigned by this code.")
        if (
            isinstance(value, ModuleType)
            and Reserved.GO not in value.__dict__
            and "<safe>" not in value.__dict__
        ):
            raise ForbiddenOperation(f"The module {value.__name__!r} may not be used by this code.")
        self.__namespace[name] = value

    def __delitem__(self, name: str) -> None:
        if not _is_variable(name):
            raise KeyError(name)
        del self.__namespace[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in list(self.__namespace) if _is_variable(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


def _is_variable(name: object) -> bool:
    return isinstance(name, str) and not is_reserved(name) and (not is_dunder(name) or name == "__name__")


class Guards:
    """The guards of one namespace.

    Args:
        namespace: The session's variables.
        modules: The modules that the session sees.
        protected: Whether a global name may not be assigned.
    """

    __slots__ = ("_made_here", "_patterns", "modules", "namespace", "protected")

    def __init__(
        self, namespace: dict[str, Any], modules: SafeModules, protected: Callable[[str], bool]
    ) -> None:
        self.namespace = namespace
        self.modules = modules
        self.protected = protected
        self._made_here: set[type] | None = None
        self._patterns: WeakKeyDictionary[type, tuple[Any, type]] | None = None

    @property
    def made_here(self) -> set[type]:
        """Classes that the code made, as far as they were looked at."""
        if self._made_here is None:
            self._made_here = set()
        return self._made_here

    # -- receivers ----------------------------------------------------------------------------------------

    def use(self, value: Any) -> Any:
        """A receiver of attribute access: modules are exchanged for safe ones, or refused."""
        if isinstance(value, ModuleType):
            return self.modules.admit(value)
        inner = _origin(value)
        if inner is not value and isinstance(inner, ModuleType):
            self.modules.admit(inner)  # raises, or it is authorised
        return value

    def private(self, value: Any, name: str) -> Any:
        """A receiver of which a private attribute is read: nothing of Python's own library, nor of ours."""
        if isinstance(value, ModuleType):
            return self.modules.admit(value)
        kind = value if isinstance(value, type) else type(value)
        if kind in self.made_here:
            return value
        if made_here(kind):
            if len(self.made_here) >= MANY_CLASSES:
                self.made_here.clear()
            self.made_here.add(kind)
            return value
        module = type.__getattribute__(kind, "__module__")
        if type(module) is str and module.partition(".")[0] in _KEPT_PRIVATE:
            raise ForbiddenOperation(f"The private attribute {name!r} of {kind.__name__!r} may not be used.")
        return value

    def own(self, value: Any) -> Any:
        """A receiver whose attributes are about to be changed: also no class from outside."""
        if isinstance(value, ModuleType):
            return self.modules.admit(value)
        inner = _origin(value)  # to which aliases hand on what is assigned to them
        if isinstance(inner, ModuleType):
            self.modules.admit(inner)
        if isinstance(inner, type) and not made_here(inner):
            raise ForbiddenOperation(
                f"The class {inner.__name__!r} does not belong to this code: it may not be changed."
            )
        return value

    def bind(self, name: str) -> None:
        """A global variable was just bound to a module: exchange it, or refuse it and take it back."""
        namespace = sys._getframe(1).f_globals  # of the code that bound it: exec() may have given it its own
        value = namespace.pop(name, None)
        if isinstance(value, ModuleType):
            namespace[name] = self.modules.admit(value)

    # -- attribute functions ------------------------------------------------------------------------------

    def getattr(self, *arguments: Any) -> Any:
        """``getattr``."""
        if len(arguments) < 2 or not isinstance(arguments[1], str):
            return _real_getattr(*arguments)
        value, name, *default = arguments
        name = plain(name)
        if forbidden_attribute(name):
            raise refused_attribute(name)
        value = self.use(value)
        if is_private(name):
            self.private(value, name)
        if name == "__dict__":
            return self.dict(value)
        if name in ACCESSORS:
            return self.accessor(value, name)
        if name in FORMATTERS and (type(value) is super or _formats(value)):
            return self.format(value, name)
        if name in SIZED:
            found = self.sized(value, name, _MISSING if default else None)
            return default[0] if found is _MISSING else found
        return _real_getattr(value, name, *default)

    def setattr(self, *arguments: Any) -> None:
        """``setattr``."""
        if len(arguments) == 3 and isinstance(arguments[1], str):
            value, name, new = arguments
            name = plain(name)
            if forbidden_store(name):
                raise ForbiddenOperation(f"The attribute {name!r} may not be assigned by this code.")
            arguments = (self.own(value), name, new)
        builtins.setattr(*arguments)

    def delattr(self, *arguments: Any) -> None:
        """``delattr``."""
        if len(arguments) == 2 and isinstance(arguments[1], str):
            value, name = arguments
            name = plain(name)
            if forbidden_store(name):
                raise ForbiddenOperation(f"The attribute {name!r} may not be deleted by this code.")
            arguments = (self.own(value), name)
        builtins.delattr(*arguments)

    def hasattr(self, *arguments: Any) -> bool:
        """``hasattr``: tells no more than that."""
        if len(arguments) == 2 and isinstance(arguments[0], ModuleType):
            arguments = (self.use(arguments[0]), arguments[1])
        try:
            return builtins.hasattr(*arguments)
        except ForbiddenOperation:
            return False

    def accessor(self, value: Any, name: str) -> Callable[..., Any]:
        """``x.__setattr__`` and its like: the method, looking at the attribute's name first."""
        method = _real_getattr(self.use(value), name)
        target = _real_getattr(method, "__self__", None)  # of ``super(...)``, what it stands for
        if issubclass(type(target), ModuleType | type) or type(target) in ALIASES:
            self.use(target)
        else:
            target = None
        refused = forbidden_store if name in ("__setattr__", "__delattr__") else forbidden_attribute

        def guarded(*arguments: Any, **keywords: Any) -> Any:
            names = [plain(part) for part in (*arguments[:2], *keywords.values()) if isinstance(part, str)]
            for argument in names:
                if refused(argument) or argument in FORMATTERS:
                    raise refused_attribute(argument)
                if is_private(argument):
                    self.private(arguments[0] if len(arguments) > 1 else value, argument)
            if arguments and isinstance(arguments[0], ModuleType):
                self.modules.admit(arguments[0])
            if refused is forbidden_store:
                for owner in (target, *arguments[:1]):
                    self.own(owner)
            found = method(*arguments, **keywords)
            return self.dict(value) if "__dict__" in names else found

        return guarded

    def dict(self, value: Any) -> Any:
        """``x.__dict__``: of an instance as it is; of a class or module what the code may read anyway."""
        if isinstance(value, type):
            own = {
                name: found
                for name, found in type.__getattribute__(value, "__dict__").items()
                if not forbidden_attribute(name)
                and (made_here(value) or not (is_dunder(name) or name in LEADING_OUT))
            }
            own.pop("__dict__", None)
            if not made_here(value):
                own.update((name, self.getattr(value, name)) for name in _CALLED & own.keys())
            return MappingProxyType(own)
        if isinstance(value, ModuleType):
            safe = self.use(value)
            return {name: found for name, found in safe.__dict__.items() if _is_variable(name)}
        return _real_getattr(value, "__dict__")

    def vars(self, *arguments: Any) -> Any:
        """``vars``."""
        if not arguments:
            return self.locals(depth=2)
        if len(arguments) == 1 and not builtins.hasattr(arguments[0], "__dict__"):
            return builtins.vars(*arguments)
        return self.dict(*arguments)

    def dir(self, *arguments: Any) -> list[str]:
        """``dir``."""
        if not arguments:
            return sorted(self.locals(depth=2))
        return builtins.dir(*(self.use(argument) for argument in arguments))

    def globals(self) -> NamespaceView:
        """``globals``."""
        return NamespaceView(self.namespace, self.protected)

    def locals(self, depth: int = 1) -> Any:
        """``locals``: a snapshot, except at the top of the code, where it is ``globals``."""
        found = sys._getframe(depth).f_locals
        if found is self.namespace:
            return self.globals()
        return {name: value for name, value in found.items() if not is_reserved(name)}

    def type_call(self, *arguments: Any, **keywords: Any) -> Any:
        """``type`` with three arguments: no class that a class statement could not make."""
        if len(arguments) == 3 and isinstance(arguments[2], Mapping):
            check_class_contents(arguments[2])
            check_bases(arguments[1] if isinstance(arguments[1], tuple) else ())
        made = type(*arguments, **keywords)
        if len(arguments) == 3 and isinstance(made, type) and "__module__" not in arguments[2]:
            type.__setattr__(made, "__module__", self.namespace.get("__name__", "__main__"))
        return made

    def match_class(self, later: Callable[[], Any]) -> MatchClass:
        """A class pattern with keywords: the class, seen through a guard where a module could match it."""
        if self._patterns is None:
            self._patterns = WeakKeyDictionary()
        return MatchClass(later, self._patterns)

    # -- text and sizes -----------------------------------------------------------------------------------

    def format(self, value: Any, name: str) -> Any:
        """``x.format`` and ``x.format_map``; of text, with the same guards as written-out access."""
        if isinstance(value, UserString):
            return self.format(value.data, name)
        if _is_subclass(value, UserString):
            return lambda template, *rest, **more: self.format(template, name)(*rest, **more)
        if isinstance(value, str):
            real = _real_getattr(value, name)

            def bound(*arguments: Any, **keywords: Any) -> str:
                return self._format(real, name, plain(value), arguments, keywords)

            return bound
        if _is_subclass(value, str):

            def unbound(template: str, *arguments: Any, **keywords: Any) -> str:
                bound = _real_getattr(value, name).__get__(template)
                text = plain(template) if isinstance(template, str) else template
                return self._format(bound, name, text, arguments, keywords)

            return unbound
        found = _real_getattr(self.use(value), name)
        if type(value) is super:  # what it stands for is text
            target = _real_getattr(found, "__self__", None)
            if target is not None and _formats(target):
                if isinstance(target, UserString):
                    return self.format(target.data, name)
                return self.format(plain(target) if isinstance(target, str) else target, name)
            if type(found) is MethodDescriptorType:
                return self.format(str, name)
        return found

    def _format(
        self,
        real: Callable[..., str],
        name: str,
        template: str,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
    ) -> str:
        if _digits_in_spec(template):
            raise too_big("Formatting to this width")
        if name == "format_map":
            mapping = arguments[0] if len(arguments) == 1 else {}
            return (
                self._formatter().vformat(template, (), mapping)
                if _walks(template)
                else real(*arguments, **keywords)
            )
        if not _walks(template):
            return real(*arguments, **keywords)
        return self._formatter().vformat(template, arguments, keywords)

    def _formatter(self) -> string.Formatter:
        return GuardedFormatter(self.getattr)

    def formatter_class(self) -> type[string.Formatter]:
        """What ``string.Formatter`` is to generated code."""
        read = self.getattr

        class Formatter(GuardedFormatter):
            def __init__(self) -> None:
                super().__init__(read)

        return Formatter

    def sized(self, value: Any, name: str, missing: Any = None) -> Any:
        """A method whose result could be far bigger than what it is given, bounded."""
        if missing is _MISSING and not builtins.hasattr(value, name):
            return _MISSING
        method = _real_getattr(self.use(value), name)
        if name in LEADING_OUT:
            _check_leading_out(value, name)
            return _pattern(method) if name == "re" and isinstance(value, re.Match) else method
        if isinstance(value, int | str | bytes | bytearray | list | tuple):
            receiver, given = value, 0
        elif isinstance(value, type) and issubclass(value, int | str | bytes | bytearray | list | tuple):
            receiver, given = None, 1
        else:
            return method

        def bounded(*arguments: Any, **keywords: Any) -> Any:
            target = receiver if not given else (arguments[0] if arguments else None)
            _check_sized(name, target, arguments[given:], keywords)
            return method(*arguments, **keywords)

        return bounded


def _check_sized(name: str, target: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
    """Refuse a call of a method in ``SIZED`` whose result would be too big."""
    other = arguments[0] if arguments else next(iter(keywords.values()), None)
    if name == "replace":
        if isinstance(target, _TEXT) and len(arguments) >= 2 and isinstance(arguments[1], _TEXT):
            growth = len(arguments[1]) - len(arguments[0])
            # What is cheap to know first: counting takes as long as the replacement itself.
            could_be_big = growth > 0 and (len(target) + 1) * growth > MAX_WIDTH
            if could_be_big and target.count(arguments[0]) * growth > MAX_WIDTH:
                raise too_big("This replacement")
    elif name in ("__mul__", "__rmul__", "__imul__"):
        check_multiply(target, other)
    elif name in ("__pow__", "__ipow__"):
        check_power(target, *arguments[:2])
    elif name == "__rpow__":
        check_power(other, target)
    elif name in ("__lshift__", "__ilshift__"):
        check_shift(target, other)
    elif name == "__rlshift__":
        check_shift(other, target)
    elif name == "__mod__":
        check_modulo(target, other)
    elif name == "__rmod__":
        check_modulo(other, target)
    elif name == "__format__":
        spec_part(other)
    elif name == "translate":
        if isinstance(target, str):
            check_translation(target, other)
    else:
        check_width(other)


class GuardedFormatter(string.Formatter):
    """``str.format`` whose fields are read through the guarded ``getattr``."""

    def __init__(self, read: Callable[..., Any]) -> None:
        self.__read = read

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        import _string  # type: ignore[import-not-found]

        first, rest = _string.formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            value = self.__read(value, key) if is_attribute else value[key]
        return value, first

    def format_field(self, value: Any, format_spec: str) -> Any:
        return format(value, spec_part(format_spec))


def _walks(template: str) -> bool:
    """Whether a template reads attributes or items, or computes a width."""
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return False
    return any(
        (name and ("." in name or "[" in name)) or (spec and "{" in spec) for _, name, spec, _ in fields
    )


def _digits_in_spec(template: str) -> bool:
    run = 0
    for character in template:
        run = run + 1 if character.isdigit() else 0
        if run > 7 and "{" in template:
            try:
                return any(
                    spec and spec_is_wide(spec) for _, _, spec, _ in string.Formatter().parse(template)
                )
            except ValueError:
                return False
    return False


def spec_is_wide(spec: str) -> bool:
    """Whether a format specification holds a number of more than seven digits."""
    run = 0
    for character in spec:
        run = run + 1 if character.isdigit() else 0
        if run > 7:
            return True
    return False


class MatchClass:
    """The class of a class pattern, looked up when the pattern is tried."""

    __slots__ = ("__known", "__later")

    def __init__(
        self, later: Callable[[], Any], known: MutableMapping[type, tuple[Any, type]] | None = None
    ) -> None:
        self.__later = later
        self.__known = {} if known is None else known

    @property
    def cls(self) -> Any:
        found = self.__later()
        if not isinstance(found, type):
            return found
        names = _real_getattr(found, "__match_args__", None)
        if names is None and type(found) is type and not issubclass(ModuleType, found):
            return found
        known = self.__known.get(found)
        if known is None or known[0] is not names:
            known = self.__known[found] = (names, _without_modules(found, names))
        return known[1]


def _without_modules(cls: type, names: Any) -> type:
    """A class that matches what ``cls`` matches, modules left out, by positions that may be read."""
    for name in names if isinstance(names, tuple) else ():
        if isinstance(name, str) and (forbidden_attribute(name) or name in _REWRITTEN):
            raise refused_attribute(plain(name))
    original = cls

    class Meta(type):
        def __instancecheck__(cls, instance: Any) -> bool:
            if isinstance(instance, ModuleType) or type(instance) in ALIASES:
                return False
            return isinstance(instance, original)

    contents = {} if names is None else {"__match_args__": names}
    return Meta(cls.__name__, (), contents)


def _with_subclasses(*kinds: type) -> frozenset[type]:
    found = set(kinds)
    stack = list(kinds)
    while stack:
        kinds_of_it: list[type] = type.__subclasses__(stack.pop())
        for kind in kinds_of_it:
            if kind not in found:
                found.add(kind)
                stack.append(kind)
    return frozenset(found)


ALIASES = _with_subclasses(GenericAlias, typing._BaseGenericAlias)  # type: ignore[attr-defined]
"""Types like that of ``list[int]``, whose instances have the attributes of what they were made of."""

_modules: frozenset[type] = frozenset()


def _origin(value: Any) -> Any:
    """What an alias like ``list[int]`` was made of, or the value itself."""
    while type(value) in ALIASES:
        value = object.__getattribute__(value, "__origin__")
    return value


def module_types() -> frozenset[type]:
    """The types whose instances are looked at before their attributes are read: of modules, and aliases."""
    global _modules
    found = _with_subclasses(ModuleType) | ALIASES
    if found != _modules:  # one object for all sessions
        _modules = found
    return _modules


def build_class(function: Callable[..., Any], name: str, /, *bases: Any, **keywords: Any) -> Any:
    """``__build_class__``, which class statements call: what a metaclass made of one is looked at, too."""
    check_bases(bases)
    made = builtins.__build_class__(function, name, *bases, **keywords)
    if not issubclass(type(made), type):
        return made
    check_bases((made,))
    contents = type.__getattribute__(made, "__dict__")
    for hook in _PICKLING:
        if hook in contents and not _from_a_library(contents[hook]):
            raise ForbiddenOperation(f"A class with the attribute {hook!r} may not be made by this code.")
    return made


_PICKLING = ("__reduce__", "__reduce_ex__", "__getstate__")


def _from_a_library(hook: Any) -> bool:
    """Whether a hook is one that a metaclass of a library gives its classes, as ``enum`` does."""
    if type(hook) is FunctionType:
        return Reserved.GO not in _real_getattr(hook, "__builtins__")
    return type(hook) in (MethodDescriptorType, WrapperDescriptorType)


def check_bases(bases: Iterable[Any]) -> None:
    """Refuse to derive a class from those whose instances have the attributes of other objects."""
    for base in bases:
        if isinstance(base, type) and issubclass(base, tuple(ALIASES)):
            raise ForbiddenOperation(f"No class may be derived from {base.__name__!r} by this code.")


def check_class_contents(contents: Iterable[Any]) -> None:
    """Refuse to make a class with attributes that a class statement could not have."""
    for name in contents:
        if isinstance(name, str) and forbidden_store(plain(name)) and plain(name) not in _SET_BY_STATEMENTS:
            raise ForbiddenOperation(f"A class with the attribute {name!r} may not be made by this code.")


def _check_leading_out(value: Any, name: str) -> None:
    """Refuse a method in ``LEADING_OUT`` of what Python's library uses it for."""
    kind = value if isinstance(value, type) else type(value)
    if name == "register":
        if isinstance(value, type) and issubclass(type(value), ABCMeta) and not made_here(value):
            raise ForbiddenOperation(
                f"The class {value.__name__!r} does not belong to this code: nothing may be registered with it."
            )
        if _is_subclass(value, ABCMeta):
            raise refused_attribute(name)
    elif name == "re":
        if value is re.Match:
            raise refused_attribute(name)
    elif kind.__name__ == "ForwardRef":
        raise ForbiddenOperation("Text in annotations may not be evaluated by this code.")


def _pattern(real: Any) -> Any:
    """The pattern of a match that ``re`` made, as generated code sees patterns: with a deadline."""
    from .regular import of_match

    return of_match(real)


def _formats(value: Any) -> bool:
    return isinstance(value, str | UserString) or _is_subclass(value, str) or _is_subclass(value, UserString)


def _is_subclass(value: Any, of: type) -> bool:
    return isinstance(value, type) and issubclass(value, of)


def made_here(cls: type) -> bool:
    """Whether a class was made by generated code: it says ``__main__`` and is not to be found there."""
    if type.__getattribute__(cls, "__dict__").get("__module__") != "__main__":
        return False
    found: Any = sys.modules.get("__main__")
    for part in cls.__qualname__.split("."):
        found = _real_getattr(found, part, None)
    return found is not cls
