"""Reading tool calls that a model wrote as text, for models without native tool calls.

JSON is repaired only where there is one way to read it: Python's spelling of literals, a comma before a
closing bracket, brackets that are missing at the very end.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

from ..ast_parse import parse_expression
from ..errors import AgentParsingError, MalformedToolArguments
from ..messages import ChatMessageToolCall, ChatMessageToolCallFunction
from ..parsing import truncate_content

__all__ = ["check_arguments_are_json", "parse_arguments", "parse_tool_calls_from_text"]

_DECODER = json.JSONDecoder(strict=False)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_BRACKET = re.compile(r"""\[|\{(?=\s*["'}])""")  # an object begins with a key, or is empty
_WORK_BASE = 100_000
_WORK_PER_CHARACTER = 20
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def parse_tool_calls_from_text(
    text: str, *, name_key: str = "name", arguments_key: str = "arguments"
) -> list[ChatMessageToolCall]:
    """Return the tool calls in a reply, in their order.

    Every JSON object that has the name's key is a call; a list of them is several. Text around them is
    ignored.

    Args:
        text: The model's reply.
        name_key: The key of the tool's name.
        arguments_key: The key of the arguments.

    Raises:
        AgentParsingError: There is no call in it. The message shows the form.

    Example:
        >>> [call] = parse_tool_calls_from_text('Action: {"name": "ping", "arguments": {"host": "a"}}')
        >>> call.function.name, call.function.arguments
        ('ping', {'host': 'a'})
    """
    found = [
        item
        for value in _json_values(text)
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, dict) and isinstance(item.get(name_key), str)
    ]
    if not found:
        form = json.dumps({name_key: "tool_name", arguments_key: {"argument": "value"}})
        raise AgentParsingError(
            f"The reply has no tool call in it. Write it as JSON, like this: {form}\n"
            f"The reply was:\n{truncate_content(text, 2_000)}"
        )
    return [
        ChatMessageToolCall(
            function=ChatMessageToolCallFunction(
                name=item[name_key], arguments=parse_arguments(item.get(arguments_key))
            ),
            id=f"call_{number}",
        )
        for number, item in enumerate(found)
    ]


def parse_arguments(arguments: Any) -> Any:
    """Return the arguments of a call: JSON text is parsed, anything else stays as it is.

    Providers send arguments as JSON text; what is no JSON is a plain text argument.
    """
    if arguments is None:
        return {}
    if not isinstance(arguments, str):
        return arguments
    if not arguments.strip():
        return {}
    try:
        return json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        repaired = _repaired(arguments.strip())
        return arguments if repaired is None else repaired


def check_arguments_are_json(
    call: ChatMessageToolCall,
    *,
    provider: str | None = None,
    model: str | None = None,
    request_id: str | None = None,
) -> None:
    """Refuse a native call whose arguments begin as an object and are none, not even when repaired.

    A tool with one argument would else be called with the broken text for a value.

    Raises:
        MalformedToolArguments: They are such.
    """
    text = call.function.arguments
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return
    if isinstance(parse_arguments(text), str):
        raise MalformedToolArguments(
            f"The arguments of the call of {call.function.name} are no JSON, so nothing was called. They may have "
            "been cut off: keep them shorter, and write one JSON object with a value for each argument's name. "
            f"They were:\n{truncate_content(text, 2_000)}",
            tool=call.function.name,
            arguments=text,
            provider=provider,
            model=model,
            request_id=request_id,
        )


def _json_values(text: str) -> Iterator[Any]:
    """Yield the outermost JSON objects and lists in a text.

    Looking for the end of something broken can go on to the end of the text, from every bracket anew. So
    there is an end to the looking: far beyond what a reply with calls in it needs.
    """
    position = 0
    work_left = _WORK_BASE + _WORK_PER_CHARACTER * len(text)
    while work_left > 0 and (bracket := _BRACKET.search(text, position)):
        start = bracket.start()
        value, end, work = _value_at(text, start)
        work_left -= work
        position = start + 1 if value is None else end
        if value is not None:
            yield value


def _value_at(text: str, start: int) -> tuple[Any, int, int]:
    """Return the value that begins at a bracket, or None; where it ends; and how far was looked for it."""
    try:
        value, end = _DECODER.raw_decode(text, start)
        return value, end, 0
    except json.JSONDecodeError as error:
        looked = error.pos - start
    except RecursionError:
        looked = len(text) - start
    end = _end_of_balanced(text, start)
    return _repaired(text[start:end]), end, looked + 2 * (end - start)


def _end_of_balanced(text: str, start: int) -> int:
    """Return where the bracket that opens at ``start`` closes; the text's end if it does not."""
    depth, quote, escaped = 0, "", False
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == quote:
                quote = ""
        elif character in "\"'" and not _is_apostrophe(text, index):
            quote = character
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return index + 1
    return len(text)


def _is_apostrophe(text: str, index: int) -> bool:
    return text[index] == "'" and 0 < index < len(text) - 1 and text[index - 1].isalnum()


def _repaired(text: str) -> Any:
    """Return the value that a broken piece of JSON can only mean, or None."""
    try:
        # single quotes, True, None, trailing commas
        value = ast.literal_eval(parse_expression(text.lstrip(" \t")))
        return value if isinstance(value, (dict, list)) else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    without_commas = _outside_strings(text, lambda part: _TRAILING_COMMA.sub(r"\1", part))
    for candidate in (without_commas, _closed(without_commas)):
        try:
            value = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, (dict, list)) else None
    return None


def _outside_strings(text: str, change: Any) -> str:
    strings = _STRING.findall(text)
    changed = [change(part) for part in _STRING.split(text)]
    # a comma before a string's end and a bracket after it are never neighbours, so parts change one by one
    return "".join(part + string for part, string in zip(changed, [*strings, ""], strict=True))


def _closed(text: str) -> str:
    """Put the brackets back that are missing at the end, unless the text ends inside a string."""
    open_brackets: list[str] = []
    for part in _STRING.split(text):
        if '"' in part:
            return text
        for character in part:
            if character in "{[":
                open_brackets.append("}" if character == "{" else "]")
            elif character in "}]" and open_brackets:
                open_brackets.pop()
    return text.rstrip().rstrip(",") + "".join(reversed(open_brackets))
