"""``ast.parse`` for programs with many threads."""

from __future__ import annotations

import ast
from typing import cast

__all__ = ["parse_expression", "parse_python"]

_ATTEMPTS = 20


def parse_python(source: str, filename: str = "<unknown>") -> ast.Module:
    """Return the syntax tree of a text, as ``ast.parse`` does.

    CPython 3.11 and 3.12 count the depth of a tree that they build in a counter that all threads share, so
    that threads that parse at the same time can be told of a "recursion depth mismatch" (a SystemError)
    although nothing is wrong. The next attempt succeeds.
    """
    return cast(ast.Module, _parse(source, filename, "exec"))


def parse_expression(source: str) -> ast.Expression:
    """Return the syntax tree of an expression."""
    return cast(ast.Expression, _parse(source, "<unknown>", "eval"))


def _parse(source: str, filename: str, mode: str) -> ast.AST:
    for _ in range(_ATTEMPTS - 1):
        try:
            return ast.parse(source, filename, mode)
        except SystemError:
            continue
    return ast.parse(source, filename, mode)
