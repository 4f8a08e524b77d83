# Generated from src/twofold/_async/testing/scripted_model.py by `nox -s codegen`. Do not edit.
"""``ScriptedModel``: a model that answers from a script, for testing agents without a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError
from ..._core.messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCallStreamDelta,
    MessageRole,
)
from ..._core.models.capabilities import remove_content_after_stop_sequences
from ..._core.testing.script import Script
from ..._core.usage import TokenUsage
from ..models.base import Model

__all__ = ["ScriptedModel", "ScriptedReply", "ScriptedRequest"]

ScriptedReply = str | ChatMessage | Exception
"""What a script may answer: text, a whole message (with tool calls, say), or an error to raise."""


@dataclass(frozen=True, slots=True)
class ScriptedRequest:
    """One request that a ``ScriptedModel`` was sent."""

    messages: list[ChatMessage]
    stop_sequences: list[str] | None = None
    response_format: dict[str, Any] | None = None
    tools_to_call_from: list[Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text of all messages."""
        return "\n".join(message.text for message in self.messages)


class ScriptedModel(Model):
    """A model that answers from a script.

    Args:
        replies: The replies in order, or a function that returns the reply to the messages it is given.
            The function may be asynchronous. An exception among the replies is raised.
        latency: Seconds that each reply takes.
        chunk_size: How many characters each chunk of a streamed reply has.
        model_id: The name that the model goes by.
        **kwargs: Ignored, as for any model they would be parameters of the request.

    Example:
        >>> from twofold import CodeAgent
        >>> from twofold.testing import ScriptedModel
        >>> model = ScriptedModel(["<code>final_answer(6 * 7)</code>"])
        >>> CodeAgent(tools=[], model=model).run("What is six times seven?")
        42
    """

    def __init__(
        self,
        replies: Sequence[ScriptedReply] | Callable[[list[ChatMessage]], Any],
        *,
        latency: float = 0.0,
        chunk_size: int = 16,
        model_id: str = "scripted",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_id=model_id, **kwargs)
        if latency < 0 or chunk_size < 1:
            raise ConfigurationError("latency must not be negative, and chunk_size at least 1.")
        self.latency = latency
        self.chunk_size = chunk_size
        self.requests: list[ScriptedRequest] = []
        self.script: Script[list[ChatMessage], Any] = Script(
            replies, player="ScriptedModel", describe=lambda messages: repr(messages[-1].text[-200:])
        )

    def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        request = ScriptedRequest(
            [item if isinstance(item, ChatMessage) else ChatMessage.from_dict(item) for item in messages],
            stop_sequences,
            response_format,
            list(tools_to_call_from) if tools_to_call_from is not None else None,
            kwargs,
        )
        self.requests.append(request)
        reply = bridge.resolve(self.script.next_reply(request.messages))
        if self.latency:
            bridge.sleep(self.latency)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, ChatMessage):
            return reply
        text = remove_content_after_stop_sequences(reply, stop_sequences)
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            content=text,
            # roughly what tokenizers make of English text
            token_usage=TokenUsage(len(request.text) // 4, len(reply) // 4),
        )

    def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatMessageStreamDelta]:
        message = self.generate(messages, stop_sequences, response_format, tools_to_call_from, **kwargs)
        text = message.text
        for start in range(0, len(text), self.chunk_size):
            yield ChatMessageStreamDelta(content=text[start : start + self.chunk_size])
        calls = [
            ChatMessageToolCallStreamDelta(index=index, id=call.id, type=call.type, function=call.function)
            for index, call in enumerate(message.tool_calls or ())
        ]
        yield ChatMessageStreamDelta(tool_calls=calls or None, token_usage=message.token_usage)
