"""``serve_mcp``: an agent as an MCP server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.agents.results import RunResult
from ..._core.errors import MissingExtraError
from ..._core.mcp.offer import McpTaskRequest, Offer, ServeTransport, make_offer
from ..._core.version import __version__

if TYPE_CHECKING:
    from ..agents.base import MultiStepAgent

__all__ = ["serve_mcp"]


async def serve_mcp(
    agent: MultiStepAgent[Any],
    transport: ServeTransport = "stdio",
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    path: str = "/mcp",
    tool_name: str | None = None,
    description: str | None = None,
    max_tasks: int | None = None,
    on_listening: Callable[[str], object] | None = None,
) -> None:
    """Offer an agent as an MCP server with one tool, which gives it tasks.

    Any number of clients share the agent, each call is a run of its own. Steps are reported as progress;
    a client that cancels a call, or goes, interrupts its run. There is no authentication: whoever reaches the
    server may use the agent and its tools, so put something in front of it before others can.

    Args:
        agent: The agent.
        transport: ``"stdio"`` speaks over the process's standard input and output, until the client has gone.
            ``"streamable-http"`` listens until it is cancelled.
        host: The address to listen at.
        port: The port; 0 is any free one.
        path: The path of the URL.
        tool_name: The name of the tool; the agent's name, or ``run_task``, if not given.
        description: What the tool does, for the client's model; the agent's description if not given.
        max_tasks: How many tasks may be worked on at once; others wait. None is no limit.
        on_listening: Called with the URL once clients can connect.

    Raises:
        ConfigurationError: An argument is not what it has to be, or the address is not free.
        MissingExtraError: The MCP SDK is not installed.

    Example:
        >>> agent = CodeAgent(tools=[], model=LocalModel())  # doctest: +SKIP
        >>> await serve_mcp(agent, "streamable-http", port=8000)  # doctest: +SKIP
    """
    offer = make_offer(
        agent,
        transport=transport,
        host=host,
        port=port,
        path=path,
        tool_name=tool_name,
        description=description,
        max_tasks=max_tasks,
        on_listening=on_listening,
        version=__version__,
    )

    async def carry_out(request: McpTaskRequest) -> RunResult[Any]:
        run = agent.start(request.task, additional_args=request.additional_args, max_steps=request.max_steps)
        request.on_cancel = run.interrupt
        events = run.events()
        async with bridge.closing(events):
            async for event in events:
                request.note(event, run.max_steps)
        return run.result()

    await bridge.resolve(_serve(offer, carry_out))


def _serve(offer: Offer, carry_out: Callable[[McpTaskRequest], Any]) -> Any:
    try:
        from ..._bridge.foreign.mcp.serving import serve
    except ImportError as error:
        raise MissingExtraError("serve_mcp", "mcp", "mcp>=2") from error
    return serve(offer, carry_out)
