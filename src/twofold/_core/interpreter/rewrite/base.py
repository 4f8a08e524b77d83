"""What all parts of the rewriter share: traversal, the stack of scopes, refusals, and the rules for names."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from ...errors import ForbiddenOperation
from ..explain import caret_lines
from ..names import ALLOWED_DUNDERS, forbidden_store, is_dunder
from ..scopes import Scope, SnippetFacts

__all__ = ["RewriteContext", "RewriterBase"]

READABLE_NAMES = ALLOWED_DUNDERS | {"__import__"}


@dataclass
class RewriteContext:
    """What the rewriter has to know about the session.

    Attributes:
        functions: Names of tools: callable, not assignable.
        variables: Names of variables that exist already.
        receivers: Global names whose attributes are read somewhere in the session without a check; whoever
            binds them checks. The rewriter adds to it.
        count_operations: Whether checkpoints count.
    """

    functions: Collection[str] = ()
    variables: Collection[str] = ()
    receivers: set[str] = field(default_factory=set)
    count_operations: bool = False


_METHOD_NAMES: dict[type[ast.AST], str] = {}


class RewriterBase:
    """Traversal and rules. ``visit_X`` of a statement may return a list; of an expression, an expression.

    Args:
        source: The snippet, for messages.
        context: The session's side of things.
    """

    def __init__(self, source: str, context: RewriteContext) -> None:
        self.source = source
        self.context = context
        self.facts = SnippetFacts()
        self.scopes: list[Scope] = []
        self.temporaries = 0
        self.renames: dict[str, str] = {}
        self.module_names: set[str] = set()  # names used at the top of the snippet
        self.undeclarable: set[str] = set()  # those that a global statement may not name

    # -- traversal ---------------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        """Rewrite one node."""
        kind = node.__class__
        try:
            name = _METHOD_NAMES[kind]
        except KeyError:
            name = "visit_" + kind.__name__
            _METHOD_NAMES[kind] = name = name if hasattr(self, name) else "descend"
        return getattr(self, name)(node)

    def expression(self, node: ast.expr) -> ast.expr:
        """Rewrite an expression."""
        return cast(ast.expr, self.visit(node))

    def optional(self, node: ast.expr | None) -> ast.expr | None:
        """Rewrite an expression that may be missing."""
        return None if node is None else self.expression(node)

    def expressions(self, nodes: Iterable[ast.expr]) -> list[ast.expr]:
        """Rewrite several expressions, in order."""
        return [self.expression(node) for node in nodes]

    def body(self, statements: Iterable[ast.stmt]) -> list[ast.stmt]:
        """Rewrite a block of statements."""
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            if isinstance(new, list):
                result += new
            else:
                result.append(new)
        return result

    def descend(self, node: ast.AST) -> ast.AST:
        """Rewrite the children of a node in place."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
            elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self.body(value))
            elif isinstance(value, list):
                value[:] = [self.visit(item) if isinstance(item, ast.AST) else item for item in value]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:  # noqa: N802
        return node

    def temporary(self, word: str) -> str:
        """A new reserved variable."""
        self.temporaries += 1
        return f"<{word} {self.temporaries}>"

    # -- refusals ----------------------------------------------------------------------------------------

    def refuse(self, node: ast.AST, why: str) -> NoReturn:
        """Refuse the snippet because of a node."""
        line = getattr(node, "lineno", None)
        message = why
        if line is not None:
            text = self.source.splitlines()[line - 1] if line <= self.source.count("\n") + 1 else ""
            same_line = getattr(node, "end_lineno", line) == line
            end = node.end_col_offset if same_line else len(text.encode())  # type: ignore[attr-defined]
            message += "\n" + caret_lines(f"  line {line}: ", text, node.col_offset, end)  # type: ignore[attr-defined]
        raise ForbiddenOperation(message, line=line)

    # -- names -------------------------------------------------------------------------------------------

    @property
    def scope(self) -> Scope:
        """The innermost scope."""
        return self.scopes[-1]

    @property
    def variable_scope(self) -> Scope:
        """The scope that an assignment expression binds in: the innermost that is no comprehension."""
        return next(scope for scope in reversed(self.scopes) if scope.kind != "comprehension")

    def binds_globally(self, name: str, scope: Scope | None = None) -> bool:
        """Whether assigning a name here binds a variable of the session."""
        scope = self.variable_scope if scope is None else scope
        return scope.kind == "module" or name in scope.declared_global

    def owner(self, name: str) -> Scope | None:
        """The scope a name read here is local to, or None when it is global or builtin."""
        for index in range(len(self.scopes) - 1, 0, -1):
            scope = self.scopes[index]
            if scope.kind == "class" and index != len(self.scopes) - 1:
                continue
            if name in scope.bound:
                return scope
            if name in scope.declared_global:
                return None
        return None

    def is_builtin(self, name: str) -> bool:
        """Whether a name read here means the builtin."""
        if name in self.facts.stored or name in self.facts.parameters or name in self.context.variables:
            return False
        return name not in self.context.functions

    def check_binding(self, name: str, node: ast.AST, scope: Scope | None = None) -> None:
        """Refuse to bind names that generated code may not bind."""
        if forbidden_store(name):
            self.refuse(node, f"The name {name!r} may not be assigned or defined by this code.")
        if name in self.context.functions and self.binds_globally(name, scope):
            self.refuse(
                node,
                f"{name!r} is the name of a tool, which this code may call but not replace. "
                f"Choose another name.",
            )

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        new = self.renames.get(node.id)
        if new is not None:
            node.id = new
        if len(self.scopes) == 1:
            self.module_names.add(node.id)
        if not isinstance(node.ctx, ast.Load):
            self.check_binding(node.id, node)
        elif is_dunder(node.id) and node.id not in READABLE_NAMES:
            self.refuse(node, f"The name {node.id!r} may not be used: it reaches into Python's internals.")
        return node
