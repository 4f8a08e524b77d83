"""Which addresses tools may connect to."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold import WebAddressRefused, WebRequestError
from twofold._core.web.addresses import AddressPolicy, is_public, parse_url

PRIVATE = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *(
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.0.1",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.1",
    ),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "100.100.100.200"),
    *("::", "::1", "::7f00:1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *(
        "2001:db8::1",
        "2001:0:7f00:1::",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "2001:10::1",
        "2002:808:808::",
        "64:ff9b:1::808:808",
    ),
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(WebAddressRefused):
        AddressPolicy().usable("name.example", 80, ["8.8.8.8", address])
    assert AddressPolicy(allow_private_addresses=True).usable("name.example", 80, [address]) == [address]


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert AddressPolicy().usable("name.example", 80, [address, address]) == [address]


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_counts_as_itself(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    assert is_public(ipaddress.IPv6Address((0xFFFF << 32) | number)) == is_public(address)
    assert is_public(ipaddress.IPv6Address((0x64FF9B << 96) | number)) == is_public(address)
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))
    assert not is_public(ipaddress.IPv6Address(number))


@given(
    st.ip_addresses(v=4),
    st.sampled_from(["{0}", "0x{0:x}", "0{0:o}", "0x{1:x}.{2}", "{1}.{2}", "0{1:o}.{3}.{4}"]),
)
def test_other_forms_of_addresses_are_refused(address: ipaddress.IPv4Address, form: str) -> None:
    number = int(address)
    parts = (number, number >> 24, number & 0xFFFFFF, (number >> 16) & 0xFF, number & 0xFFFF)
    with pytest.raises(WebAddressRefused):
        parse_url(f"http://{form.format(*parts)}/")


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "//", "http://a@"]))
def test_any_text_is_a_web_address_or_refused(text: str, start: str) -> None:
    try:
        address = parse_url(start + text)
    except WebAddressRefused:
        return
    assert address.url.startswith(("http://", "https://"))
    assert 0 < address.port < 65536
    assert "@" not in address.shown.partition("//")[2].partition("/")[0]
    assert set(address.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_:")


def test_urls_are_read() -> None:
    address = parse_url("example.com:8080/a b?q=1#part", params={"key": "k&"})
    assert (address.host, address.port) == ("example.com", 8080)
    assert address.url in ("https://example.com:8080/a%20b?q=1&key=k%26",)
    assert address.shown == "https://example.com:8080/a%20b"
    assert parse_url("../x", base="http://example.com/a/b/c").url == "http://example.com/a/x"
    assert parse_url("//other.example/x", base="https://example.com/").host == "other.example"
    assert parse_url("https://Münich.example./").host == "xn--mnich-kva.example"


def test_hosts_are_allowed_by_name_and_port() -> None:
    policy = AddressPolicy.of(False, ["Intranet", "[::1]:8080", "10.0.0.1"])
    assert policy.usable("intranet", 80, ["10.9.9.9"]) == ["10.9.9.9"]
    assert policy.usable("::1", 8080, ["::1"]) == ["::1"]
    assert policy.usable("10.0.0.1", 443, ["10.0.0.1"]) == ["10.0.0.1"]
    for host, port in (("::1", 80), ("intranet.evil", 80), ("10.0.0.2", 443)):
        with pytest.raises(WebAddressRefused):
            policy.usable(host, port, ["10.0.0.2"])
    with pytest.raises(WebRequestError, match="could not be found"):
        policy.usable("intranet", 80, [])
