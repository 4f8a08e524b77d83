"""Making a definition stand alone: the imports, constants and helpers it uses are gathered around it.

What can be gathered: modules and what is importable from them, literal constants, and functions and classes
of the user's own modules, which are taken along with what they use in turn.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigurationError
from .modules import is_local, is_standard
from .names import imported_modules, names_from_around
from .secret_scan import holds_secret
from .source import SourcePiece, class_functions, class_source, function_source, plain_function

__all__ = ["Bundle", "is_literal"]


class Bundle:
    """The text of a module that is being put together. Made for one tool and used once.

    Args:
        what: What is being saved, for errors, e.g. ``"The tool 'search'"``.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._values: dict[str, Any] = {}  # what each name at the top level stands for
        self._imports: dict[str, None] = {}
        self._constants: dict[str, str] = {}
        self._definitions: list[str] = []
        self._modules: set[str] = set()
        self._postponed = False

    @property
    def modules(self) -> set[str]:
        """The modules that the text imports."""
        return self._modules

    def text(self) -> str:
        """Return the module."""
        future = ["from __future__ import annotations"] if self._postponed else []
        constants = [f"{name} = {value}" for name, value in self._constants.items()]
        head = ["\n".join(lines) for lines in (future, sorted(self._imports), constants) if lines]
        definitions = [text.strip("\n") for text in self._definitions]
        return "\n\n\n".join(["\n\n".join(head), *definitions] if head else definitions) + "\n"

    def free_name(self, wanted: str) -> str:
        """Return a name that nothing has yet."""
        while wanted in self._values:
            wanted = f"{wanted}_"
        return wanted

    def add_import(self, line: str, name: str, value: Any) -> None:
        """Add a line that imports a name."""
        self._claim(name, value, line)
        self._imports[line] = None
        self._modules.update(imported_modules(line))

    def add_function(
        self, function: types.FunctionType, piece: SourcePiece | None = None, value: Any = None
    ) -> None:
        """Add a function and all that it uses.

        Args:
            function: The function.
            piece: Its source, if that is to be another one.
            value: What its name stands for, if that is another thing.
        """
        what = f"{self._what}: the function {function.__name__!r}"
        piece = piece or function_source(function, what)
        self._values.setdefault(piece.name, function if value is None else value)
        self._postponed |= bool(function.__code__.co_flags & __future__.annotations.compiler_flag)
        self._add(piece, _names_of_function(function))

    def add_class(self, cls: type) -> None:
        """Add a class and all that it uses."""
        piece = class_source(cls, f"{self._what}: the class {cls.__name__!r}")
        self._values.setdefault(piece.name, cls)
        module = vars(sys.modules.get(cls.__module__, types.ModuleType("empty")))
        self._postponed |= module.get("annotations") is __future__.annotations
        # methods know the names of a function in which the class is defined, as far as they use them
        names = dict(module)
        for function in class_functions(cls):
            names.update(_names_of_function(function))
        self._add(piece, names)

    def _add(self, piece: SourcePiece, around: Mapping[str, Any]) -> None:
        self._check_imports(piece)
        for name, line in names_from_around(piece.text).items():
            if name not in around:
                raise self._refusal(piece, line, name, "is not defined")
            self._provide(name, around[name], piece, line)
        self._definitions.append(piece.text)

    def _check_imports(self, piece: SourcePiece) -> None:
        for module, line in imported_modules(piece.text).items():
            if module.startswith(".") or is_local(module):
                raise ConfigurationError(
                    f"{self._what} cannot be saved: {piece.place(line)} imports {module!r}, a module of yours "
                    f"that nobody else has. Import it at the top of the file, so that what is used of it can "
                    f"be taken along; or make it an installed package."
                )
            self._modules.add(module)

    def _provide(self, name: str, value: Any, piece: SourcePiece, line: int) -> None:
        """Make a name of the piece stand for the same value at the top of the module."""
        if self._values.get(name, self) is value:
            return
        if hasattr(builtins, name) and getattr(builtins, name) is value:
            return
        if isinstance(value, types.ModuleType):
            self._provide_module(name, value, piece, line)
        elif (statement := _import_of(name, value)) is not None:
            self.add_import(statement, name, value)
        elif is_literal(value):
            if holds_secret(name, value):
                raise self._refusal(
                    piece, line, name, "looks like a secret, which is not written; read it from os.environ"
                )
            self._claim(name, value, piece.place(line))
            self._constants[name] = repr(value)
        else:
            self._provide_definition(name, value, piece, line)

    def _provide_module(self, name: str, module: types.ModuleType, piece: SourcePiece, line: int) -> None:
        if is_local(module.__name__):
            raise self._refusal(
                piece,
                line,
                name,
                f"is the module {module.__name__!r} of yours; import what is used of it by name",
            )
        path = module.__name__
        self.add_import(f"import {path}" if path == name else f"import {path} as {name}", name, module)
        for submodule in sorted(_used_submodules(piece.node, name, module)):
            self._imports[f"import {submodule}"] = None

    def _provide_definition(self, name: str, value: Any, piece: SourcePiece, line: int) -> None:
        from ..tools.function_tool import FunctionTool

        inner = value.function if isinstance(value, FunctionTool) else value
        add: Callable[[], None]
        if isinstance(inner, type) and is_local(inner.__module__):
            add = lambda: self.add_class(inner)  # noqa: E731
        elif (function := plain_function(inner)) is not None and not isinstance(inner, types.MethodType):
            add = lambda: self.add_function(function)  # noqa: E731
        else:
            kind = type(value).__name__
            raise self._refusal(
                piece,
                line,
                name,
                f"is a value of type {kind} that a file cannot hold. Make it inside the function, or in "
                f"setup() of a Tool class",
            )
        if getattr(inner, "__name__", name) != name:
            raise self._refusal(piece, line, name, f"is another name of {inner.__name__!r}; use that one")
        self._claim(name, value, piece.place(line))
        add()

    def _claim(self, name: str, value: Any, place: str) -> None:
        if name in self._values and self._values[name] is not value and self._values[name] != value:
            raise ConfigurationError(
                f"{self._what} cannot be saved: {name!r} stands for different things in what it uses "
                f"({place}, among others). Rename one of them."
            )
        self._values[name] = value

    def _refusal(self, piece: SourcePiece, line: int, name: str, why: str) -> ConfigurationError:
        return ConfigurationError(f"{self._what} cannot be saved: {piece.place(line)}: {name!r} {why}.")


def is_literal(value: Any) -> bool:
    """Say whether a value is one that can be written down: numbers, texts, None, and lists and dicts of them."""
    if isinstance(value, list | tuple | set):
        return (
            type(value) in (list, tuple, set)
            and (bool(value) or not isinstance(value, set))
            and all(map(is_literal, value))
        )
    if isinstance(value, dict):
        return type(value) is dict and all(
            is_literal(key) and is_literal(item) for key, item in value.items()
        )
    if isinstance(value, float):
        return type(value) is float and value - value == 0  # neither infinite nor nan
    return value is None or type(value) in (str, bytes, int, bool, complex)


def _names_of_function(function: types.FunctionType) -> dict[str, Any]:
    names = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            names.pop(name, None)
    names.pop("__class__", None)
    return names


def _import_of(name: str, value: Any) -> str | None:
    """Return the statement that imports a value under a name, from a module that everybody can have."""
    module, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if path is None:
        path = getattr(value, "_name", None) or getattr(value, "__name__", None)  # what typing has
    candidates = [(module, path)] if isinstance(module, str) and isinstance(path, str) else []
    if isinstance(module, str):
        candidates.append((module, name))
    for source, attribute in candidates:
        public = _public_module(source, attribute, value)
        if public is not None:
            return f"from {public} import {attribute}" + ("" if attribute == name else f" as {name}")
    return None


def _public_module(module: str, attribute: str, value: Any) -> str | None:
    """Return the outermost module from which a value can be imported, e.g. ``twofold`` for its inner ones."""
    if "." in attribute or is_local(module):
        return None
    parts = module.split(".")
    public = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    if is_standard(module) and module in sys.modules:
        public = [module.lstrip("_") if module.lstrip("_") in sys.modules else module, module]
    for source in public:
        if getattr(sys.modules.get(source), attribute, None) is value:
            return source
    return None


def _used_submodules(node: ast.AST, name: str, module: types.ModuleType) -> set[str]:
    """Return the submodules that a piece reaches as attributes of a module: those have to be imported too."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            path = ast.unparse(part)
            if path.startswith(f"{name}.") and path.replace(".", "").isidentifier():
                full = module.__name__ + path[len(name) :]
                if getattr(sys.modules.get(full), "__name__", None) == full:
                    found.add(full)
    return found if name == module.__name__ else set()
