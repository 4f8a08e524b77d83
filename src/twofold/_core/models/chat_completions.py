"""Reading replies of the chat-completions protocol into messages and deltas.

Replies are decoded JSON. Objects of an SDK are turned into that first (``as_data``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import BrokenStream, ContentFiltered, MalformedReply, ModelError
from ..messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ChatMessageToolCallStreamDelta,
    MessageRole,
)
from ..parsing import truncate_content
from ..usage import TokenUsage
from .provider_errors import error_in_reply

__all__ = [
    "as_data",
    "broken_stream_error",
    "decode_completion",
    "is_last_chunk",
    "message_from_completion",
    "stream_delta_from_chunk",
]

Data = Mapping[str, Any]
_NOTHING: Data = {}


def as_data(reply: Any) -> Data:
    """Return an SDK's reply or chunk as the data that it stands for."""
    if type(reply) is dict:
        return reply
    if isinstance(reply, Mapping):
        data = _with_attributes(reply)
        return data if isinstance(data, dict) else _NOTHING
    # servers send more than an SDK's schema knows: that is no reason for warnings
    data = reply.model_dump(warnings=False) if hasattr(reply, "model_dump") else None
    return data if isinstance(data, dict) else _NOTHING


def _with_attributes(value: Any) -> Any:
    """Return the data in a mapping of huggingface_hub: fields that it does not know are attributes only."""
    if isinstance(value, Mapping):
        fields = {**value, **getattr(value, "__dict__", _NOTHING)}
        return {name: _with_attributes(part) for name, part in fields.items()}
    return [_with_attributes(part) for part in value] if isinstance(value, list) else value


def decode_completion(
    body: bytes,
    *,
    content_type: str | None,
    provider: str,
    model: str | None,
    request_id: str | None = None,
    clean: Callable[[str], str] = str,
) -> dict[str, Any]:
    """Return the JSON object in a response's body.

    ``clean`` takes keys out of what the error shows.

    Raises:
        MalformedReply: There is none.
    """
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if isinstance(data, dict):
        return data
    # cleaned before it is cut: half a key would not be found
    text = clean(body[:100_000].decode("utf-8", "replace"))
    shown = truncate_content(text[:2_000].strip(), 200)
    raise MalformedReply(
        f"{provider} sent no JSON object for the model {model!r}, but {content_type or 'no content type'}: "
        f"{shown or 'nothing at all'}. Is there a proxy in between, or is api_base wrong?",
        provider=provider,
        model=model,
        status=200,
        request_id=request_id,
        retryable=True,
    )


def message_from_completion(
    completion: Any, *, provider: str, model: str | None, clean: Callable[[str], str] = str
) -> ChatMessage:
    """Return the message of a completion.

    ``clean`` takes keys out of what an error shows.

    Raises:
        ModelError: The completion has no message in it, or a filter has cut it off.
    """
    data = as_data(completion)
    try:
        return _message(data, completion, provider, model, clean)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"a reply that breaks the protocol ({error!r})"
        raise _malformed(what, provider, model, data) from error


def _message(
    data: Data, raw: Any, provider: str, model: str | None, clean: Callable[[str], str]
) -> ChatMessage:
    choices = data.get("choices")
    choice = choices[0] if choices else _NOTHING
    message = choice.get("message")
    if message is None:
        if data.get("error"):  # routers report a failure behind them with status 200
            raise _reported(data, provider, model, clean)
        raise _malformed("a reply without a message", provider, model, data)
    _check_not_filtered(choice, provider, model, data)
    return ChatMessage(
        role=MessageRole.ASSISTANT,
        content=_content(message),
        tool_calls=[_tool_call(call, index) for index, call in enumerate(message.get("tool_calls") or ())]
        or None,
        raw=raw,
        token_usage=_token_usage(data.get("usage")),
        reasoning=_reasoning(message),
    )


def is_last_chunk(chunk: Any) -> bool:
    """Return whether a chunk says why the reply ends: no stream is complete without one."""
    choices = as_data(chunk).get("choices")
    return bool(choices and choices[0].get("finish_reason") is not None)


def broken_stream_error(provider: str, model: str | None, request_id: str | None = None) -> BrokenStream:
    """Return the error for a stream that ended before its reply did."""
    return BrokenStream(
        f"{provider} ended the stream of the model {model!r} in the middle of its reply. Ask again.",
        provider=provider,
        model=model,
        status=200,
        request_id=request_id,
        retryable=True,
    )


def stream_delta_from_chunk(
    chunk: Any,
    *,
    provider: str = "The provider",
    model: str | None = None,
    clean: Callable[[str], str] = str,
) -> ChatMessageStreamDelta:
    """Return what one chunk of a streamed completion adds.

    ``clean`` takes keys out of what an error shows.

    Raises:
        ModelError: The chunk reports a failure, is malformed, or a filter cuts the reply off with it.
    """
    data = as_data(chunk)
    try:
        return _delta(data, provider, model, clean)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"a chunk that breaks the protocol ({error!r})"
        raise _malformed(what, provider, model, data) from error


def _delta(
    data: Data, provider: str, model: str | None, clean: Callable[[str], str]
) -> ChatMessageStreamDelta:
    usage = data.get("usage")
    delta = ChatMessageStreamDelta(token_usage=_token_usage(usage) if usage else None)
    choices = data.get("choices")
    if not choices:
        if data.get("error"):
            raise _reported(data, provider, model, clean)
        return delta
    _check_not_filtered(choices[0], provider, model, data)
    source = choices[0].get("delta")
    if source:
        delta.content = _content(source)
        delta.reasoning = _reasoning(source)
        calls = source.get("tool_calls")
        if calls:
            delta.tool_calls = [_tool_call_delta(call) for call in calls]
    return delta


def _check_not_filtered(choice: Data, provider: str, model: str | None, reply: Data) -> None:
    if choice.get("finish_reason") == "content_filter":
        raise ContentFiltered(
            f"{provider}'s content filter cut off the reply of the model {model!r}. Word the task differently.",
            provider=provider,
            model=model,
            status=200,
            request_id=reply.get("_request_id"),
        )


def _reported(reply: Data, provider: str, model: str | None, clean: Callable[[str], str]) -> ModelError:
    request_id = reply.get("_request_id")
    return error_in_reply(reply["error"], provider=provider, model=model, request_id=request_id, clean=clean)


def _malformed(what: str, provider: str, model: str | None, reply: Data) -> ModelError:
    return MalformedReply(
        f"{provider} sent {what} for the model {model!r}. Ask again.",
        provider=provider,
        model=model,
        status=200,
        request_id=reply.get("_request_id"),
        retryable=True,
    )


def _token_usage(usage: Data | None) -> TokenUsage | None:
    if not usage:
        return None
    return TokenUsage(usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)


def _content(message: Data) -> str | None:
    # a model that refuses says so in a field of its own
    content = message.get("content")
    if isinstance(content, list):  # some gateways send blocks
        content = "".join(block.get("text") or "" for block in content)
    return content if content is not None else message.get("refusal")


def _reasoning(message: Data) -> str | None:
    # not in OpenAI's own schema; servers of reasoning models send one name or the other
    value = message.get("reasoning_content") or message.get("reasoning")
    return value if isinstance(value, str) else None


def _tool_call(call: Data, index: int) -> ChatMessageToolCall:
    function = call["function"]
    return ChatMessageToolCall(
        function=ChatMessageToolCallFunction(name=function["name"], arguments=function.get("arguments")),
        id=call.get("id") or f"call_{index}",
        type=call.get("type") or "function",
    )


def _tool_call_delta(call: Data) -> ChatMessageToolCallStreamDelta:
    function = None
    source = call.get("function")
    if source is not None:
        function = ChatMessageToolCallFunction(
            name=source.get("name") or "", arguments=source.get("arguments")
        )
    return ChatMessageToolCallStreamDelta(
        index=call.get("index"), id=call.get("id"), type=call.get("type"), function=function
    )
