"""``match``: patterns read attributes too, and bind names."""

from __future__ import annotations

import ast

from ..build import call, load, place, store
from ..names import Reserved, forbidden_attribute
from ..risky import is_risky
from ..scopes import walk
from .attributes import ACCESSORS, FORMATTERS, SIZED
from .base import RewriterBase

__all__ = ["PatternRewriter"]

_REWRITTEN = ACCESSORS | FORMATTERS | SIZED | {"__class__", "__dict__"}


_BUILTIN_CLASSES = frozenset(
    ["bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"]
)


class PatternRewriter(RewriterBase):
    """Rewrites ``match`` statements."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._match_classes: list[ast.stmt] = []

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:  # noqa: N802
        outer, self._match_classes = self._match_classes, []
        node.subject = self.expression(node.subject)
        for case in node.cases:
            bound = {name for part in walk(case.pattern) for name in _captures(part)}
            case.pattern = self.visit(case.pattern)
            case.guard = self.optional(case.guard)
            case.body = [*self.bind_checks(sorted(bound), case.pattern), *self.body(case.body)]
        before, self._match_classes = self._match_classes, outer
        return [*before, node]

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:  # noqa: N802
        if node.name is not None:
            self.check_binding(node.name, node)
        return self.descend(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:  # noqa: N802
        if node.name is not None:
            self.check_binding(node.name, node)
        return node

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:  # noqa: N802
        if node.rest is not None:
            self.check_binding(node.rest, node)
        return self.descend(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:  # noqa: N802
        for name in node.kwd_attrs:
            if forbidden_attribute(name) or name in _REWRITTEN:
                self.refuse(node, f"The attribute {name!r} may not be used in a pattern by this code.")
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        node.kwd_patterns = [self.visit(pattern) for pattern in node.kwd_patterns]
        cls = self.expression(node.cls)
        if any(map(is_risky, node.kwd_attrs)) or (node.patterns and not self._is_builtin_class(node.cls)):
            cls = self._guarded_class(cls)
        node.cls = cls
        return node

    def _is_builtin_class(self, node: ast.expr) -> bool:
        """Whether a class is one of those whose one position is the value itself."""
        return isinstance(node, ast.Name) and node.id in _BUILTIN_CLASSES and self.is_builtin(node.id)

    def _guarded_class(self, cls: ast.expr) -> ast.expr:
        """A class pattern that no module matches: ``<match class>(lambda: cls)``, looked up when tried."""
        name = self.temporary("class pattern")
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        later = place(ast.Lambda(nothing, cls), cls)
        self._match_classes.append(
            place(ast.Assign([store(name, cls)], call(Reserved.MATCH_CLASS, cls, later)), cls)
        )
        return place(ast.Attribute(load(name, cls), "cls", ast.Load()), cls)

    def bind_checks(self, names: list[str], at: ast.AST) -> list[ast.stmt]:
        """Checks of global variables that were just bound to who knows what."""
        raise NotImplementedError


def _captures(node: ast.AST) -> list[str]:
    if isinstance(node, ast.MatchAs | ast.MatchStar):
        return [] if node.name is None else [node.name]
    if isinstance(node, ast.MatchMapping):
        return [] if node.rest is None else [node.rest]
    return []
