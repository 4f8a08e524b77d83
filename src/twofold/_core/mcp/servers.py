"""Descriptions of MCP servers as users give them, read into one form."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from ..errors import ConfigurationError

__all__ = ["McpServer", "ServerKind", "read_servers"]

ServerKind = Literal["stdio", "streamable-http", "sse"]

_KINDS: dict[str, ServerKind] = {
    "stdio": "stdio",
    "streamable-http": "streamable-http",
    "streamable_http": "streamable-http",
    "http": "streamable-http",
    "sse": "sse",
}
_COMMON = ("name", "tools", "transport", "type")
_STDIO = ("command", "args", "env", "cwd", "encoding", "encoding_error_handler")
_HTTP = ("url", "headers", "timeout", "sse_read_timeout", "auth")


@dataclass(frozen=True)
class McpServer:
    """How one MCP server is started or reached.

    Attributes:
        kind: The transport.
        name: The name that the user gave it.
        tools: The names of the tools to offer, as the server calls them; all if None.
        command: The program of a stdio server.
        args: Its arguments.
        env: Environment variables for it, besides the harmless ones that it inherits.
        cwd: The directory it runs in.
        encoding: The encoding of its messages.
        encoding_error_handler: What becomes of bytes that are none.
        url: The address of an HTTP server.
        headers: Headers of each request. Not shown, since they may hold keys.
        timeout: Seconds for an HTTP request to be sent and answered, streams apart.
        sse_read_timeout: Seconds that a stream of events may be silent.
        auth: An ``httpx2.Auth``, such as the OAuth providers of the MCP SDK.
    """

    kind: ServerKind
    name: str | None = None
    tools: tuple[str, ...] | None = None
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] | None = field(default=None, repr=False)
    cwd: str | None = None
    encoding: str = "utf-8"
    encoding_error_handler: Literal["strict", "ignore", "replace"] = "strict"
    url: str = ""
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    timeout: float = 30.0
    sse_read_timeout: float = 300.0
    auth: Any = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """What the server is called in messages, as long as nothing better is known; without secrets."""
        if self.name:
            return self.name
        if self.kind == "stdio":
            return PurePath(self.command).name
        return urlsplit(self.url).netloc.rpartition("@")[2]


def read_servers(servers: Any) -> list[McpServer]:
    """Read the servers that a user describes.

    Args:
        servers: One server, a list of servers, or a mapping from names to servers (also below the key
            ``mcpServers``, as in the configuration files of other programs). A server is a URL, a command
            line, a dict with ``url`` or ``command``, or a ``StdioServerParameters`` of the MCP SDK.

    Raises:
        ConfigurationError: It is no such description.
    """
    if isinstance(servers, Mapping):
        named = servers.get("mcpServers", servers)
        if "url" not in servers and "command" not in servers:
            return _named_servers(named)
    elif isinstance(servers, Sequence) and not isinstance(servers, str | bytes):
        if not servers:
            raise ConfigurationError("There is no MCP server in the list.")
        return [_read_server(server) for server in servers]
    return [_read_server(servers)]


def _named_servers(servers: Any) -> list[McpServer]:
    if not isinstance(servers, Mapping) or not servers:
        raise ConfigurationError(
            f"MCP servers by name must be a dict with at least one server in it, not {servers!r}."
        )
    for name, server in servers.items():
        if isinstance(server, str) and "://" not in server and name not in ("server",):
            raise ConfigurationError(
                f"The MCP server {name!r} must be a dict with 'url' or 'command', or a URL; got {server!r}. "
                f"A single server needs the key 'url' or 'command'."
            )
    return [_read_server(server, name=str(name)) for name, server in servers.items()]


def _read_server(server: Any, name: str | None = None) -> McpServer:
    if isinstance(server, McpServer):
        return server
    if isinstance(server, str):
        return _read_text(server, name)
    if isinstance(server, Mapping):
        return _read_mapping(server, name)
    if hasattr(server, "command") and hasattr(server, "args"):  # StdioServerParameters, without its module
        given = {key: getattr(server, key) for key in _STDIO if getattr(server, key, None) is not None}
        return _read_mapping(given, name)
    raise ConfigurationError(
        "An MCP server is a URL, a command line, a dict with 'url' or 'command', or a "
        f"StdioServerParameters; got {type(server).__name__}."
    )


def _read_text(text: str, name: str | None) -> McpServer:
    if "://" in text:
        return _read_mapping({"url": text}, name)
    words = shlex.split(text, posix=os.name != "nt")
    if not words:
        raise ConfigurationError("The MCP server's command is empty.")
    return McpServer("stdio", name=name, command=words[0], args=tuple(words[1:]))


def _read_mapping(given: Mapping[str, Any], name: str | None) -> McpServer:
    what = f"The MCP server {name!r}" if name else "The MCP server"
    kind = _kind_of(given, what)
    fields = _STDIO if kind == "stdio" else _HTTP
    for key in given:
        if key not in (*_COMMON, *fields):
            raise ConfigurationError(
                f"{what} has {key!r}, which a {kind} server does not have; "
                f"it may have {', '.join((*fields, *_COMMON))}."
            )
    values: dict[str, Any] = {key: given[key] for key in fields if given.get(key) is not None}
    values["name"] = name or given.get("name")
    values["tools"] = _strings(given.get("tools"), "tools", what)
    if kind == "stdio":
        _check_stdio(values, what)
    else:
        _check_http(values, what)
    return McpServer(kind, **values)


def _kind_of(given: Mapping[str, Any], what: str) -> ServerKind:
    stated = given.get("transport", given.get("type"))
    if stated is not None:
        if stated not in _KINDS:
            raise ConfigurationError(
                f"{what} has the transport {stated!r}; use 'stdio', 'streamable-http' or 'sse'."
            )
        kind = _KINDS[stated]
    else:
        kind = "stdio" if "command" in given else "streamable-http"
    needed = "command" if kind == "stdio" else "url"
    if not isinstance(given.get(needed), str) or not given[needed].strip():
        raise ConfigurationError(
            f"{what} needs a {needed!r} that is a text (transport {kind}); got {given.get(needed)!r}."
        )
    return kind


def _check_stdio(values: dict[str, Any], what: str) -> None:
    values["args"] = _strings(values.get("args", ()), "args", what) or ()
    values["env"] = _texts(values.get("env"), "env", what)
    if "cwd" in values:
        values["cwd"] = os.fspath(values["cwd"])


def _check_http(values: dict[str, Any], what: str) -> None:
    parts = urlsplit(values["url"])
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigurationError(
            f"{what}: the url must begin with http:// or https://; got {values['url']!r}."
        )
    values["headers"] = _texts(values.get("headers"), "headers", what)
    for key in ("timeout", "sse_read_timeout"):
        if key in values:
            values[key] = _seconds(values[key], key, what)


def _seconds(value: Any, key: str, what: str) -> float:
    seconds = value.total_seconds() if hasattr(value, "total_seconds") else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise ConfigurationError(f"{what}: {key} must be a positive number of seconds, not {value!r}.")
    return float(seconds)


def _strings(value: Any, key: str, what: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ConfigurationError(f"{what}: {key} must be a list of texts, not {value!r}.")
    if not all(isinstance(item, str) for item in value):
        raise ConfigurationError(f"{what}: {key} must be a list of texts; got {list(value)!r}.")
    return tuple(cast("Sequence[str]", value))


def _texts(value: Any, key: str, what: str) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and isinstance(text, str) for name, text in value.items()
    ):
        # values may be secrets: they stay out of the message
        raise ConfigurationError(f"{what}: {key} must be a dict from texts to texts.")
    return dict(value)
