"""Calls: keyword names that are refused, builtins that are given a guarded form where they are called."""

from __future__ import annotations

import ast
import keyword
import string
from typing import Any

from ..build import call, load, place
from ..names import Reserved, forbidden_attribute
from ..scopes import TAKE_CALLS
from .attributes import FORMATTERS, AttributeRewriter

__all__ = ["CallRewriter"]

_SIZED_TYPES = frozenset({"bytes", "bytearray"})
_LOOKED_AT = _SIZED_TYPES | {"range", "sum", "type", "final_answer"}
_PADDING = frozenset({"replace", "ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes"})
_UNREADABLE_KEYWORDS = frozenset({"__class__", "__dict__"})


class CallRewriter(AttributeRewriter):
    """Rewrites ``Call`` and formatted strings."""

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        if node.arg is not None and (node.arg in _UNREADABLE_KEYWORDS or forbidden_attribute(node.arg)):
            self.refuse(node, f"The keyword argument {node.arg!r} may not be used by this code.")
        node.value = self.expression(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:  # noqa: N802
        function = node.func
        if isinstance(function, ast.Name):
            name = function.id
            if name in TAKE_CALLS:
                self._defer_arguments(node)
            if name == "getattr" and self._is_plain_read(node):
                read = ast.Attribute(node.args[0], node.args[1].value, ast.Load())  # type: ignore[attr-defined]
                return self.expression(place(read, node))
            if name in _LOOKED_AT:
                self._builtin_call(node, function)
            else:
                self.visit_Name(function)
        elif isinstance(function, ast.Attribute):
            name = function.attr
            if name in TAKE_CALLS or (self.gathered and self._collects(function)):
                self._defer_arguments(node)
            if name in FORMATTERS and _plain_template(function):
                pass  # a template without attribute access, written out: nothing to guard
            elif name in _PADDING and _small_replacement(function, node.args):
                function.value = self.receiver(function.value, name)
            else:
                node.func = self.visit_Attribute(function)
        else:
            node.func = self.expression(function)
        if node.args:
            node.args = self.expressions(node.args)
        for named in node.keywords:
            self.visit_keyword(named)
        return node

    def _collects(self, method: ast.Attribute) -> bool:
        """Whether this is ``tasks.append`` or the like, where ``tasks`` is gathered further on."""
        if method.attr not in ("append", "add", "extend"):
            return False
        return isinstance(method.value, ast.Name) and method.value.id in self.gathered

    def _defer_arguments(self, node: ast.Call) -> None:
        for argument in node.args:
            self._defer_tools(argument)

    def _is_plain_read(self, node: ast.Call) -> bool:
        """Whether this is ``getattr(x, "name")``, which is ``x.name``, and nothing that would be refused."""
        if len(node.args) != 2 or node.keywords or not self.is_builtin("getattr"):
            return False
        value, name = node.args
        if (
            isinstance(value, ast.Starred)
            or not isinstance(name, ast.Constant)
            or type(name.value) is not str
        ):
            return False
        text = name.value
        return (
            text.isidentifier()
            and text.isascii()
            and text[0] != "_"
            and not (keyword.iskeyword(text) or forbidden_attribute(text))
        )

    def defer_gathered(self, targets: list[ast.expr], value: ast.expr) -> None:
        """``tasks = [tool(x) for x in xs]``, where ``tasks`` is gathered further on."""
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if not names.isdisjoint(self.gathered) and isinstance(
            value, ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp
        ):
            self._defer_tools(value)

    def _defer_tools(self, node: ast.expr) -> None:
        """Tools called where coroutines are expected are called when they are awaited, so all at once."""
        if isinstance(node, ast.Starred):
            self._defer_tools(node.value)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            self._defer_tools(node.elt)
        elif isinstance(node, ast.List | ast.Tuple):
            for element in node.elts:
                self._defer_tools(element)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name in self.context.functions and name != "final_answer" and self.owner(name) is None:
                node.args.insert(0, node.func)
                node.func = load(Reserved.DEFER, node.func)

    def _builtin_call(self, node: ast.Call, function: ast.Name) -> None:
        name = function.id
        if name == "final_answer" and name in self.context.functions and self.owner(name) is None:
            return
        self.visit_Name(function)
        if not self.is_builtin(name):
            return
        if name == "range":
            node.func = load(Reserved.RANGE, function)
        elif name == "sum":
            if len(node.args) != 1 or isinstance(node.args[0], ast.Starred) or node.keywords:
                node.func = load(Reserved.SUM, function)
        elif name in _SIZED_TYPES and node.args:
            node.args.insert(0, load(name, function))
            node.func = load(Reserved.SIZED_CALL, function)
        elif name == "type" and (
            len(node.args) != 1 or isinstance(node.args[0], ast.Starred) or node.keywords
        ):
            node.func = load(Reserved.TYPE_CALL, function)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:  # noqa: N802
        node.value = self.expression(node.value)
        if isinstance(node.format_spec, ast.JoinedStr):
            for part in node.format_spec.values:
                if isinstance(part, ast.FormattedValue):
                    part.value = call(Reserved.SPEC, part, self.expression(part.value))
                elif isinstance(part, ast.Constant) and _too_wide(str(part.value)):
                    self.refuse(node, f"The format {part.value!r} would make too long a text.")
        return node


def _too_wide(spec: str) -> bool:
    """Whether a format specification holds a number of more than five digits."""
    run = 0
    for character in spec:
        run = run + 1 if character.isdigit() else 0
        if run > 5:
            return True
    return False


def _small_replacement(function: ast.Attribute, arguments: list[ast.expr]) -> bool:
    """Whether this is ``text.replace(old, new)`` or padding, with short and small arguments written out."""
    if function.attr not in _PADDING:
        return False
    if not all(isinstance(argument, ast.Constant) for argument in arguments[1:]):
        return False
    values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    if function.attr == "replace":
        return len(arguments) >= 2 and isinstance(values[-1], str | bytes | int) and _short(values)
    return (
        len(arguments) >= 1
        and len(values) == len(arguments)
        and isinstance(values[0], int)
        and _short(values)
    )


def _short(values: list[Any]) -> bool:
    """Whether constants are short texts and small numbers."""
    return all(
        len(value) <= 64 if isinstance(value, str | bytes) else isinstance(value, int) and value <= 10_000
        for value in values
    )


def _plain_template(function: ast.Attribute) -> bool:
    """Whether this is ``"...".format`` with no attribute access and no width in the template."""
    value = function.value
    if (
        function.attr not in FORMATTERS
        or not isinstance(value, ast.Constant)
        or not isinstance(value.value, str)
    ):
        return False
    try:
        fields = list(string.Formatter().parse(value.value))
    except ValueError:
        return True  # it fails by itself
    return not any(
        (name and ("." in name or "[" in name)) or (spec and ("{" in spec or _too_wide(spec)))
        for _, name, spec, _ in fields
    )
