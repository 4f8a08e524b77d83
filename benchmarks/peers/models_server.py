"""A loopback server for the model benchmarks, in a process of its own, and as cheap as a server can be.

It shares the machine's cores with the clients that are measured, so it does next to nothing: no framework, no
JSON, replies made beforehand. It knows HTTP/1.1 with a Content-Length and chat completions, streamed or not;
"agent" in the model's name has it play a code agent's model, for three steps.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

WORDS = "word " * 50
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream": ?true')
_ANSWER = re.compile(rb'"role": ?"assistant"')
_USAGE = {"prompt_tokens": 50, "completion_tokens": 50, "total_tokens": 100}


def _completion(text: str) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return _response(json.dumps(_object("chat.completion", choice, usage=_USAGE)).encode())


def _object(kind: str, choice: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    choices = [] if choice is None else [choice]
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "scripted", "choices": choices, **more}


def _stream(text: str) -> bytes:
    words = text.split(" ")
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        *({"content": f"{w} "} for w in words),
    ]
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    objects = [_object("chat.completion.chunk", choice) for choice in choices]
    objects.append(_object("chat.completion.chunk", None, usage=_USAGE))
    events = [f"data: {json.dumps(each)}\n\n".encode() for each in objects] + [b"data: [DONE]\n\n"]
    body = b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + body


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


PLAIN, STREAM = _completion(WORDS), _stream(WORDS.strip())
STEPS = [
    _completion(f"Thought: I go on.\n<code>\n{code}\n</code>")
    for code in ("x = 1\nprint(x)", "x += 1\nprint(x)", "final_answer(x + 1)")
]


class Connection(asyncio.Protocol):
    """One connection, with one request after another."""

    def __init__(self) -> None:
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        while (end := received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(received, 0, end)
            total = end + 4 + (int(length[1]) if length else 0)
            if len(received) < total:
                return
            self._transport.write(_reply(bytes(received[end + 4 : total])))
            del received[:total]


def _reply(body: bytes) -> bytes:
    if _STREAM.search(body):
        return STREAM
    if b'"scripted-agent"' in body:
        return STEPS[min(len(_ANSWER.findall(body)), len(STEPS) - 1)]
    return PLAIN


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=4096)
    async with server:
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
