"""Memories and runs as JSON-able data, and back: what one process has begun, another can go on with.

Images, errors, usage and what the model was sent at each step come back as they were. Values that JSON has no
form for (a table, an open file) come back as an ``UnknownValue`` that says what they were.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import errors
from ..errors import AgentError, ConfigurationError
from ..messages import ChatMessage
from ..serialization import UnknownValue, make_json_serializable, restore_from_json
from ..usage import RunUsage, Timing, TokenUsage, UsageLimits
from .history import MessageView
from .memory import AgentMemory, MemoryStep, ToolCall

__all__ = [
    "memory_from_dict",
    "memory_to_dict",
    "restore_run",
    "run_to_dict",
    "step_from_dict",
    "step_to_dict",
]

VERSION = 1


# Steps


def step_to_dict(step: MemoryStep, histories: _Histories | None = None) -> dict[str, Any]:
    """Return a step as JSON-able data.

    Args:
        step: The step.
        histories: Collects the messages that several steps share; without it each step brings its own.
    """
    data: dict[str, Any] = {"type": type(step).__name__}
    for name, value in vars(step).items():
        if name == "model_input_messages" and histories is not None and isinstance(value, MessageView):
            data[name] = histories.refer_to(value)
        elif name == "model_input_messages" and value is not None:
            data[name] = [_message_to_dict(message) for message in value]
        else:
            data[name] = make_json_serializable(value)
    return data


def step_from_dict(data: Mapping[str, Any], histories: Sequence[list[ChatMessage]] = ()) -> MemoryStep:
    """Return the step that ``step_to_dict`` made data of.

    Raises:
        ConfigurationError: It is no such data, or the step's class is not known here.
    """
    step_class = _step_class(data.get("type"))
    fields = {field.name for field in dataclasses.fields(step_class)}
    values = {
        name: _field_from_data(name, value, histories) for name, value in data.items() if name in fields
    }
    try:
        step: MemoryStep = step_class(**values)
    except TypeError as error:
        raise ConfigurationError(f"This is no saved {step_class.__name__}: {error}.") from error
    return step


def _step_class(name: Any) -> type[Any]:
    known = {step_class.__name__: step_class for step_class in _step_classes(MemoryStep)}
    if name not in known:
        raise ConfigurationError(
            f"There is no class {name!r} of steps. The classes are: {', '.join(known)}. A class of your own "
            "has to be defined before its steps are loaded."
        )
    return known[name]


def _step_classes(base: type[Any]) -> Iterator[type[Any]]:
    for step_class in base.__subclasses__():
        yield step_class
        yield from _step_classes(step_class)


def _field_from_data(name: str, value: Any, histories: Sequence[list[ChatMessage]]) -> Any:
    if value is None:
        return None
    if name == "model_input_messages":
        if isinstance(value, Mapping):
            return MessageView(histories[value["history"]], value["length"])
        return [_message_from_dict(message) for message in value]
    read = _READERS.get(name, restore_from_json)
    return read(value)


def _timing(data: Mapping[str, Any]) -> Timing:
    return Timing(data["start_time"], data["end_time"])


def _token_usage(data: Mapping[str, Any]) -> TokenUsage:
    return TokenUsage(data["input_tokens"], data["output_tokens"])


def _tool_calls(data: Sequence[Mapping[str, Any]]) -> list[ToolCall]:
    return [
        ToolCall(call["function"]["name"], restore_from_json(call["function"]["arguments"]), call["id"])
        for call in data
    ]


def _error(data: Mapping[str, Any]) -> AgentError:
    error_class = getattr(errors, data["type"], AgentError)
    if not (isinstance(error_class, type) and issubclass(error_class, AgentError)):
        error_class = AgentError
    return error_class(data["message"])


def _message_to_dict(message: ChatMessage) -> Any:
    return make_json_serializable(message.dict())


def _message_from_dict(data: Mapping[str, Any]) -> ChatMessage:
    return ChatMessage.from_dict(restore_from_json(data))


_READERS: dict[str, Any] = {
    "timing": _timing,
    "token_usage": _token_usage,
    "tool_calls": _tool_calls,
    "error": _error,
    "model_output_message": _message_from_dict,
}


class _Histories:
    """The lists of messages that the views of several steps share, each saved once."""

    def __init__(self) -> None:
        self._lists: dict[int, tuple[int, list[ChatMessage], int]] = {}

    def refer_to(self, view: MessageView) -> dict[str, int]:
        messages, length = view.shared
        number, _, longest = self._lists.get(id(messages), (len(self._lists), messages, 0))
        self._lists[id(messages)] = (number, messages, max(longest, length))
        return {"history": number, "length": length}

    def to_list(self) -> list[list[Any]]:
        return [
            [_message_to_dict(message) for message in messages[:longest]]
            for _, messages, longest in self._lists.values()
        ]


# Memories


def memory_to_dict(memory: AgentMemory) -> dict[str, Any]:
    """Return a memory as JSON-able data. It grows with the conversation, not with its square."""
    histories = _Histories()
    steps = [step_to_dict(step, histories) for step in memory.steps]
    return {
        "version": VERSION,
        "system_prompt": memory.system_prompt.system_prompt,
        "steps": steps,
        "histories": histories.to_list(),
    }


def memory_from_dict(data: Mapping[str, Any]) -> AgentMemory:
    """Return the memory that ``memory_to_dict`` made data of.

    Raises:
        ConfigurationError: It is no such data.
    """
    _check_version(data, "memory")
    memory = AgentMemory(data["system_prompt"])
    histories = [[_message_from_dict(message) for message in history] for history in data["histories"]]
    memory.steps = [step_from_dict(step, histories) for step in data["steps"]]
    return memory


def _check_version(data: Any, what: str) -> None:
    if not isinstance(data, Mapping) or "version" not in data:
        raise ConfigurationError(f"This is no saved {what}: {type(data).__name__} without a version.")
    if data["version"] != VERSION:
        raise ConfigurationError(
            f"This {what} was saved in the form {data['version']!r}; this version of twofold reads {VERSION}."
        )


# Runs


def run_to_dict(run: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run as JSON-able data.

    Args:
        run: The run.
        variables: What its code has defined.
    """
    return {
        "version": VERSION,
        "id": run.id,
        "task": run.task,
        "images": make_json_serializable(run.images),
        "max_steps": run.max_steps,
        "step_number": run.step_number,
        "outcome": run.outcome,
        "output": make_json_serializable(run.output),
        "state": make_json_serializable(run.state),
        "variables": make_json_serializable(dict(variables)),
        "usage": run.usage.dict(),
        "limits": None if run.usage.limits is None else dataclasses.asdict(run.usage.limits),
        "timing": run.timing.dict(),
        "memory": memory_to_dict(run.memory),
    }


def restore_run(run: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Put saved data into a run that was made for it.

    Args:
        run: The run.
        data: What ``run_to_dict`` returned.

    Returns:
        The variables that the run's code had defined, as far as JSON can hold them.
    """
    run.id = data["id"]
    run.memory = memory_from_dict(data["memory"])
    run.step_number = data["step_number"]
    run.outcome = data["outcome"]
    run.output = restore_from_json(data["output"])
    run.timing = _timing(data["timing"])
    run.state = _known(data["state"])
    usage = data["usage"]
    limits = data["limits"] and UsageLimits(**data["limits"])
    run.usage = RunUsage(
        _token_usage(usage["tokens"]),
        usage["requests"],
        usage["tool_calls"],
        usage.get("cost"),
        limits=limits,
    )
    return _known(data["variables"])


def check_saved_run(data: Any) -> Mapping[str, Any]:
    """Return the data if it is a saved run.

    Raises:
        ConfigurationError: It is not.
    """
    _check_version(data, "run")
    if "memory" not in data:
        raise ConfigurationError("This is no saved run: it has no memory. Save it with to_dict() of the run.")
    checked: Mapping[str, Any] = data
    return checked


def _known(data: Any) -> dict[str, Any]:
    values = restore_from_json(data)
    return {name: value for name, value in values.items() if not isinstance(value, UnknownValue)}
