"""``MCPClient``: the tools of MCP servers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.mcp.definitions import McpToolDefinition
from ..._core.mcp.naming import NamePrefix, server_names, tool_names
from ..._core.mcp.options import McpOptions
from ..._core.mcp.requests import McpSamplingRequest, sampling_messages, sampling_parameters
from ..._core.mcp.servers import McpServer, read_servers
from .tool import McpTool

if TYPE_CHECKING:
    from ..._bridge.foreign.mcp.connections import Connections
    from ..models.base import Model

__all__ = ["MCPClient"]


class MCPClient:
    """The tools of one or several MCP servers, for agents.

    Servers are started or connected to by ``connect``, at the latest by the first ``get_tools``, and left by
    ``aclose``. The client is a context manager that yields the list of tools. It may be shared by any number of
    agents, tasks and threads; many calls can be under way at once.

    A server runs with your rights if it is started here, sees what its tools are called with, and writes the
    descriptions that your model reads: connect only to servers that you trust, and let a person approve what
    tools do that change something (``requires_approval``).

    Args:
        server_parameters: One server, a list of servers, or a dict from names to servers (also below
            ``mcpServers``). A server is a URL (streamable HTTP), a command line (stdio), a
            ``StdioServerParameters`` of the MCP SDK, or a dict: with ``command``, ``args``, ``env``, ``cwd``; or
            with ``url``, ``headers``, ``timeout``, ``auth`` and perhaps ``transport="sse"``. ``name`` in a dict
            names the server, ``tools`` lists those of its tools that are wanted.
        adapter_kwargs: As in smolagents; only ``connect_timeout`` is understood.
        structured_output: Whether tools return the structured result where the server gives one. Yes by default.
        connect_timeout: Seconds for each server to be started or reached, and to list its tools.
        call_timeout: Seconds for a call; None is no limit. While the user is asked, the clock stands still.
        reconnect_attempts: How often to try when a connection was lost, each time that it is needed. A call
            that may have reached its server is never repeated.
        reconnect_delay: Seconds before the second attempt; doubled with each further one.
        name_prefix: When to put a server's name before the names of its tools: if several servers have a tool
            of that name (``"clash"``; at all of those servers), ``"always"``, or ``"never"``, which makes a clash
            an error. The names ``final_answer`` and those of Python's builtins always get it.
        requires_approval: Whether the agent's approver has to agree to calls: of all tools, or of those listed by
            the name that agents or servers have for them.
        progress_handler: Called with each ``McpProgress`` that a server reports. As all handlers, a function
            that may be asynchronous, and may block if it is not.
        log_handler: Called with each ``McpLogMessage``. They also go to the logger ``twofold.mcp``.
        tools_changed_handler: Called with a server's name when its tools have changed.
        elicitation_handler: Called with each ``McpElicitation``, a question of a server to the user. A dict
            answers it, True agrees, a text or False declines, None gives it up.
        approver: Asked instead, in the way of an agent's approver: with the tool, the question as a dict, and
            None in place of the run. If there is neither, the approver of the agent whose run calls the tool is
            asked; and if that has none, the call fails.
        sampling_handler: A model, or a function of an ``McpSamplingRequest`` that returns a text, for servers
            that ask for one. It is paid for by you.
        max_event_size: The most bytes that one event of a streamable HTTP server may have. Before its version
            2.3, the MCP SDK has a limit of its own instead, 1 MiB.

    Raises:
        ConfigurationError: An argument is not what it has to be.
        MissingExtraError: The MCP SDK is not installed.

    Example:
        >>> async with MCPClient({"command": "my-server", "args": ["--stdio"]}) as tools:  # doctest: +SKIP
        ...     agent = CodeAgent(tools=tools, model=LocalModel())
        ...     await agent.run("What is the weather in Paris?")
    """

    def __init__(
        self,
        server_parameters: Any,
        adapter_kwargs: Mapping[str, Any] | None = None,
        structured_output: bool | None = None,
        *,
        connect_timeout: float | None = 30.0,
        call_timeout: float | None = 300.0,
        reconnect_attempts: int = 3,
        reconnect_delay: float = 0.5,
        name_prefix: NamePrefix = "clash",
        requires_approval: bool | Collection[str] = False,
        progress_handler: Callable[..., Any] | None = None,
        log_handler: Callable[..., Any] | None = None,
        tools_changed_handler: Callable[..., Any] | None = None,
        elicitation_handler: Callable[..., Any] | None = None,
        approver: Callable[..., Any] | None = None,
        sampling_handler: Model | Callable[..., Any] | None = None,
        max_event_size: int = 32 * 1024 * 1024,
    ) -> None:
        if name_prefix not in ("clash", "always", "never"):
            raise ConfigurationError(
                f"name_prefix must be 'clash', 'always' or 'never', not {name_prefix!r}."
            )
        self._servers = read_servers(server_parameters)
        self._structured = structured_output is not False
        self._name_prefix: NamePrefix = name_prefix
        self._requires_approval = requires_approval
        self._options = McpOptions(
            connect_timeout=_connect_timeout(adapter_kwargs, connect_timeout),
            call_timeout=call_timeout,
            reconnect_attempts=reconnect_attempts,
            reconnect_delay=reconnect_delay,
            max_event_size=max_event_size,
            progress_handler=progress_handler,
            log_handler=log_handler,
            tools_changed_handler=tools_changed_handler,
            elicitation_handler=elicitation_handler,
            approver=approver,
            sampling_handler=_sampler(sampling_handler),
        )
        # Any: type checkers cannot follow what `resolve` makes of a foreign call in each API
        self._connections: Any = _make_connections(self._servers, self._options)
        self._known: dict[tuple[int, str], McpTool] = {}

    @property
    def is_connected(self) -> bool:
        """Whether ``connect`` has been called, and ``aclose`` not since."""
        return bool(self._connections.are_open)

    async def connect(self) -> None:
        """Start or reach all servers. Does nothing if that has been done.

        Raises:
            McpConnectionError: A server cannot be started or reached. Then the others are left again.
            McpTimeout: A server did not answer in time.
        """
        await bridge.resolve(self._connections.open())

    async def get_tools(self, run: object = None, *, refresh: bool = False) -> list[McpTool]:
        """Return the tools that the servers have now. Connects first, if need be.

        Servers are asked again when they have said that their tools changed, or when a connection was lost.
        Tools that have not changed stay the same objects. The method itself may be the ``tools`` of an agent,
        which then has in each step those that the servers have by then.

        Args:
            run: The run of such an agent. It makes no difference.
            refresh: Ask in any case, for servers that do not say when their tools change.

        Raises:
            ConfigurationError: Names clash, and ``name_prefix`` is ``"never"``.
            McpError: A server cannot be asked.
        """
        found: list[tuple[str, list[McpToolDefinition]]] = await bridge.resolve(
            self._connections.definitions(refresh=refresh)
        )
        servers = server_names(name for name, _ in found)
        tools = [definitions for _, definitions in found]
        listed = [(server, [one.name for one in own]) for server, own in zip(servers, tools, strict=True)]
        names = tool_names(listed, self._name_prefix)
        self._known = {
            (index, one.name): self._tool(names[index, one.name], one, index, server)
            for index, (server, own) in enumerate(zip(servers, tools, strict=True))
            for one in own
        }
        return list(self._known.values())

    def _tool(self, name: str, definition: McpToolDefinition, index: int, server: str) -> McpTool:
        known = self._known.get((index, definition.name))
        if known is not None and known.name == name and known._definition == definition:
            return known
        wanted = self._requires_approval
        return McpTool(
            name,
            definition,
            self._connections,
            index,
            server,
            structured_output=self._structured,
            requires_approval=wanted
            if isinstance(wanted, bool)
            else name in wanted or definition.name in wanted,
        )

    async def aclose(self) -> None:
        """Leave all servers and stop those that were started here. Any number of times.

        ``connect`` and ``get_tools`` begin anew.
        """
        await bridge.shield(self._close)

    async def _close(self) -> None:
        await bridge.resolve(self._connections.close())

    async def disconnect(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        exc_traceback: TracebackType | None = None,
    ) -> None:
        """Do what ``aclose`` does, under the name that it has in smolagents."""
        await self.aclose()

    async def __aenter__(self) -> list[McpTool]:
        try:
            return await self.get_tools()
        except BaseException:
            await self.aclose()
            raise

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        labels = ", ".join(server.label for server in self._servers)
        return f"<MCPClient {labels}{'' if self.is_connected else ' (not connected)'}>"


def _make_connections(servers: list[McpServer], options: McpOptions) -> Connections:
    try:
        from ..._bridge.foreign.mcp.connections import Connections
    except ImportError as error:
        raise MissingExtraError("MCPClient", "mcp", "mcp>=2") from error
    return Connections(servers, options)


def _connect_timeout(adapter_kwargs: Mapping[str, Any] | None, timeout: float | None) -> float | None:
    given = dict(adapter_kwargs or {})
    stated: float | None = given.pop("connect_timeout", timeout)
    if given:
        raise ConfigurationError(
            f"adapter_kwargs may have 'connect_timeout' only, not {', '.join(map(repr, given))}."
        )
    return stated


def _sampler(handler: Model | Callable[..., Any] | None) -> Callable[..., Any] | None:
    generate = getattr(handler, "generate", None)
    if generate is None:
        return handler

    async def ask(request: McpSamplingRequest) -> str:
        message = await generate(sampling_messages(request), **sampling_parameters(request))
        text: str = message.text
        return text

    return ask
