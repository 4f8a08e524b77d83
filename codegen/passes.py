"""The passes of our own, made on a source file before unasync gets it: all that needs more than a whole-token replacement.

- dotted names (``twofold.aio`` → ``twofold``), as text
- ``Awaitable[T]`` → ``T``, and ``Awaitable`` dropped from its import
- ``(await x).y`` → ``await x.y``, since unasync would leave ``(x).y``
- ``asyncio.run(main())`` → ``main()`` in examples
- code examples in docstrings
"""

import ast
import re
from collections.abc import Iterator

from .docstrings import ExampleError, rewrite_docstring, runner_edits
from .edits import Edit, Source, apply
from .problems import CodegenError, Problem
from .project import Entry, Table


def prepare(path: str, text: str, kind: str, table: Table) -> str:
    """A source file's text, ready for unasync.

    Raises:
        CodegenError: Something in it has no sync form; the problems name the lines.
    """
    source = Source(replace_dotted(text, table.dotted))
    edits = [*unwrap_edits(source, table), *_parentheses_edits(source)]
    problems: list[Problem] = []
    if kind == "examples":
        try:
            edits += runner_edits(source)
        except ExampleError as error:
            problems.append(Problem(path, error.line + 1, error.message))
    for node in docstrings(source.tree):
        try:
            edits += _docstring_edits(source, node, table)
        except ExampleError as error:
            problems.append(
                Problem(path, node.lineno + error.line, f"example in a docstring: {error.message}")
            )
    if problems:
        raise CodegenError(problems)
    return apply(source.text, edits)


def dotted_pattern(name: str) -> re.Pattern[str]:
    """Matches a dotted name where it is not the tail or the head of a longer word."""
    return re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")


def replace_dotted(text: str, entries: tuple[Entry, ...]) -> str:
    """The text with all dotted names replaced, and `import x as x` shortened where that is what comes out."""
    for entry in entries:
        text = dotted_pattern(entry.old).sub(entry.new, text)
        text = re.sub(
            rf"\bimport {re.escape(entry.new)} as {re.escape(entry.new)}\b", f"import {entry.new}", text
        )
    return text


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """All strings that stand as statements: docstrings of modules, classes and functions, and those below attributes."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value


def _docstring_edits(source: Source, node: ast.Constant, table: Table) -> list[Edit]:
    start, end = source.span(node)
    literal = source.text[start:end]
    opening = re.match(r"[A-Za-z]*(\"\"\"|'''|\"|')", literal)
    if opening is None or not literal.endswith(opening[1]):
        return []
    start, end = start + opening.end(), end - len(opening[1])
    old = source.text[start:end]
    new = rewrite_docstring(old, node.col_offset, table.all_tokens())
    return [Edit(start, end, new)] if new != old else []


def unwrapped_part(node: ast.AST, table: Table) -> ast.expr | None:
    """What is left of `Awaitable[T]` or `Coroutine[Any, Any, T]`: the `T`. None for any other node."""
    if not isinstance(node, ast.Subscript) or _last_name(node.value) not in {e.old for e in table.unwrapped}:
        return None
    return node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def unwrap_edits(source: Source, table: Table) -> list[Edit]:
    """Edits that leave the `T` of each `Awaitable[T]` and drop the import of `Awaitable`."""
    names = {entry.old for entry in table.unwrapped}
    edits: list[Edit] = []
    for node in ast.walk(source.tree):
        part = unwrapped_part(node, table)
        if part is not None and isinstance(node, ast.Subscript):
            (start, end), (inner_start, inner_end) = source.span(node), source.span(part)
            edits += [Edit(start, inner_start, ""), Edit(inner_end, end, "")]
        elif isinstance(node, ast.ImportFrom) and any(alias.name in names for alias in node.names):
            edits.append(_import_without(source, node, names))
    return edits


def _import_without(source: Source, node: ast.ImportFrom, names: set[str]) -> Edit:
    start, end = source.span(node)
    left = [alias for alias in node.names if alias.name not in names]
    if left:
        return Edit(start, end, ast.unparse(ast.ImportFrom(node.module, left, node.level)))
    whole_line = source.text[end : end + 1] == "\n" and node.col_offset == 0
    return Edit(start, end + 1, "") if whole_line else Edit(start, end, "pass")


_TIGHT_PARENTS = (ast.Attribute, ast.Subscript, ast.BinOp, ast.Compare, ast.BoolOp, ast.UnaryOp)


def _parentheses_edits(source: Source) -> list[Edit]:
    edits: list[Edit] = []
    for parent in ast.walk(source.tree):
        if isinstance(parent, ast.Call):
            children: list[ast.AST] = [parent.func]
        elif isinstance(parent, ast.Subscript):
            children = [parent.value]
        elif isinstance(parent, _TIGHT_PARENTS):
            children = list(ast.iter_child_nodes(parent))
        else:
            continue
        for child in children:
            if isinstance(child, ast.Await) and not isinstance(child.value, ast.Await):
                edits += _without_parentheses(source, child)
    return edits


def _without_parentheses(source: Source, node: ast.expr) -> list[Edit]:
    start, end = source.span(node)
    if source.text[start - 1 : start] != "(" or source.text[end : end + 1] != ")":
        return []
    return [Edit(start - 1, start, ""), Edit(end, end + 1, "")]
