"""Operators whose result can be far bigger than their operands: ``*``, ``**``, ``<<``, ``%`` on text.

The size is bounded before the result is made (``limits``). Where both operands are certainly numbers, or a
small constant is one of them, nothing is added; where they have the same type, ``*`` is no repetition.
"""

from __future__ import annotations

import ast
import re

from ..build import call, constant, load, place
from ..names import Reserved
from ..scopes import walk
from .base import RewriterBase

__all__ = ["ArithmeticRewriter"]

SMALL = 256
_NUMERIC_CALLS = frozenset(
    {"len", "abs", "int", "float", "round", "ord", "hash", "id", "divmod", "bool", "complex"}
)
_WIDE_SPEC = re.compile(r"%[^%a-zA-Z]*(\*|\d{5,})|%\(.*\)[^%a-zA-Z]*(\*|\d{5,})")
_OPERATORS = {ast.Mult: "*", ast.Pow: "**", ast.LShift: "<<", ast.Mod: "%"}


class ArithmeticRewriter(RewriterBase):
    """Rewrites binary operators."""

    _product_depth = 0

    def is_number(self, node: ast.expr) -> bool:
        """Whether an expression certainly gives a number (or fails, or is none of the builtin sequences)."""
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int | float | complex)
        if isinstance(node, ast.Name):
            owner = self.owner(node.id)
            return owner is not None and node.id in owner.numbers
        if isinstance(node, ast.UnaryOp):
            return not isinstance(node.op, ast.Not)
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.RShift | ast.BitXor):
                return True
            return self.is_number(node.left) and self.is_number(node.right)
        if isinstance(node, ast.IfExp):
            return self.is_number(node.body) and self.is_number(node.orelse)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id in _NUMERIC_CALLS
        return False

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:  # noqa: N802
        kind = node.op.__class__
        if kind not in _OPERATORS:
            handlers = self.handlers
            node.left = handlers[node.left.__class__](self, node.left)
            node.right = handlers[node.right.__class__](self, node.right)
            return node
        if kind is ast.Mult:
            return self._multiply(node)
        if kind is ast.Pow:
            if _small_number(node.right, 64) and not _contains_power(node.left):
                return self._plain(node)
            return call(Reserved.POWER, node, self.expression(node.left), self.expression(node.right))
        return self._shift(node) if kind is ast.LShift else self._modulo(node)

    def _plain(self, node: ast.BinOp) -> ast.BinOp:
        node.left, node.right = self.expression(node.left), self.expression(node.right)
        return node

    def _multiply(self, node: ast.BinOp) -> ast.expr:
        left, right = node.left, node.right
        if (self.is_number(left) and self.is_number(right)) or _is_float(left) or _is_float(right):
            return self._plain(node)
        if (_small_number(left, SMALL) and not _is_product(right)) or (
            _small_number(right, SMALL) and not _is_product(left)
        ):
            return self._plain(node)
        if isinstance(left, ast.Name) and isinstance(right, ast.Name):
            return self._same_type(self._plain(node), left.id, right.id)
        if isinstance(left, ast.Constant | ast.List | ast.Tuple) or self.scope.kind != "function":
            return call(Reserved.MULTIPLY, node, self.expression(left), self.expression(right))
        return self._multiply_once(node)

    def _same_type(self, node: ast.BinOp, left: str, right: str) -> ast.expr:
        """``a * b if <type>(a) is <type>(b) else <multiply>(a, b)``."""
        types = call(Reserved.TYPE, node, load(left, node)), call(Reserved.TYPE, node, load(right, node))
        test = place(ast.Compare(types[0], [ast.Is()], [types[1]]), node)
        slow = call(Reserved.MULTIPLY, node, load(left, node), load(right, node))
        return place(ast.IfExp(test, node, slow), node)

    def _multiply_once(self, node: ast.BinOp) -> ast.expr:
        """The same for operands that may be evaluated only once; they wait in two local variables.

        A product inside an operand has variables of its own: the outer left operand waits meanwhile.
        """
        depth = self._product_depth
        self._product_depth = depth + 1
        operands = self.expression(node.left), self.expression(node.right)
        self._product_depth = depth
        names = (f"{Reserved.LEFT}{depth}", f"{Reserved.RIGHT}{depth}")
        self.scope.bound.update(names)
        kinds = [
            call(
                Reserved.TYPE,
                node,
                place(ast.NamedExpr(place(ast.Name(name, ast.Store()), node), value), node),
            )
            for name, value in zip(names, operands, strict=True)
        ]
        test = place(ast.Compare(kinds[0], [ast.Is()], [kinds[1]]), node)
        fast = place(ast.BinOp(load(names[0], node), node.op, load(names[1], node)), node)
        slow = call(Reserved.MULTIPLY, node, load(names[0], node), load(names[1], node))
        return place(ast.IfExp(test, fast, slow), node)

    def _shift(self, node: ast.BinOp) -> ast.expr:
        if _small_number(node.right, 10_000):
            return self._plain(node)
        return call(Reserved.SHIFT, node, self.expression(node.left), self.expression(node.right))

    def _modulo(self, node: ast.BinOp) -> ast.expr:
        left = node.left
        if isinstance(left, ast.Constant) and isinstance(left.value, str | bytes):
            text = left.value if isinstance(left.value, str) else left.value.decode("latin-1")
            if _WIDE_SPEC.search(text) is None:
                return self._plain(node)
            return call(Reserved.MODULO, node, left, self.expression(node.right))
        if isinstance(node.right, ast.Tuple):
            return call(Reserved.MODULO, node, self.expression(left), self.expression(node.right))
        if not isinstance(left, ast.Name) or self.is_number(left):
            return self._plain(node)
        name = left.id
        plain = self._plain(node)
        if not isinstance(node.right, ast.Name | ast.Constant):
            return plain
        kind = call(Reserved.TYPE, node, load(name, node))
        test = place(ast.Compare(kind, [ast.IsNot()], [load(Reserved.STR, node)]), node)
        right = (
            load(node.right.id, node)
            if isinstance(node.right, ast.Name)
            else constant(node.right.value, node)
        )
        return place(ast.IfExp(test, plain, call(Reserved.MODULO, node, load(name, node), right)), node)

    def can_grow(self, node: ast.AugAssign) -> bool:
        """Whether an augmented assignment could make something far bigger than its operands."""
        if not isinstance(node.op, ast.Mult | ast.Pow | ast.LShift):
            return False
        return not (_small_number(node.value, 64) or _is_float(node.value))

    def symbol(self, node: ast.AugAssign) -> str:
        """The operator of an augmented assignment."""
        return _OPERATORS[type(node.op)]

    def checked_operand(self, node: ast.AugAssign) -> ast.expr:
        """The right side of ``x *= y`` and the like, checked where the result could be too big."""
        symbol = _OPERATORS.get(type(node.op))
        value = node.value
        if symbol is None or not isinstance(node.target, ast.Name):
            return self.expression(value)
        if symbol == "%" or _small_number(value, 64) or _is_float(value):
            return self.expression(value)
        name = node.target.id
        if symbol == "*" and self.is_number(value) and self.is_number(load(name, node)):
            return self.expression(value)
        new = self.expression(value)
        if symbol == "*" and isinstance(value, ast.Name):
            types = (
                call(Reserved.TYPE, node, load(name, node)),
                call(Reserved.TYPE, node, load(value.id, node)),
            )
            test = place(ast.Compare(types[0], [ast.Is()], [types[1]]), node)
            slow = call(
                Reserved.CHECKED, node, constant(symbol, node), load(name, node), load(value.id, node)
            )
            return place(ast.IfExp(test, new, slow), node)
        return call(Reserved.CHECKED, node, constant(symbol, node), load(name, node), new)


def _small_number(node: ast.expr, limit: int) -> bool:
    """Whether a node is a constant number too small to make much out of little."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    if not isinstance(node, ast.Constant) or isinstance(node.value, complex):
        return False
    return isinstance(node.value, int | float) and abs(node.value) <= limit


def _is_float(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float | complex)


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.LShift | ast.Pow)


def _contains_power(node: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow) for part in walk(node))
