"""What MCP servers send while they work: progress, log messages, and questions to the user or to a model."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import ConfigurationError
from ..messages import ChatMessage, MessageRole

__all__ = [
    "LOG_LEVELS",
    "ElicitationAnswer",
    "McpElicitation",
    "McpLogMessage",
    "McpProgress",
    "McpSamplingRequest",
    "read_elicitation_answer",
    "sampling_messages",
    "sampling_parameters",
]

LOG_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "notice": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "alert": logging.CRITICAL,
    "emergency": logging.CRITICAL,
}
"""The levels of MCP log messages as those of ``logging``."""


@dataclass(frozen=True)
class McpProgress:
    """How far a call of a tool has got.

    Attributes:
        server: The server's name.
        tool: What the server calls the tool.
        progress: How much is done; it grows from one report to the next.
        total: How much there is to do, if the server knows.
        message: What it is doing.
    """

    server: str
    tool: str
    progress: float
    total: float | None = None
    message: str | None = None


@dataclass(frozen=True)
class McpLogMessage:
    """A message of a server's log.

    Attributes:
        server: The server's name.
        level: ``debug``, ``info``, ``notice``, ``warning``, ``error``, ``critical``, ``alert``, ``emergency``.
        data: The message: a text, or any other JSON data.
        logger: The name of the server's logger, if it has one.
    """

    server: str
    level: str
    data: Any
    logger: str | None = None


@dataclass(frozen=True)
class McpElicitation:
    """A question of a server to the user, in the middle of a call ("elicitation").

    Attributes:
        server: The server's name.
        message: The question.
        schema: The JSON schema of the answer, an object with plain fields; None where ``url`` is given.
        url: An address that the user is to visit, for what must not pass through the program (a login).
        tool: The tool whose call is under way, where that is known.
    """

    server: str
    message: str
    schema: Mapping[str, Any] | None = None
    url: str | None = None
    tool: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class McpSamplingRequest:
    """A server asks for a text of the program's model ("sampling").

    Attributes:
        server: The server's name.
        messages: The conversation: dicts with ``role`` and ``content``, a list of texts and Pillow images.
        system_prompt: What the server wants the model to be told first.
        max_tokens: How long the text may be.
        temperature: How varied it should be, if the server says so.
        stop_sequences: Where it ends.
    """

    server: str
    messages: Sequence[Mapping[str, Any]]
    system_prompt: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    stop_sequences: Sequence[str] | None = None


@dataclass(frozen=True)
class ElicitationAnswer:
    """What a server is told about its question."""

    action: Literal["accept", "decline", "cancel"]
    content: dict[str, Any] | None = None


def read_elicitation_answer(answer: Any, request: McpElicitation) -> ElicitationAnswer:
    """Read what a handler, or an approver, has answered.

    Args:
        answer: True agrees, with the defaults of the schema's fields; a dict agrees with these values; None
            gives the question up; anything else, such as a text with the reason, declines.
        request: The question.

    Raises:
        ConfigurationError: True was answered to a question for values without a default.
    """
    if answer is None:
        return ElicitationAnswer("cancel")
    if isinstance(answer, Mapping):
        return ElicitationAnswer("accept", dict(answer))
    if answer is not True:
        return ElicitationAnswer("decline")
    if request.url is not None:
        return ElicitationAnswer("accept")
    schema = request.schema or {}
    required = schema.get("required") or ()
    values: dict[str, Any] = {}
    for key, part in (schema.get("properties") or {}).items():
        if "default" in part:
            values[key] = part["default"]
        elif key in required and part.get("type") == "boolean":  # "Are you sure?": that is what True answers
            values[key] = True
    missing = [key for key in required if key not in values]
    if missing:
        raise ConfigurationError(
            f"The MCP server {request.server!r} asks for values of {', '.join(missing)}; "
            f"answer with a dict of them, not with True."
        )
    return ElicitationAnswer("accept", values)


def sampling_messages(request: McpSamplingRequest) -> list[ChatMessage]:
    """Return the conversation of a request as messages for a model of twofold."""
    found = []
    if request.system_prompt:
        found.append(ChatMessage(role=MessageRole.SYSTEM, content=request.system_prompt))
    for message in request.messages:
        role = MessageRole.ASSISTANT if message["role"] == "assistant" else MessageRole.USER
        blocks = [
            {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "image": part}
            for part in message["content"]
        ]
        found.append(ChatMessage(role=role, content=blocks))
    return found


def sampling_parameters(request: McpSamplingRequest) -> dict[str, Any]:
    """Return what a request asks of a model besides its messages."""
    stated = {"max_tokens": request.max_tokens, "temperature": request.temperature}
    found: dict[str, Any] = {key: value for key, value in stated.items() if value is not None}
    if request.stop_sequences:
        found["stop_sequences"] = list(request.stop_sequences)
    return found
