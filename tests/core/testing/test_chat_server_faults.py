"""Faults: what is on the wire, and what the official clients make of it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import openai
import pytest

from twofold._core.testing import ChatServer, Drop, Gate, Malformed, Reply, ScriptExhausted, Stall

TEXT = "one two three"


def ask(stream: bool = False, *headers: str, version: str = "HTTP/1.1") -> bytes:
    messages = [{"role": "user", "content": "hi"}]
    body = json.dumps({"model": "m", "stream": stream, "messages": messages}).encode()
    lines = [f"POST /v1/chat/completions {version}", "Host: h", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def connected(server: ChatServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
        yield sock


def read_until(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        piece = sock.recv(65536)
        assert piece, f"the connection ended after {data!r}"
        data += piece
    return data


def read_to_end(sock: socket.socket) -> bytes:
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def body_of(response: bytes) -> bytes:
    return response.partition(b"\r\n\r\n")[2]


def content_of(chunks) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


# On the wire


def test_a_connection_serves_one_request_after_the_other_and_several_at_once():
    with ChatServer(["a", "b", "c"]) as server, connected(server) as sock:
        sock.sendall(ask())
        first = read_until(sock, b"}}")
        sock.sendall(ask() + ask())
        both = read_until(sock, b"}}")
        while both.count(b"HTTP/1.1 200 OK") < 2:
            both += read_until(sock, b"}}")
    assert b"Connection: keep-alive" in first
    assert json.loads(body_of(first))["choices"][0]["message"]["content"] == "a"
    assert both.index(b'"b"') < both.index(b'"c"')
    assert server.connections.opened == 1


def test_a_stream_is_in_chunks_and_the_connection_goes_on_after_it():
    with ChatServer(["a", "b"]) as server, connected(server) as sock:
        sock.sendall(ask(stream=True))
        first = read_until(sock, b"0\r\n\r\n")
        sock.sendall(ask(stream=True))
        second = read_until(sock, b"0\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in first
    assert b"text/event-stream" in first
    assert b"data: [DONE]\n\n\r\n0\r\n\r\n" in first
    assert b'"content": "b"' in second


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_of_http_1_0_gets_a_body_that_ends_with_the_connection(stream):
    with ChatServer([TEXT]) as server, connected(server) as sock:
        sock.sendall(ask(stream, version="HTTP/1.0"))
        response = read_to_end(sock)
    assert b"chunked" not in response
    assert response.endswith(b"data: [DONE]\n\n" if stream else b"}}")


def test_the_end_of_the_connection_is_asked_for_by_client_or_script():
    with ChatServer(["a", Reply("b", headers={"Connection": "close"})]) as server:
        with connected(server) as sock:
            sock.sendall(ask(False, "Connection: close"))
            first = read_to_end(sock)
        with connected(server) as sock:
            sock.sendall(ask())
            second = read_to_end(sock)
    assert first.count(b"Connection: close") == second.count(b"Connection: close") == 1


def test_a_client_that_holds_its_body_back_is_asked_for_it():
    head, body = ask(False, "Expect: 100-continue").split(b"\r\n\r\n")
    with ChatServer(["a"]) as server, connected(server) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert read_until(sock, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert b"200 OK" in read_until(sock, b"}}")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /v1/chat/completions HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (ask(False, "Connection: close").replace(b'"messages"', b'"massages"'), b"400"),
        (ask(False, "Connection: close").replace(b'{"model"', b'["model"'), b"400"),
        (ask(False, "Connection: close").replace(b'[{"role"', b'[["role"'), b"400"),
    ],
)
def test_what_cannot_be_answered_is_an_error_in_openais_format(request_bytes, status):
    server = ChatServer(["a"]).start()
    try:
        with connected(server) as sock:
            sock.sendall(request_bytes)
            response = read_to_end(sock)
    finally:
        server.close()
    assert response.startswith(b"HTTP/1.1 " + status)
    assert json.loads(body_of(response))["error"]["message"]
    with pytest.raises(ScriptExhausted, match="unexpected"):
        server.assert_exhausted()


def test_a_drop_before_the_reply_sends_nothing():
    with ChatServer([Drop()]) as server, connected(server) as sock:
        sock.sendall(ask())
        assert read_to_end(sock) == b""


def test_a_reset_is_one():
    with ChatServer([Drop(reset=True)]) as server, connected(server) as sock:
        sock.sendall(ask())
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)


def test_a_plain_reply_dropped_in_the_middle_announces_the_whole():
    with ChatServer([Drop(TEXT, after=1)]) as server, connected(server) as sock:
        sock.sendall(ask())
        response = read_to_end(sock)
    announced = int(response.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    assert 0 < len(body_of(response)) < announced


def test_a_stream_dropped_in_the_middle_has_no_end():
    with ChatServer([Drop(TEXT, after=2)]) as server, connected(server) as sock:
        sock.sendall(ask(stream=True))
        response = read_to_end(sock)
    assert response.count(b"data: ") == 2
    assert response.endswith(b"\n\n\r\n")


@pytest.mark.parametrize("what", ["json", "garbage", "half_chunk", "truncated"])
def test_a_spoilt_stream_is_right_in_its_http(what):
    with ChatServer([Malformed(what, TEXT, after=2)]) as server, connected(server) as sock:
        sock.sendall(ask(stream=True))
        response = read_until(sock, b"\r\n0\r\n\r\n")
    goes_on = what in ("json", "garbage")
    assert (b"[DONE]" in response) is goes_on
    events = {"json": 7, "garbage": 6, "half_chunk": 3, "truncated": 2}
    assert response.count(b"data: ") == events[what]
    assert (b"\xff\xfe" in response) is (what == "garbage")


# For the clients


@pytest.mark.parametrize("fault", [Drop(), Drop(reset=True), Drop(TEXT, after=1)])
async def test_a_plain_reply_that_is_dropped(connect, fault):
    with ChatServer([fault, "after"]) as server:
        client = connect(server)
        with pytest.raises(openai.APIConnectionError):
            await client.create()
        assert (await client.create()).choices[0].message.content == "after"


async def test_a_stream_that_is_dropped(connect):
    with ChatServer([Drop(TEXT, after=3)]) as server:
        chunks, error = await connect(server).chunks_until_error(Exception)
    assert content_of(chunks) == "one two"
    assert not isinstance(error, openai.APIStatusError)


@pytest.mark.parametrize("after", [0, 1])
async def test_a_plain_reply_that_stalls_until_the_gate_opens(connect, after):
    gate = Gate()
    with ChatServer([Stall(TEXT, until=gate, after=after)]) as server:
        asking = asyncio.ensure_future(connect(server).create())
        await asyncio.to_thread(gate.wait_for_waiting, 1)
        assert not asking.done()
        gate.open()
        assert (await asking).choices[0].message.content == TEXT
    assert (gate.waiting, gate.is_open) == (0, True)


async def test_a_stream_that_stalls_in_the_middle_until_the_gate_opens(connect):
    gate = Gate()
    with ChatServer([Stall(TEXT, until=gate, after=3)]) as server:
        chunks = []
        async for chunk in connect(server).chunks():
            chunks.append(chunk)
            if len(chunks) == 3:
                assert not gate.is_open
                gate.open()
    assert content_of(chunks) == TEXT


async def test_an_open_gate_holds_nobody_back(connect):
    gate = Gate()
    gate.open()
    with ChatServer([Stall(TEXT, until=gate)]) as server:
        assert (await connect(server).create()).choices[0].message.content == TEXT


async def test_a_client_that_gives_up_is_noticed(connect):
    gate = Gate()
    with ChatServer([Stall(TEXT, until=gate), Stall(TEXT), "after"]) as server:
        client = connect(server, timeout=openai.Timeout(10, read=0.05))  # the request always arrives
        for _ in range(2):
            with pytest.raises(openai.APITimeoutError):
                await client.create()
        await asyncio.to_thread(server.wait_until, lambda server: server.connections.abandoned == 2)
        assert gate.waiting == 0
        client = connect(server)
        assert (await client.create()).choices[0].message.content == "after"


async def test_a_stream_closed_early_is_noticed(connect):
    with ChatServer([Stall(TEXT, after=2)]) as server:
        chunks = connect(server).chunks()
        async for _ in chunks:
            break
        await chunks.aclose()
        await asyncio.to_thread(server.wait_until, lambda server: server.connections.abandoned == 1)


@pytest.mark.parametrize("what", ["json", "garbage", "half_chunk", "truncated"])
async def test_a_body_that_is_not_json(connect, what):
    with ChatServer([Malformed(what, TEXT)]) as server:
        with pytest.raises((ValueError, openai.APIError)):
            await connect(server).create()


@pytest.mark.parametrize("what", ["json", "garbage"])
async def test_a_stream_with_an_event_that_is_not_json(connect, what):
    with ChatServer([Malformed(what, TEXT, after=3)]) as server:
        chunks, _ = await connect(server).chunks_until_error(Exception)
    assert content_of(chunks) == "one two"


@pytest.mark.parametrize("what", ["half_chunk", "truncated"])
async def test_a_stream_that_ends_too_early_in_good_order_is_no_error_of_the_sdk(connect, what):
    with ChatServer([Malformed(what, TEXT, after=3)]) as server:
        chunks = [chunk async for chunk in connect(server).chunks()]
    assert content_of(chunks) == "one two"
    assert {chunk.choices[0].finish_reason for chunk in chunks} == {None}


async def test_a_page_instead_of_a_reply(connect):
    with ChatServer([Malformed("content_type"), Malformed("content_type")]) as server:
        client = connect(server)
        assert "<html>" in await client.create()  # the SDK passes text on
        assert [chunk async for chunk in client.chunks()] == []


async def test_no_choices(connect):
    with ChatServer([Malformed("empty_choices", TEXT)] * 2) as server:
        client = connect(server)
        assert (await client.create()).choices == []
        chunks = [chunk async for chunk in client.chunks()]
    assert chunks
    assert all(chunk.choices == [] for chunk in chunks)


async def test_no_body(connect):
    with ChatServer([Malformed("empty_body")] * 2) as server:
        client = connect(server)
        assert [chunk async for chunk in client.chunks()] == []
        with pytest.raises((ValueError, openai.APIError)):
            await client.create()
