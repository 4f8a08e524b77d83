"""Statements: checkpoints in loops, control exceptions never caught, variables checked when bound."""

from __future__ import annotations

import ast

from ..build import call, check_statement, constant, load, place, store
from ..names import Reserved
from ..scopes import walk
from .arithmetic import ArithmeticRewriter
from .attributes import never_module
from .functions import FunctionRewriter
from .patterns import PatternRewriter

__all__ = ["StatementRewriter"]


class StatementRewriter(FunctionRewriter, PatternRewriter, ArithmeticRewriter):
    """Rewrites statements other than definitions."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._loops_in_finally: list[int] = []

    def defer_gathered(self, targets: list[ast.expr], value: ast.expr) -> None:
        """Put off the calls of tools in what is gathered further on."""
        raise NotImplementedError

    # -- binding -----------------------------------------------------------------------------------------

    def binding_check(self, name: str, at: ast.AST) -> list[ast.stmt]:
        """``if <type>(name) in <modules>: <bind>("name")``, where the name's attributes are read unchecked."""
        scope = self.scopes[-1]
        if scope.kind == "function" and name in scope.checked and name in scope.plain:
            return [self.local_check(name, scope, at)]
        if not self.binds_globally(name):
            return []
        if not self.is_checked(name):
            return []
        kind = call(Reserved.TYPE, at, load(name, at))
        test = place(ast.Compare(kind, [ast.In()], [load(Reserved.MODULES, at)]), at)
        act = place(ast.Expr(call(Reserved.BIND, at, constant(name, at))), at)
        return [place(ast.If(test, [act], []), at)]

    def bind_checks(self, names: list[str], at: ast.AST) -> list[ast.stmt]:
        return [check for name in names for check in self.binding_check(name, at)]

    def _target_checks(self, *targets: ast.expr) -> list[ast.stmt]:
        if len(targets) == 1 and isinstance(targets[0], ast.Name):
            return self.binding_check(targets[0].id, targets[0])
        names = [
            part.id
            for target in targets
            for part in walk(target)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        ]
        return self.bind_checks(names, targets[0]) if names else []

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        if self.gathered:
            self.defer_gathered(node.targets, node.value)
        target, value = node.targets[0], node.value
        safe = never_module(value)
        node.value = self.handlers[value.__class__](self, value)
        if len(node.targets) == 1 and isinstance(target, ast.Name):
            self.visit_Name(target)
            checks = () if safe else self.binding_check(target.id, target)
        else:
            safe = safe and all(isinstance(target, ast.Name) for target in node.targets)
            node.targets = self.expressions(node.targets)
            checks = () if safe else self._target_checks(*node.targets)
        return [node, *checks] if checks else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:  # noqa: N802
        if len(self.scopes) == 1 and isinstance(node.target, ast.Name):
            self.undeclarable.add(node.target.id)
        node.annotation = self.annotation(node.annotation)
        node.value = self.optional(node.value)
        node.target = self.visit(node.target)
        return [node] if node.value is None else [node, *self._target_checks(node.target)]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:  # noqa: N802
        if isinstance(node.target, ast.Attribute | ast.Subscript) and self.can_grow(node):
            return self._augmented_place(node)
        node.value = self.checked_operand(node)
        node.target = self.visit(node.target)
        return [node, *self._target_checks(node.target)]

    def _augmented_place(self, node: ast.AugAssign) -> list[ast.stmt]:
        """``x.y *= z`` as ``<object> = x; <object>.y = <augment>("*", <object>.y, z)``, bounded."""
        target = node.target
        assert isinstance(target, ast.Attribute | ast.Subscript)
        visited = self.visit(target)
        names = [self.temporary("object")]
        statements: list[ast.stmt] = [place(ast.Assign([store(names[0], node)], visited.value), node)]
        if isinstance(visited, ast.Subscript):
            names.append(self.temporary("key"))
            statements.append(place(ast.Assign([store(names[1], node)], visited.slice), node))
            old: ast.expr = ast.Subscript(load(names[0], node), load(names[1], node), ast.Load())
            new: ast.expr = ast.Subscript(load(names[0], node), load(names[1], node), ast.Store())
        else:
            old = ast.Attribute(load(names[0], node), visited.attr, ast.Load())
            new = ast.Attribute(load(names[0], node), visited.attr, ast.Store())
        symbol = constant(self.symbol(node), node)
        value = call(Reserved.AUGMENT, node, symbol, place(old, node), self.expression(node.value))
        statements.append(place(ast.Assign([place(new, node)], value), node))
        gone: list[ast.expr] = [place(ast.Name(name, ast.Del()), node) for name in names]
        return [*statements, place(ast.Delete(gone), node)]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:  # noqa: N802
        self.visit(node.target)
        value = self.expression(node.value)
        name = node.target.id
        if self.binds_globally(name):
            if self.is_checked(name):
                value = call(Reserved.USE, node, value)
        node.value = value
        return node

    def visit_Global(self, node: ast.Global) -> ast.stmt:  # noqa: N802
        if len(self.scopes) == 1:
            self.undeclarable.update(node.names)
        for name in node.names:
            self.check_binding(name, node)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:  # noqa: N802
        for name in node.names:
            self.check_binding(name, node)
        return node

    def visit_Import(self, node: ast.Import) -> ast.stmt:  # noqa: N802
        for alias in node.names:
            self.check_binding(alias.asname or alias.name.partition(".")[0], node)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:  # noqa: N802
        for alias in node.names:
            if alias.name != "*":
                self.check_binding(alias.asname or alias.name, node)
        return node

    # -- loops -------------------------------------------------------------------------------------------

    def visit_For(self, node: ast.For) -> ast.stmt:  # noqa: N802
        node.iter = self.iterated(node)
        node.target = self.expression(node.target)
        checks = self._target_checks(node.target)
        node.body = [self.checkpoint_statement(node), *checks, *self._loop_body(node.body)]
        node.orelse = self.body(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:  # noqa: N802
        node.test = self.expression(node.test)
        node.body = [self.checkpoint_statement(node), *self._loop_body(node.body)]
        node.orelse = self.body(node.orelse)
        return node

    def _loop_body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        if self._loops_in_finally:
            self._loops_in_finally[-1] += 1
        body = self.body(statements)
        if self._loops_in_finally:
            self._loops_in_finally[-1] -= 1
        return body

    # -- exceptions --------------------------------------------------------------------------------------

    def visit_Try(self, node: ast.Try) -> ast.stmt:  # noqa: N802
        node.body = self.body(node.body)
        if node.handlers:
            let_pass = place(ast.ExceptHandler(load(Reserved.CONTROL, node), None, [_reraise(node)]), node)
            node.handlers = [let_pass, *(self._handler(handler) for handler in node.handlers)]
        node.orelse = self.body(node.orelse)
        node.finalbody = self._finally(node)
        return node

    def visit_TryStar(self, node: ast.TryStar) -> ast.stmt:  # noqa: N802
        node.body = self.body(node.body)
        for handler in node.handlers:
            self._handler(handler)
            if handler.type is not None:
                handler.type = call(Reserved.NOT_CONTROL, handler.type, handler.type)
        node.orelse = self.body(node.orelse)
        node.finalbody = self._finally(node)
        return node

    def _handler(self, handler: ast.ExceptHandler) -> ast.ExceptHandler:
        handler.type = self.optional(handler.type)
        if handler.name is not None:
            self.check_binding(handler.name, handler)
        handler.body = self.body(handler.body)
        return handler

    def _finally(self, node: ast.Try | ast.TryStar) -> list[ast.stmt]:
        """A ``finally`` that does not run once the program is stopped, and cannot lose a final answer."""
        if not node.finalbody:
            return []
        at = node.finalbody[0]
        self._loops_in_finally.append(0)
        body = [check_statement(at, Reserved.FINALLY), *self.body(node.finalbody)]
        self._loops_in_finally.pop()
        handler = place(
            ast.ExceptHandler(
                load(Reserved.ANY, at), None, [check_statement(at, Reserved.LEAVE), _reraise(at)]
            ),
            at,
        )
        return [place(ast.Try(body, [handler], [], []), at)]

    def _leaving(self, node: ast.stmt, leaves: bool) -> ast.stmt | list[ast.stmt]:
        """A jump; out of a ``finally``, it first raises a final answer that it would drop."""
        return [check_statement(node, Reserved.LEAVE), node] if leaves else node

    def visit_Return(self, node: ast.Return) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        node.value = self.optional(node.value)
        return self._leaving(node, bool(self._loops_in_finally))

    def visit_Break(self, node: ast.Break) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        return self._leaving(node, bool(self._loops_in_finally) and self._loops_in_finally[-1] == 0)

    def visit_Continue(self, node: ast.Continue) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        return self._leaving(node, bool(self._loops_in_finally) and self._loops_in_finally[-1] == 0)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt | list[ast.stmt]:  # noqa: N802
        outer, self._loops_in_finally = self._loops_in_finally, []
        result = super().visit_FunctionDef(node)
        self._loops_in_finally = outer
        return result

    def visit_With(self, node: ast.With) -> list[ast.stmt]:  # noqa: N802
        for item in node.items:
            item.context_expr = self.expression(item.context_expr)
            item.optional_vars = self.optional(item.optional_vars)
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
        checks = self._target_checks(*targets) if targets else []
        node.body = [*checks, *self.body(node.body)]
        # Whatever __exit__ swallowed, the program does not go on if it was stopped.
        return [node, check_statement(node)]


def _reraise(at: ast.AST) -> ast.stmt:
    return place(ast.Raise(None, None), at)
