"""The chat-completions protocol as data: what a request asks for, and the bodies that answer it.

Pure: dictionaries and JSON text. No HTTP and no faults are known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .replies import Reply, ScriptedCall

__all__ = [
    "ChatRequest",
    "completion",
    "count_tokens",
    "model_card",
    "model_list",
    "stream_events",
]

# A fixed time instead of now: the same script gives the same bytes.
CREATED = 1_700_000_000
ARGUMENT_PIECE = 8  # characters of a tool call's arguments per chunk


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for a completion, as the server received it.

    Attributes:
        number: From 1, in the order of arrival.
        connection: The number of the connection that carried it, from 1.
        path: The path without the query.
        query: The parameters of the query.
        headers: The headers, names in lower case, keys masked.
        body: The JSON body.
        model: The requested model; the deployment where the path names one.
    """

    number: int
    connection: int
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    model: str

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The messages."""
        messages: Sequence[Mapping[str, Any]] = self.body["messages"]
        return messages

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools on offer; empty if there are none."""
        return self.body.get("tools") or ()

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return bool(self.body.get("stream"))

    @property
    def include_usage(self) -> bool:
        """Whether a stream is to end with the usage figures."""
        return bool((self.body.get("stream_options") or {}).get("include_usage"))

    @property
    def text(self) -> str:
        """The text of the last message."""
        return message_text(self.messages[-1])


def message_text(message: Mapping[str, Any]) -> str:
    """Return the text of a message, whose content is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or () if isinstance(part, Mapping))


def count_tokens(text: str) -> int:
    """Count words and signs: what the server reports as tokens unless the script says otherwise."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def prompt_tokens(request: ChatRequest) -> int:
    """Count the tokens in the text of all messages."""
    return sum(count_tokens(message_text(message)) for message in request.messages)


def completion(reply: Reply, request: ChatRequest) -> dict[str, Any]:
    """Return the body of a plain reply."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": _whole(reply.content),
        "refusal": reply.refusal,
    }
    if reply.reasoning is not None:
        message["reasoning_content"] = _whole(reply.reasoning)
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": _call_id(call, request, index), "type": "function", "function": _function(call)}
            for index, call in enumerate(reply.tool_calls)
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(reply)}
    body = {**_frame("chat.completion", reply, request), "choices": [choice]}
    usage = _usage(reply, request)
    return body if usage is None else {**body, "usage": usage}


def stream_events(reply: Reply, request: ChatRequest) -> list[str]:
    """Return the data of every event of a streamed reply, ``[DONE]`` included."""
    frame = _frame("chat.completion.chunk", reply, request)
    usage = _usage(reply, request) if request.include_usage else None
    if usage is not None:
        frame["usage"] = None  # chunks before the last say so

    def chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return json.dumps({**frame, "choices": [choice]}, ensure_ascii=False)

    events = [chunk(delta) for delta in _deltas(reply, request)]
    events.append(chunk({}, _finish_reason(reply)))
    if usage is not None:
        events.append(json.dumps({**frame, "choices": [], "usage": usage}))
    return [*events, "[DONE]"]


def model_card(model: str) -> dict[str, Any]:
    """Return what is said about one model."""
    return {"id": model, "object": "model", "created": CREATED, "owned_by": "twofold"}


def model_list(models: Sequence[str]) -> dict[str, Any]:
    """Return the body of ``/v1/models``."""
    return {"object": "list", "data": [model_card(model) for model in models]}


def _frame(kind: str, reply: Reply, request: ChatRequest) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{request.number}",
        "object": kind,
        "created": CREATED,
        "model": reply.model or request.model,
        "system_fingerprint": None,
    }


def _deltas(reply: Reply, request: ChatRequest) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": None if reply.content is None else ""}
    for piece in _pieces(reply.reasoning):
        yield {"reasoning_content": piece}
    for piece in _pieces(reply.content):
        yield {"content": piece}
    for piece in _pieces(reply.refusal):
        yield {"refusal": piece}
    for index, call in enumerate(reply.tool_calls):
        for fragment in _call_fragments(call, _call_id(call, request, index)):
            where = {"index": index} if reply.tool_index else {}
            yield {"tool_calls": [{**where, **fragment}]}


def _call_fragments(call: ScriptedCall, call_id: str) -> Iterator[dict[str, Any]]:
    """Cut a tool call as providers do: the name first, then its arguments piece by piece."""
    yield {"id": call_id, "type": "function", "function": {"name": call.name, "arguments": ""}}
    arguments = _arguments(call)
    for start in range(0, len(arguments), ARGUMENT_PIECE):
        yield {"function": {"arguments": arguments[start : start + ARGUMENT_PIECE]}}


def _function(call: ScriptedCall) -> dict[str, str]:
    return {"name": call.name, "arguments": _arguments(call)}


def _arguments(call: ScriptedCall) -> str:
    if isinstance(call.arguments, str):
        return call.arguments
    return json.dumps(call.arguments, ensure_ascii=False)


def _call_id(call: ScriptedCall, request: ChatRequest, index: int) -> str:
    return call.id or f"call_{request.number}_{index}"


def _finish_reason(reply: Reply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")


def _usage(reply: Reply, request: ChatRequest) -> dict[str, Any] | None:
    usage = reply.usage
    if usage is None:
        return None
    if isinstance(usage, Mapping):
        return dict(usage)
    prompt, answer = (prompt_tokens(request), _answer_tokens(reply)) if usage == "counted" else usage
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _answer_tokens(reply: Reply) -> int:
    texts = [_whole(reply.content) or "", _whole(reply.reasoning) or "", reply.refusal or ""]
    texts += [f"{call.name} {_arguments(call)}" for call in reply.tool_calls]
    return sum(map(count_tokens, texts))


def _whole(text: str | Sequence[str] | None) -> str | None:
    return text if text is None or isinstance(text, str) else "".join(text)


def _pieces(text: str | Sequence[str] | None) -> Sequence[str]:
    if text is None:
        return ()
    return re.findall(r"\s*\S+|\s+", text) if isinstance(text, str) else text
