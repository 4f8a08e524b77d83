"""One session with an MCP server, from connecting to its end, and the task that owns it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from ...._core.errors import McpConnectionError, McpError, McpTimeout
from ...._core.mcp.options import McpOptions
from ...._core.mcp.servers import McpServer
from .http import LOST, NOT_SENT, REFUSED
from .transports import ErrorOutput, open_transport

__all__ = ["Life"]

logger = logging.getLogger("twofold.mcp")

_REASON_SECONDS = 5.0
_MAX_SHOWN = 1000


class Life:
    """One session. The owner task enters the SDK's scopes and leaves them; everybody else only asks it to.

    Args:
        server: The server.
        options: The limits.
        make_client: Makes the SDK's client on a transport.
        serve: Called at the beginning; returns a task that is cancelled at the end, or None.
    """

    def __init__(
        self,
        server: McpServer,
        options: McpOptions,
        make_client: Callable[[Any], Client],
        serve: Callable[[Client], Awaitable[asyncio.Task[None] | None]],
    ) -> None:
        self._server = server
        self._options = options
        self._make_client = make_client
        self._serve = serve
        self._client: Client | None = None
        self._errors = ErrorOutput(server.label)
        self._settled = asyncio.Event()
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None
        self._why = ""
        self._owner = asyncio.create_task(self._own(), name=f"mcp {server.label}")

    @property
    def client(self) -> Client:
        """The SDK's client, once the session has begun."""
        assert self._client is not None
        return self._client

    @property
    def is_usable(self) -> bool:
        """Whether a call has a chance."""
        return self._client is not None and not self._wake.is_set() and not self._owner.done()

    async def begun(self) -> None:
        """Wait until the session has begun.

        Raises:
            McpConnectionError: The server cannot be started or reached.
            McpTimeout: It did not answer in time.
        """
        await self._settled.wait()
        if self._client is None:
            raise self._explained()

    def give_up(self, why: str) -> None:
        """Let nobody use the session any more."""
        self._why = self._why or why
        self._wake.set()

    async def end(self, seconds: float) -> None:
        """End the session and wait for that, but not for ever."""
        self._wake.set()
        if not self._settled.is_set():
            self._owner.cancel()  # it is still connecting
        _, unfinished = await asyncio.wait([self._owner], timeout=seconds)
        if unfinished:
            logger.warning("the MCP server %s does not let go; its connection is dropped", self._server.label)
            self._owner.cancel()
            await asyncio.wait([self._owner], timeout=seconds)

    async def reason(self) -> str:
        """Return what is known of why the session ended; nothing if it goes on."""
        if not self._wake.is_set() and not self._owner.done():
            # what fails a call may be what is just ending the session
            await asyncio.wait([self._owner], timeout=0.05)
        if self._wake.is_set() or self._owner.done():
            await asyncio.wait([self._owner], timeout=_REASON_SECONDS)
            return self.because()
        return ""

    def because(self) -> str:
        """Return the reason for the end as the end of a sentence; nothing if there is none."""
        causes = [_words(cause) for cause in _leaves(self._failure)]
        said = "\n".join(self._errors.lines)[-_MAX_SHOWN:]
        parts = [self._why, *dict.fromkeys(causes)]
        text = "; ".join(part for part in parts if part)
        return (f": {text}" if text else "") + (f". The server's last words:\n{said}" if said else "")

    # The owner ------------------------------------------------------------------------------------------

    async def _own(self) -> None:
        watch: asyncio.Task[None] | None = None
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(self._options.connect_timeout):
                    transport = open_transport(
                        self._server, self._errors, self._options.max_event_size, self.give_up
                    )
                    client = await stack.enter_async_context(self._make_client(transport))
                    watch = await self._serve(client)
                self._client = client
                self._settled.set()
                try:
                    await self._wake.wait()
                finally:
                    if watch is not None:
                        watch.cancel()
                        await asyncio.wait([watch])
        except asyncio.CancelledError as error:
            self._failure = self._failure or error
            raise
        except BaseException as error:
            self._failure = error
        finally:
            self._wake.set()
            self._settled.set()

    def _explained(self) -> McpError:
        """Return the error that says why the session did not begin."""
        label = self._server.label
        causes = list(_leaves(self._failure))
        if any(isinstance(cause, TimeoutError) for cause in causes):
            said = "\n".join(self._errors.lines)[-_MAX_SHOWN:]
            return McpTimeout(
                f"the MCP server {label!r} did not answer within {self._options.connect_timeout:g} s "
                f"(connect_timeout)" + (f". Its last words:\n{said}" if said else ""),
                server=label,
            )
        for cause in causes:
            if isinstance(cause, MCPError) and cause.code in (NOT_SENT, LOST, REFUSED):
                hint = self._transport_hint() if cause.code == REFUSED else ""
                return McpConnectionError(f"the MCP server {label!r} {cause.message}{hint}", server=label)
        if self._server.kind == "stdio":
            return McpConnectionError(self._stdio_failure(causes), server=label)
        return McpConnectionError(
            f"no MCP session with {label!r} ({self._server.url}, {self._server.kind}) could be begun"
            f"{self.because()}{self._transport_hint()}",
            server=label,
        )

    def _transport_hint(self) -> str:
        """Say how to ask for the older protocol, where the address looks like it."""
        path = urlsplit(self._server.url).path.rstrip("/")
        if self._server.kind != "streamable-http" or not path.endswith("/sse"):
            return ""
        return '; if it speaks SSE, describe it as {"url": ..., "transport": "sse"}'

    def _stdio_failure(self, causes: list[BaseException]) -> str:
        command = self._server.command  # its arguments may hold keys
        if any(isinstance(cause, OSError | ValueError) for cause in causes):
            return f"the MCP server {self._server.label!r} cannot be started by {command!r}{self.because()}"
        return f"the MCP server {self._server.label!r} ({command!r}) ended before it answered{self.because()}"


def _leaves(error: BaseException | None) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    elif error is not None and not isinstance(error, asyncio.CancelledError):
        yield error


def _words(error: BaseException) -> str:
    if isinstance(error, MCPError):
        return error.message
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
