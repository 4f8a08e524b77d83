"""Tool calls of a step, as data: ids, run variables among the arguments, observations."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from ..agents.events import ToolOutput
from ..agents.final_answer import FinalAnswerTool
from ..agents.memory import ToolCall, join_observations
from ..display.safe_text import text_of
from ..errors import AgentError, AgentParsingError, AgentToolCallError, AgentToolExecutionError
from ..media.images import is_image
from ..messages import ChatMessage
from ..models.tool_call_text import check_arguments_are_json, parse_arguments, parse_tool_calls_from_text
from ..parsing import truncate_content

__all__ = [
    "check_answer_stands_alone",
    "gather_outputs",
    "named_arguments",
    "read_tool_calls",
    "refusal_text",
    "store_media",
    "tool_observation",
    "unknown_tool",
    "with_variables",
]

FINAL_ANSWER = FinalAnswerTool.name


def named_arguments(tool: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name, for telling of it; those that do not fit are numbered."""
    try:
        return dict(tool.bind_arguments(args, kwargs))
    except TypeError:  # which the call itself will raise
        return {**{str(index): value for index, value in enumerate(args)}, **kwargs}


def read_tool_calls(
    reply: ChatMessage,
    *,
    name_key: str = "name",
    arguments_key: str = "arguments",
    provider: str | None = None,
    model: str | None = None,
) -> list[ToolCall]:
    """Return the calls that a model asked for: its native ones, else those written in its text.

    Every call gets an id of its own: some providers give two calls the same one, or none.

    Raises:
        AgentParsingError: There is no call in the reply.
        MalformedToolArguments: The arguments of one are no JSON.
    """
    calls = reply.tool_calls
    if calls:
        for call in calls:
            check_arguments_are_json(call, provider=provider, model=model, request_id=_reply_id(reply))
    else:
        if not reply.text.strip():
            raise AgentParsingError("The reply was empty. Call a tool; final_answer gives the answer.")
        calls = parse_tool_calls_from_text(reply.text, name_key=name_key, arguments_key=arguments_key)
    taken: set[str] = set()
    return [
        ToolCall(
            name=call.function.name,
            arguments=parse_arguments(call.function.arguments),
            id=_unique(call.id or f"call_{number}", taken),
        )
        for number, call in enumerate(calls, 1)
    ]


def _reply_id(reply: ChatMessage) -> str | None:
    raw = reply.raw
    value = raw.get("id") if isinstance(raw, Mapping) else getattr(raw, "id", None)
    return value if isinstance(value, str) else None


def _unique(wanted: str, taken: set[str]) -> str:
    candidates = itertools.chain([wanted], (f"{wanted}_{number}" for number in itertools.count(2)))
    unique = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(unique)
    return unique


def check_answer_stands_alone(calls: Sequence[ToolCall]) -> None:
    """Refuse a final answer beside other calls: whose results it could not know yet.

    Raises:
        AgentToolCallError: There is such a one. Nothing was called.
    """
    if len(calls) > 1 and any(call.name == FINAL_ANSWER for call in calls):
        names = ", ".join(call.name for call in calls)
        raise AgentToolCallError(
            f"final_answer was called together with other calls ({names}), so none of them was carried out. "
            "Make the other calls first, look at their results, and then call final_answer alone."
        )


def unknown_tool(name: str, known: Iterable[str]) -> AgentToolExecutionError:
    """Return the error about a tool that there is not."""
    from .arguments import did_you_mean

    names = list(known)
    return AgentToolExecutionError(
        f"There is no tool {name!r}.{did_you_mean(name, names)} The tools are: {', '.join(names)}."
    )


def with_variables(arguments: Any, variables: Mapping[str, Any]) -> Any:
    """Put the value of a run variable where a text argument is its name."""
    if isinstance(arguments, str):
        return variables.get(arguments, arguments)
    if isinstance(arguments, Mapping) and variables:
        return {
            key: variables.get(value, value) if isinstance(value, str) else value
            for key, value in arguments.items()
        }
    return arguments


def store_media(value: Any, variables: MutableMapping[str, Any]) -> str | None:
    """Keep an image or a sound as a run variable, and return its name; None for anything else.

    Models cannot be shown such a value in a tool's text result, but they can hand it on by name.
    """
    stem = _media_stem(value)
    if stem is None:
        return None
    base, _, ending = stem.partition(".")
    for number in itertools.count(1):
        name = stem if number == 1 else f"{base}_{number}.{ending}"
        if variables.setdefault(name, value) is value:  # one step, because calls run side by side
            return name
    raise AssertionError("unreachable")


def _media_stem(value: Any) -> str | None:
    if is_image(value) or type(value).__name__ == "AgentImage":
        return "image.png"
    return "audio.mp3" if type(value).__name__ == "AgentAudio" else None


def tool_observation(result: Any, variables: MutableMapping[str, Any]) -> str:
    """Return what a model is shown of a tool's result."""
    name = store_media(result, variables)
    if name is not None:
        return f"The result is kept as the variable {name!r}: pass this name where a tool wants it."
    return truncate_content(text_of(result))


def refusal_text(name: str, reason: str) -> str:
    """Return what a model is told when a call was not approved."""
    because = f" The reason: {reason}" if reason else ""
    return f"The call of {name} was refused, so nothing was done.{because}"


def gather_outputs(outputs: Sequence[ToolOutput]) -> tuple[dict[str, str], str | None, AgentError | None]:
    """Put the outcomes of a step's calls together.

    Returns:
        What the model is shown by call id, the same as one text (None if every call failed), and the error
        of the calls that failed.
    """
    shown = {output.id: output.observation for output in outputs if output.error is None}
    names = {output.id: output.tool_call.name for output in outputs}
    failed = [output.error for output in outputs if output.error is not None]
    observations = join_observations(shown, names, alone=len(outputs) == 1) if shown else None
    if len(failed) <= 1:
        return shown, observations, failed[0] if failed else None
    message = "\n".join(f"{type(error).__name__}: {error}" for error in failed)
    return shown, observations, AgentToolExecutionError(f"{len(failed)} calls failed:\n{message}")
