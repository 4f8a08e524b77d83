"""The server itself: connections, concurrency, time, start and stop."""

from __future__ import annotations

import asyncio
import errno
import gc
import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from openai import OpenAI

from twofold._core.errors import ConfigurationError
from twofold._core.testing import ChatRequest, ChatServer, Failure, Gate, Reply, Stall
from twofold._core.testing.timing import Timer


def ask(**options: Any) -> bytes:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], **options}).encode()
    return b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def server_threads() -> int:
    return sum(thread.name == "twofold-chat-server" for thread in threading.enumerate())


async def test_sequential_requests_share_a_connection(connect):
    with ChatServer(["a", "b", "c"]) as server:
        client = connect(server)
        for _ in range(3):
            await client.create()
        assert (server.connections.opened, server.connections.max_open, server.connections.open) == (1, 1, 1)
        assert [request.connection for request in server.requests] == [1, 1, 1]
        await client.aclose()
        await asyncio.to_thread(server.wait_until, lambda server: server.connections.open == 0)
    assert server.connections.abandoned == 0


async def test_concurrent_requests_are_each_answered_for_themselves(connect):
    gate = Gate()

    def script(request: ChatRequest) -> Stall:
        return Stall(request.text.upper(), until=gate)

    with ChatServer(script) as server:
        client = connect(server)
        texts = [f"text {number}" for number in range(5)]
        prompts = [[{"role": "user", "content": text}] for text in texts]
        asking = [asyncio.ensure_future(client.create(messages=prompt)) for prompt in prompts]
        await asyncio.to_thread(gate.wait_for_waiting, 5)
        gate.open()
        completions = await asyncio.gather(*asking)
    assert [c.choices[0].message.content for c in completions] == [text.upper() for text in texts]
    assert len({completion.id for completion in completions}) == 5
    assert server.connections.max_open == 5


def test_a_thousand_connections_at_once_on_one_thread():
    gate = Gate()
    threads_before = server_threads()
    with ChatServer(lambda request: Stall(f"number {request.number}", until=gate)) as server:
        sockets = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(1000)]
        try:
            for sock in sockets:
                sock.sendall(ask())
            gate.wait_for_waiting(1000, timeout=30)
            assert server_threads() == threads_before + 1
            gate.open()
            replies = []
            for sock in sockets:
                response = http.client.HTTPResponse(sock)
                response.begin()
                replies.append(json.loads(response.read())["choices"][0]["message"]["content"])
                response.close()
        finally:
            for sock in sockets:
                sock.close()
    assert sorted(replies) == sorted(f"number {number}" for number in range(1, 1001))
    assert (server.connections.opened, server.connections.max_open) == (1000, 1000)


def test_threads_share_a_server():
    with ChatServer(lambda request: request.text) as server:
        with OpenAI(base_url=server.url, api_key="k", max_retries=0) as client, ThreadPoolExecutor(8) as pool:

            def ask(text: str) -> str | None:
                messages = [{"role": "user", "content": text}]
                completion = client.chat.completions.create(model="m", messages=messages)  # type: ignore[arg-type]
                return completion.choices[0].message.content

            texts = [f"text {number}" for number in range(64)]
            assert list(pool.map(ask, texts)) == texts
    assert server.connections.max_open <= 8


def test_a_reader_that_is_slow_gets_everything():
    with ChatServer([Reply(["word " * 4000] * 500)]) as server:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(60)
            sock.connect(("127.0.0.1", server.port))
            sock.sendall(ask(stream=True))
            data = bytearray()
            while not data.endswith(b"\r\n0\r\n\r\n"):
                data += sock.recv(65536)
    assert data.count(b"word ") == 2_000_000


# Time


class ManualClock:
    """A clock that stands still until a test moves it on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.changed = threading.Condition()

    def call_later(self, seconds: float, callback: Callable[[], None], /) -> Timer:
        entry = (self.now + seconds, callback)
        with self.changed:
            self.due.append(entry)
            self.changed.notify_all()
        clock = self

        class ManualTimer:
            def cancel(self) -> None:
                with clock.changed:
                    clock.due.remove(entry)
                    clock.changed.notify_all()

        return ManualTimer()

    def wait_for_timers(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.due) == count, 60)

    def advance(self) -> float:
        """Go on to the next thing that is due and let it happen. Return the time."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.due, 60)
            self.due.sort(key=lambda entry: entry[0])
            self.now, callback = self.due.pop(0)
        callback()
        return self.now


@pytest.mark.parametrize(
    ("script", "latency"),
    [
        ("x", 3600.0),
        (Reply("x", latency=3600), 5.0),
        (Failure(500, latency=3600), 5.0),
        (Failure(500), 3600.0),
        (Stall("x", seconds=3600), 0.0),
    ],
)
async def test_an_hour_by_a_clock_of_the_test(connect, script, latency):
    clock = ManualClock()
    with ChatServer([script], latency=latency, clock=clock) as server:
        asking = asyncio.ensure_future(connect(server).create())
        assert await asyncio.to_thread(clock.advance) == 3600
        await asyncio.wait([asking])
        assert len(server.requests) == 1
        assert (asking.exception() is None) is not isinstance(script, Failure)


async def test_slow_tokens_by_a_clock_of_the_test(connect):
    clock = ManualClock()
    chunks: asyncio.Queue[str | None] = asyncio.Queue()
    times = []
    with ChatServer([Reply("a b c", token_interval=60, latency=1)], clock=clock) as server:

        async def read() -> None:
            async for chunk in connect(server).chunks():
                chunks.put_nowait(chunk.choices[0].delta.content)

        reading = asyncio.ensure_future(read())
        for _ in range(5):  # after the latency, and after the pause between two events
            now = await asyncio.to_thread(clock.advance)
            times.append((now, await asyncio.wait_for(chunks.get(), 60)))
            assert chunks.empty()
        assert not reading.done()
        await asyncio.to_thread(clock.advance)
        await reading
    assert times == [(1, ""), (61, "a"), (121, " b"), (181, " c"), (241, None)]
    assert clock.due == []


async def test_the_timer_of_a_client_that_left_is_cancelled():
    clock = ManualClock()
    with ChatServer(["x"], latency=10, clock=clock) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(ask())
            await asyncio.to_thread(clock.wait_for_timers, 1)
        await asyncio.to_thread(clock.wait_for_timers, 0)


async def test_latency_and_slow_tokens_by_the_usual_clock(connect):
    with ChatServer([Reply("a b", token_interval=0.001, latency=0.001)]) as server:
        chunks = [chunk async for chunk in connect(server).chunks()]
    assert len(chunks) == 4


# Start and stop


def test_closing_ends_the_thread_the_port_and_the_connections():
    threads_before = server_threads()
    with ChatServer([Stall("never")]) as server:
        sock = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        sock.sendall(ask())
        server.wait_until(lambda server: len(server.requests) == 1)
    with sock:
        try:
            assert sock.recv(1) == b""
        except ConnectionResetError:
            pass
    server.close()
    assert server_threads() == threads_before
    assert (server.connections.open, server.connections.abandoned) == (0, 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
    assert server.url == f"http://127.0.0.1:{server.port}/v1"


def test_a_server_is_started_once():
    with ChatServer() as server:
        with pytest.raises(ConfigurationError, match="only once"):
            server.start()


def test_a_gate_may_open_after_the_server_has_closed():
    gate = Gate()
    with ChatServer([Stall("late", until=gate)]) as server:
        sock = socket.create_connection(("127.0.0.1", server.port))
        sock.sendall(ask())
        gate.wait_for_waiting(1)
    sock.close()
    gate.open()


def test_a_server_that_is_forgotten_stops():
    threads_before = server_threads()
    server = ChatServer().start()
    port = server.port
    del server
    gc.collect()
    assert server_threads() == threads_before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_waiting_for_what_never_comes_says_what_there_was():
    with pytest.raises(AssertionError, match="0 replies, not 2"):
        Gate().wait_for_waiting(2, timeout=0.001)
    with ChatServer() as server:
        with pytest.raises(AssertionError, match="0 requests"):
            server.wait_until(lambda server: bool(server.requests), timeout=0.001)


def test_a_connection_that_cannot_be_accepted_yet_is_accepted_later(monkeypatch):
    accept = socket.socket.accept
    failures = [OSError(errno.EMFILE, "too many open files")]

    def failing(self: socket.socket) -> Any:
        if failures:
            raise failures.pop()
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", failing)
    server = ChatServer(["a"]).start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
            sock.sendall(ask())
            assert sock.recv(65536).startswith(b"HTTP/1.1 200")
    finally:
        server.close()
    assert ["could not be accepted" in what for what in server.unexpected] == [True]


def run_in_fresh_interpreter(program: str) -> tuple[int, str, str]:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_the_interpreter_ends_while_a_server_runs_and_asyncio_is_loaded_only_for_it():
    program = """
import socket, sys
from twofold._core.testing import ChatServer, Stall
assert "asyncio" not in sys.modules
server = ChatServer([Stall("never")]).start()
sock = socket.create_connection(("127.0.0.1", server.port))
sock.sendall(b"POST / HTTP/1.1\\r\\n")
print("ended")
sock.close()
"""
    assert run_in_fresh_interpreter(program) == (0, "ended\n", "")


def test_closing_while_connections_arrive_leaks_nothing():
    program = """
import socket
from twofold._core.testing import ChatServer
for count in range(40):
    server = ChatServer().start()
    sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count % 4)]
    server.close()
    assert server.connections.open == 0
    for sock in sockets:
        sock.close()
print("ended")
"""
    assert run_in_fresh_interpreter(program) == (0, "ended\n", "")
