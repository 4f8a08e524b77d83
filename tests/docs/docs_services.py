"""What pages talk to besides the model: servers on loopback whose addresses they take from the environment."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["services_for"]

PAGES = {"async-tools", "web-tools"}
PRICES = {"chair": 40.0, "table": 120.0}
CANTEEN = "<html><body><h1>Canteen</h1><p>Open from <b>11:30</b> to 14:00.</p></body></html>"


class Services(http.server.BaseHTTPRequestHandler):
    """A shop's prices, a chat that takes messages, a search engine, a page of the intranet, and one who listens."""

    def do_GET(self) -> None:
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "prices":
            self._answer(200 if rest in PRICES else 404, json.dumps({"euros": PRICES.get(rest)}))
        elif kind.startswith("search"):
            url = f"http://{self.headers['Host']}/canteen"
            found = {"title": "Canteen", "url": url, "content": "Opening hours"}
            self._answer(200, json.dumps({"results": [found]}))
        else:
            self._answer(200, CANTEEN, "text/html")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = {"text": "The canteen closes at two."} if self.path.endswith("/transcriptions") else {}
        self._answer(200, json.dumps(said))

    def _answer(self, status: int, text: str, kind: str = "application/json") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def services_for(page: str) -> Iterator[dict[str, str]]:
    """Start what a page needs, and return the environment variables that say where it is."""
    if page not in PAGES:
        yield {}
        return
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        host = f"127.0.0.1:{server.server_port}"
        yield {
            "SHOP_API": f"http://{host}",
            "CHAT_API": f"http://{host}",
            "INTRANET": host,
            "INTRANET_URL": f"http://{host}",
            "SEARXNG_URL": f"http://{host}/search",
            "SPEECH_API": f"http://{host}/v1",
        }
        server.shutdown()
        thread.join()
