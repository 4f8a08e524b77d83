"""Reading replies of the chat-completions protocol, as objects of an SDK, into messages and deltas."""

from __future__ import annotations

from typing import Any

from .errors import ModelError
from .messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ChatMessageToolCallStreamDelta,
    MessageRole,
)
from .usage import TokenUsage

__all__ = [
    "broken_stream_error",
    "is_last_chunk",
    "message_from_completion",
    "stream_delta_from_chunk",
]


def message_from_completion(completion: Any, *, provider: str, model: str | None) -> ChatMessage:
    """Return the message of a completion.

    Raises:
        ModelError: The completion has no message in it.
    """
    choices = getattr(completion, "choices", None)
    message = choices[0].message if choices else None
    if message is None:
        # routers report a failure behind them with status 200
        failure = getattr(completion, "error", None)
        raise ModelError(
            f"{provider} sent a reply without a message for the model {model!r}"
            + (f": {failure}" if failure else "."),
            provider=provider,
            model=model,
            retryable=True,
        )
    return ChatMessage(
        role=MessageRole.ASSISTANT,
        content=_content(message),
        tool_calls=[_tool_call(call) for call in getattr(message, "tool_calls", None) or ()] or None,
        raw=completion,
        token_usage=_token_usage(getattr(completion, "usage", None)),
        reasoning=_reasoning(message),
    )


def is_last_chunk(chunk: Any) -> bool:
    """Return whether a chunk says why the reply ends: no stream is complete without one."""
    choices = getattr(chunk, "choices", None)
    return bool(choices) and choices[0].finish_reason is not None


def broken_stream_error(provider: str, model: str | None) -> ModelError:
    """Return the error for a stream that ended before its reply did."""
    return ModelError(
        f"{provider} ended the stream of the model {model!r} in the middle of its reply.",
        provider=provider,
        model=model,
        retryable=True,
    )


def stream_delta_from_chunk(chunk: Any) -> ChatMessageStreamDelta:
    """Return what one chunk of a streamed completion adds."""
    delta = ChatMessageStreamDelta(token_usage=_token_usage(getattr(chunk, "usage", None)))
    source = chunk.choices[0].delta if chunk.choices else None
    if source is not None:
        delta.content = _content(source)
        delta.reasoning = _reasoning(source)
        delta.tool_calls = [
            _tool_call_delta(call) for call in getattr(source, "tool_calls", None) or ()
        ] or None
    return delta


def _token_usage(usage: Any) -> TokenUsage | None:
    if usage is None:
        return None
    return TokenUsage(usage.prompt_tokens or 0, usage.completion_tokens or 0)


def _content(message: Any) -> str | None:
    # a model that refuses says so in a field of its own
    content = message.content
    return content if content is not None else getattr(message, "refusal", None)


def _reasoning(message: Any) -> str | None:
    # not in OpenAI's own schema; servers of reasoning models send one name or the other
    value = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    return value if isinstance(value, str) else None


def _tool_call(call: Any) -> ChatMessageToolCall:
    function = ChatMessageToolCallFunction(name=call.function.name, arguments=call.function.arguments)
    return ChatMessageToolCall(function=function, id=call.id, type=call.type or "function")


def _tool_call_delta(call: Any) -> ChatMessageToolCallStreamDelta:
    function = None
    if call.function is not None:
        function = ChatMessageToolCallFunction(
            name=call.function.name or "", arguments=call.function.arguments
        )
    return ChatMessageToolCallStreamDelta(index=call.index, id=call.id, type=call.type, function=function)
