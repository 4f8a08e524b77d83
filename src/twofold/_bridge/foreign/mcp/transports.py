"""How messages get to MCP servers: the SDK's transports, watched, so that a lost connection is noticed at once."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from ...._core.mcp.servers import McpServer
from ..._threads import start_thread
from .http import make_http_client, make_sse_client

__all__ = ["ErrorOutput", "open_transport"]

logger = logging.getLogger("twofold.mcp")

_LIMITS_EVENTS = (
    "max_sse_event_size" in inspect.signature(streamable_http_client).parameters
)  # from mcp 2.3 on
_KEPT_LINES = 20
_LAST_WORDS_POLLS = 50


class ErrorOutput:
    """What a server writes to standard error: into the log, the last lines kept to explain its end.

    Attributes:
        lines: The last lines.
    """

    def __init__(self, label: str) -> None:
        self.lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._label = label

    @asynccontextmanager
    async def pipe(self) -> AsyncIterator[Any]:
        """Yield a file for the server to write to. A thread reads it until the last writer is gone."""
        reading, writing = os.pipe()
        over = threading.Event()
        start_thread(lambda: self._read(reading, over), "twofold-mcp-stderr")
        try:
            with os.fdopen(writing, "w") as file:
                yield file
        finally:
            for _ in range(_LAST_WORDS_POLLS):  # what the server has just said may explain its end
                if over.is_set():
                    break
                await asyncio.sleep(0.01)

    def _read(self, descriptor: int, over: threading.Event) -> None:
        with os.fdopen(descriptor, "r", encoding="utf-8", errors="replace") as file:
            for line in file:
                self.lines.append(line.rstrip())
                logger.info("%s: %s", self._label, line.rstrip())
        over.set()


@asynccontextmanager
async def open_transport(
    server: McpServer, errors: ErrorOutput, max_event_size: int, on_end: Callable[[str], object]
) -> AsyncIterator[Any]:
    """Start or reach a server, and yield the streams of messages from and to it.

    Args:
        server: The server.
        errors: Where a stdio server's standard error goes.
        max_event_size: The most bytes of one event.
        on_end: Called with the reason, where it is known, when no more messages can come.
    """
    async with AsyncExitStack() as stack:
        transport = await _transport(server, errors, max_event_size, on_end, stack)
        reading, writing = await stack.enter_async_context(transport)
        yield _Watched(reading, lambda: on_end("")), writing


async def _transport(
    server: McpServer,
    errors: ErrorOutput,
    max_event_size: int,
    on_end: Callable[[str], object],
    stack: AsyncExitStack,
) -> AbstractAsyncContextManager[Any]:
    if server.kind == "stdio":
        file = await stack.enter_async_context(errors.pipe())
        return stdio_client(_parameters(server), errlog=file)
    if server.kind == "sse":
        return sse_client(server.url, httpx_client_factory=lambda *_, **__: make_sse_client(server, on_end))
    client = await stack.enter_async_context(make_http_client(server))
    limits: dict[str, Any] = {"max_sse_event_size": max_event_size} if _LIMITS_EVENTS else {}
    return streamable_http_client(server.url, http_client=client, **limits)


def _parameters(server: McpServer) -> StdioServerParameters:
    return StdioServerParameters(
        command=server.command,
        args=list(server.args),
        env=None if server.env is None else dict(server.env),
        cwd=server.cwd,
        encoding=server.encoding,
        encoding_error_handler=server.encoding_error_handler,
    )


class _Watched:
    """A stream of messages that tells when it ends."""

    def __init__(self, stream: Any, on_end: Callable[[], object]) -> None:
        self._stream = stream
        self._on_end = on_end

    @property
    def last_context(self) -> Any:
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> Any:
        try:
            return await self._stream.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self._on_end()
            raise

    def __aiter__(self) -> _Watched:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> _Watched:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()
