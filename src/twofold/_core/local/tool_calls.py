"""Tool calls of a model that can only write text: asked for by a JSON schema, read back out of the reply."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from ..messages import ChatMessageToolCall, ChatMessageToolCallFunction

__all__ = ["describe_tools", "read_tool_call", "tool_call_format"]

_REPLY = "reply"


def tool_call_format(tools: Sequence[Any], *, required: bool) -> dict[str, Any]:
    """Return the response format in which a reply is a call of one of the tools.

    Args:
        tools: Objects with a ``json_schema`` of the chat-completions protocol.
        required: Whether the model has to call one; if not, it may also write a text.
    """
    choices = [_call_schema(tool.json_schema["function"]) for tool in tools]
    if not required:
        choices.append(_object({_REPLY: {"type": "string"}}))
    schema = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {"type": "json_schema", "json_schema": {"name": "tool_call", "schema": schema}}


def describe_tools(tools: Sequence[Any], *, required: bool) -> str:
    """Return what a model has to be told to make such calls."""
    functions = [tool.json_schema["function"] for tool in tools]
    lines = [json.dumps(function, ensure_ascii=False) for function in functions]
    otherwise = "" if required else f'\nIf no tool is needed, reply with {{"{_REPLY}": "your text"}}.'
    return (
        "You can call these tools:\n" + "\n".join(lines) + "\n"
        'To call one, reply with JSON only: {"name": "the tool", "arguments": {...}}.' + otherwise
    )


def read_tool_call(text: str) -> tuple[str | None, ChatMessageToolCall | None]:
    """Return the text and the call in a reply of that form; a reply of another form is all text."""
    try:
        data = json.loads(text)
    except ValueError:  # cut off at the limit of tokens
        return text, None
    if not isinstance(data, dict):
        return text, None
    if isinstance(data.get(_REPLY), str) and "name" not in data:
        return data[_REPLY], None
    if not isinstance(data.get("name"), str):
        return text, None
    function = ChatMessageToolCallFunction(name=data["name"], arguments=data.get("arguments", {}))
    return None, ChatMessageToolCall(function=function, id=f"call_{uuid.uuid4().hex[:12]}")


def _call_schema(function: dict[str, Any]) -> dict[str, Any]:
    arguments = {"type": "object", "properties": {}, **function.get("parameters", {})}
    return _object({"name": {"const": function["name"]}, "arguments": arguments})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
