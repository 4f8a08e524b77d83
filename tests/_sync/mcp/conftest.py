# Generated from tests/_async/mcp/conftest.py by `nox -s codegen`. Do not edit.
"""Real MCP servers: a process for each way to talk with one, started once and shared by the tests."""

import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("mcp.client.client")

SAMPLE = str(Path(__file__).parents[2] / "mcp_servers" / "sample.py")


@pytest.fixture(scope="session")
def start_server(launch_mcp) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Start a server and return its process and its port."""
    started = []

    def start(kind: str, port: int = 0, program: str = SAMPLE) -> tuple[subprocess.Popen[str], str]:
        # it ends when its standard input does, even if this process is killed
        process = subprocess.Popen(
            launch_mcp(program, kind, str(port)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        word, number = process.stdout.readline().split()
        assert word == "port"
        return process, number

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture(scope="session")
def stdio_server(launch_mcp) -> dict[str, object]:
    command, *arguments = launch_mcp(SAMPLE, "stdio")
    return {"command": command, "args": arguments, "name": "sample"}


@pytest.fixture(scope="session")
def plain_stdio_server() -> dict[str, object]:
    """One that Python starts, as users' are. It takes a second or two to import the SDK."""
    return {"command": sys.executable, "args": [SAMPLE, "stdio"], "name": "sample"}


@pytest.fixture(scope="session")
def http_server(start_server) -> dict[str, object]:
    return {"url": f"http://127.0.0.1:{start_server('http')[1]}/mcp", "name": "sample"}


@pytest.fixture(scope="session")
def older_http_server(start_server) -> dict[str, object]:
    """One that does not know the newer protocol."""
    return {"url": f"http://127.0.0.1:{start_server('legacy-http')[1]}/mcp", "name": "sample"}


@pytest.fixture(scope="session")
def sse_server(start_server) -> dict[str, object]:
    return {
        "url": f"http://127.0.0.1:{start_server('sse')[1]}/sse",
        "transport": "sse",
        "name": "sample",
    }


@pytest.fixture(params=["stdio_server", "http_server", "older_http_server", "sse_server"])
def any_server(request: pytest.FixtureRequest) -> dict[str, object]:
    """Each of the servers in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class _Refusal(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(401)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "14")
        self.end_headers()
        self.wfile.write(b"no key, no MCP")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def refusing_url() -> Iterator[str]:
    """The URL of a server that wants a key."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusal)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/mcp"
    server.shutdown()
    thread.join()
    server.server_close()
