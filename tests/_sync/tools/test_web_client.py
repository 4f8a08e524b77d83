# Generated from tests/_async/tools/test_web_client.py by `nox -s codegen`. Do not edit.
"""Fetching from the web: what is allowed, how much is read, and what is said when it fails."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import threading
import zlib
from typing import Any

import pytest

from twofold import ConfigurationError, WebAddressRefused, WebClient, WebRequestError


def opened(**kwargs: Any) -> WebClient:
    return WebClient(allow_private_addresses=True, **kwargs)


def test_a_page_is_fetched(web) -> None:
    web.page("/page", "<p>Grüße</p>", "text/html; charset=utf-8")
    response = opened(user_agent="tester").fetch(web.url("/page?x=1#part"), params={"y": "a b"})
    assert (response.status, response.content_type, response.text) == (200, "text/html", "<p>Grüße</p>")
    assert response.url == web.url("/page?x=1&y=a%20b") or response.url == web.url("/page?x=1&y=a+b")
    (asked,) = web.asked
    assert asked.query == {"x": "1", "y": "a b"}
    assert asked.headers["host"] == f"127.0.0.1:{web.port}"
    assert asked.headers["user-agent"] == "tester"


def test_forms_and_json_are_sent(web) -> None:
    web.page("/", "{}", "application/json")
    client = opened()
    client.fetch(web.url(), method="POST", json={"q": "ä"}, headers={"X-Key": "k"})
    client.fetch(web.url(), method="POST", form={"q": "ä b", "none": None})
    first, second = web.asked
    assert first.json == {"q": "ä"}
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-key"] == "k"
    assert second.body == b"q=%C3%A4+b"


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://user:secret@example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "",
    ],
)
def test_what_is_not_on_the_public_web_is_refused(web, url: str) -> None:
    with pytest.raises(WebAddressRefused) as caught:
        WebClient().fetch(url.format(port=web.port))
    assert "secret" not in str(caught.value)
    assert web.asked == []


def test_a_name_that_leads_to_this_machine_is_refused(web) -> None:
    client = WebClient(resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(WebAddressRefused, match=r"harmless.example, which leads to 127.0.0.1, is not on"):
        client.fetch(web.url(host="harmless.example"))


def test_one_bad_address_among_good_ones_refuses_the_name(web) -> None:
    client = WebClient(resolver=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(WebAddressRefused, match=r"127\.0\.0\.1"):
        client.fetch(web.url(host="mixed.example"))


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_connected_to(web) -> None:
    web.page("/", "here")
    answers = [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]]
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return answers.pop(0)

    trusting = WebClient(allowed_hosts=["rebinding.example"], resolver=resolver)
    assert trusting.fetch(web.url(host="rebinding.example")).text == "here"
    assert asked == [("rebinding.example", web.port)]
    # the next connection asks again, and its answer is checked again
    with pytest.raises(WebAddressRefused, match=r"leads to 10\.0\.0\.1"):
        WebClient(resolver=resolver).fetch(web.url(host="rebinding.example"))
    assert len(web.asked) == 1


def test_a_host_keeps_its_name_although_its_address_is_connected_to(web) -> None:
    web.page("/", "here")
    client = WebClient(allowed_hosts=["intranet"], resolver=lambda host, port: ["127.0.0.1"])
    assert client.fetch(web.url(host="intranet")).text == "here"
    assert web.asked[0].headers["host"] == f"intranet:{web.port}"


def test_an_allowed_host_is_allowed_on_its_port_only(web) -> None:
    web.page("/", "here")
    client = WebClient(allowed_hosts=[f"127.0.0.1:{web.port}"])
    assert client.fetch(web.url()).text == "here"
    with pytest.raises(WebAddressRefused):
        client.fetch(f"http://127.0.0.1:{web.port + 1}/")
    with pytest.raises(WebAddressRefused):
        client.fetch(web.url(host="localhost"))
    assert WebClient().fetch(web.url(), allowed_hosts=["127.0.0.1"]).text == "here"


def test_a_redirect_to_this_machine_is_refused(web) -> None:
    web.redirect("/", web.url("/secret", host="localhost"))
    web.page("/secret", "secret")
    client = WebClient(allowed_hosts=["front.example"], resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(WebAddressRefused, match=r"localhost, which leads to 127.0.0.1"):
        client.fetch(web.url(host="front.example"))
    assert [asked.path for asked in web.asked] == ["/"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://2130706433/", "gopher://x/"])
def test_a_redirect_to_no_web_address_is_refused(web, target: str) -> None:
    web.redirect("/", target)
    with pytest.raises(WebAddressRefused):
        opened().fetch(web.url())


def test_allowed_hosts_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="is a list of hosts"):
        WebClient(allowed_hosts="intranet")
    with pytest.raises(ConfigurationError, match="names or addresses"):
        WebClient(allowed_hosts=["http://intranet/"])
    with pytest.raises(ConfigurationError, match="must be positive"):
        WebClient(timeout=0)


# Redirects


def test_redirects_are_followed(web) -> None:
    web.redirect("/a", "/b?x=1")
    web.redirect("/b", "c", status=301)
    web.page("/c", "here")
    response = opened().fetch(web.url("/a"))
    assert (response.text, response.url) == ("here", web.url("/c"))


def test_endless_redirects_end(web) -> None:
    web.redirect("/a", "/a")
    with pytest.raises(WebRequestError, match="more than 3 redirects"):
        opened(max_redirects=3).fetch(web.url("/a"))
    assert len(web.asked) == 4


def test_keys_are_not_sent_on_to_another_host(web) -> None:
    web.redirect("/a", web.url("/b", host="localhost"), status=307)
    web.page("/b", "here")
    opened().fetch(web.url("/a"), method="POST", json={"q": 1}, headers={"Authorization": "Bearer k"})
    first, second = web.asked
    assert first.headers["authorization"] == "Bearer k"
    assert "authorization" not in second.headers
    assert (second.method, second.body) == ("GET", b"")


def test_a_post_becomes_a_get_or_stays_one_as_the_status_says(web) -> None:
    web.redirect("/other", "/target", status=303)
    web.redirect("/same", "/target", status=307)
    web.page("/target", "here")
    client = opened()
    client.fetch(web.url("/other"), method="POST", json={"q": 1})
    client.fetch(web.url("/same"), method="POST", json={"q": 1})
    targets = [asked for asked in web.asked if asked.path == "/target"]
    assert [(asked.method, asked.body) for asked in targets] == [("GET", b""), ("POST", b'{"q": 1}')]


def test_cookies_of_a_redirect_come_back_to_their_host(web) -> None:
    web.redirect("/a", "/b", Set_Cookie="seen=yes; Path=/")
    web.redirect("/b", web.url("/c", host="localhost"))
    web.page("/c", "here")
    client = opened()
    client.fetch(web.url("/a"))
    client.fetch(web.url("/b"))
    assert [asked.headers.get("cookie") for asked in web.asked] == [None, "seen=yes", None, None, None]


# Bodies


def test_an_endless_body_is_left_after_the_limit(web) -> None:
    def endless(handler: Any, asked: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.end_headers()
        while not web.over.is_set():
            handler.wfile.write(b"x" * 10_000)

    web.routes["/"] = endless
    response = opened(max_bytes=50_000).fetch(web.url())
    assert (len(response.content), response.is_cut) == (50_000, True)


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_bomb_is_unpacked_no_further_than_the_limit(web, name: str, pack: Any) -> None:
    web.page("/", pack(b"\0" * 10_000_000), Content_Encoding=name)
    response = opened(max_bytes=100_000).fetch(web.url())
    assert (len(response.content), response.is_cut) == (100_000, True)


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "deflate", "raw", "identity"])
def test_packed_bodies_are_unpacked(web, name: str) -> None:
    text = b"hello world " * 100
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "x-gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw": raw.compress(text) + raw.flush(),
        "identity": text,
    }[name]
    web.page("/", packed, Content_Encoding="deflate" if name == "raw" else name)
    response = opened().fetch(web.url())
    assert (response.content, response.is_cut) == (text, False)


def test_what_cannot_be_unpacked_is_an_error(web) -> None:
    web.page("/broken", b"no gzip", Content_Encoding="gzip")
    web.page("/unknown", b"x", Content_Encoding="br")
    with pytest.raises(WebRequestError, match="cannot be unpacked"):
        opened().fetch(web.url("/broken"))
    with pytest.raises(WebRequestError, match="packed as 'br'"):
        opened().fetch(web.url("/unknown"))


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Grüße".encode("latin-1"), "text/html; charset=iso-8859-1", "Grüße"),
        ("Grüße".encode(), "text/html; charset=no-such-charset", "Grüße"),
        ("Grüße".encode("latin-1"), "text/html; charset=utf-8", "Gr\ufffd\ufffde"),
        ("Grüße".encode("cp1252"), "text/html", "Grüße"),
        ("Grüße".encode("utf-16"), "text/html", "Grüße"),
        ("\ufeffGrüße".encode(), "text/html", "Grüße"),
        ("<meta charset=koi8-r>Привет".encode("koi8-r"), "text/html", "<meta charset=koi8-r>Привет"),
        (b"xn--abc", "text/html; charset=punycode", "xn--abc"),
        (b"hello", "text/html; charset=rot13", "hello"),
    ],
)
def test_any_charset_gives_a_text(web, body: bytes, content_type: str, text: str) -> None:
    web.page("/", body, content_type)
    assert opened().fetch(web.url()).text == text


# Failures


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (403, r"403 Forbidden\. The site does not show this page to programs"),
        (404, r"404 Not Found\. There is no such page"),
        (429, r"429 Too Many Requests\. There were too many requests\. Try again in 7 s"),
        (503, r"503 Service Unavailable\. The site has a problem"),
        (299 + 600, r"answered 899"),
    ],
)
def test_a_status_is_explained(web, status: int, advice: str) -> None:
    web.page("/page", "no", status=status, Retry_After="7")
    with pytest.raises(WebRequestError, match=advice) as caught:
        opened().fetch(web.url("/page?key=secret"))
    assert (caught.value.status, caught.value.url) == (status, web.url("/page"))
    assert "secret" not in str(caught.value)


def test_a_server_that_keeps_silent_is_given_up(web) -> None:
    web.routes["/"] = lambda handler, asked: web.over.wait(30)
    with pytest.raises(WebRequestError, match=r"did not answer (in time|within 0.2 s)"):
        opened(timeout=0.2).fetch(web.url())


def test_a_server_that_drips_is_given_up(web) -> None:
    ended = threading.Event()

    def drip(handler: Any, asked: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not web.over.wait(0.02):
                handler.wfile.write(b"x")
        finally:
            ended.set()

    web.routes["/"] = drip
    with pytest.raises(WebRequestError, match=r"did not answer within 0.3 s"):
        opened(timeout=0.3).fetch(web.url())


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(WebRequestError, match=r"http://127.0.0.1:1/ could not be fetched \(ConnectError"):
        opened().fetch("http://127.0.0.1:1/")


def test_a_name_without_addresses_is_an_error() -> None:
    with pytest.raises(WebRequestError, match=r"nowhere.example could not be found"):
        WebClient(resolver=lambda host, port: []).fetch("http://nowhere.example/")


def test_no_http_at_all_is_an_error(web) -> None:
    web.routes["/"] = lambda handler, asked: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
    with pytest.raises(WebRequestError, match=r"could not be fetched \(RemoteProtocolError"):
        opened().fetch(web.url())


def test_a_body_that_ends_early_is_an_error(web) -> None:
    web.page("/", "short", Content_Length="1000")
    with pytest.raises(WebRequestError, match=r"could not be fetched"):
        opened().fetch(web.url())


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for the name ``intranet``, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, made = str(folder / "key.pem"), str(folder / "cert.pem")
    subject = ["-subj", "/CN=intranet", "-addext", "subjectAltName=DNS:intranet"]
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", made]
    subprocess.run([openssl, *new, *subject], check=True, capture_output=True, timeout=60)
    return made, key


def test_a_certificate_is_checked_against_the_name_not_the_address(web, certificate) -> None:
    web.use_tls(*certificate)
    web.page("/", "here")
    trusting = ssl.create_default_context(cafile=certificate[0])
    hosts = {"allowed_hosts": ["intranet", "other"], "resolver": lambda host, port: ["127.0.0.1"]}
    client = WebClient(verify=trusting, **hosts)
    assert client.fetch(f"https://intranet:{web.port}/").text == "here"
    refused = r"could not be fetched \(ConnectError: .*CERTIFICATE_VERIFY_FAILED"
    with pytest.raises(WebRequestError, match=refused):
        client.fetch(f"https://other:{web.port}/")
    with pytest.raises(WebRequestError, match=refused):
        WebClient(**hosts).fetch(f"https://intranet:{web.port}/")
    assert len(web.asked) == 1


def test_a_redirect_from_https_to_http_is_refused(web, certificate) -> None:
    web.use_tls(*certificate)
    web.redirect("/", "http://intranet/")
    trusting = ssl.create_default_context(cafile=certificate[0])
    client = WebClient(verify=trusting, allowed_hosts=["intranet"], resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(WebAddressRefused, match="redirects from https to http"):
        client.fetch(f"https://intranet:{web.port}/")
