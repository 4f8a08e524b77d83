"""Reading the source of functions and classes, as it stands in files, notebooks and interactive sessions."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from ..errors import ConfigurationError

__all__ = ["SourcePiece", "class_functions", "class_source", "function_source", "plain_function"]

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class SourcePiece:
    """The source of one function or class.

    Attributes:
        name: The name it defines.
        text: The source, not indented, decorators included.
        file: Where it is from.
        line: The number of its first line there.
    """

    name: str
    text: str
    file: str
    line: int

    @property
    def node(self) -> Definition:
        """The syntax tree of the definition."""
        node = ast.parse(self.text).body[0]
        assert isinstance(node, Definition)
        return node

    def place(self, line: int) -> str:
        """Name a line of the text, counted from 1, as it is in the file."""
        return f"{self.file}, line {self.line + line - 1}"

    def without_lines(self, count: int) -> SourcePiece:
        """Return the piece without its first lines."""
        text = "".join(self.text.splitlines(keepends=True)[count:])
        return SourcePiece(self.name, text, self.file, self.line + count)


def plain_function(value: Any) -> FunctionType | None:
    """Return the function written with ``def`` in what stands in a class or is wrapped by a decorator."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    value = inspect.unwrap(value) if callable(value) else value
    return value if isinstance(value, FunctionType) else None


def class_functions(cls: type) -> list[FunctionType]:
    """Return the functions that a class itself defines."""
    functions = [plain_function(value) for value in vars(cls).values()]
    return [
        one for one in functions if one is not None and one.__qualname__.startswith(f"{cls.__qualname__}.")
    ]


def function_source(function: FunctionType, what: str) -> SourcePiece:
    """Return the source of a function.

    Args:
        function: The function.
        what: What it is, for the error.

    Raises:
        ConfigurationError: The source cannot be found.
    """
    code = function.__code__
    lines, tree = _module(code, what)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
            if _first_line(node) == code.co_firstlineno:
                return _piece(node, lines, code.co_filename)
    raise _unreadable(what, code.co_filename)


def class_source(cls: type, what: str) -> SourcePiece:
    """Return the source of a class.

    Args:
        cls: The class.
        what: What it is, for the error.

    Raises:
        ConfigurationError: The source cannot be found.
    """
    for code in (function.__code__ for function in class_functions(cls)):
        if not linecache.getlines(code.co_filename):  # generated, as dataclasses do
            continue
        lines, tree = _module(code, what)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                if any(_first_line(part) == code.co_firstlineno for part in _definitions(node)):
                    return _piece(node, lines, code.co_filename)
    return _class_without_functions(cls, what)


def _class_without_functions(cls: type, what: str) -> SourcePiece:
    try:
        lines, number = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls) or "?"
    except (OSError, TypeError) as error:
        raise _unreadable(what, "?") from error
    return SourcePiece(cls.__name__, textwrap.dedent("".join(lines)), file, number)


def _module(code: CodeType, what: str) -> tuple[list[str], ast.Module]:
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError as error:
        raise _unreadable(what, code.co_filename) from error
    if not lines:
        raise _unreadable(what, code.co_filename)
    return lines, tree


def _unreadable(what: str, file: str) -> ConfigurationError:
    return ConfigurationError(
        f"{what} cannot be saved: its source cannot be read (from {file}). "
        f"Define it in a file or a notebook cell, and do not change that between defining and saving it."
    )


def _definitions(node: ast.ClassDef) -> Iterator[Definition]:
    return (part for part in ast.walk(node) if isinstance(part, Definition) and part is not node)


def _first_line(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _piece(node: Definition, lines: list[str], file: str) -> SourcePiece:
    first = _first_line(node)
    return SourcePiece(node.name, _dedented(node, first, lines), file, first)


def _dedented(node: Definition, first: int, lines: list[str]) -> str:
    """Take the indentation away, but not from lines inside of strings, whose value it would change."""
    assert node.end_lineno is not None
    inside: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr) or (
            isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
        ):
            inside.update(range(part.lineno + 1, (part.end_lineno or 0) + 1))
    head = lines[first - 1]
    margin = head[: len(head) - len(head.lstrip())]
    text = "".join(
        line if number in inside else line.removeprefix(margin)
        for number, line in enumerate(lines[first - 1 : node.end_lineno], first)
    )
    return text if text.endswith("\n") else text + "\n"
