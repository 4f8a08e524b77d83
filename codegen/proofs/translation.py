"""Proof 1: translation validation.

The async source is un-coloured a second time, on its syntax tree instead of its tokens, and must give the tree of the
generated file. Nothing is shared with the rewriting but the table and the pass over docstrings, which has tests of its own.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import TypeVar

from ..docstrings import ExampleError, rewrite_docstring
from ..problems import Problem
from ..project import Project, Table

LANGUAGE = {
    # async protocol → sync protocol, from the language reference and the standard library
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "StopAsyncIteration": "StopIteration",
    "AsyncIterator": "Iterator",
    "AsyncIterable": "Iterable",
    "AsyncGenerator": "Generator",
    "asynccontextmanager": "contextmanager",
}

T = TypeVar("T", bound=ast.AST)


def check_translation(
    project: Project, sources: dict[str, str], generated: dict[str, bytes]
) -> list[Problem]:
    """A problem for each generated file that is not the program its source un-colours to."""
    problems: list[Problem] = []
    for path, text in sources.items():
        target = project.tree_of(path).target_of(path)
        if target not in generated:
            problems.append(Problem(target, 0, f"missing: {path} was not translated"))
            continue
        difference = compare(text, generated[target].decode(), project.table)
        if difference is not None:
            line, what = difference
            problems.append(Problem(path, line, f"{target} is not the translation of this: {what}"))
    return problems


def compare(source: str, generated: str, table: Table) -> tuple[int, str] | None:
    """Where the generated text first differs from the un-coloured source, or None if they are the same program."""
    expected = normalise(uncolour(ast.parse(source), table))
    actual = normalise(ast.parse(generated))
    return next(_differences(expected, actual, 0), None)


def uncolour(tree: T, table: Table) -> T:
    """The tree of the sync program; `tree` is changed in place."""
    result = _Uncolour(table).visit(tree)
    assert isinstance(result, type(tree))
    return ast.fix_missing_locations(result)


class _Uncolour(ast.NodeTransformer):
    """The colours' difference, said in terms of syntax."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.names = LANGUAGE | {entry.old: entry.new for entry in table.tokens}
        self.wrappers = {entry.old for entry in table.unwrapped}

    def visit(self, node: ast.AST) -> ast.AST | None:
        # docstrings first: the pass over them wants the text as it is written
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            node.value.value = self._docstring(node.value.value, node.value.col_offset)
            return node
        result = super().visit(node)
        if isinstance(result, ast.AST):
            self._rename(result)
        return result if result is None or isinstance(result, ast.AST) else None

    def _docstring(self, text: str, column: int) -> str:
        try:
            return rewrite_docstring(self._dotted(text), column, self.names)
        except ExampleError as error:
            return f"untranslatable example: {error}"

    def _rename(self, node: ast.AST) -> None:
        for field, value in ast.iter_fields(node):
            if isinstance(node, ast.Constant):
                continue
            if isinstance(value, str):
                setattr(node, field, self._name(value))
            elif isinstance(value, list):
                setattr(node, field, [self._name(v) if isinstance(v, str) else v for v in value])

    def _name(self, name: str) -> str:
        # split at dots for the modules of imports, which hold their dots in one string
        return ".".join(self.names.get(part, part) for part in self._dotted(name).split("."))

    def _dotted(self, text: str) -> str:
        for entry in self.table.dotted:
            text = re.sub(rf"(^|[^\w.]){re.escape(entry.old)}(?=\W|$)", rf"\g<1>{entry.new}", text)
        return text

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = self._dotted(node.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        whole = ast.unparse(node)
        for entry in self.table.dotted:
            if whole == entry.old:
                return ast.copy_location(ast.parse(entry.new, mode="eval").body, node)
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        return _as(ast.FunctionDef, node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        return _as(ast.For, node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        return _as(ast.With, node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        return node.value

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.is_async = 0
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        name = ast.unparse(node.value).split(".")[-1]
        self.generic_visit(node)
        if name not in self.wrappers:
            return node
        return node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        node.names = [alias for alias in node.names if alias.name not in self.wrappers]
        return self.generic_visit(node) if node.names else None

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        # only examples import asyncio, only to run their main(); the import lint sees to that
        node.names = [alias for alias in node.names if alias.name != "asyncio"]
        return self.generic_visit(node) if node.names else None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        runner = ast.unparse(node.func) == "asyncio.run" and len(node.args) == 1 and not node.keywords
        self.generic_visit(node)
        return node.args[0] if runner else node


def _as(kind: type[T], node: ast.AST) -> T:
    return ast.copy_location(kind(**dict(ast.iter_fields(node))), node)


def normalise(tree: ast.Module) -> ast.Module:
    """The same program with what formatting may change brought into one form: import order, docstring layout."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.kind = None
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            lines = inspect.cleandoc(node.value.value).split("\n")
            node.value.value = "\n".join(line.rstrip() for line in lines).strip()
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and any(isinstance(v, ast.stmt) for v in value):
                setattr(node, field, list(_sorted_imports(value)))
    return tree


def _sorted_imports(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    run: list[ast.stmt] = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            run.append(node)
            continue
        yield from _one_by_one(run)
        run = []
        if not isinstance(node, ast.Pass):  # it may stand for a dropped import
            yield node
    yield from _one_by_one(run)


def _one_by_one(run: list[ast.stmt]) -> Iterator[ast.stmt]:
    single: dict[str, ast.stmt] = {}
    for node in run:
        assert isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names:
            shown = None if alias.asname == alias.name else alias.asname
            only = ast.copy_location(ast.alias(alias.name, shown), node)
            new = (
                ast.Import([only])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [only], node.level)
            )
            single.setdefault(ast.unparse(new), ast.copy_location(new, node))
    yield from (single[key] for key in sorted(single))


def _differences(a: object, b: object, line: int) -> Iterator[tuple[int, str]]:
    """Each place where two trees differ, as the line in the first tree and what is there."""
    if isinstance(a, ast.AST) and isinstance(b, ast.AST):
        line = getattr(a, "lineno", line)
        if type(a) is not type(b):
            yield line, f"expected {_shown(a)}, found {_shown(b)}"
            return
        for field in a._fields:
            yield from _differences(getattr(a, field, None), getattr(b, field, None), line)
    elif isinstance(a, list) and isinstance(b, list):
        for x, y in zip(a, b, strict=False):
            yield from _differences(x, y, line)
        if len(a) != len(b):
            longer, what = (a, "is missing") if len(a) > len(b) else (b, "is too much")
            first = longer[min(len(a), len(b))]
            yield (getattr(first, "lineno", line) if longer is a else line), f"{_shown(first)} {what}"
    elif a != b or type(a) is not type(b):
        yield line, f"expected {_shown(a)}, found {_shown(b)}"


def _shown(value: object) -> str:
    text = ast.unparse(value) if isinstance(value, (ast.expr, ast.stmt)) else repr(value)
    return f"`{text[:80]}…`" if len(text) > 80 else f"`{text}`"
