# Generated from src/twofold/_async/tools/calling.py by `nox -s codegen`. Do not edit.
"""Calling tools the way agents do: set up once, where blocking harms nobody, bounded by their timeout.

What a tool is, and how arguments are checked, is in the core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..._bridge import _sync as bridge
from ..._core.errors import AgentInterrupted, AgentToolCallError, AgentToolExecutionError
from ..._core.media.agent_types import media_output
from ..._core.tools.arguments import short_repr
from ..._core.tools.tool import Tool

__all__ = ["call_tool", "run_tool", "set_up"]


def call_tool(tool: Tool, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """Call a tool for a model: whatever goes wrong is told in a form that the model can act on.

    Args:
        tool: The tool.
        args: Arguments without a name.
        kwargs: Arguments with a name. What a model chose goes through ``tool.validate_arguments`` first.

    Returns:
        What the tool returns.

    Raises:
        AgentToolCallError: Arguments are missing, unknown or too many.
        AgentToolExecutionError: The tool raised, or took longer than its timeout; the original is the cause.
        AgentInterrupted: The run was interrupted meanwhile.
    """
    try:
        arguments = tool.bind_arguments(args, kwargs or {})
    except TypeError as error:
        raise AgentToolCallError(str(error)) from error
    try:
        return media_output(_run(tool, arguments), tool.output_type)
    except (AgentInterrupted, AgentToolCallError):
        raise
    except Exception as error:
        raise AgentToolExecutionError(_failure(tool, arguments, error)) from error


def run_tool(tool: Tool, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """Call a tool for code: errors of the tool arrive as they were raised, so that the code can catch them.

    Args:
        tool: The tool.
        args: Arguments without a name.
        kwargs: Arguments with a name.

    Returns:
        What the tool returns.

    Raises:
        TypeError: Arguments are missing, unknown or too many.
        TimeoutError: The tool took longer than its timeout.
    """
    arguments = tool.bind_arguments(args, kwargs or {})
    if tool.timeout is None and not tool.may_block and not tool.needs_setup():
        return bridge.resolve(tool.invoke(arguments))  # nothing to add: ten thousand calls may wait at once
    return _run(tool, arguments)


def set_up(tool: Tool) -> None:
    """Run a tool's ``setup`` unless it has run. Those who come meanwhile wait, and share its error.

    A setup that was cancelled has not run: one of those who waited takes it up.
    """
    while tool.needs_setup():
        claim, is_mine = tool.claim_setup()
        if is_mine:
            with tool.setting_up(claim):
                _call(tool.setup, tool.setup_may_block)
            return
        over = bridge.Event()
        claim.when_over(over.set)
        over.wait()
        if claim.error is not None:
            raise claim.error


def _run(tool: Tool, arguments: Mapping[str, Any]) -> Any:
    if tool.needs_setup():
        set_up(tool)
    function = partial(tool.invoke, arguments)
    if tool.timeout is None:
        return bridge.resolve(bridge.call_blocking(function) if tool.may_block else function())

    def invoke() -> Any:
        return _call(function, tool.may_block)

    def late() -> TimeoutError:
        return TimeoutError(f"the tool {tool.name!r} took longer than its timeout of {tool.timeout:g} s")

    return bridge.run_with_timeout(invoke, tool.timeout, late)


def _call(function: Callable[[], Any], may_block: bool) -> Any:
    if may_block:
        return bridge.resolve(bridge.call_blocking(function))
    return bridge.resolve(function())


def _failure(tool: Tool, arguments: Mapping[str, Any], error: Exception) -> str:
    given = ", ".join(f"{key}={short_repr(value)}" for key, value in arguments.items())
    kind = type(error).__name__
    text = str(error)
    return f"{tool.name}({given}) failed: {kind}: {text}" if text else f"{tool.name}({given}) failed: {kind}"
