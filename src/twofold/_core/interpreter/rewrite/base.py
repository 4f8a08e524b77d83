"""What all parts of the rewriter share: traversal, the stack of scopes, refusals, and the rules for names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from ...errors import ForbiddenOperation
from ..explain import caret_lines
from ..names import ALLOWED_DUNDERS, forbidden_store, is_dunder
from ..risky import is_risky
from ..scopes import TAKE_CALLS, Scope, SnippetFacts

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
        unchecked: Global names that some code of the session binds without a check; whoever reads their
            attributes checks. The rewriter adds to it. No name is in both.
        count_operations: Whether checkpoints count.
    """

    functions: Collection[str] = ()
    variables: Collection[str] = ()
    receivers: set[str] = field(default_factory=set)
    unchecked: set[str] = field(default_factory=set)
    count_operations: bool = False


_READS = re.compile(r"([A-Za-z_]\w*)\.([A-Za-z_]\w*)")
# What a snippet has to contain for the facts to hold anything but names.
_FACTS = re.compile("|".join(["nonlocal", *sorted(TAKE_CALLS)]))


class _Handlers(dict[type, Callable[[Any, Any], Any]]):
    """The method that rewrites each kind of node, looked up once for each class of rewriters."""

    def __init__(self, rewriter: type) -> None:
        self._rewriter = rewriter

    def __missing__(self, kind: type) -> Callable[[Any, Any], Any]:
        handler = getattr(self._rewriter, "visit_" + kind.__name__, None)
        found: Callable[[Any, Any], Any] = handler or self._rewriter.descend  # type: ignore[attr-defined]
        self[kind] = found
        return found


class RewriterBase:
    """Traversal and rules. ``visit_X`` of a statement may return a list; of an expression, an expression.

    Args:
        source: The snippet, for messages.
        context: The session's side of things.
    """

    handlers: ClassVar[_Handlers]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.handlers = _Handlers(cls)

    def __init__(self, source: str, context: RewriteContext) -> None:
        self.source = source
        self.context = context
        self.tree: ast.AST | None = None
        self._facts: SnippetFacts | None = None
        self.hints: set[str] = set()  # names of which attributes seem to be read that a module could have
        self.gathered: Collection[str] = ()  # variables that hold what asyncio.gather and its like are given
        self.nonlocals: frozenset[str] | set[str] = frozenset()  # that some function declares
        self.scopes: list[Scope] = []
        self.temporaries = 0
        self.renames: dict[str, str] = {}
        self.module_names: set[str] = set()  # names used at the top of the snippet
        self.undeclarable: set[str] = set()  # those that a global statement may not name

    # -- facts -------------------------------------------------------------------------------------------

    @property
    def facts(self) -> SnippetFacts:
        """What a walk over the whole snippet finds out; made when first asked for, since few snippets need it.

        Rewriting takes no name out of the tree, so it does not matter how far that has come.
        """
        if self._facts is None:
            self._facts = SnippetFacts() if self.tree is None else SnippetFacts.of(self.tree)
        return self._facts

    def begin(self, tree: ast.AST) -> None:
        """Take the snippet that is to be rewritten."""
        self.tree = tree
        self.hints = {name for name, attribute in _READS.findall(self.source) if is_risky(attribute)}
        if not self.source.isascii() or _FACTS.search(self.source) is not None:
            self.gathered, self.nonlocals = self.facts.gathered, self.facts.nonlocals

    # -- traversal ---------------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        """Rewrite one node."""
        return self.handlers[node.__class__](self, node)

    def expression(self, node: ast.expr) -> ast.expr:
        """Rewrite an expression."""
        return self.handlers[node.__class__](self, node)  # type: ignore[no-any-return]

    def optional(self, node: ast.expr | None) -> ast.expr | None:
        """Rewrite an expression that may be missing."""
        return None if node is None else self.expression(node)

    def expressions(self, nodes: Iterable[ast.expr]) -> list[ast.expr]:
        """Rewrite several expressions, in order."""
        handlers = self.handlers
        return [handlers[node.__class__](self, node) for node in nodes]

    def body(self, statements: Iterable[ast.stmt]) -> list[ast.stmt]:
        """Rewrite a block of statements."""
        result: list[ast.stmt] = []
        handlers = self.handlers
        for statement in statements:
            new = handlers[statement.__class__](self, statement)
            if new.__class__ is list:
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

    # What ``descend`` would do, spelled out for the kinds of node that most programs are made of.

    def visit_Constant(self, node: ast.Constant) -> ast.expr:  # noqa: N802
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:  # noqa: N802
        node.value = self.handlers[node.value.__class__](self, node.value)
        return node

    def visit_If(self, node: ast.If) -> ast.stmt:  # noqa: N802
        node.test = self.handlers[node.test.__class__](self, node.test)
        node.body = self.body(node.body)
        if node.orelse:
            node.orelse = self.body(node.orelse)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:  # noqa: N802
        handlers = self.handlers
        node.value = handlers[node.value.__class__](self, node.value)
        node.slice = handlers[node.slice.__class__](self, node.slice)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:  # noqa: N802
        node.left = self.handlers[node.left.__class__](self, node.left)
        node.comparators = self.expressions(node.comparators)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:  # noqa: N802
        node.values = self.expressions(node.values)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:  # noqa: N802
        node.operand = self.handlers[node.operand.__class__](self, node.operand)
        return node

    def visit_List(self, node: ast.List) -> ast.expr:  # noqa: N802
        node.elts = self.expressions(node.elts)
        return node

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:  # noqa: N802
        node.elts = self.expressions(node.elts)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:  # noqa: N802
        node.values = self.expressions(node.values)
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.expr:  # noqa: N802
        node.lower, node.upper = self.optional(node.lower), self.optional(node.upper)
        node.step = self.optional(node.step)
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
        if scope is None:
            scope = self.scopes[-1]
            if scope.kind == "comprehension":
                scope = self.variable_scope
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

    def is_checked(self, name: str) -> bool:
        """Whether a global name that is bound here has to be checked; if not, whoever reads it checks.

        It has to if it is read unchecked already; and it may as well if it looks as if this snippet read
        attributes of it, which are more often read than the name is bound.
        """
        if name in self.context.receivers:
            return True
        if name not in self.context.unchecked and name in self.hints:
            self.context.receivers.add(name)
            return True
        self.context.unchecked.add(name)
        return False

    def check_binding(self, name: str, node: ast.AST, scope: Scope | None = None) -> None:
        """Refuse to bind names that generated code may not bind."""
        if forbidden_store(name):
            self.refuse(node, f"The name {name!r} may not be assigned or defined by this code.")
        if self.context.functions and name in self.context.functions and self.binds_globally(name, scope):
            self.refuse(
                node,
                f"{name!r} is the name of a tool, which this code may call but not replace. "
                f"Choose another name.",
            )

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        if self.renames:
            node.id = self.renames.get(node.id, node.id)
        name = node.id
        if len(self.scopes) == 1:
            self.module_names.add(name)
        if node.ctx.__class__ is not ast.Load:
            self.check_binding(name, node)
        elif name[:2] == "__" and is_dunder(name) and name not in READABLE_NAMES:
            self.refuse(node, f"The name {name!r} may not be used: it reaches into Python's internals.")
        return node
