"""The code of a tool: a module that needs nothing but what it imports, from which the tool can be made again."""

from __future__ import annotations

import ast
import importlib
import inspect
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..tools.checks import CHECKED_FIELDS
from ..tools.docstrings import parse_docstring
from .bundle import Bundle, is_literal
from .modules import requirements_of
from .names import imported_modules
from .secret_scan import check_no_secrets, holds_secret
from .source import SourcePiece, function_source, plain_function

if TYPE_CHECKING:
    from ..tools.base import Tool
    from ..tools.function_tool import FunctionTool

__all__ = ["BuiltIn", "ToolCode", "built_in", "tool_code"]

_INSTANCE = "tool"
_MISSING = object()


@dataclass(frozen=True, slots=True)
class ToolCode:
    """What a tool is saved as.

    Attributes:
        name: The tool's name.
        code: A Python module.
        requirements: What has to be installed to run it.
    """

    name: str
    code: str
    requirements: list[str]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A tool of twofold's own: known by its class and arguments, without code.

    Attributes:
        name: The tool's name.
        class_name: Its class, as both APIs export it.
        parameters: Its arguments.
        left_out: Arguments that are not written because they are secrets.
    """

    name: str
    class_name: str
    parameters: dict[str, Any]
    left_out: list[str]


def tool_code(tool: Tool) -> ToolCode:
    """Return the code of a tool.

    Args:
        tool: A tool made by ``@tool``, or an instance of a ``Tool`` class.

    Raises:
        ConfigurationError: It uses something that a file cannot hold. The message names what, and the line.
    """
    from ..tools.function_tool import FunctionTool

    what = f"The tool {tool.name!r}"
    loaded = vars(tool).get("_loaded_code")
    if isinstance(loaded, str):
        return _checked(tool, loaded, set(imported_modules(loaded)))
    known = built_in(tool)
    if known is not None:
        made = f"{known.class_name}({_arguments(known.parameters)})"
        code = f"from twofold import {known.class_name}\n\n{_INSTANCE} = {made}\n"
        return ToolCode(tool.name, code, ["twofold"])
    bundle = Bundle(what)
    if isinstance(tool, FunctionTool):
        _add_function_tool(bundle, tool, what)
        return _checked(tool, bundle.text(), bundle.modules)
    _refuse_made_elsewhere(tool, what)
    bundle.add_class(type(tool))
    return _checked(tool, bundle.text() + _instance_lines(tool, what, bundle), bundle.modules)


def built_in(tool: Tool) -> BuiltIn | None:
    """Return a tool of twofold's own as its class and arguments; None if it is no such tool."""
    twofold = importlib.import_module(
        "twofold"
    )  # only when a tool is saved: what it exports is complete then
    cls = type(tool)
    exported = getattr(twofold, cls.__name__, None)
    own = cls.__module__.startswith("twofold.") and cls.__name__ in twofold.__all__ and cls.__name__ != "Tool"
    if not own or not isinstance(exported, type):
        return None
    parameters, left_out = {}, []
    for name, value in _given_arguments(tool).items():
        if holds_secret(name, value):
            left_out.append(name)
        elif not is_literal(value):
            raise ConfigurationError(
                f"The tool {tool.name!r} cannot be saved: its argument {name}={value!r} is of type "
                f"{type(value).__name__}, which a file cannot hold."
            )
        else:
            parameters[name] = value
    return BuiltIn(tool.name, cls.__name__, parameters, left_out)


def _checked(tool: Tool, code: str, modules: Iterable[str]) -> ToolCode:
    _check_literals(f"The tool {tool.name!r}", code)
    check_no_secrets(code, f"The code of the tool {tool.name!r}")
    return ToolCode(tool.name, code, requirements_of(modules))


def _check_literals(what: str, code: str) -> None:
    """Refuse text that is assigned to, or passed as, something with the name of a secret."""
    for node in ast.walk(ast.parse(code)):
        pairs: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(_target_name(target), node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(_target_name(node.target), node.value)]
        elif isinstance(node, ast.keyword):
            pairs = [(node.arg or "", node.value)]
        elif isinstance(node, ast.Dict):
            pairs = [
                (key.value, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
        for name, value in pairs:
            if isinstance(value, ast.Constant) and holds_secret(name, value.value):
                raise ConfigurationError(
                    f"{what} is not written: line {value.lineno} of its code has the value of {name!r}, "
                    f"which looks like a secret. Read it from os.environ where it is used."
                )


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""


# Tools made of functions ---------------------------------------------------------------------------------


def _add_function_tool(bundle: Bundle, tool: FunctionTool[..., Any], what: str) -> None:
    from ..tools.tool import tool as decorator

    function = plain_function(tool.function)
    if isinstance(tool.function, types.MethodType) or function is None:
        raise ConfigurationError(
            f"{what} cannot be saved: it is made of {tool.function!r}, which is no function written with def. "
            f"Write it as a function, or as a Tool class."
        )
    piece = _without_tool_decorator(function_source(function, what), function, decorator)
    bundle.add_import("from twofold import tool", "tool", decorator)
    call = _arguments(_decorator_arguments(tool, function))
    head = f"@tool({call})\n" if call else "@tool\n"
    bundle.add_function(
        function, SourcePiece(piece.name, head + piece.text, piece.file, piece.line - 1), tool
    )


def _without_tool_decorator(piece: SourcePiece, function: types.FunctionType, decorator: Any) -> SourcePiece:
    """Take away ``@tool`` and what stands above it, which is about the tool and not about its function."""
    node = piece.node
    for index in range(len(node.decorator_list) - 1, -1, -1):
        expression = node.decorator_list[index]
        name = expression.func if isinstance(expression, ast.Call) else expression
        if _value_of(name, function) is decorator:
            below = [part.lineno for part in node.decorator_list[index + 1 :]]
            return piece.without_lines(min([node.lineno, *below]) - 1)
    return piece


def _value_of(expression: ast.expr, function: types.FunctionType) -> Any:
    if isinstance(expression, ast.Name):
        inside = inspect.getclosurevars(function).nonlocals
        return inside.get(expression.id, function.__globals__.get(expression.id, _MISSING))
    if isinstance(expression, ast.Attribute):
        return getattr(_value_of(expression.value, function), expression.attr, _MISSING)
    return _MISSING


def _decorator_arguments(tool: FunctionTool[..., Any], function: types.FunctionType) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if tool.name != function.__name__:
        arguments["name"] = tool.name
    if tool.description != parse_docstring(tool.function.__doc__ or "").description:
        arguments["description"] = tool.description
    if tool.timeout is not None:
        arguments["timeout"] = tool.timeout
    if tool.requires_approval:
        arguments["requires_approval"] = True
    if not tool.blocking:
        arguments["blocking"] = False
    return arguments


# Tool classes --------------------------------------------------------------------------------------------


def _refuse_made_elsewhere(tool: Tool, what: str) -> None:
    cls = type(tool)
    if cls.__module__.partition(".")[0] == "twofold":
        raise ConfigurationError(
            f"{what} cannot be saved: it was made by {cls.__module__}.{cls.__name__} and has no code of its own. "
            f"Tools of a server or of another library are connected where they are used."
        )


def _given_arguments(tool: Tool) -> dict[str, Any]:
    """Return what the tool was made with, by name; for a copy of a tool, as far as its attributes say."""
    args, kwargs = vars(tool).get("_made_with", ((), {}))
    signature = inspect.signature(type(tool).__init__)
    values = signature.bind_partial(tool, *args, **kwargs).arguments
    values.pop(next(iter(signature.parameters)))
    for name, parameter in list(signature.parameters.items())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            values |= values.pop(name, {})
        elif parameter.kind is parameter.VAR_POSITIONAL:
            continue
        elif name not in values and vars(tool).get(name, parameter.default) != parameter.default:
            values[name] = vars(tool)[name]
    return dict(values)


def _instance_lines(tool: Tool, what: str, bundle: Bundle) -> str:
    """Return the lines that make the instance, where making it without arguments is not enough."""
    cls = type(tool)
    arguments = _given_arguments(tool)
    for name, value in arguments.items():
        if holds_secret(name, value):
            raise ConfigurationError(
                f"{what} is not written: its argument {name!r} looks like a secret. Let the class read it from "
                f"os.environ when it is not given."
            )
        if not is_literal(value):
            raise ConfigurationError(
                f"{what} cannot be saved: it was made with {name}={value!r}, and a value of type "
                f"{type(value).__name__} cannot be written down. Make it inside of the class."
            )
    changed = {
        field: vars(tool)[field]
        for field in CHECKED_FIELDS
        if field in vars(tool)
        and getattr(cls, field, _MISSING) != vars(tool)[field]
        and is_literal(vars(tool)[field])
    }
    if not arguments and not changed:
        return ""
    instance = bundle.free_name(_INSTANCE)
    lines = [f"{instance} = {cls.__name__}({_arguments(arguments)})"]
    lines += [f"{instance}.{field} = {value!r}" for field, value in changed.items()]
    return "\n\n" + "\n".join(lines) + "\n"


def _arguments(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
