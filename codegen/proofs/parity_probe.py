"""The parity probe: imports both public APIs and compares the shape of everything public in them.

A program, run by `parity.py` in a process of its own; it imports nothing of the generator.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

Finding = tuple[str, int, str]

_WRAPPED = (staticmethod, classmethod)
_PLAIN = (str, bytes, int, float, bool, type(None), tuple, frozenset)


class Names:
    """How a name, an annotation or a value of the async API reads in the sync API."""

    def __init__(self, tokens: Mapping[str, str], dotted: Mapping[str, str], unwrapped: list[str]) -> None:
        self.tokens = tokens
        self.dotted = dotted
        self.unwrapped = unwrapped

    def name(self, name: str) -> str:
        return self.tokens.get(name, name)

    def text(self, text: str) -> str:
        for old, new in self.dotted.items():
            text = re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", new, text)
        text = re.sub(r"\w+", lambda found: self.name(found[0]), text)
        return re.sub(r" at 0x[0-9a-fA-F]+", "", text)

    def annotation(self, annotation: object) -> str:
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        try:
            tree = _Unwrap(self.unwrapped).visit(ast.parse(text, mode="eval"))
            text = ast.unparse(tree)
        except SyntaxError:
            pass  # the repr of something that has no literal form; compared as text
        return self.text(text)


class _Unwrap(ast.NodeTransformer):
    def __init__(self, names: list[str]) -> None:
        self.names = names

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        # an annotation in quotes inside an annotation
        return self.visit(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value).split(".")[-1] == "Literal":
            return node
        self.generic_visit(node)
        if ast.unparse(node.value).split(".")[-1] not in self.names:
            return node
        return node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice


class Comparison:
    """One pass over both APIs."""

    def __init__(self, package: str, names: Names) -> None:
        self.package = package
        self.names = names
        self.findings: list[Finding] = []
        self._seen: set[tuple[int, int]] = set()

    def modules(self) -> None:
        """Compare the packages and all modules that the async one has."""
        aio = importlib.import_module(f"{self.package}.aio")
        self.module(aio, importlib.import_module(self.package))
        for found in pkgutil.iter_modules(aio.__path__):
            name = found.name
            if not name.startswith("_"):
                twin = importlib.import_module(f"{self.package}.aio.{name}")
                try:
                    self.module(twin, importlib.import_module(f"{self.package}.{name}"))
                except ModuleNotFoundError as error:
                    self._report(twin, f"`{twin.__name__}` has no sync twin: {error}")

    def module(self, ours: ModuleType, theirs: ModuleType) -> None:
        """Compare what an async module exports with what the sync one does."""
        public, other = getattr(ours, "__all__", None), getattr(theirs, "__all__", None)
        if public is None or other is None:
            self._report(theirs if other is None else ours, "a public module needs `__all__`")
            return
        if [self.names.name(name) for name in public] != list(other):
            extra = sorted(set(public) ^ set(other)) or "the order"
            self._report(
                theirs, f"`{ours.__name__}.__all__` and `{theirs.__name__}.__all__` differ in {extra}"
            )
        for name in public:
            twin = self.names.name(name)
            for module, wanted in ((ours, name), (theirs, twin)):
                if not hasattr(module, wanted):
                    self._report(module, f"`{wanted}` is in `__all__` and not in the module")
            if hasattr(ours, name) and hasattr(theirs, twin):
                self.thing(f"{theirs.__name__}.{twin}", getattr(ours, name), getattr(theirs, twin))

    def thing(self, label: str, ours: Any, theirs: Any) -> None:
        """Compare two things of the same name, whatever they are."""
        if _module_of(theirs).startswith(f"{self.package}._async"):
            self._report(theirs, f"`{label}` in the sync API is the async one")
        if _module_of(ours).startswith(f"{self.package}._sync"):
            self._report(ours, f"`{label}` in the async API is the sync one")
        if ours is theirs or (id(ours), id(theirs)) in self._seen:
            return
        self._seen.add((id(ours), id(theirs)))
        if isinstance(ours, type) and isinstance(theirs, type):
            self.classes(label, ours, theirs)
        elif isinstance(ours, property) and isinstance(theirs, property):
            for part in ("fget", "fset", "fdel"):
                self.functions(f"{label} ({part})", getattr(ours, part), getattr(theirs, part))
        elif isinstance(ours, _WRAPPED) and type(ours) is type(theirs):
            self.functions(label, ours.__func__, theirs.__func__)
        elif inspect.isroutine(ours) and inspect.isroutine(theirs):
            self.functions(label, ours, theirs)
        elif type(ours).__name__ != self.names.name(type(theirs).__name__):
            self._report(
                theirs, f"`{label}` is a {type(theirs).__name__}, in the async API a {type(ours).__name__}"
            )
        elif isinstance(ours, _PLAIN) and self.names.text(repr(ours)) != repr(theirs):
            self._report(theirs, f"`{label}` is {theirs!r}, in the async API {ours!r}")

    def classes(self, label: str, ours: type, theirs: type) -> None:
        """Compare two classes: bases, public members (inherited ones of this package included), annotated fields."""
        bases = [self.names.name(base.__name__) for base in ours.__mro__]
        if bases != [base.__name__ for base in theirs.__mro__]:
            self._report(theirs, f"`{label}` has other base classes than in the async API")
        left = {self.names.name(name): value for name, value in self._members(ours)}
        right = dict(self._members(theirs))
        for name in sorted(left.keys() ^ right.keys()):
            where = "only in the async API" if name in left else "only in the sync API"
            self._report(theirs, f"`{label}.{name}` is {where}")
        for name in sorted(left.keys() & right.keys()):
            self.thing(f"{label}.{name}", left[name], right[name])
        self._fields(label, ours, theirs)

    def _members(self, owner: type) -> Iterator[tuple[str, Any]]:
        names = {n for c in owner.__mro__ if c.__module__.split(".")[0] == self.package for n in vars(c)}
        for name in sorted(names):
            value = inspect.getattr_static(owner, name)
            special = name.startswith("__") and name.endswith("__")
            if not name.startswith("_") or (special and inspect.isfunction(value)):
                yield name, value

    def _fields(self, label: str, ours: type, theirs: type) -> None:
        left, right = (inspect.get_annotations(owner) for owner in (ours, theirs))
        for name, annotation in left.items():
            twin = self.names.name(name)
            if name.startswith("_") or twin not in right:
                continue
            if self.names.annotation(annotation) != self.names.annotation(right[twin]):
                self._report(
                    theirs, f"`{label}.{twin}` is annotated {right[twin]}, in the async API {annotation}"
                )

    def functions(
        self, label: str, ours: Callable[..., Any] | None, theirs: Callable[..., Any] | None
    ) -> None:
        """Compare two functions: kind, parameters, annotations."""
        if ours is None or theirs is None:
            if ours is not theirs:
                self._report(ours or theirs, f"`{label}` exists in one colour only")
            return
        if inspect.iscoroutinefunction(theirs) or inspect.isasyncgenfunction(theirs):
            self._report(theirs, f"`{label}` is async in the sync API")
        if inspect.isasyncgenfunction(ours) != inspect.isgeneratorfunction(
            theirs
        ) and not inspect.isgeneratorfunction(ours):
            self._report(theirs, f"`{label}` is a generator in one colour only")
        left, right = _signature(ours), _signature(theirs)
        if left is None or right is None:
            if left is not right:
                self._report(theirs, f"`{label}` has a signature in one colour only")
            return
        for difference in self._signatures(left, right):
            self._report(theirs, f"`{label}`: {difference}")

    def _signatures(self, left: inspect.Signature, right: inspect.Signature) -> Iterator[str]:
        ours, theirs = list(left.parameters.values()), list(right.parameters.values())
        if [self.names.name(p.name) for p in ours] != [p.name for p in theirs]:
            yield f"parameters ({', '.join(p.name for p in theirs)}), in the async API ({', '.join(p.name for p in ours)})"
            return
        for a, b in zip(ours, theirs, strict=True):
            if a.kind is not b.kind:
                yield f"`{b.name}` is {b.kind.description}, in the async API {a.kind.description}"
            if not self._same_value(a.default, b.default):
                yield f"`{b.name}` has the default {_default(b)}, in the async API {_default(a)}"
            if self.names.annotation(a.annotation) != self.names.annotation(b.annotation):
                yield f"`{b.name}` is annotated {b.annotation}, in the async API {a.annotation}"
        if self.names.annotation(left.return_annotation) != self.names.annotation(right.return_annotation):
            yield f"returns {right.return_annotation}, in the async API {left.return_annotation}"

    def _same_value(self, a: object, b: object) -> bool:
        return (
            a is b or (type(a) is type(b) and a == b) or self.names.text(repr(a)) == self.names.text(repr(b))
        )

    def _report(self, thing: Any, message: str) -> None:
        path, line = _place(thing)
        self.findings.append((path or self.package, line, message))


def _module_of(thing: Any) -> str:
    module = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
    return module if isinstance(module, str) else ""


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _default(parameter: inspect.Parameter) -> str:
    return "none" if parameter.default is parameter.empty else repr(parameter.default)


def _place(thing: Any) -> tuple[str, int]:
    thing = getattr(thing, "fget", None) or getattr(thing, "__func__", None) or thing
    try:
        path = inspect.getsourcefile(thing) or ""
        return path, 0 if isinstance(thing, ModuleType) else inspect.getsourcelines(thing)[1]
    except (TypeError, OSError):
        return "", 0


def main() -> None:
    """Read the request, print the findings."""
    request = json.load(sys.stdin)
    names = Names(request["tokens"], request["dotted"], request["unwrapped"])
    comparison = Comparison(request["package"], names)
    comparison.modules()
    print(json.dumps(comparison.findings))


if __name__ == "__main__":
    main()
