"""Settings of a ``Browser``, and the texts that models get; what it does is tested in a real one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import twofold
import twofold.aio
from twofold import ConfigurationError, WebAddressRefused
from twofold._core.web.browsing import BrowserSettings, did_you_mean, part_of


@pytest.mark.parametrize("api", [twofold, twofold.aio])
def test_the_tools_are_there_before_the_browser(api: Any) -> None:
    browser = api.Browser()
    assert [tool.name for tool in browser.tools] == [
        *("go_to", "read_page", "click", "write", "press", "search_item_ctrl_f"),
        *("scroll_down", "scroll_up", "go_back", "close_popups"),
    ]
    assert all(tool.output_type == "string" for tool in browser.tools)
    assert all(tool.is_async == (api is twofold.aio) for tool in browser.tools)
    assert not browser.is_open


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"timeout": 0}, "timeout must be a positive number of seconds"),
        ({"max_output_length": 0}, "max_output_length must be at least 1"),
        ({"viewport": (0, 5)}, "viewport must be a width and a height"),
        ({"allowed_hosts": "example.com"}, "allowed_hosts must be a list of hosts"),
        ({"allowed_hosts": ["https://example.com"]}, "allowed_hosts must be a list of hosts"),
        ({"allowed_hosts": ["a,b"]}, "allowed_hosts must be a list of hosts"),
        ({"allowed_hosts": ["a"], "launch_options": {"proxy": {}}}, "cannot be used with a proxy"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        twofold.Browser(**settings)


def test_a_machine_without_a_browser_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match="python -m playwright install chromium"):
        BrowserSettings().for_launch("/nowhere/chrome")
    assert (
        BrowserSettings(executable_path="/my/chrome").for_launch("/nowhere")["executable_path"]
        == "/my/chrome"
    )
    assert "executable_path" not in BrowserSettings(launch_options={"channel": "chrome"}).for_launch(
        "/nowhere"
    )


def test_only_allowed_hosts_are_reached_without_the_proxy_that_is_not_there() -> None:
    settings = BrowserSettings(executable_path="c", allowed_hosts=["a.example", "*.b.example"])
    assert settings.for_launch("")["proxy"]["bypass"] == "<-loopback>,a.example,*.b.example"
    assert "proxy" not in BrowserSettings(executable_path="c").for_launch("")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example/x?y=1", "https://a.example/x?y=1"),
        (" a.example ", "https://a.example"),
        ("a.example:8080/x", "https://a.example:8080/x"),
        ("HTTP://A.EXAMPLE", "HTTP://A.EXAMPLE"),
    ],
)
def test_addresses(url: str, address: str) -> None:
    assert BrowserSettings().address(url) == address


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "about:blank", "view-source:http://a",
     "chrome://settings", "ftp://a.example", "http://", "http://a:99999/", "http://["],
)  # fmt: skip
def test_what_is_not_on_the_web_is_refused(url: str) -> None:
    with pytest.raises(WebAddressRefused, match="is no address that this browser goes to"):
        BrowserSettings().address(url)


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("a.example", 443, True),
        ("x.a.example", 443, False),
        ("xa.example", 443, False),
        ("b.example", 443, False),
        ("x.b.example", 443, True),
        ("x.y.b.example", 443, True),
        ("xb.example", 443, False),
        ("c.example", 8000, True),
        ("c.example", 8001, False),
        ("::1", 80, True),
    ],
)
def test_which_hosts_are_allowed(host: str, port: int, allowed: bool) -> None:
    settings = BrowserSettings(allowed_hosts=["A.example", "*.b.example", "c.example:8000", "[::1]"])
    assert settings.allows(host, port) is allowed


@given(st.text(max_size=300), st.integers(1, 40))
def test_all_parts_together_are_the_text(text: str, length: int) -> None:
    count = max(1, -(-len(text) // length))
    parts = [part_of(text, part, length) for part in range(1, count + 1)]
    note = [
        f"\n\n[This is part {n} of {count} of the page.]" if count > 1 else "" for n in range(1, count + 1)
    ]
    assert "".join(part.removesuffix(end) for part, end in zip(parts, note, strict=True)) == text
    assert all(part.endswith(end) for part, end in zip(parts, note, strict=True))


def test_the_most_similar_names_come_first() -> None:
    names = ["Basket", "", "Our  plums", "Basket"]
    assert did_you_mean("our plum", names, "Links") == " Links here: 'Our plums', 'Basket'."
    assert did_you_mean("x", [], "Links") == ""
