"""Chat messages, tool calls and stream deltas: what goes to a model and what comes back.

How messages are put into the form that a provider wants is the business of ``message_format``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from .errors import ConfigurationError
from .serialization import make_json_serializable
from .usage import TokenUsage

__all__ = [
    "ChatMessage",
    "ChatMessageStreamDelta",
    "ChatMessageToolCall",
    "ChatMessageToolCallFunction",
    "ChatMessageToolCallStreamDelta",
    "MessageContent",
    "MessageRole",
    "agglomerate_stream_deltas",
]

MessageContent = str | list[dict[str, Any]] | None
"""Text, or blocks such as ``{"type": "text", "text": ...}`` and ``{"type": "image", "image": ...}``."""


class MessageRole(StrEnum):
    """Who speaks. ``tool-call`` and ``tool-response`` become roles of the provider when a request is made."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL_CALL = "tool-call"
    TOOL_RESPONSE = "tool-response"

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ConfigurationError(f"A message's role is one of {', '.join(cls.roles())}; got {value!r}.")

    @classmethod
    def roles(cls) -> list[str]:
        """Return every role as text."""
        return [role.value for role in cls]


@dataclass(slots=True)
class ChatMessageToolCallFunction:
    """The function of a tool call: its name and its arguments (a mapping, or JSON text not yet parsed)."""

    name: str
    arguments: Any
    description: str | None = None


@dataclass(slots=True)
class ChatMessageToolCall:
    """One tool call that a model asked for, with the provider's id."""

    function: ChatMessageToolCallFunction
    id: str
    type: str = "function"

    def __str__(self) -> str:
        return f"Call: {self.id}: Calling {self.function.name} with arguments: {self.function.arguments}"

    def dict(self) -> dict[str, Any]:
        """Return the call in the form of the chat-completions protocol."""
        function = {"name": self.function.name, "arguments": self.function.arguments}
        return {"id": self.id, "type": self.type, "function": function}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ChatMessageToolCall:
        """Build a call from the form of the chat-completions protocol."""
        function = data["function"]
        return cls(
            function=ChatMessageToolCallFunction(name=function["name"], arguments=function["arguments"]),
            id=data["id"],
            type=data.get("type") or "function",
        )


@dataclass(slots=True)
class ChatMessage:
    """One message of a conversation.

    Args:
        role: Who speaks.
        content: Text, or blocks of text and images.
        tool_calls: The tool calls that the model asked for.
        raw: The provider's own object. Never compared, never serialised.
        token_usage: What the call used, where the provider says so.
        reasoning: What a reasoning model thought before it answered, where the provider shows it.
        tool_call_id: For a tool's response: the id of the call that it answers.
        model_id: The name of the model that answered, where one of several did (``FallbackModel``); empty if
            it has none.

    Example:
        >>> ChatMessage(role=MessageRole.USER, content="Hello").text
        'Hello'
    """

    role: MessageRole
    content: MessageContent = None
    tool_calls: list[ChatMessageToolCall] | None = None
    raw: Any = field(default=None, repr=False, compare=False)
    token_usage: TokenUsage | None = field(default=None, compare=False)
    reasoning: str | None = None
    tool_call_id: str | None = None
    model_id: str | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.role = MessageRole(self.role)

    @property
    def text(self) -> str:
        """All text of the message: its text blocks joined by newlines."""
        if self.content is None:
            return ""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(block.get("text") or "" for block in self.content if block.get("type") == "text")

    def dict(self) -> dict[str, Any]:
        """Return the message without the provider's own object; images stay as they are."""
        data: dict[str, Any] = {"role": self.role.value, "content": self.content}
        if self.tool_calls:
            data["tool_calls"] = [call.dict() for call in self.tool_calls]
        if self.token_usage is not None:
            data["token_usage"] = self.token_usage.dict()
        for name in ("reasoning", "tool_call_id"):
            if (value := getattr(self, name)) is not None:
                data[name] = value
        return data

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], raw: Any = None, token_usage: TokenUsage | None = None
    ) -> ChatMessage:
        """Build a message from the form that ``dict`` returns or that a provider's protocol uses.

        Raises:
            ConfigurationError: It has no role, or none that there is.
        """
        usage = data.get("token_usage")
        if token_usage is None and usage:
            token_usage = TokenUsage(usage["input_tokens"], usage["output_tokens"])
        return cls(
            role=MessageRole(data.get("role", "")),
            content=data.get("content"),
            tool_calls=[ChatMessageToolCall.from_dict(call) for call in data.get("tool_calls") or ()] or None,
            raw=raw,
            token_usage=token_usage,
            reasoning=data.get("reasoning"),
            tool_call_id=data.get("tool_call_id"),
        )

    def model_dump_json(self) -> str:
        """Return the message as JSON text, without the provider's own object."""
        return json.dumps(make_json_serializable(self.dict()))

    def render_as_markdown(self) -> str:
        """Return the text and the tool calls as Markdown."""
        parts = [self.text] if self.text else []
        if self.tool_calls:
            calls = [
                {"tool": call.function.name, "arguments": call.function.arguments} for call in self.tool_calls
            ]
            parts.append(json.dumps(make_json_serializable(calls), indent=2, ensure_ascii=False))
        return "\n".join(parts)


@dataclass(slots=True)
class ChatMessageToolCallStreamDelta:
    """A fragment of a tool call. ``index`` says which call of the message it belongs to."""

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: ChatMessageToolCallFunction | None = None


@dataclass(slots=True)
class ChatMessageStreamDelta:
    """What one chunk of a streamed reply adds.

    Args:
        content: More text.
        tool_calls: Fragments of tool calls.
        token_usage: What the call used; providers send it with the last chunk.
        reasoning: More of a reasoning model's thoughts.
        model_id: The name of the model that answers, as in ``ChatMessage``; said with the first chunk.
    """

    content: str | None = None
    tool_calls: list[ChatMessageToolCallStreamDelta] | None = None
    token_usage: TokenUsage | None = None
    reasoning: str | None = None
    model_id: str | None = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class _ToolCallParts:
    """A tool call that is still arriving."""

    index: int
    id: str = ""
    type: str = "function"
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    parsed_arguments: Any = None

    def add(self, delta: ChatMessageToolCallStreamDelta) -> None:
        self.id = self.id or delta.id or ""
        self.type = delta.type or self.type
        if delta.function is None:
            return
        # some servers send no name, or the whole name again, with every later fragment
        name = delta.function.name or ""
        if name != self.name and not any(self.arguments):
            self.name += name
        if isinstance(delta.function.arguments, str):
            self.arguments.append(delta.function.arguments)
        elif delta.function.arguments is not None:
            self.parsed_arguments = delta.function.arguments

    def is_followed_by(self, delta: ChatMessageToolCallStreamDelta) -> bool:
        """Whether a fragment, which may claim to belong to this call, begins the next one."""
        named = delta.function is not None and bool(delta.function.name)
        if delta.id and self.id and delta.id != self.id:
            # with an index: some servers give every fragment an id of its own, others every call the index 0
            return named or delta.index is None
        if delta.id is None and delta.index is None:
            return named and self._is_whole()
        return False

    def _is_whole(self) -> bool:
        if self.parsed_arguments is not None:
            return True
        try:
            json.loads("".join(self.arguments))
        except ValueError:
            return False
        return True

    def finish(self, position: int) -> ChatMessageToolCall:
        arguments = self.parsed_arguments if self.parsed_arguments is not None else "".join(self.arguments)
        function = ChatMessageToolCallFunction(name=self.name, arguments=arguments)
        return ChatMessageToolCall(function=function, id=self.id or f"call_{position}", type=self.type)


def _merge_tool_calls(deltas: Iterable[ChatMessageToolCallStreamDelta]) -> list[ChatMessageToolCall]:
    calls: list[_ToolCallParts] = []
    latest: _ToolCallParts | None = None
    for delta in deltas:
        known = [call for call in calls if _may_belong(delta, call)]
        if known or delta.index is not None:
            latest = known[-1] if known else None
        if latest is None or latest.is_followed_by(delta):
            index = (
                max((call.index for call in calls), default=-1) + 1 if delta.index is None else delta.index
            )
            latest = _ToolCallParts(index)
            calls.append(latest)
        latest.add(delta)
    in_order = sorted(calls, key=lambda call: call.index)
    return [call.finish(position) for position, call in enumerate(in_order)]


def _may_belong(delta: ChatMessageToolCallStreamDelta, call: _ToolCallParts) -> bool:
    return bool(delta.id) and delta.id == call.id if delta.index is None else delta.index == call.index


def agglomerate_stream_deltas(
    stream_deltas: Sequence[ChatMessageStreamDelta], role: MessageRole = MessageRole.ASSISTANT
) -> ChatMessage:
    """Sum the deltas of a streamed reply into the message that they make.

    Args:
        stream_deltas: The deltas, in the order in which they came.
        role: The role of the message.

    Returns:
        One message: the text, the whole tool calls, and the latest usage that was reported (providers
        repeat the running total, so figures are not added up).
    """
    tool_calls = _merge_tool_calls(call for delta in stream_deltas for call in delta.tool_calls or ())
    usages = [delta.token_usage for delta in stream_deltas if delta.token_usage is not None]
    reasoning = "".join(delta.reasoning or "" for delta in stream_deltas)
    return ChatMessage(
        role=role,
        content="".join(delta.content or "" for delta in stream_deltas),
        tool_calls=tool_calls or None,
        token_usage=usages[-1] if usages else None,
        reasoning=reasoning or None,
        model_id=next((delta.model_id for delta in stream_deltas if delta.model_id is not None), None),
    )
