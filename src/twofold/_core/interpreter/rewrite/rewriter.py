"""The whole rewriter, and what it does to a snippet as a module."""

from __future__ import annotations

import ast

from ..build import place, store
from ..names import Reserved
from ..scopes import Scope
from .base import RewriteContext
from .calls import CallRewriter
from .statements import StatementRewriter
from .uncolour import UncolourRewriter

__all__ = ["RewriteContext", "Rewriter", "rewrite"]

FINAL_ANSWER = "final_answer"
FINAL_ANSWER_VARIABLE = "final_answer_variable"


class Rewriter(CallRewriter, StatementRewriter, UncolourRewriter):
    """Rewrites one snippet. Used once."""

    def module(self, tree: ast.Module, *, keep_result: bool = True) -> ast.Module:
        """Rewrite a snippet in place and return it.

        Args:
            tree: The snippet as parsed.
            keep_result: Whether the value of a last expression is stored for the session to pick up.
        """
        self.begin(tree)
        self._rename_final_answer()
        self.scopes.append(Scope("module"))
        statements = tree.body
        value = statements[-1] if keep_result and statements else None
        body = self.body(statements)
        if isinstance(value, ast.Expr):
            body[-1] = place(ast.Assign([store(Reserved.RESULT, value)], value.value), value)
        self.scopes.pop()
        tree.body = _declare_globals(self, tree, body)
        return tree

    def _rename_final_answer(self) -> None:
        """Code may have a variable ``final_answer`` beside calling the function: the variable is renamed."""
        if self.source.isascii() and FINAL_ANSWER not in self.source:
            return
        if FINAL_ANSWER not in self.context.functions or FINAL_ANSWER in self.facts.parameters:
            return
        if FINAL_ANSWER in self.facts.stored or FINAL_ANSWER_VARIABLE in self.context.variables:
            self.renames[FINAL_ANSWER] = FINAL_ANSWER_VARIABLE


def rewrite(
    tree: ast.Module, source: str, context: RewriteContext, *, keep_result: bool = True
) -> ast.Module:
    """Rewrite a parsed snippet so that it can be compiled and run by a session.

    Args:
        tree: The snippet as parsed; changed in place.
        source: Its text, for messages.
        context: The session's side of things; the receivers of this snippet are added to it.
        keep_result: Whether the value of a last expression is stored for the session to pick up.

    Raises:
        ForbiddenOperation: The snippet uses what it may not use.
    """
    return Rewriter(source, context).module(tree, keep_result=keep_result)


def _declare_globals(rewriter: Rewriter, tree: ast.Module, body: list[ast.stmt]) -> list[ast.stmt]:
    """Put a ``global`` statement first, so that the snippet's variables are compiled to the faster access."""
    if not body:
        return body
    first = 0
    while first < len(body):
        statement = body[first]
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (is_future or (first == 0 and _is_text(statement))):
            break
        first += 1
    at = body[min(first, len(body) - 1)]
    names = _COMMON | (rewriter.module_names - rewriter.undeclarable)
    return [*body[:first], place(ast.Global(list(names)), at), *body[first:]]


_COMMON = frozenset({Reserved.GO, Reserved.TYPE, Reserved.MODULES, Reserved.RESULT})


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
