"""An MCP server whose one tool gives tasks to an agent, over stdio or streamable HTTP."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from pydantic_core import to_jsonable_python

from ...._core.errors import ConfigurationError, TwofoldError
from ...._core.mcp.offer import McpTaskRequest, Offer, is_loopback
from ...._core.media.images import is_image
from .handlers import Mailbox, call_handler

__all__ = ["serve"]

logger = logging.getLogger("twofold.mcp")

CarryOut = Callable[[McpTaskRequest], Any]
"""Works on a task and returns a ``RunResult``; ``async def``, or ``def`` which is called on a thread."""


async def serve(offer: Offer, carry_out: CarryOut) -> None:
    """Serve until the client has gone (stdio), or until cancelled (HTTP).

    Args:
        offer: How the agent is offered.
        carry_out: Lets it work on a task.
    """
    server = _Tasks(offer, carry_out).server()
    if offer.transport == "stdio":
        async with stdio_server() as (
            reading,
            writing,
        ):  # from here on, the SDK keeps descriptor 1 for itself
            with _prints_aside():
                await server.run(reading, writing, server.create_initialization_options())
    else:
        await _serve_http(server, offer)


@contextlib.contextmanager
def _prints_aside() -> Iterator[None]:
    """Let what the agent prints go to standard error, and none of it wait for standard output to be given back."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdout.flush()  # what those wrote who had got hold of it before


class _Tasks:
    """The handlers of the server."""

    def __init__(self, offer: Offer, carry_out: CarryOut) -> None:
        self._offer = offer
        self._carry_out = carry_out
        self._places = asyncio.Semaphore(offer.max_tasks) if offer.max_tasks else contextlib.nullcontext()

    def server(self) -> Server[Any]:
        return Server(
            "twofold",
            version=self._offer.version,
            instructions=self._offer.instructions,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )

    async def _list_tools(self, context: Any, params: Any) -> types.ListToolsResult:
        tool = types.Tool(
            name=self._offer.tool, description=self._offer.description, input_schema=self._offer.input_schema
        )
        return types.ListToolsResult(tools=[tool])

    async def _call_tool(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name != self._offer.tool:
            return _failure(f"There is no tool {params.name!r}; there is {self._offer.tool!r}.")
        progress = _Progress(context.session)
        try:
            request = McpTaskRequest.read(params.arguments, progress.report)
            async with self._places:
                result = await self._work(request)
        except ConfigurationError as error:
            return _failure(str(error))
        except TwofoldError as error:
            logger.info("a task failed: %s", error)
            return _failure(f"{type(error).__name__}: {error}")
        except Exception as error:
            logger.exception("a task failed")
            return _failure(
                f"The agent failed: {type(error).__name__}"
            )  # what else it says is not the client's
        finally:
            await progress.end()
        note = {"twofold/state": result.state, "twofold/steps": len(result.steps or ())}
        return types.CallToolResult(content=_content(result.output), _meta=note)

    async def _work(self, request: McpTaskRequest) -> Any:
        try:
            return await call_handler(self._carry_out, request)
        except asyncio.CancelledError:
            if request.on_cancel is not None:
                request.on_cancel()
            raise


class _Progress:
    """Tells the client of steps, in order, from whichever thread they are reported."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._box = Mailbox(self._send, "progress report")
        self._last = -1.0

    def report(self, progress: float, total: float, message: str) -> None:
        self._loop.call_soon_threadsafe(self._box.put, (progress, total, message))

    async def end(self) -> None:
        await asyncio.sleep(0)  # what was reported on a thread arrives as a callback of the loop
        await self._box.drain()

    async def _send(self, report: tuple[float, float, str]) -> None:
        progress, total, message = report
        if progress <= self._last:  # the protocol wants it to grow
            progress = self._last + 0.001
        self._last = progress
        await self._session.report_progress(progress, max(total, progress), message)


def _failure(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


def _content(answer: Any) -> list[types.ContentBlock]:
    if is_image(answer):
        data = io.BytesIO()
        answer.save(data, format="PNG")
        text = base64.b64encode(data.getvalue()).decode("ascii")
        return [types.ImageContent(type="image", data=text, mime_type="image/png")]
    return [types.TextContent(type="text", text=answer if isinstance(answer, str) else _json(answer))]


def _json(answer: Any) -> str:
    return json.dumps(to_jsonable_python(answer, fallback=str, bytes_mode="base64"), ensure_ascii=False)


# HTTP -----------------------------------------------------------------------------------------------


class _Uvicorn(uvicorn.Server):
    """Leaves the process's signals alone: whoever serves decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve_http(server: Server[Any], offer: Offer) -> None:
    if not is_loopback(offer.host):
        logger.warning(
            "%s can be reached by others, and whoever reaches it may give the agent tasks", offer.host
        )
    app = server.streamable_http_app(streamable_http_path=offer.path, host=offer.host)
    with _listen(offer) as listener:
        config = uvicorn.Config(app, log_config=None, log_level="warning", timeout_graceful_shutdown=2)
        web = _Uvicorn(config)
        if offer.on_listening is not None:
            host = f"[{offer.host}]" if ":" in offer.host else offer.host
            offer.on_listening(f"http://{host}:{listener.getsockname()[1]}{offer.path}")
        serving = asyncio.create_task(web.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            web.should_exit = web.force_exit = True
            await asyncio.wait([serving])
            raise


@contextlib.contextmanager
def _listen(offer: Offer) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in offer.host else socket.AF_INET
    # the protocol is named, or else asyncio would not turn off Nagle's algorithm: 40 ms for each answer
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((offer.host, offer.port))
        except OSError as error:
            raise ConfigurationError(f"Nothing can listen at {offer.host}:{offer.port}: {error}.") from error
        listener.listen(1024)
        yield listener
