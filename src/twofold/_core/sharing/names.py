"""Which names a piece of source takes from around it, where each stands, and which modules it imports."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

__all__ = ["imported_modules", "names_from_around"]

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__module__", "__qualname__"}


def names_from_around(text: str) -> dict[str, int]:
    """Return the names that a module with this text would need and does not define, with their first lines.

    Args:
        text: The source of a definition, or of several.
    """
    tree = ast.parse(text)
    table = symtable.symtable(text, "<piece>", "exec")
    defined = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
    needed = _referenced(table) | (_in_annotations(tree) - _bound_inside(table))
    needed -= defined | _BUILTINS
    lines = _first_lines(tree)
    return {name: lines.get(name, 1) for name in sorted(needed, key=lambda name: (lines.get(name, 1), name))}


def imported_modules(text: str) -> dict[str, int]:
    """Return the modules that a text imports anywhere, with their lines; relative ones begin with a dot."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.setdefault(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            found.setdefault("." * node.level + (node.module or ""), node.lineno)
    return found


def _referenced(table: symtable.SymbolTable) -> set[str]:
    is_module = table.get_type() == "module"
    names = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (is_module or symbol.is_global())
    }
    return names.union(*(_referenced(child) for child in table.get_children()))


def _bound_inside(table: symtable.SymbolTable) -> set[str]:
    names: set[str] = set()
    for child in table.get_children():
        names.update(symbol.get_name() for symbol in child.get_symbols() if symbol.is_local())
        names |= _bound_inside(child)
    return names


def _in_annotations(tree: ast.Module) -> set[str]:
    """Return the names in annotations: with postponed evaluation, or as strings, symbol tables lack them."""
    names: set[str] = set()
    for annotation in _annotations(tree):
        names.update(_names_in_hint(annotation))
    return names


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        hint: ast.expr | None = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hint = node.returns
        elif isinstance(node, ast.arg | ast.AnnAssign):
            hint = node.annotation
        if hint is not None:
            yield hint


def _names_in_hint(hint: ast.expr) -> Iterator[str]:
    literal_parts = {
        id(part)
        for node in ast.walk(hint)
        if isinstance(node, ast.Subscript)
        and ast.unparse(node.value).rpartition(".")[2] in ("Literal", "Annotated")
        for part in ast.walk(node.slice)
        if isinstance(part, ast.Constant)
    }
    for node in ast.walk(hint):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in literal_parts:
            try:
                inner = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                continue
            yield from (part.id for part in ast.walk(inner) if isinstance(part, ast.Name))


def _first_lines(tree: ast.Module) -> dict[str, int]:
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines
