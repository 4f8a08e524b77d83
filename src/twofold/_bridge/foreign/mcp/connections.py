"""Connections to several MCP servers, used from any thread and any loop."""

from __future__ import annotations

import asyncio
import atexit
import weakref
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from ...._core.errors import McpError
from ...._core.mcp.definitions import McpToolDefinition
from ...._core.mcp.options import McpOptions
from ...._core.mcp.servers import McpServer
from ...._core.tools.asking import Answerer
from ..home import run_on
from .connection import Connection
from .handlers import Mailbox

__all__ = ["Connections"]

P = ParamSpec("P")
T = TypeVar("T")

_EXIT_SECONDS = 5.0


class Connections:
    """The connections of one client. They live on the loop on which they were opened, until they are closed.

    Args:
        servers: The servers.
        options: Limits and handlers.
    """

    def __init__(self, servers: Sequence[McpServer], options: McpOptions) -> None:
        self._servers = list(servers)
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening: asyncio.Task[None] | None = None
        self._connections: list[Connection] = []
        self._changes: Mailbox | None = None

    @property
    def are_open(self) -> bool:
        """Whether they were opened, and not closed since."""
        return self._loop is not None

    # Opening and closing ----------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect to all servers at once. Does nothing if that has been done.

        Raises:
            McpError: One of the servers could not be connected to. Then none is.
        """
        if self._loop is not None and not self._loop.is_closed():
            await self._at_home(self._opened)
            return
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.create_task(self._open())
        await self._opened()

    async def _opened(self) -> None:
        if self._opening is not None:
            try:
                await asyncio.shield(self._opening)
            except asyncio.CancelledError:
                if self._opening is not None and not self._opening.done():
                    await asyncio.shield(self._close())
                raise

    async def _open(self) -> None:
        handler = self._options.tools_changed_handler
        self._changes = None if handler is None else Mailbox(handler, "tools_changed_handler")
        self._connections = [
            Connection(server, self._options, self._tools_changed) for server in self._servers
        ]
        _open_ones.add(self)
        attempts = [asyncio.create_task(one.open()) for one in self._connections]
        try:
            done, _ = await asyncio.wait(attempts, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            await self._drop(attempts)
            raise
        failures = [error for error in (task.exception() for task in done) if error is not None]
        if failures:
            await self._drop(attempts)
            raise failures[0]

    async def _drop(self, attempts: Sequence[asyncio.Task[None]]) -> None:
        await self._close_all()
        await asyncio.gather(*attempts, return_exceptions=True)

    async def close(self) -> None:
        """Close all connections and stop the servers that were started here. Any number of times."""
        if self._loop is None:
            return
        if self._loop.is_closed():
            self._forget()
            return
        await self._at_home(self._close)

    async def _close(self) -> None:
        opening = self._opening
        if opening is not None and not opening.done():
            opening.cancel()
            await asyncio.wait([opening])
        await self._close_all()

    async def _close_all(self) -> None:
        connections, changes = self._connections, self._changes
        self._forget()
        await asyncio.gather(*(one.close() for one in connections))
        if changes is not None:
            await changes.drain()

    def _forget(self) -> None:
        self._loop = self._opening = None
        self._connections = []
        _open_ones.discard(self)

    # Using ------------------------------------------------------------------------------------------------

    async def definitions(self, *, refresh: bool = False) -> list[tuple[str, list[McpToolDefinition]]]:
        """Return the name of each server and the tools that it has now. Connects first, if need be."""
        await self.open()
        return await self._at_home(self._definitions, refresh)

    async def _definitions(self, refresh: bool) -> list[tuple[str, list[McpToolDefinition]]]:
        found = await asyncio.gather(*(one.definitions(refresh=refresh) for one in self._connections))
        return [(one.name, tools) for one, tools in zip(self._connections, found, strict=True)]

    async def call(
        self,
        index: int,
        definition: McpToolDefinition,
        arguments: dict[str, Any],
        tool: Any,
        answerer: Answerer | None = None,
    ) -> tuple[str, Any]:
        """Call a tool of one server; return the server's name and the SDK's result."""
        if self._loop is None:
            label = self._servers[index].label
            raise McpError(
                f"the tool {definition.name!r} was called after its MCPClient was closed; call it while the "
                f"client is open",
                server=label,
            )
        return await self._at_home(self._call, index, definition, arguments, tool, answerer)

    async def _call(
        self,
        index: int,
        definition: McpToolDefinition,
        arguments: dict[str, Any],
        tool: Any,
        answerer: Answerer | None,
    ) -> tuple[str, Any]:
        connection = self._connections[index]
        return connection.name, await connection.call(definition, arguments, tool, answerer)

    def _tools_changed(self, connection: Connection) -> None:
        if self._changes is not None:
            self._changes.put(connection.name)

    async def _at_home(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a coroutine function on the loop of the connections, wherever the caller is."""
        home = self._loop
        if home is None:
            raise McpError("the MCPClient was closed meanwhile")
        if not home.is_running():
            raise McpError(
                "the event loop on which this MCPClient was connected has ended; connect it again on the loop "
                "that uses it"
            )
        return await run_on(home, function, *args, **kwargs)


_open_ones: weakref.WeakSet[Connections] = weakref.WeakSet()


@atexit.register
def _close_at_exit() -> None:
    """Stop the servers of clients that were never closed, where their loop still runs: that of the sync API."""
    for one in list(_open_ones):
        home = one._loop
        if home is None or not home.is_running():
            continue
        try:
            asyncio.run_coroutine_threadsafe(one.close(), home).result(_EXIT_SECONDS)
        except Exception:  # nothing more can be done about it now
            pass
