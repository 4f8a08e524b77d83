"""Attribute access: names that are refused, receivers that must not be unauthorised modules.

A receiver is looked at only where its attribute's name could come from a module (``risky``), and as few
times as possible: a global variable when it is bound, a parameter on entry, any other variable inline
(two specialised instructions), what stands in an attribute or item the same way by means of a local variable
of the rewriter's own, everything else by a call. A name is read more than once only where nothing can come
between: no metaclass of the code that hashes, and no ``__prepare__`` whose mapping answers as it likes.
"""

from __future__ import annotations

import ast

from ..build import call, constant, load, place, store
from ..names import Reserved, forbidden_attribute, forbidden_store, is_private, mangled
from ..risky import is_risky
from .base import RewriterBase

__all__ = ["ACCESSORS", "FORMATTERS", "LEADING_OUT", "SIZED", "AttributeRewriter", "never_module"]

ACCESSORS = frozenset({"__getattribute__", "__getattr__", "__setattr__", "__delattr__"})
FORMATTERS = frozenset({"format", "format_map"})
# Methods of builtin types whose result can be far bigger than what they are given.
SIZED = frozenset(
    [
        "ljust",
        "rjust",
        "center",
        "zfill",
        "expandtabs",
        "to_bytes",
        "replace",
        "translate",
        "__mul__",
        "__rmul__",
        "__imul__",
        "__pow__",
        "__rpow__",
        "__ipow__",
        "__lshift__",
        "__rlshift__",
        "__ilshift__",
        "__mod__",
        "__rmod__",
        "__format__",
        "evaluate",
        "register",
        "re",
    ]
)
# Those among them that are no matter of size, but lead out of the program.
LEADING_OUT = frozenset({"evaluate", "register", "re"})

# Not ``Compare``: ``__eq__`` and its like give what they please.
_SPECIAL_READS = ACCESSORS | FORMATTERS | SIZED | {"__class__", "__dict__"}
_NEVER_MODULE = frozenset(
    {
        ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp,
        ast.DictComp, ast.GeneratorExp, ast.Lambda,
    }
)  # fmt: skip


def never_module(node: ast.expr) -> bool:
    """Whether the value of an expression is certainly no module."""
    return node.__class__ in _NEVER_MODULE or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


class AttributeRewriter(RewriterBase):
    """Rewrites ``Attribute`` nodes."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # noqa: N802
        if node.ctx.__class__ is ast.Load:
            return self._read(node)
        if forbidden_store(node.attr) or forbidden_store(self._mangled(node.attr)):
            self.refuse(node, f"The attribute {node.attr!r} may not be assigned or deleted by this code.")
        node.value = self._owned(node.value)
        return node

    def _read(self, node: ast.Attribute) -> ast.expr:
        name = node.attr
        if forbidden_attribute(name) or (name[0] == "_" and forbidden_attribute(self._mangled(name))):
            self.refuse(
                node,
                f"The attribute {name!r} may not be used by this code: it reaches into Python's internals.",
            )
        if name not in _SPECIAL_READS and name[0] != "_":
            node.value = self.receiver(node.value, name)
            return node
        if name == "__class__":
            return call(Reserved.TYPE, node, self.expression(node.value))
        if name == "__dict__":
            return call(Reserved.DICT, node, self.expression(node.value))
        if name in ACCESSORS:
            return call(Reserved.ACCESSOR, node, self.expression(node.value), constant(name, node))
        if name in FORMATTERS:
            return call(Reserved.FORMAT, node, self.expression(node.value), constant(name, node))
        if name in SIZED:
            return call(Reserved.SIZED, node, self.expression(node.value), constant(name, node))
        if is_private(name) and not self._is_own(node.value):
            node.value = self._private_receiver(node.value, name)
        else:
            node.value = self.receiver(node.value, name)
        return node

    def _private_receiver(self, value: ast.expr, name: str) -> ast.expr:
        """``x if <type>(x) in <made here> else <private>(x, name)``: of a class of the code's own it is fine."""
        plain = self.expression(value)
        if not isinstance(plain, ast.Name) or not self._is_steady(plain.id):
            return call(Reserved.PRIVATE, value, plain, constant(name, value))
        kind = call(Reserved.TYPE, value, load(plain.id, value))
        test = place(ast.Compare(kind, [ast.In()], [load(Reserved.MADE_HERE, value)]), value)
        slow = call(Reserved.PRIVATE, value, load(plain.id, value), constant(name, value))
        return place(ast.IfExp(test, plain, slow), value)

    def _mangled(self, name: str) -> str:
        return mangled(
            name, next((scope.name for scope in reversed(self.scopes) if scope.kind == "class"), None)
        )

    def _is_own(self, value: ast.expr) -> bool:
        """Whether a receiver is ``self`` or ``cls`` in a method: what is private there is the code's own."""
        if not isinstance(value, ast.Name) or value.id not in ("self", "cls"):
            return False
        owner = self.owner(value.id)
        return owner is not None and value.id not in owner.plain

    def receiver(self, value: ast.expr, attribute: str) -> ast.expr:
        """The receiver of a read, checked where that is needed."""
        if never_module(value) or not is_risky(attribute):
            return self.expression(value)
        if not isinstance(value, ast.Name):
            if self._is_super(value):
                return self.expression(value)
            if isinstance(value, ast.Attribute | ast.Subscript) and self.scope.kind == "function":
                return self._checked_once(self.expression(value), Reserved.MODULES, Reserved.USE)
            return call(Reserved.USE, value, self.expression(value))
        self.visit(value)
        owner = self.owner(value.id)
        if owner is None:
            if self.scope.kind != "class" and value.id not in self.context.unchecked:
                self.context.receivers.add(value.id)
                return value
        elif value.id in owner.checked:
            return value
        if not self._is_steady(value.id):
            return call(Reserved.USE, value, value)
        # x if <type>(x) not in <modules> else <use>(x)
        kind = call(Reserved.TYPE, value, load(value.id, value))
        test = place(ast.Compare(kind, [ast.NotIn()], [load(Reserved.MODULES, value)]), value)
        return place(ast.IfExp(test, value, call(Reserved.USE, value, load(value.id, value))), value)

    def _is_super(self, value: ast.expr) -> bool:
        """Whether an expression is a call of the builtin ``super``."""
        if (
            not isinstance(value, ast.Call)
            or not isinstance(value.func, ast.Name)
            or value.func.id != "super"
        ):
            return False
        return self.owner("super") is None and self.is_builtin("super")

    def _checked_once(self, value: ast.expr, what: str, guard: str) -> ast.expr:
        """``r if <type>(r := value) not in <modules> else <use>(r)``: the call left out of the usual case.

        Only for what stands in an attribute or item, which lives on by itself as a rule, and in functions.
        """
        self.scope.bound.add(Reserved.RECEIVER)
        held = place(ast.NamedExpr(store(Reserved.RECEIVER, value), value), value)
        compared = ast.Compare(call(Reserved.TYPE, value, held), [ast.NotIn()], [load(what, value)])
        slow = call(guard, value, load(Reserved.RECEIVER, value))
        return place(ast.IfExp(place(compared, value), load(Reserved.RECEIVER, value), slow), value)

    def _is_steady(self, name: str) -> bool:
        """Whether a name read here twice is the same object: a local variable nobody else assigns."""
        scope = self.scope
        local = scope.kind not in ("module", "class") and name in scope.bound
        return local and name not in self.nonlocals

    def _owned(self, value: ast.expr) -> ast.expr:
        """The receiver of a store: neither a real module nor a class that the code did not make."""
        if never_module(value):
            return self.expression(value)
        if not isinstance(value, ast.Name):
            if isinstance(value, ast.Attribute | ast.Subscript) and self.scope.kind == "function":
                return self._checked_once(self.expression(value), Reserved.SPECIAL, Reserved.OWN)
            return call(Reserved.OWN, value, self.expression(value))
        self.visit(value)
        owner = self.owner(value.id)
        if owner is not None and value.id in owner.owned:
            return value
        if not self._is_steady(value.id):
            return call(Reserved.OWN, value, value)
        # x if <type>(x) not in <special> else <own>(x)
        kind = call(Reserved.TYPE, value, load(value.id, value))
        test = place(ast.Compare(kind, [ast.NotIn()], [load(Reserved.SPECIAL, value)]), value)
        return place(ast.IfExp(test, value, call(Reserved.OWN, value, load(value.id, value))), value)
