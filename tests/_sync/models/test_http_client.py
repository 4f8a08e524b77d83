# Generated from tests/_async/models/test_http_client.py by `nox -s codegen`. Do not edit.
"""What is between the SDK and the server: redirects, cookies, proxies, headers, as the SDK has them by itself."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from twofold import ChatMessage, MessageRole, OpenAIModel, ProviderUnavailable
from twofold.testing import ChatServer, Failure, Reply

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]


def make_model(url: str, **kwargs) -> OpenAIModel:
    return OpenAIModel("scripted", api_base=url, api_key="key-of-the-test", retry=False, **kwargs)


def test_redirects_are_followed_and_then_as_before() -> None:
    with ChatServer([Reply("moved here"), Reply("again")]) as target:
        moved = Failure(307, headers={"location": f"{target.url}/chat/completions"})
        with ChatServer(lambda request: moved) as server:
            with make_model(server.url) as model:
                assert model.generate(HELLO).content == "moved here"
        with make_model(target.url) as model:
            assert model.generate(HELLO).content == "again"
    assert target.requests[0].body["messages"] == target.requests[1].body["messages"]


def test_cookies_are_kept() -> None:
    script = [Reply("one", headers={"set-cookie": "session=abc; Path=/"}), Reply("two"), Reply("three")]
    with ChatServer(script) as server:
        with make_model(server.url) as model:
            for _ in range(2):
                model.generate(HELLO)
            assert [delta for delta in model.generate_stream(HELLO)]
    assert "cookie" not in server.requests[0].headers
    assert [request.headers["cookie"] for request in server.requests[1:]] == ["session=abc"] * 2


def test_headers_parameters_and_what_the_sdk_says_of_itself() -> None:
    with ChatServer(lambda request: Reply("ok")) as server:
        more = {"default_headers": {"X-Team": "red"}, "default_query": {"a": "1"}}
        with make_model(f"{server.url}/", client_kwargs=more) as model:
            model.generate(HELLO)
            model.generate(HELLO, extra_headers={"X-Call": "7"}, extra_query={"b": "2 3"})
        first, second = server.requests
    assert first.headers["x-team"] == second.headers["x-team"] == "red"
    assert "x-call" not in first.headers
    assert second.headers["x-call"] == "7"
    for request in (first, second):
        assert request.headers["content-type"] == "application/json"
        assert "gzip" in request.headers["accept-encoding"]
        assert "OpenAI" in request.headers["user-agent"]


class Proxy(BaseHTTPRequestHandler):
    """Refuses everything, and remembers what it was asked for."""

    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(502)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def proxy() -> Iterator[HTTPServer]:
    Proxy.asked = []
    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_proxy_of_the_environment_is_used(proxy: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
    with make_model("http://provider.test/v1") as model:
        with pytest.raises(ProviderUnavailable):
            model.generate(HELLO)
    assert Proxy.asked == ["http://provider.test/v1/chat/completions"]
