"""From an item of the script to a response: status, headers, body, and the faults on the way.

Pure. The JSON comes from ``chat_format.py``, the bytes of HTTP are made in ``http1.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .chat_format import ChatRequest, completion, stream_events
from .http1 import Hangup, Hold, Part, Pause, Response
from .replies import Drop, Failure, Malformed, Reply, ScriptItem, Stall

__all__ = ["json_response", "render"]

NOISE = b"\x00\xff\xfe\x9c\x81garbage\xf0\x28\n\n"
PAGE = b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>"
EVENT_STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class _Fault:
    """What happens in the middle of a body, and whether the body goes on after it."""

    parts: Sequence[Part]
    after: int
    goes_on: bool = False


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with a JSON body."""
    data = _encode(body)
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, [data], len(data))


def render(item: ScriptItem, request: ChatRequest, *, latency: float = 0.0) -> Response:
    """Return the response to a request that an item of the script describes.

    Args:
        item: The item.
        request: The request: whether it streams, what it is about.
        latency: Seconds before the first byte, for items that do not say.

    Raises:
        TypeError: ``item`` is nothing that a script may hold.
    """
    match item:
        case str() | Reply():
            return _reply_response(_as_reply(item), request, latency)
        case Failure():
            return _failure_response(item, request, latency)
        case Drop(reply=reply, after=after, reset=reset):
            return _faulty(_as_reply(reply), request, latency, _Fault([Hangup(reset)], after))
        case Stall(reply=reply, after=after):
            stall = Hold(item.until) if item.seconds is None else Pause(item.seconds)
            return _faulty(_as_reply(reply), request, latency, _Fault([stall], after, goes_on=True))
        case Malformed():
            return _malformed_response(item, request, latency)
    raise TypeError(f"a script holds Reply, ToolCalls, Failure, Drop, Stall, Malformed or str, not {item!r}")


def _as_reply(reply: Reply | str) -> Reply:
    return Reply(reply) if isinstance(reply, str) else reply


def _reply_response(
    reply: Reply,
    request: ChatRequest,
    latency: float,
    fault: _Fault | None = None,
    before: Sequence[Part] = (),
) -> Response:
    """Return the response of a whole reply, or of one with a fault inside."""
    wait = latency if reply.latency is None else reply.latency
    before = [Pause(wait), *before] if wait else before
    if request.stream:
        # Encoded before the head is sent: a text that cannot be encoded is then an error of the script.
        events = [_event(data) for data in stream_events(reply, request)]
        parts = _stream_parts(reply, events, fault)
        return Response(200, _headers(reply, request, EVENT_STREAM), parts, None, before)
    data = _encode(completion(reply, request))
    headers = _headers(reply, request, {"Content-Type": "application/json"})
    return Response(200, headers, _plain_parts(data, fault), len(data), before)


def _faulty(reply: Reply, request: ChatRequest, latency: float, fault: _Fault) -> Response:
    if fault.after == 0:
        return _reply_response(reply, request, latency, before=fault.parts)
    return _reply_response(reply, request, latency, fault)


def _failure_response(failure: Failure, request: ChatRequest, latency: float) -> Response:
    body = {"error": failure.error()}
    if failure.after is not None and request.stream:
        fault = _Fault([_event(json.dumps(body, ensure_ascii=False))], failure.after)
        return _reply_response(_as_reply(failure.reply), request, latency, fault)
    wait = latency if failure.latency is None else failure.latency
    headers = {"x-request-id": _request_id(request), **failure.headers}
    response = json_response(failure.status, body, headers)
    return Response(
        response.status, response.headers, response.parts, response.length, [Pause(wait)] if wait else ()
    )


def _malformed_response(item: Malformed, request: ChatRequest, latency: float) -> Response:
    reply = _as_reply(item.reply)
    if item.what == "content_type":
        return _raw_response(PAGE, "text/html; charset=utf-8", reply, request, latency)
    if item.what == "empty_body":
        kind = EVENT_STREAM["Content-Type"] if request.stream else "application/json"
        return _raw_response(b"", kind, reply, request, latency)
    if item.what == "empty_choices":
        return _raw_response(*_without_choices(reply, request), reply, request, latency)
    if request.stream:
        return _reply_response(reply, request, latency, _spoilt(item, stream_events(reply, request)))
    whole = _encode(completion(reply, request))
    data = NOISE if item.what == "garbage" else whole[: len(whole) // 2]
    return _raw_response(data, "application/json", reply, request, latency)


def _without_choices(reply: Reply, request: ChatRequest) -> tuple[bytes, str]:
    """Return the body of the reply without its choices, and its content type."""
    if not request.stream:
        return _encode({**completion(reply, request), "choices": []}), "application/json"
    *chunks, done = stream_events(reply, request)
    emptied = [json.dumps({**json.loads(chunk), "choices": []}) for chunk in chunks]
    return b"".join(map(_event, [*emptied, done])), EVENT_STREAM["Content-Type"]


def _spoilt(item: Malformed, events: Sequence[str]) -> _Fault:
    after = min(item.after, len(events))
    if item.what == "json":
        return _Fault([_event('{"id": "chatcmpl-1", "choices": [{"delta": {"conte')], after, goes_on=True)
    if item.what == "garbage":
        return _Fault([NOISE], after, goes_on=True)
    if item.what == "half_chunk":
        event = _event(events[min(after, len(events) - 1)])
        return _Fault([event[: len(event) // 2]], after)
    return _Fault([], after)  # truncated


def _raw_response(
    data: bytes, content_type: str, reply: Reply, request: ChatRequest, latency: float
) -> Response:
    wait = latency if reply.latency is None else reply.latency
    headers = _headers(reply, request, {"Content-Type": content_type})
    return Response(200, headers, [data], len(data), [Pause(wait)] if wait else ())


def _stream_parts(reply: Reply, events: Sequence[bytes], fault: _Fault | None) -> Iterator[Part]:
    for index, event in enumerate(events):
        if fault and index == fault.after:
            yield from fault.parts
            if not fault.goes_on:
                return
        if index and reply.token_interval:
            yield Pause(reply.token_interval)
        yield from _cut(event, reply.chunk_bytes)
    if fault and fault.after >= len(events):
        yield from fault.parts


def _plain_parts(data: bytes, fault: _Fault | None) -> Iterator[Part]:
    if fault is None:
        yield data
        return
    half = len(data) // 2
    yield data[:half]
    yield from fault.parts
    if fault.goes_on:
        yield data[half:]


def _cut(data: bytes, size: int | None) -> Iterator[bytes]:
    step = size or len(data)
    for start in range(0, len(data), step):
        yield data[start : start + step]


def _event(data: str) -> bytes:
    return f"data: {data}\n\n".encode()


def _headers(reply: Reply, request: ChatRequest, usual: Mapping[str, str]) -> dict[str, str]:
    return {**usual, "x-request-id": _request_id(request), **reply.headers}


def _request_id(request: ChatRequest) -> str:
    return f"req_{request.number}"


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
