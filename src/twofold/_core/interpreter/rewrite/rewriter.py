"""The whole rewriter, and what it does to a snippet as a module."""

from __future__ import annotations

import ast

from ..build import place, store
from ..names import Reserved
from ..scopes import Scope, SnippetFacts
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
        self.facts = SnippetFacts.of(tree)
        self._rename_final_answer()
        self.scopes.append(Scope("module"))
        statements = tree.body
        value = statements[-1] if keep_result and statements else None
        body = self.body(statements)
        if isinstance(value, ast.Expr):
            body[-1] = place(ast.Assign([store(Reserved.RESULT, value)], value.value), value)
        self.scopes.pop()
        tree.body = _declare_globals(tree, body)
        return tree

    def _rename_final_answer(self) -> None:
        """Code may have a variable ``final_answer`` beside calling the function: the variable is renamed."""
        if FINAL_ANSWER not in self.context.functions or FINAL_ANSWER in self.facts.parameters:
            return
        if FINAL_ANSWER in self.facts.stored or FINAL_ANSWER_VARIABLE in self.context.variables:
            self.renames[FINAL_ANSWER] = FINAL_ANSWER_VARIABLE


def rewrite(tree: ast.Module, source: str, context: RewriteContext, *, keep_result: bool = True) -> ast.Module:
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


def _declare_globals(tree: ast.Module, body: list[ast.stmt]) -> list[ast.stmt]:
    """Put a ``global`` statement first, so that the snippet's own variables are compiled to the faster access."""
    names: set[str] = set()
    annotated: set[str] = set()
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            annotated.add(node.target.id)
            stack += [node.annotation] if node.value is None else [node.annotation, node.value]
        elif isinstance(node, ast.FunctionDef | ast.Lambda):
            names.update((Reserved.GO, Reserved.TYPE))
            stack += node.args.defaults + [default for default in node.args.kw_defaults if default is not None]
            if isinstance(node, ast.FunctionDef):
                names.add(node.name)
                stack += node.decorator_list
        elif isinstance(node, ast.ClassDef):
            names.add(node.name)
            stack += node.decorator_list + node.bases
        elif isinstance(node, ast.Global):
            annotated.update(node.names)  # declared by the code itself
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            stack.append(node.generators[0].iter)
        else:
            stack.extend(ast.iter_child_nodes(node))
    names -= annotated
    if not names:
        return body
    first = 0
    while first < len(body):
        statement = body[first]
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (is_future or (first == 0 and _is_text(statement))):
            break
        first += 1
    at = body[min(first, len(body) - 1)]
    declaration = place(ast.Global(sorted(names)), at)
    return [*body[:first], declaration, *body[first:]]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
