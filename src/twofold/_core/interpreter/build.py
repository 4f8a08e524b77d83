"""Small makers of syntax-tree nodes, each placed where the node it stands for was."""

from __future__ import annotations

import ast
from typing import TypeVar

from .names import Reserved

__all__ = ["call", "check_statement", "constant", "load", "negated", "passes", "place", "store"]

N = TypeVar("N", bound=ast.AST)

# What holds nothing is shared by all trees, as the parser shares it.
LOAD, STORE = ast.Load(), ast.Store()
NOT, OR = ast.Not(), ast.Or()


def place(node: N, at: ast.AST) -> N:
    """Give a node the position of another one."""
    node.lineno = at.lineno  # type: ignore[attr-defined]
    node.col_offset = at.col_offset  # type: ignore[attr-defined]
    node.end_lineno = at.end_lineno  # type: ignore[attr-defined]
    node.end_col_offset = at.end_col_offset  # type: ignore[attr-defined]
    return node


def load(name: str, at: ast.AST) -> ast.Name:
    """``name``, read."""
    return place(ast.Name(name, LOAD), at)


def store(name: str, at: ast.AST) -> ast.Name:
    """``name``, assigned."""
    return place(ast.Name(name, STORE), at)


def constant(value: object, at: ast.AST) -> ast.Constant:
    """A constant."""
    return place(ast.Constant(value), at)  # type: ignore[arg-type]


def call(name: str, at: ast.AST, *arguments: ast.expr) -> ast.Call:
    """``name(*arguments)``."""
    return place(ast.Call(load(name, at), list(arguments), []), at)


def negated(test: ast.expr, at: ast.AST) -> ast.UnaryOp:
    """``not test``."""
    return place(ast.UnaryOp(NOT, test), at)


def check_statement(at: ast.AST, function: str = Reserved.CHECK) -> ast.If:
    """``if not <go>: <checkpoint>()``, about 2 ns while nothing is asked of the program."""
    act = place(ast.Expr(call(function, at)), at)
    return place(ast.If(negated(load(Reserved.GO, at), at), [act], []), at)


def passes(at: ast.AST) -> ast.BoolOp:
    """``<go> or <checkpoint>()``: the checkpoint as an expression, always true."""
    return place(ast.BoolOp(OR, [load(Reserved.GO, at), call(Reserved.CHECK, at)]), at)
