"""Tools: what an agent can call. One class for both colours: what a tool does is ``def`` or ``async def``.

This is the front: the class `Tool`, the decorator `tool`, and what takes tools from users.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from ..errors import ConfigurationError
from .base import Tool
from .function_tool import FunctionTool
from .schema import JsonSchema

__all__ = [
    "BaseTool",
    "FunctionTool",
    "Tool",
    "as_tool",
    "get_json_schema",
    "tool",
    "tool_mapping",
    "tool_source",
    "validate_tool_arguments",
]

BaseTool = Tool
"""The name that users of smolagents know for what can be called by agents."""

P = ParamSpec("P")
R = TypeVar("R")


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    requires_approval: bool = False,
    blocking: bool = True,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    requires_approval: bool = False,
    blocking: bool = True,
) -> Any:
    """Make a tool of a function, ``def`` or ``async def``; a decorator, with or without arguments.

    The function's type hints and docstring (Google, NumPy or Sphinx style) become what the model sees.

    Args:
        function: The function.
        name: The tool's name; the function's if not given.
        description: What the tool does; what the docstring says if not given.
        timeout: Seconds that one call may take when an agent makes it; None is no limit.
        requires_approval: Whether somebody has to agree before an agent calls it.
        blocking: Whether a ``def`` may block; see `Tool`.

    Returns:
        The tool, which can be called like the function.

    Raises:
        ConfigurationError: A type hint, the docstring or the description of an argument is missing, or cannot
            be told to a model.

    Example:
        >>> @tool
        ... def add(a: int, b: int = 1) -> int:
        ...     '''Add two numbers.
        ...
        ...     Args:
        ...         a: One.
        ...         b: The other.
        ...     '''
        ...     return a + b
        >>> add.signature
        'add(a: int, b: int = 1) -> int'
    """

    def make(target: Callable[..., Any]) -> FunctionTool[..., Any]:
        _require_function(target)
        return FunctionTool(
            target,
            name=name,
            description=description,
            timeout=timeout,
            requires_approval=requires_approval,
            blocking=blocking,
            # hints that are strings may name classes of the function in which the decorator stands
            local_names=sys._getframe(1 if function is None else 2).f_locals,
        )

    return make if function is None else make(function)


def as_tool(obj: object) -> Tool:
    """Return a tool: a tool as it is, a function as `tool` makes it.

    Args:
        obj: A tool or a function.

    Returns:
        The tool.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(obj, Tool):
        return obj
    return FunctionTool(_require_function(obj))


def _require_function(obj: object) -> Callable[..., Any]:
    if inspect.isroutine(obj):
        return obj
    if isinstance(obj, Tool):
        what = f"the tool {obj.name!r} is a tool already"
    elif isinstance(obj, type):
        what = f"{obj.__name__} is a class; make an instance of it: {obj.__name__}()"
    else:
        what = f"{obj!r} is of type {type(obj).__name__}"
    raise ConfigurationError(
        f"A tool is an instance of Tool, or a function (def or async def) with type hints and a docstring; "
        f"{what}."
    )


def tool_mapping(tools: object) -> dict[str, Tool]:
    """Return tools by name.

    Args:
        tools: Tools and functions; see `as_tool`.

    Returns:
        The tools in their order.

    Raises:
        ConfigurationError: Two have the same name, or something is no tool.
    """
    if isinstance(tools, Tool | str | Mapping) or not isinstance(tools, Iterable):
        raise ConfigurationError(
            f"Tools are given as a list of tools, not as {type(tools).__name__}: {tools!r}."
        )
    found: dict[str, Tool] = {}
    for obj in tools:
        one = as_tool(obj)
        other = found.setdefault(one.name, one)
        if other is not one:
            raise ConfigurationError(
                f"Two tools have the name {one.name!r}: {_origin(other)} and {_origin(one)}. "
                f"Rename one of them, e.g. with @tool(name=…)."
            )
    return found


def tool_source(tools: object) -> Callable[..., Any] | None:
    """Return the function that returns tools, where it was given in place of a list of them."""
    if callable(tools) and not isinstance(tools, Tool | type | Iterable):
        return tools
    return None


def _origin(one: Tool) -> str:
    target = one.function if isinstance(one, FunctionTool) else type(one)
    return f"{target.__module__}.{target.__qualname__}"


def get_json_schema(function: Callable[..., Any]) -> JsonSchema:
    """Return the function schema by which a function with type hints and a docstring is offered to models.

    Args:
        function: The function, ``def`` or ``async def``; or a tool.

    Returns:
        ``{"type": "function", "function": {"name", "description", "parameters", "return"}}``.

    Raises:
        ConfigurationError: Something that a model must know is missing.

    Example:
        >>> def now() -> str:
        ...     '''Return the time.'''
        ...     return "12:00"
        >>> schema = get_json_schema(now)["function"]
        >>> schema["name"], schema["description"]
        ('now', 'Return the time.')
    """
    one = as_tool(function)
    schema = one.json_schema
    schema["function"]["return"] = one.output_schema or {"type": one.output_type}
    return schema


def validate_tool_arguments(tool: Tool, arguments: Any) -> None:
    """Check arguments that a model chose for a tool; `Tool.validate_arguments` also returns them.

    Args:
        tool: The tool.
        arguments: A dict by name.

    Raises:
        AgentToolCallError: They do not fit.
    """
    tool.validate_arguments(arguments)
