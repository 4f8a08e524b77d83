"""What terminals and browsers say, in a line or two, about things a run waits for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..limits.retries import RetryEvent
from ..serialization import make_json_serializable
from .safe_text import text_of

__all__ = ["asks_itself", "call_lines", "question_title", "retry_note"]

_SHOWN_ERROR = 120
_SHOWN_ARGUMENT = 5_000


def retry_note(event: RetryEvent) -> str:
    """Return what is said about a request that failed and is about to be made again, in one line."""
    why = " ".join(text_of(event.error).split())
    why = why if len(why) <= _SHOWN_ERROR else f"{why[:_SHOWN_ERROR]}..."
    again = f"attempt {event.attempt + 1} of {event.attempts} in {event.wait_seconds:.1f} s"
    return f"The model could not be asked, {again} ({type(event.error).__name__}: {why})"


def asks_itself(tool: Any, arguments: Mapping[str, Any]) -> bool:
    """Return whether an approver is asked a question of the tool's own (of an MCP server, say), in its middle."""
    return tool is None or not set(arguments) <= set(tool.inputs)


def question_title(tool: Any, arguments: Mapping[str, Any], run: Any) -> str:
    """Return what an approver is asked, in one line.

    Args:
        tool: The tool, if it is known.
        arguments: What it is to be called with, or what it asks.
        run: Whose call it is.
    """
    if asks_itself(tool, arguments):
        return "A tool asks:" if tool is None else f"The tool {tool.name} asks:"
    if run.manager is not None and run.agent.name:
        return f"{run.agent.name} wants to call {tool.name}."
    return f"May {tool.name} be called?"


def call_lines(arguments: Mapping[str, Any]) -> str:
    """Return the arguments of a call that somebody has to decide about, a line for each.

    Each is written as JSON, so that no text in it can look like the next argument.
    """
    return "\n".join(f"{name} = {_argument_text(value)}" for name, value in arguments.items())


def _argument_text(value: Any) -> str:
    try:
        text = json.dumps(make_json_serializable(value), ensure_ascii=False, default=text_of)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(text_of(value), ensure_ascii=False)
    if len(text) <= _SHOWN_ARGUMENT:
        return text
    return f"{text[:_SHOWN_ARGUMENT]}... and {len(text) - _SHOWN_ARGUMENT:,} characters that are not shown"
