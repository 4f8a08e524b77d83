"""The HTTP client under the openai SDK in the async half: its own, on aiohttp, by a shorter way.

A client of httpx is made for every kind of request: for each it merges URLs, headers, cookies and parameters,
and then asks who has to log in, and whether to follow a redirect. To post JSON to one address again and again
takes none of that. Whatever does, takes the long way, as it would without this.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

__all__ = ["make_http_client"]

_URLS = 16


def make_http_client(openai: Any, *, timeout: Any, max_connections: int) -> Any:
    """Return a client for the SDK that is quick, and good for many requests at once.

    Args:
        openai: The SDK.
        timeout: How long requests may take, as the SDK's client has it.
        max_connections: How many connections are open at once at most.
    """
    limits_class = type(openai.DEFAULT_CONNECTION_LIMITS)
    library = importlib.import_module(limits_class.__module__.partition(".")[0])  # httpx, or its successor
    limits = limits_class(
        max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=15.0
    )
    return _client_class(openai.DefaultAioHttpClient, library)(timeout=timeout, limits=limits)


@functools.cache
def _client_class(base: Any, library: Any) -> Any:
    request_class, url_class, timeout_class = library.Request, library.URL, library.Timeout

    class ShortWayClient(base):  # type: ignore[misc]
        """The SDK's own client on aiohttp, that takes the short way where nothing is lost by it."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self._urls: dict[str, Any] = {}
            transport = getattr(self, "_transport", None)
            has_proxies = bool(getattr(self, "_mounts", True))
            self._shortly = None if has_proxies else getattr(transport, "handle_async_request", None)

        def build_request(self, method: Any, url: Any, **options: Any) -> Any:
            timeout, headers = options.pop("timeout", None), options.pop("headers", None)
            content = options.pop("content", None)
            if (
                self._shortly is None
                or not isinstance(timeout, timeout_class)
                or not isinstance(headers, list)
                or any(options.values())
            ):
                return super().build_request(
                    method, url, timeout=timeout, headers=headers, content=content, **options
                )
            return request_class(
                method,
                self._url(url),
                headers=[("accept-encoding", self._encodings), *headers],
                content=content,
                extensions={"timeout": timeout.as_dict()},
            )

        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            if self._shortly is None or options or self.is_closed:
                return await super().send(request, stream=stream, **options)
            response = await self._shortly(request)
            response.request = request
            if response.has_redirect_location:
                await response.aclose()
                self._shortly = None
                return await super().send(request, stream=stream)
            if "set-cookie" in response.headers:
                self.cookies.extract_cookies(response)
                self._shortly = None  # cookies are sent by the long way only
            if not stream:
                try:
                    await response.aread()
                except BaseException:
                    await response.aclose()
                    raise
            return response

        @functools.cached_property
        def _encodings(self) -> str:
            return str(self.headers.get("accept-encoding", "gzip, deflate"))

        def _url(self, url: Any) -> Any:
            known = self._urls.get(url)
            if known is None:
                known = url_class(url)
                if len(self._urls) < _URLS:
                    self._urls[url] = known
            return known

    return ShortWayClient
