# Generated from src/twofold/_async/tools/web_client.py by `nox -s codegen`. Do not edit.
"""``WebClient``: fetching from the web on behalf of a model, which may choose any URL.

Every fetch has connections of its own and leaves none behind, so a client can be shared by everybody and
needs no closing. What is decided from what was read (addresses, bodies, statuses) is in the core.
"""

from __future__ import annotations

import functools
import json as json_module
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError, MissingExtraError, WebAddressRefused, WebRequestError
from ..._core.version import __version__
from ..._core.web.addresses import AddressPolicy, WebAddress, parse_url
from ..._core.web.replies import BodyReader, WebResponse, status_error

__all__ = ["WebClient"]

_REDIRECTS = (301, 302, 303, 307, 308)
_CONNECT_SECONDS = 10.0


class WebClient:
    """Fetches URLs for tools: within limits, and never from the own machine or network unless allowed.

    A host's name is resolved once for each connection, every address is checked, and the connection goes to
    an address that was checked; so it is at each redirect. Proxies of the environment are not used.

    Args:
        timeout: Seconds that one fetch may take, redirects included.
        max_bytes: How much of a body is read, in bytes after unpacking; the rest is left.
        max_redirects: How many redirects are followed.
        allow_private_addresses: Allow all addresses, those of the own machine and network too.
        allowed_hosts: Hosts that are allowed wherever they lead, such as ``"intranet"`` or
            ``"localhost:8080"``.
        user_agent: How the client introduces itself.
        verify: Whether certificates are checked, or an ``ssl.SSLContext``.
        resolver: A function, which may be asynchronous, of host and port that returns addresses as texts; the
            system's if None.

    Raises:
        ConfigurationError: An argument is not what it has to be.
        MissingExtraError: The HTTP library is not installed; raised when something is fetched.

    Example:
        >>> from twofold import WebClient
        >>> page = WebClient(timeout=10).fetch("https://example.com")  # doctest: +SKIP
        >>> page.status, page.content_type  # doctest: +SKIP
        (200, 'text/html')
    """

    def __init__(
        self,
        *,
        timeout: float = 20.0,
        max_bytes: int = 5_000_000,
        max_redirects: int = 5,
        allow_private_addresses: bool = False,
        allowed_hosts: Iterable[str] = (),
        user_agent: str | None = None,
        verify: Any = True,
        resolver: Callable[[str, int], Any] | None = None,
    ) -> None:
        if timeout <= 0 or max_bytes <= 0 or max_redirects < 0:
            raise ConfigurationError(
                f"timeout and max_bytes must be positive and max_redirects not negative; got {timeout!r}, "
                f"{max_bytes!r} and {max_redirects!r}."
            )
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.max_redirects = max_redirects
        self.policy = AddressPolicy.of(allow_private_addresses, allowed_hosts)
        self.user_agent = user_agent or f"Mozilla/5.0 (compatible; twofold/{__version__})"
        self._verify = verify
        self._resolver = resolver
        self._made_context: Any = None
        self._preparing = bridge.Lock()

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
        json: Any = None,
        allowed_hosts: Iterable[str] = (),
    ) -> WebResponse:
        """Fetch a URL.

        Args:
            url: The URL.
            method: The HTTP method.
            params: A query, added to that of the URL.
            headers: Headers; they are not sent on to another host.
            form: Fields of a form, as the request's body.
            json: Data, as the request's body.
            allowed_hosts: Hosts that are allowed for this fetch, beside the client's own.

        Returns:
            The reply, if its status is one of success.

        Raises:
            WebAddressRefused: The URL, or one it redirects to, may not be connected to.
            WebRequestError: It could not be fetched, or answered with an error.
        """
        if "httpcore2" not in sys.modules:
            bridge.call_blocking(_library)  # importing it takes long enough to hold up others
        policy = self.policy
        if allowed_hosts:
            more = AddressPolicy.of(policy.allow_private_addresses, allowed_hosts).allowed_hosts
            policy = AddressPolicy(policy.allow_private_addresses, policy.allowed_hosts | more)
        request = _request_of(parse_url(url, params=params), method, dict(headers or {}), form, json)

        def too_late() -> WebRequestError:
            return WebRequestError(
                f"{request.address.shown} did not answer within {self.timeout:g} s. "
                "Try again later, or take another source.",
                url=request.address.shown,
            )

        fetch = functools.partial(self._follow, request, policy)
        return bridge.run_with_timeout(fetch, self.timeout, too_late)

    def _follow(self, request: _Request, policy: AddressPolicy) -> WebResponse:
        cookies: dict[tuple[str, str], str] = {}
        for _ in range(self.max_redirects + 1):
            response, said = self._send(request, policy, cookies)
            if response.status not in _REDIRECTS or "location" not in response.headers:
                if response.status >= 300:
                    raise status_error(response, request.address.shown)
                return response
            _keep_cookies(cookies, request.address.host, said)
            request = request.redirected(response)
        raise WebRequestError(
            f"{request.address.shown}: there were more than {self.max_redirects} redirects. Take another source.",
            url=request.address.shown,
        )

    def _send(
        self, request: _Request, policy: AddressPolicy, cookies: Mapping[tuple[str, str], str]
    ) -> tuple[WebResponse, list[str]]:
        """Send one request over a connection of its own; return the reply, and the cookies that it sets."""
        http = _library()
        backend = _CheckedConnections(policy, self._resolver)
        context = self._ssl_context(request.address)
        try:
            with (
                http.ConnectionPool(
                    ssl_context=context,
                    max_keepalive_connections=0,
                    network_backend=backend,
                ) as pool,
                pool.stream(
                    request.method,
                    request.address.url,
                    headers=self._headers(request, cookies),
                    content=request.body,
                    extensions={"timeout": self._timeouts()},
                ) as reply,
            ):
                return self._read(request, reply)
        except http.TimeoutException as error:
            raise WebRequestError(
                f"{request.address.shown} did not answer in time. Try again later, or take another source.",
                url=request.address.shown,
            ) from error
        except (http.NetworkError, http.ProtocolError, http.UnsupportedProtocol) as error:
            why = f": {error}" if str(error) else ""
            raise WebRequestError(
                f"{request.address.shown} could not be fetched ({type(error).__name__}{why}). "
                "Check the URL, or take another source.",
                url=request.address.shown,
            ) from error

    def _read(self, request: _Request, reply: Any) -> tuple[WebResponse, list[str]]:
        headers: dict[str, str] = {}
        cookies: list[str] = []
        for raw_name, raw_value in reply.headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            if name == "set-cookie":
                cookies.append(value)
            headers[name] = value
        is_redirect = reply.status in _REDIRECTS and "location" in headers
        body = BodyReader(
            "" if is_redirect else headers.get("content-encoding", ""), self.max_bytes, request.address.shown
        )
        if not is_redirect:
            with bridge.closing(reply.iter_stream()) as pieces:
                for piece in pieces:
                    body.feed(piece)
                    if body.is_full:
                        break
        content, is_cut = body.finish()
        return WebResponse(request.address.url, reply.status, headers, content, is_cut), cookies

    def _headers(self, request: _Request, cookies: Mapping[tuple[str, str], str]) -> dict[str, str]:
        host = request.address.host
        sent = "; ".join(f"{name}={value}" for (owner, name), value in cookies.items() if owner == host)
        return {
            "User-Agent": self.user_agent,
            "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,text/*;q=0.9,*/*;q=0.5",
            "Accept-Language": "en;q=0.9,*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            **request.headers,
            **({"Cookie": sent} if sent else {}),
        }

    def _timeouts(self) -> dict[str, float]:
        return {
            "connect": min(_CONNECT_SECONDS, self.timeout),
            "read": self.timeout,
            "write": self.timeout,
            "pool": self.timeout,
        }

    def _ssl_context(self, address: WebAddress) -> Any:
        """Return what TLS needs to know; the certificates are read once, when they are first needed."""
        if self._made_context is None and address.url.startswith("https:"):
            with self._preparing:
                if self._made_context is None:
                    self._made_context = bridge.call_blocking(_make_ssl_context, self._verify)
        return self._made_context


@functools.cache
def _make_ssl_context(verify: Any) -> Any:
    from httpx2 import create_ssl_context

    return create_ssl_context(verify=verify, trust_env=True)


@dataclass(frozen=True)
class _Request:
    """One request of a fetch."""

    address: WebAddress
    method: str
    headers: dict[str, str]
    body: bytes | None = None

    def redirected(self, response: WebResponse) -> _Request:
        """Return the request that a reply redirects to."""
        address = parse_url(response.headers["location"], base=self.address.url)
        if self.address.url.startswith("https:") and address.url.startswith("http:"):
            raise WebAddressRefused(
                f"{self.address.shown} redirects from https to http, which is not followed.",
                url=self.address.shown,
            )
        kept = dict(self.headers)
        method, body = self.method, self.body
        if response.status == 303 or (response.status in (301, 302) and method == "POST"):
            method, body = "GET", None
            kept = {name: value for name, value in kept.items() if name.lower() != "content-type"}
        if (address.host, address.port) != (self.address.host, self.address.port):
            kept, body = {}, None  # keys are for the one host that they were given for
        return _Request(address, "GET" if body is None and method == "POST" else method, kept, body)


def _request_of(
    address: WebAddress,
    method: str,
    headers: dict[str, str],
    form: Mapping[str, Any] | None,
    json: Any,
) -> _Request:
    from urllib.parse import urlencode

    body = None
    if form is not None:
        body = urlencode({key: value for key, value in form.items() if value is not None}).encode("ascii")
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    elif json is not None:
        body = json_module.dumps(json).encode("utf-8")
        headers = {"Content-Type": "application/json", **headers}
    return _Request(address, method.upper(), headers, body)


def _keep_cookies(cookies: dict[tuple[str, str], str], host: str, said: Iterable[str]) -> None:
    """Keep the cookies of a redirect for the same host: some sites redirect until they come back."""
    from http.cookies import CookieError, SimpleCookie

    for text in said:
        try:
            cookies.update({(host, name): item.coded_value for name, item in SimpleCookie(text).items()})
        except CookieError:
            pass


class _CheckedConnections:
    """Connects, for the HTTP library, to addresses that were checked, and to nothing else.

    The library asks for a host by its name and keeps that name for the Host header and for TLS, so the
    certificate is still checked against it. A name is resolved here, once: there is no second answer.
    """

    def __init__(self, policy: AddressPolicy, resolver: Callable[[str, int], Any] | None) -> None:
        self._policy = policy
        self._resolver = resolver
        self._backend = _library().SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> Any:
        found = self._addresses(host, port, timeout)
        usable = self._policy.usable(host, port, found)
        failure: Exception | None = None
        for address in usable[:4]:
            try:
                return self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (_library().ConnectError, _library().ConnectTimeout) as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> Any:
        raise WebAddressRefused("Sockets of the own machine are not connected to.")

    def sleep(self, seconds: float) -> None:
        bridge.sleep(seconds)

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        if self._resolver is not None:
            return [str(address) for address in bridge.call_user(self._resolver, host, port)]

        def look_up() -> list[str]:
            return bridge.call_blocking(_look_up, host, port)

        def too_late() -> WebRequestError:
            return WebRequestError(f"{host} could not be looked up in time. Try again later.")

        return bridge.run_with_timeout(look_up, timeout, too_late)


def _look_up(host: str, port: int) -> list[str]:
    import socket

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebRequestError(
            f"{host} could not be found ({error}). Check that it is written correctly."
        ) from error
    return [str(entry[4][0]) for entry in found]


def _library() -> Any:
    try:
        import httpcore2
        import httpx2  # noqa: F401 - reads URLs
    except ImportError as error:
        raise MissingExtraError("This tool", "web", "httpx2") from error
    return httpcore2
