"""Async code without its colour: ``async def``, ``await``, ``async for``, ``async with`` become plain.

A call of an un-coloured ``async def`` gives something to be awaited, as in Python, and runs when it is:
so ``asyncio.gather`` still gets calls that have not happened yet. An async generator becomes a generator
inside an object with the methods of an async one.
"""

from __future__ import annotations

import ast
from typing import Any

from ..build import call, load, place
from ..names import Reserved
from .base import RewriterBase

__all__ = ["UncolourRewriter"]

_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp)


class UncolourRewriter(RewriterBase):
    """Rewrites the async nodes."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | list[ast.stmt]:  # noqa: N802
        fields: dict[str, Any] = {name: getattr(node, name, None) for name in node._fields}
        plain = place(ast.FunctionDef(**fields), node)
        generator = _yields(node.body)
        result = self.visit(plain)
        made = Reserved.ASYNC_GENERATOR if generator else Reserved.ASYNC_DEF
        plain.decorator_list.append(load(made, node))
        return result  # type: ignore[no-any-return]

    def visit_Await(self, node: ast.Await) -> ast.expr:  # noqa: N802
        return call(Reserved.AWAIT, node, self.expression(node.value))

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:  # noqa: N802
        iterated = call(Reserved.ASYNC_ITER, node.iter, node.iter)
        plain = ast.For(node.target, iterated, node.body, node.orelse, node.type_comment)
        return self.visit(place(plain, node))  # type: ignore[no-any-return]

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST | list[ast.stmt]:  # noqa: N802
        for item in node.items:
            item.context_expr = call(Reserved.ASYNC_WITH, item.context_expr, item.context_expr)
        return self.visit(place(ast.With(node.items, node.body, node.type_comment), node))  # type: ignore[no-any-return]


def _yields(body: list[ast.stmt]) -> bool:
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _NESTED):
            stack.extend(ast.iter_child_nodes(node))
    return False
