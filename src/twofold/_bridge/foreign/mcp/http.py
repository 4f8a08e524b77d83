"""The HTTP client of MCP connections: failures to connect become answers that say so.

The SDK's transport ends a whole session, with every call under way, when one request cannot be sent. As an
answer, the failure ends that request alone, and says whether the request can have reached the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from ...._core.mcp.servers import McpServer

__all__ = ["LOST", "NOT_SENT", "REFUSED", "SESSION_GONE", "make_http_client", "make_sse_client"]

NOT_SENT = -31001
"""The code of a request that has not reached the server."""
LOST = -31002
"""The code of a request that was sent, and whose answer did not come."""
REFUSED = -31003
"""The code of a request that was answered with an HTTP status instead of an MCP message."""
SESSION_GONE = -31004
"""The code of a request that was refused because the server no longer knows the session."""

_SHOWN_BODY = 300
_KNOWN_STATUSES = (400, 404, 405)  # the SDK understands these by itself: they may mean an older server


class AnsweringClient(httpx2.AsyncClient):
    """Answers with a JSON-RPC error where a request fails on its way, or at a proxy."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request; see ``httpx2.AsyncClient.send``."""
        response = await self._answer(request, options)
        if request.method == "DELETE" and response.status_code >= 400:
            await response.aclose()
            return httpx2.Response(204, request=request)  # the session to be ended is no more: all is well
        return response

    async def _answer(self, request: httpx2.Request, options: Mapping[str, Any]) -> httpx2.Response:
        try:
            response = await super().send(request, **options)
        except (
            httpx2.ConnectError,
            httpx2.ConnectTimeout,
            httpx2.PoolTimeout,
            httpx2.UnsupportedProtocol,
        ) as error:
            return _failure(request, 503, NOT_SENT, f"cannot be reached: {_words(error)}")
        except httpx2.TransportError as error:
            return _failure(request, 502, LOST, f"did not answer: {_words(error)}")
        if response.status_code == 404 and "mcp-session-id" in request.headers:
            await response.aclose()
            return _failure(request, 404, SESSION_GONE, "no longer knows the session")
        if response.status_code < 400 or response.status_code in _KNOWN_STATUSES or _is_json(response):
            return response
        return await _explained(response)


class SseClient(httpx2.AsyncClient):
    """Tells when a message could not be delivered: the SDK's SSE transport lets its caller wait for ever."""

    def __init__(self, on_failure: Callable[[str], object], **options: Any) -> None:
        super().__init__(**options)
        self._on_failure = on_failure

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request; see ``httpx2.AsyncClient.send``."""
        try:
            response = await super().send(request, **options)
        except httpx2.TransportError as error:
            self._failed(request, _words(error))
            raise
        if response.status_code >= 400:
            self._failed(request, f"it answered HTTP {response.status_code} {response.reason_phrase}")
        return response

    def _failed(self, request: httpx2.Request, reason: str) -> None:
        if request.method == "POST":
            self._on_failure(reason)


def make_http_client(server: McpServer) -> AnsweringClient:
    """Return a client for the requests to a streamable HTTP server."""
    return AnsweringClient(**_settings(server))


def make_sse_client(server: McpServer, on_failure: Callable[[str], object]) -> SseClient:
    """Return a client for the requests to an SSE server."""
    return SseClient(on_failure, **_settings(server))


def _settings(server: McpServer) -> dict[str, Any]:
    return {
        "headers": dict(server.headers or {}),
        "timeout": httpx2.Timeout(server.timeout, read=server.sse_read_timeout),
        "auth": server.auth,
        # each call under way holds a connection, and the stream of changes holds one for good
        "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=20),
    }


async def _explained(response: httpx2.Response) -> httpx2.Response:
    status = response.status_code
    try:
        body = (await response.aread())[:_SHOWN_BODY].decode("utf-8", "replace").strip()
    except httpx2.HTTPError:
        body = ""
    finally:
        await response.aclose()
    phrase = response.reason_phrase
    hint = "; check the headers or auth of the server's description" if status in (401, 403) else ""
    said = f": {body}" if body and "<" not in body else ""
    text = f"answered HTTP {status} {phrase}".rstrip() + hint + said
    return _failure(response.request, status, REFUSED, text, response.headers)


def _failure(
    request: httpx2.Request, status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    kept = {key: value for key, value in (headers or {}).items() if key.lower() == "www-authenticate"}
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    return httpx2.Response(status, json=body, headers=kept, request=request)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_json(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").lower().startswith("application/json")
