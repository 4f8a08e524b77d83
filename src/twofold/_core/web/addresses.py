"""Which addresses a tool may connect to: a model chooses URLs, and must not reach what is behind the firewall.

A URL is read once, here; the host that was read is the one that is resolved, checked and connected to.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import ConfigurationError, MissingExtraError, WebAddressRefused, WebRequestError

if TYPE_CHECKING:
    from httpx2 import URL

__all__ = ["AddressPolicy", "WebAddress", "host_of", "is_public", "parse_url", "shown_url"]

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_MAX_URL = 8_000
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")  # the second one: an IPv6 address, without a zone
_NUMERIC = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)")  # how inet_aton reads a part of an IPv4 address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # a public address by which every machine of Azure reaches its host
        "192.0.0.0/24",  # of protocols; not every Python knows it, nor those of IPv6 below
        "3fff::/20",
        "5f00::/16",
        "192.88.99.0/24",  # relays of 6to4
        "64:ff9b:1::/48",  # NAT64 of one's own network
        "2002::/16",  # 6to4: leads to an IPv4 address that is written inside
        "2001::/23",  # of protocols; Teredo, likewise, is among it
        "::/96",  # IPv4-compatible: likewise
    )
)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A URL that was read and may be asked, as far as its text tells.

    Attributes:
        url: The URL in its usual form, without fragment.
        host: Its host in ASCII, without brackets.
        port: Its port.
        shown: The URL without query, for messages: queries may hold keys.
    """

    url: str
    host: str
    port: int
    shown: str


def parse_url(url: str, base: str | None = None, params: Mapping[str, Any] | None = None) -> WebAddress:
    """Read a URL that is to be fetched.

    Args:
        url: The URL; it may be relative where there is a base. Without a scheme it is taken as https.
        base: What it is relative to.
        params: The query, in place of the URL's own.

    Raises:
        WebAddressRefused: It is no http or https URL, or is written in a way that hides where it leads.
    """
    if not isinstance(url, str) or not url.strip():
        raise WebAddressRefused(f"A URL is needed, such as 'https://example.com/page', not {url!r}.")
    text = url.strip()
    if len(text) > _MAX_URL:
        raise WebAddressRefused(
            f"The URL is too long: {len(text)} characters, at most {_MAX_URL} are allowed."
        )
    parsed = _joined(text, base) if base is not None else _absolute(text)
    shown = shown_url(parsed)
    if parsed.scheme not in _PORTS:
        raise WebAddressRefused(
            f"{_cut(text)}: only http and https URLs can be fetched, not {parsed.scheme or 'ones without a scheme'!r}."
        )
    if parsed.userinfo:
        raise WebAddressRefused(f"{shown}: a URL with a user name or a password in it is not fetched.")
    host = parsed.raw_host.decode("ascii").lower().rstrip(".")
    if not host:
        raise WebAddressRefused(f"{_cut(text)}: the URL has no host.")
    _check_host(host, shown)
    if params:
        parsed = parsed.copy_merge_params(params)
    port = parsed.port or _PORTS[parsed.scheme]
    if not 0 < port < 65536:
        raise WebAddressRefused(f"{shown}: the port {port} does not exist.")
    return WebAddress(str(parsed.copy_with(fragment=None)), host, port, shown)


def _absolute(text: str) -> URL:
    has_scheme = re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:(?!\d+(?:[/?#]|$))", text)
    return _url(text if has_scheme else f"https://{text.lstrip('/')}")


def _joined(text: str, base: str) -> URL:
    from httpx2 import InvalidURL

    try:
        return _url(base).join(text)
    except (InvalidURL, ValueError) as error:
        raise WebAddressRefused(f"{_cut(text)!r} is no URL that can be fetched: {error}") from error


def _url(text: str) -> URL:
    try:
        from httpx2 import URL, InvalidURL
    except ImportError as error:
        raise MissingExtraError("This tool", "web", "httpx2") from error
    try:
        return URL(text)
    except (InvalidURL, ValueError) as error:
        raise WebAddressRefused(f"{_cut(text)!r} is no URL that can be fetched: {error}") from error


def _check_host(host: str, shown: str) -> None:
    """Refuse what is no name, and IPv4 addresses in forms that only inet_aton knows: 2130706433, 0x7f.1."""
    if not _NAME.fullmatch(host):
        raise WebAddressRefused(f"{shown}: {host!r} is no name of a host.")
    if ":" in host or not _NUMERIC.fullmatch(host.rpartition(".")[2]):
        return
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise WebAddressRefused(
            f"{shown}: {host!r} is neither a name nor an address in its usual form, such as 192.0.2.1."
        ) from None


def shown_url(url: URL | str) -> str:
    """Return a URL for a message: without user, password, query and fragment."""
    parsed = _url(url) if isinstance(url, str) else url
    return _cut(str(parsed.copy_with(username=None, password=None, query=None, fragment=None)))


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "…"


def host_of(text: str) -> str:
    """Return an entry of ``allowed_hosts`` in the form in which hosts are compared: ``host`` or ``host:port``."""
    entry = text.strip().lower()
    if not entry or "/" in entry or "@" in entry:
        raise ConfigurationError(
            f"allowed_hosts are names or addresses, with or without a port, such as 'intranet:8080'; not {text!r}."
        )
    return entry.strip("[]") if entry.endswith("]") else entry.replace("[", "").replace("]", "")


def is_public(address: IPAddress) -> bool:
    """Say whether an address belongs to the public internet, and leads nowhere else by way of a translation."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        inner = address.ipv4_mapped
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    if any(address.version == network.version and address in network for network in _REFUSED_NETWORKS):
        return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be connected to.

    Attributes:
        allow_private_addresses: Whether all may.
        allowed_hosts: Hosts that may be connected to wherever they lead, as ``host`` or ``host:port``.
    """

    allow_private_addresses: bool = False
    allowed_hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, allow_private_addresses: bool, allowed_hosts: Iterable[str]) -> AddressPolicy:
        """Make a policy of what a user said."""
        if isinstance(allowed_hosts, str):
            raise ConfigurationError(
                f"allowed_hosts is a list of hosts, not the text {allowed_hosts!r}: write [{allowed_hosts!r}]."
            )
        return cls(bool(allow_private_addresses), frozenset(host_of(host) for host in allowed_hosts))

    def trusts(self, host: str, port: int) -> bool:
        """Say whether a host may be connected to wherever it leads."""
        name = host.lower().rstrip(".")
        return (
            self.allow_private_addresses
            or name in self.allowed_hosts
            or f"{name}:{port}" in self.allowed_hosts
        )

    def usable(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """Return the addresses of a host that may be connected to.

        One address of the local network among them refuses them all: such a name is made to deceive.

        Args:
            host: The host, as in the URL.
            port: The port.
            addresses: What its name was resolved to.

        Raises:
            WebAddressRefused: It leads to an address that is not public.
            WebRequestError: There is no address.
        """
        found = list(dict.fromkeys(addresses))
        if not found:
            raise WebRequestError(
                f"{host} could not be found: its name has no address. Is it written correctly?"
            )
        if self.trusts(host, port):
            return found
        for text in found:
            if not _is_public_text(text):
                leads = "" if text == host else f", which leads to {text},"
                raise WebAddressRefused(
                    f"{host}{leads} is not on the public internet, so it is not fetched. "
                    "Addresses of the own machine and network are off limits here."
                )
        return found


def _is_public_text(text: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(text))
    except ValueError:
        return False
