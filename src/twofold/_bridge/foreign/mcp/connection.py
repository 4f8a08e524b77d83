"""The connection to one MCP server: its lives, its calls, its tools.

A connection outlives the sessions of the SDK: when one is lost, the next call that needs it opens another. Each
session is a *life*, with an owner task that enters and leaves everything that belongs to it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

import mcp_types as types
from mcp.client.client import Client
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from ...._core.errors import McpConnectionError, McpError, McpTimeout, McpToolError
from ...._core.mcp.definitions import McpToolDefinition
from ...._core.mcp.options import McpOptions
from ...._core.mcp.requests import McpProgress
from ...._core.mcp.servers import McpServer
from ...._core.tools.asking import Answerer
from ...._core.version import __version__
from .call import Call, current_call
from .callbacks import Callbacks
from .handlers import Mailbox
from .http import LOST, NOT_SENT, SESSION_GONE
from .life import Life

__all__ = ["Connection"]

logger = logging.getLogger("twofold.mcp")

_MAX_PAGES = 1000  # of a list of tools: a server that never ends it must not hang anybody
_CLOSING_SECONDS = 15.0


class Connection:
    """The connection to one server. Belongs to the loop on which it is used first.

    Args:
        server: The server.
        options: Limits and handlers.
        on_tools_changed: Called when the server's tools may have changed.

    Attributes:
        name: The server's name: the user's, or what it says of itself, or its address.
    """

    def __init__(
        self, server: McpServer, options: McpOptions, on_tools_changed: Callable[[Connection], object]
    ) -> None:
        self.server = server
        self.name = server.label
        self._options = options
        self._tell_change = on_tools_changed
        self._calls: set[Call] = set()
        self._callbacks = Callbacks(lambda: self.name, options, self._calls, self._tools_changed)
        self._life: Life | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._definitions: list[McpToolDefinition] = []
        self._is_stale = True
        self._closed = False

    # Opening and closing ------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect, and list the tools.

        Raises:
            McpConnectionError: The server cannot be started or reached.
            McpTimeout: It did not answer in time.
        """
        await self._begin_life()
        await self.definitions()

    async def close(self) -> None:
        """Leave the server, and stop it if it was started here. Any number of times."""
        self._closed = True
        connecting, life = self._connecting, self._life
        self._connecting = self._life = None
        if connecting is not None:
            connecting.cancel()
        if life is not None:
            await life.end(_CLOSING_SECONDS)
        if self._callbacks.log_messages is not None:
            await self._callbacks.log_messages.drain()

    async def _begin_life(self) -> None:
        life = self._life = Life(self.server, self._options, self._make_client, self._serve_life)
        try:
            await life.begun()
        except BaseException:
            if self._life is life:
                self._life = None
            await asyncio.shield(life.end(_CLOSING_SECONDS))
            raise

    def _make_client(self, transport: Any) -> Client:
        return Client(
            transport,
            # SSE is older than the newer way to begin a session, and some of its servers hang on it
            mode="legacy" if self.server.kind == "sse" else "auto",
            client_info=types.Implementation(name="twofold", version=__version__),
            cache=None,
            **self._callbacks.for_client(),
        )

    async def _serve_life(self, client: Client) -> asyncio.Task[None] | None:
        """Do what has to be done at the beginning of each life; return the task that belongs to it."""
        info = client.server_info
        if not self.server.name and info is not None and info.name:
            self.name = info.name
        self._is_stale = True
        tools = client.server_capabilities.tools
        if client.protocol_version not in MODERN_PROTOCOL_VERSIONS or not (tools and tools.list_changed):
            return None
        listening = asyncio.Event()
        task = asyncio.create_task(self._listen(client, listening))
        await listening.wait()  # a change that comes after the tools were listed must not be missed
        return task

    async def _listen(self, client: Client, listening: asyncio.Event) -> None:
        """Hear of changes where the protocol has a stream for them. Older servers simply send them."""
        for attempt in range(self._options.reconnect_attempts + 1):
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    listening.set()
                    if attempt:
                        self._tools_changed()  # perhaps, meanwhile
                    async for _ in changes:
                        self._tools_changed()
                    return
            except (SubscriptionLost, MCPError, TimeoutError, RuntimeError) as error:
                logger.debug("%s: the stream of changes ended: %s", self.name, error)
            finally:
                listening.set()
            await asyncio.sleep(self._delay(attempt))

    # Being connected ------------------------------------------------------------------------------------

    async def _alive(self) -> Life:
        """Return a life that is under way, a new one if the last has ended."""
        while True:
            if self._closed:
                raise McpConnectionError(
                    f"the connection to the MCP server {self.name!r} is closed", server=self.name
                )
            life = self._life
            if life is not None and life.is_usable:
                return life
            if self._connecting is None:
                self._connecting = asyncio.create_task(self._reconnect(life))
                self._connecting.add_done_callback(self._connecting_over)
            await asyncio.shield(self._connecting)

    def _connecting_over(self, task: asyncio.Task[None]) -> None:
        if self._connecting is task:
            self._connecting = None
        if not task.cancelled():
            task.exception()  # whoever waited for it has it

    async def _reconnect(self, last: Life | None) -> None:
        attempts = self._options.reconnect_attempts
        reason: McpError = McpConnectionError(
            f"the connection to the MCP server {self.name!r} was lost{last.because() if last else ''}",
            server=self.name,
        )
        if last is not None:
            await last.end(_CLOSING_SECONDS)
        for attempt in range(attempts):
            if attempt:
                await asyncio.sleep(self._delay(attempt - 1))
            logger.warning(
                "the connection to the MCP server %s was lost; reconnecting (attempt %d of %d)",
                self.name, attempt + 1, attempts,
            )  # fmt: skip
            try:
                await self._begin_life()
                logger.warning("reconnected to the MCP server %s", self.name)
                return
            except McpError as error:
                reason = error
        tried = f" It was tried {attempts} times to reconnect." if attempts else " reconnect_attempts is 0."
        raise McpConnectionError(f"{reason}.{tried}".replace("..", "."), server=self.name) from reason

    def _delay(self, attempt: int) -> float:
        return min(self._options.reconnect_delay * 2.0**attempt, 30.0)

    # Calling --------------------------------------------------------------------------------------------

    async def call(
        self,
        definition: McpToolDefinition,
        arguments: dict[str, Any],
        tool: Any,
        answerer: Answerer | None = None,
    ) -> Any:
        """Call a tool and return the SDK's ``CallToolResult``.

        Args:
            definition: What the server says of the tool.
            arguments: What it is called with.
            tool: The `Tool`.
            answerer: Who answers what the server asks the user meanwhile, if the options name nobody.

        Raises:
            McpConnectionError: The server cannot be reached, or the connection was lost during the call.
            McpTimeout: There was no result in time.
            McpToolError: The server refused the call.
        """
        for attempt in itertools.count():
            life = await self._alive()
            try:
                return await self._call_once(life, definition, arguments, tool, answerer)
            except _NotDelivered as problem:  # so it can be tried again without doing anything twice
                if problem.ends_life:
                    life.give_up(str(problem))
                if attempt == self._options.reconnect_attempts:
                    raise McpConnectionError(
                        f"the MCP server {self.name!r} {problem}", server=self.name
                    ) from problem
                logger.warning(
                    "a call did not reach the MCP server %s (%s); trying again (attempt %d of %d)",
                    self.name, problem, attempt + 1, self._options.reconnect_attempts,
                )  # fmt: skip
                await asyncio.sleep(self._delay(attempt))
        raise AssertionError("unreachable")

    async def _call_once(
        self,
        life: Life,
        definition: McpToolDefinition,
        arguments: dict[str, Any],
        tool: Any,
        answerer: Answerer | None,
    ) -> Any:
        progress = self._progress_box()
        limit = asyncio.timeout(self._options.call_timeout)
        call = Call(tool, limit, answerer)
        token = current_call.set(call)
        try:
            async with limit:
                self._calls.add(call)
                try:
                    return await life.client.call_tool(
                        definition.name,
                        arguments,
                        progress_callback=self._progress_callback(definition.name, progress),
                    )
                finally:
                    call.over = True
                    self._calls.discard(call)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise McpTimeout(
                f"the tool {definition.name!r} of the MCP server {self.name!r} did not finish within "
                f"{self._options.call_timeout:g} s",
                server=self.name,
            ) from error
        except (MCPError, ValidationError, RuntimeError) as error:
            raise await self._explained(error, life, definition.name) from error
        finally:
            current_call.reset(token)
            if progress is not None:
                await progress.drain()

    def _progress_box(self) -> Mailbox | None:
        handler = self._options.progress_handler
        return None if handler is None else Mailbox(handler, "progress_handler")

    def _progress_callback(self, tool: str, box: Mailbox | None) -> Any:
        async def report(progress: float, total: float | None, message: str | None) -> None:
            text = f"{progress:g}" if total is None else f"{progress:g}/{total:g}"
            logger.debug("%s: %s: %s %s", self.name, tool, text, message or "")
            if box is not None:
                box.put(McpProgress(self.name, tool, progress, total, message))

        return report

    async def _explained(self, error: Exception, life: Life, tool: str) -> Exception:
        """Return the error to raise for one of the SDK."""
        what = f"the tool {tool!r} of the MCP server {self.name!r}"
        if not isinstance(error, MCPError):
            return McpToolError(
                f"{what} gave a result that is not what it must be: {error}", server=self.name
            )
        if error.code == NOT_SENT:
            return _NotDelivered(error.message)
        if error.code == SESSION_GONE:
            return _NotDelivered(error.message, ends_life=True)
        if error.code == LOST:
            return McpConnectionError(
                f"the MCP server {self.name!r} {error.message}. Whether {tool!r} did its work is not known",
                server=self.name,
            )
        if error.code == types.CONNECTION_CLOSED:
            reason = await life.reason() or f": {error.message}"
            return McpConnectionError(
                f"the connection to the MCP server {self.name!r} was lost during a call of {tool!r}; whether it "
                f"did its work is not known{reason}",
                server=self.name,
            )
        return McpToolError(f"{what} refused the call: {error.message} (code {error.code})", server=self.name)

    # Tools ------------------------------------------------------------------------------------------------

    def _tools_changed(self) -> None:
        self._is_stale = True
        self._tell_change(self)

    async def definitions(self, *, refresh: bool = False) -> list[McpToolDefinition]:
        """Return the tools that the server has now; those listed last, if it has not said that they changed."""
        life = await self._alive()
        if not (self._is_stale or refresh):
            return self._definitions
        self._is_stale = False
        try:
            async with asyncio.timeout(self._options.connect_timeout):
                self._definitions = self._wanted(await _list_tools(life.client))
        except BaseException as error:
            self._is_stale = True
            if isinstance(error, TimeoutError | MCPError | ValidationError):
                raise McpConnectionError(
                    f"the tools of the MCP server {self.name!r} could not be listed: "
                    f"{str(error) or 'it did not answer in time'}",
                    server=self.name,
                ) from error
            raise
        return self._definitions

    def _wanted(self, found: list[McpToolDefinition]) -> list[McpToolDefinition]:
        wanted = self.server.tools
        if wanted is None:
            return found
        missing = [name for name in wanted if name not in {definition.name for definition in found}]
        if missing:
            logger.warning("the MCP server %s has no tools %s", self.name, ", ".join(missing))
        return [definition for definition in found if definition.name in wanted]


class _NotDelivered(Exception):
    """A request did not reach the server."""

    def __init__(self, message: str, ends_life: bool = False) -> None:
        super().__init__(message)
        self.ends_life = ends_life


async def _list_tools(client: Client) -> list[McpToolDefinition]:
    tools = client.server_capabilities.tools
    if tools is None:
        return []
    found: dict[str, McpToolDefinition] = {}
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(_MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        found.update((tool.name, _definition(tool)) for tool in page.tools)
        cursor = page.next_cursor
        if cursor is None or cursor in seen:
            break
        seen.add(cursor)
    return list(found.values())


def _definition(tool: types.Tool) -> McpToolDefinition:
    hints = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
    return McpToolDefinition(
        name=tool.name,
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        title=tool.title,
        annotations=hints,
    )
