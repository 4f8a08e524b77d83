"""The HTTP client under the openai SDK in the sync half: the one that the SDK would make itself."""

from __future__ import annotations

from typing import Any

__all__ = ["make_http_client"]


def make_http_client(openai: Any, *, timeout: Any, max_connections: int) -> Any:
    """Return a client for the SDK that many threads may use at once.

    Args:
        openai: The SDK.
        timeout: How long requests may take, as the SDK's client has it.
        max_connections: How many connections are open at once at most.
    """
    limits = type(openai.DEFAULT_CONNECTION_LIMITS)(
        max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=15.0
    )
    return openai.DefaultHttpxClient(timeout=timeout, limits=limits)
