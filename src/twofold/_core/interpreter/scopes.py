"""What is bound where in a snippet: the little of Python's scoping that the rewriter has to know.

Where an answer cannot be exact it errs towards "may be bound here", which costs a check and never a hole.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from .risky import is_risky

__all__ = ["Scope", "SnippetFacts", "binding_names", "bound_names", "own_nodes", "parameters", "walk"]


@dataclass(slots=True)
class Scope:
    """One scope while the rewriter is inside it.

    Attributes:
        kind: What makes the scope.
        bound: Names that are (or may be) local to it.
        checked: Local names that were checked when they were bound, so that reading their attributes needs
            no check.
        owned: Local names checked for attribute stores too.
        declared_global: Names it declares ``global``.
        numbers: Local names that only ever hold numbers.
        plain: Local names bound by loops and assignments only.
        read: Names of which it reads attributes that a module could have.
        written: Names of which it assigns or deletes attributes.
    """

    kind: Literal["module", "function", "class", "lambda", "comprehension"]
    name: str = ""
    bound: set[str] = field(default_factory=set)
    checked: set[str] = field(default_factory=set)
    owned: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)


# Functions of asyncio that are given coroutines.
TAKE_CALLS = frozenset(
    {"gather", "create_task", "ensure_future", "wait_for", "as_completed", "wait", "shield"}
)


@dataclass(slots=True)
class SnippetFacts:
    """What one walk over a snippet finds out before it is rewritten."""

    nonlocals: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    gathered: set[str] = field(default_factory=set)  # variables that hold what asyncio.gather is given

    @classmethod
    def of(cls, tree: ast.AST) -> SnippetFacts:
        """Collect the facts about a whole snippet."""
        facts = cls()
        for node in walk(tree):
            kind = node.__class__
            if kind is ast.Name:
                if node.ctx.__class__ is not ast.Load:  # type: ignore[attr-defined]
                    facts.stored.add(node.id)  # type: ignore[attr-defined]
            elif kind is ast.Call:
                if node.func.__class__ is ast.Attribute:  # type: ignore[attr-defined]
                    facts.gathered.update(_gathered(node))  # type: ignore[arg-type]
            elif kind is ast.arg:
                facts.parameters.add(node.arg)  # type: ignore[attr-defined]
            elif kind is ast.Nonlocal:
                facts.nonlocals.update(node.names)  # type: ignore[attr-defined]
            elif kind in _BINDERS:
                facts.stored.update(binding_names(node))
        return facts


def _gathered(node: ast.Call) -> Iterator[str]:
    """The variables that a call gives to ``asyncio.gather`` or the like."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in TAKE_CALLS:
        return
    for argument in node.args:
        value = argument.value if isinstance(argument, ast.Starred) else argument
        if isinstance(value, ast.Name):
            yield value.id


_BINDERS = frozenset(
    {
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.ExceptHandler,
        ast.MatchAs, ast.MatchStar, ast.MatchMapping,
    }
)  # fmt: skip
# What no walk looks into: contexts, operators, names and numbers that stand in a node.
_PLAIN_FIELDS = frozenset(
    {
        "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "lineno",
        "module", "names", "op", "ops", "rest", "simple", "tag", "type_comment", "type_ignores",
    }
)  # fmt: skip
_PLAIN_NODES = (ast.Constant, ast.MatchSingleton)


class _Children(dict[type, tuple[str, ...]]):
    """The fields of each kind of node that hold nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        named = kind.__name__ != "TypeAlias"  # whose name is a node
        fields = () if kind in _PLAIN_NODES else kind._fields
        found = self[kind] = tuple(
            name for name in fields if name not in _PLAIN_FIELDS and not (named and name == "name")
        )
        return found


_children = _Children()


def walk(*roots: ast.AST) -> Iterator[ast.AST]:
    """``ast.walk`` without contexts and operators, and faster."""
    stack: list[Any] = list(roots)
    pop = stack.pop
    while stack:
        node = pop()
        if node is not None:
            yield node
            for name in _children[node.__class__]:
                child = getattr(node, name, None)
                if child.__class__ is list:
                    stack += child  # pyright: ignore[reportOperatorIssue]
                elif child is not None:
                    stack.append(child)


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    return [argument.arg for argument in every]


def binding_names(node: ast.AST) -> Iterable[str]:
    """The names that a node binds by itself, other than through ``Name`` nodes."""
    kind = node.__class__
    if kind not in _BINDERS:
        return ()
    if kind is ast.Import or kind is ast.ImportFrom:
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]  # type: ignore[attr-defined]
    name: str | None = node.rest if kind is ast.MatchMapping else node.name  # type: ignore[attr-defined]
    return () if name is None else (name,)


_OPEN_A_SCOPE = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of a scope, the bodies of nested functions, classes and lambdas left out."""
    stack: list[Any] = list(body)
    pop = stack.pop
    while stack:
        node = pop()
        if node is not None:
            yield node
            inner = node.__class__ in _OPEN_A_SCOPE
            for name in _children[node.__class__]:
                child = getattr(node, name, None)
                if inner and name == "body":
                    continue
                if child.__class__ is list:
                    stack += child  # pyright: ignore[reportOperatorIssue]
                elif child is not None:
                    stack.append(child)


_NUMERIC = frozenset({ast.For, ast.comprehension, ast.Assign, ast.AugAssign})


def bound_names(body: Iterable[ast.AST], scope: Scope) -> None:
    """Fill in what a body binds, declares global, keeps numbers in, and whose attributes it uses."""
    stores: dict[str, int] = {}
    numeric: dict[str, int] = {}
    plain: dict[str, int] = {}
    stack: list[Any] = list(body)
    while stack:  # as in own_nodes, without its generator: this looks at every node of a program
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Name:
            if node.ctx.__class__ is not ast.Load:
                stores[node.id] = stores.get(node.id, 0) + 1
            continue
        if kind is ast.Constant or node is None:
            continue
        if kind is ast.Attribute:
            if node.value.__class__ is not ast.Name:
                stack.append(node.value)
            elif node.ctx.__class__ is not ast.Load:
                scope.written.add(node.value.id)
            elif is_risky(node.attr):
                scope.read.add(node.value.id)
            continue
        inner = kind in _OPEN_A_SCOPE
        for field_name in _children[kind]:
            child = getattr(node, field_name, None)
            if inner and field_name == "body":
                continue
            if child.__class__ is list:
                stack += child  # pyright: ignore[reportOperatorIssue]
            elif child is not None:
                stack.append(child)
        if kind in _NUMERIC:
            name = _numeric_binding(node)
            if name is not None:
                numeric[name] = numeric.get(name, 0) + 1
            if kind is not ast.comprehension:
                for target in node.targets if kind is ast.Assign else (node.target,):
                    _count_stores(target, plain)
        elif kind is ast.Global:
            scope.declared_global.update(node.names)
        elif kind in _BINDERS:
            for name in binding_names(node):
                stores[name] = stores.get(name, 0) + 100
    scope.bound.update(stores)
    scope.bound -= scope.declared_global
    scope.plain.update(
        name for name, count in plain.items() if count == stores.get(name) and name in scope.bound
    )
    scope.numbers.update(
        name for name, count in numeric.items() if count == stores.get(name) and name in scope.bound
    )


def _count_stores(target: ast.expr, counts: dict[str, int]) -> None:
    parts = (target,) if target.__class__ is ast.Name else walk(target)
    for part in parts:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            counts[part.id] = counts.get(part.id, 0) + 1


def _numeric_binding(node: ast.For | ast.comprehension | ast.Assign | ast.AugAssign) -> str | None:
    """The name that a statement binds to what is certainly a number, if it does."""
    if isinstance(node, ast.Assign):
        target = node.targets[0] if len(node.targets) == 1 else None
        certain = isinstance(node.value, ast.Constant) and isinstance(node.value.value, int | float)
    elif isinstance(node, ast.AugAssign):
        target = node.target
        certain = isinstance(node.value, ast.Constant) and isinstance(node.value.value, int | float)
    else:
        target = node.target
        iterated = node.iter
        certain = (
            isinstance(iterated, ast.Call)
            and isinstance(iterated.func, ast.Name)
            and iterated.func.id == "range"
        )
    return target.id if certain and isinstance(target, ast.Name) else None
