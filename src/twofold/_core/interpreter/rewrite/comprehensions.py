"""Comprehensions, generator expressions and lambdas: scopes in the middle of an expression."""

from __future__ import annotations

import ast

from ..build import call, check_statement, constant, passes, place
from ..names import Reserved
from ..scopes import Scope, bound_names, parameters, walk
from .base import RewriterBase

__all__ = ["ComprehensionRewriter"]


class ComprehensionRewriter(RewriterBase):
    """Rewrites expressions that open a scope of their own."""

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:  # noqa: N802
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:  # noqa: N802
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:  # noqa: N802
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:  # noqa: N802
        return self._comprehension(node)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> ast.expr:
        first = node.generators[0]
        first.iter = self.iterated(first)  # evaluated in the enclosing scope
        scope = Scope("comprehension")
        for generator in node.generators:
            names = (part.id for part in walk(generator.target) if isinstance(part, ast.Name))
            scope.bound.update(names)
        bound_names(node.generators, scope)
        self.scopes.append(scope)
        for index, generator in enumerate(node.generators):
            if index:
                generator.iter = self.iterated(generator)
            generator.target = self._target(generator.target)
            generator.ifs = [self._checkpoint(generator.target), *self.expressions(generator.ifs)]
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.expression(node.key), self.expression(node.value)
        else:
            node.elt = self.expression(node.elt)
        self.scopes.pop()
        return node

    def _target(self, target: ast.expr) -> ast.expr:
        """A comprehension's variables are its own: a tool's name among them replaces nothing."""
        for part in walk(target):
            if isinstance(part, ast.Name):
                self.check_binding(part.id, part, self.scope)
        return target if isinstance(target, ast.Name) else self.expression(target)

    def _checkpoint(self, at: ast.AST) -> ast.expr:
        return call(Reserved.COUNT, at) if self.context.count_operations else passes(at)

    def iterated(self, loop: ast.comprehension | ast.For | ast.AsyncFor) -> ast.expr:
        """What a loop iterates over. A range in its head needs no bound: the loop has checkpoints."""
        node = loop.iter
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "range"
            and not node.keywords
        ):
            node.args = self.expressions(node.args)
            value: ast.expr = node
        else:
            value = self.expression(node)
        if isinstance(loop, ast.AsyncFor) or (isinstance(loop, ast.comprehension) and loop.is_async):
            if isinstance(loop, ast.comprehension):
                loop.is_async = 0
            return call(Reserved.ASYNC_ITER, value, value)
        return value

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:  # noqa: N802
        self.argument_expressions(node.args)
        scope = Scope("lambda", bound=set(parameters(node.args)))
        bound_names([node.body], scope)
        for argument in walk(node.args):
            if isinstance(argument, ast.arg):
                self.check_binding(argument.arg, node, scope)
        self.scopes.append(scope)
        needs_check = any(isinstance(part, ast.Call | ast.Attribute) for part in walk(node.body))
        node.body = self.expression(node.body)
        if needs_check:
            test = self._checkpoint(node.body)
            node.body = place(ast.IfExp(test, node.body, constant(None, node.body)), node.body)
        self.scopes.pop()
        return node

    def argument_expressions(self, arguments: ast.arguments) -> None:
        """Rewrite defaults and annotations, which are evaluated outside the function."""
        arguments.defaults = self.expressions(arguments.defaults)
        arguments.kw_defaults = [self.optional(default) for default in arguments.kw_defaults]
        for argument in walk(arguments):
            if isinstance(argument, ast.arg) and argument.annotation is not None:
                argument.annotation = self.annotation(argument.annotation)

    def annotation(self, node: ast.expr) -> ast.expr:
        """Rewrite an annotation; text in it is code too, to whoever evaluates it."""
        for part in walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self._text_annotation(part)
        return self.expression(node)

    def _text_annotation(self, node: ast.Constant) -> None:
        try:
            tree = ast.parse(str(node.value).strip(), mode="eval")
        except (SyntaxError, ValueError):
            return
        for part in walk(tree):
            ast.copy_location(part, node)
            if isinstance(part, ast.expr | ast.arg):
                part.lineno, part.end_lineno = node.lineno, node.end_lineno
        self.visit(tree.body)

    def checkpoint_statement(self, at: ast.AST) -> ast.stmt:
        """The checkpoint at the start of a loop's or function's body."""
        if self.context.count_operations:
            return place(ast.Expr(call(Reserved.COUNT, at)), at)
        return check_statement(at)
