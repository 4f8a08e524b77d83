"""``def``, ``async def`` and ``class``: new scopes, checks on entry."""

from __future__ import annotations

import ast

from ..build import call, check_statement, load, place, store
from ..names import Reserved, is_reserved
from ..scopes import Scope, bound_names, own_nodes, parameters
from .comprehensions import ComprehensionRewriter

__all__ = ["FunctionRewriter"]


class FunctionRewriter(ComprehensionRewriter):
    """Rewrites definitions."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        if len(self.scopes) == 1:
            self.module_names.add(node.name)
        self.check_binding(node.name, node, self.scope)
        decorated = bool(node.decorator_list)
        node.decorator_list = self.expressions(node.decorator_list)
        self.argument_expressions(node.args)
        if node.returns is not None:
            node.returns = self.annotation(node.returns)
        self._type_parameters(node)
        in_class = self.scope.kind == "class"
        scope = self._function_scope(node)
        self.scopes.append(scope)
        head = self._head(node, scope)
        docstring, statements = _split_docstring(node.body)
        body = self.body(statements)
        if in_class and node.name == "__del__":
            body = _quiet_finaliser(body, node)
        node.body = [*docstring, *head, *body]
        self.scopes.pop()
        return [node, *self.binding_check(node.name, node)] if decorated else node

    def binding_check(self, name: str, at: ast.AST) -> list[ast.stmt]:
        """The check of a global variable that was just bound."""
        raise NotImplementedError

    def _type_parameters(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        for parameter in getattr(node, "type_params", ()):
            self.check_binding(parameter.name, parameter, Scope("function"))
            self.descend(parameter)

    def _function_scope(self, node: ast.FunctionDef) -> Scope:
        names = set(parameters(node.args))
        scope = Scope("function")
        bound_names(node.body, scope)
        for name in names:
            self.check_binding(name, node, scope)
        steady = (
            names
            - scope.bound
            - self.nonlocals
            - {extra.arg for extra in (node.args.vararg, node.args.kwarg) if extra is not None}
        )
        steady |= scope.plain - names - self.nonlocals - scope.numbers
        scope.bound |= names
        scope.bound -= self._nonlocal_names(node)
        scope.owned = scope.written & steady
        scope.checked = scope.read & steady | scope.owned
        return scope

    def _nonlocal_names(self, node: ast.FunctionDef) -> set[str]:
        """Names that a function binds in an enclosing one."""
        names: set[str] = set()
        for statement in node.body:
            if isinstance(statement, ast.Nonlocal):
                names.update(statement.names)
        return names

    def _head(self, node: ast.FunctionDef, scope: Scope) -> list[ast.stmt]:
        """What runs when the function is entered: the checkpoint, and the checks of its parameters."""
        head: list[ast.stmt] = [self.checkpoint_statement(node)]
        if node.name == "__del__":
            leave = place(ast.If(call(Reserved.IN_DEL, node), [place(ast.Return(None), node)], []), node)
            head = [leave]
        for name in sorted(scope.checked - scope.plain):
            head.append(self.local_check(name, scope, node))
        return head

    def local_check(self, name: str, scope: Scope, at: ast.AST) -> ast.stmt:
        """The check of a local variable that was just bound, or of a parameter."""
        kind = call(Reserved.TYPE, at, load(name, at))
        if name in scope.owned:
            test = ast.Compare(kind, [ast.In()], [load(Reserved.SPECIAL, at)])
            checked = call(Reserved.OWN, at, load(name, at))
        else:
            test = ast.Compare(kind, [ast.In()], [load(Reserved.MODULES, at)])
            checked = call(Reserved.USE, at, load(name, at))
        assign = place(ast.Assign([store(name, at)], checked), at)
        return place(ast.If(place(test, at), [assign], []), at)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        if len(self.scopes) == 1:
            self.module_names.add(node.name)
        self.check_binding(node.name, node, self.scope)
        decorated = bool(node.decorator_list)
        node.decorator_list = self.expressions(node.decorator_list)
        node.bases = self.expressions(node.bases)
        for keyword in node.keywords:
            self.visit(keyword)
        self._type_parameters(node)
        scope = Scope("class", node.name)
        bound_names(node.body, scope)
        self.scopes.append(scope)
        docstring, statements = _split_docstring(node.body)
        node.body = [*docstring, *_with_reserved_globals(self.body(statements))]
        self.scopes.pop()
        # A base that is no class, but an instance of one, makes of the statement what it likes.
        surprising = decorated or node.keywords or node.bases
        return [node, *self.binding_check(node.name, node)] if surprising else node


def _with_reserved_globals(body: list[ast.stmt]) -> list[ast.stmt]:
    """A class body whose reserved names are global: a ``__prepare__`` of the code sees all other names."""
    names = {node.id for node in own_nodes(body) if isinstance(node, ast.Name) and is_reserved(node.id)}
    return [place(ast.Global(sorted(names)), body[0]), *body] if names else body


def _split_docstring(body: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    first = body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return body[:1], body[1:]
    return [], body


def _quiet_finaliser(body: list[ast.stmt], at: ast.AST) -> list[ast.stmt]:
    """A ``__del__`` that is stopped ends without a word: CPython could only print what it raises."""
    leave = place(ast.Return(None), at)
    handler = place(ast.ExceptHandler(load(Reserved.CONTROL, at), None, [leave]), at)
    return [place(ast.Try(body or [check_statement(at)], [handler], [], []), at)]
