"""``twofold webagent`` as a process, with a real browser and a site on this machine."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytest.importorskip("playwright", reason="a browser is driven by playwright: run `nox -s ui`")

from twofold.testing import ChatServer, Reply


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<title>Plums</title><h1>Plums</h1><p>3 euros a kilo.</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("browser")  # skips where there is none
def test_it_browses_and_answers(shop: str) -> None:
    replies = [
        Reply("<code>\nprint(read_page())\n</code>"),
        Reply("<code>\nfinal_answer('3 euros')\n</code>"),
    ]
    with ChatServer(replies) as server:
        options = ["--model", "openai/m", "--api-base", server.url, "--quiet"]
        options += ["--url", f"http://{shop}/", "--allowed-hosts", shop]
        done = subprocess.run(
            [sys.executable, "-m", "twofold", "webagent", "What do plums cost?", *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "OPENAI_API_KEY": "none"},
            check=False,
        )
        asked = [str(request.body["messages"]) for request in server.requests]
    assert (done.returncode, done.stdout) == (0, "3 euros\n"), done.stderr
    assert "You are at: Plums" in asked[0]
    assert "3 euros a kilo." in asked[1]
    assert asked[1].count("data:image/png;base64,") == 1
