"""As much of HTTP/1.1 as a test server needs: reading requests from bytes, turning responses into bytes.

Pure: bytes in, bytes and pauses out. The sockets are in ``connection.py``; what is said is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from .timing import Gate

__all__ = [
    "CONTINUE",
    "Hangup",
    "Hold",
    "HttpRequest",
    "HttpSyntaxError",
    "Part",
    "Pause",
    "RequestParser",
    "Response",
    "frame",
    "keeps_alive",
]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

MAX_HEAD = 64 * 1024
MAX_BODY = 256 * 1024 * 1024


class HttpSyntaxError(Exception):
    """What arrived is not an HTTP request that this server reads. The connection is of no more use."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. The names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    version: str = "HTTP/1.1"

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants to go on using the connection."""
        connection = self.headers.get("connection", "").lower()
        if self.version == "HTTP/1.0":
            return "keep-alive" in connection
        return "close" not in connection


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so long before going on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait until the gate is open; for ever without one."""

    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the connection here, in order (FIN) or by force (RST)."""

    reset: bool = False


Part = bytes | Pause | Hold | Hangup


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back, with everything that happens on the way.

    Attributes:
        parts: The body, and what happens between its pieces.
        length: The length that is announced; ``None`` sends the body in chunks.
        before: What happens before the first byte.
    """

    status: int
    headers: Mapping[str, str]
    parts: Iterable[Part]
    length: int | None
    before: Iterable[Part] = field(default=())


class RequestParser:
    """Cuts the bytes of one connection into requests. Owned by the connection, lives as long as it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: HttpRequest | None = None
        self._chunks: _ChunkedBody | None = None

    def feed(self, data: bytes) -> None:
        """Add bytes that have arrived."""
        self._buffer += data

    @property
    def awaits_continue(self) -> bool:
        """Whether the client holds its body back until it is asked for it."""
        return self._head is not None and self._head.headers.get("expect", "").lower() == "100-continue"

    def next_request(self) -> HttpRequest | None:
        """Return the next request, or ``None`` until more bytes have arrived.

        Raises:
            HttpSyntaxError: The bytes are not a request.
        """
        if self._head is None:
            self._head = self._take_head()
        if self._head is None:
            return None
        body = self._take_body(self._head)
        if body is None:
            return None
        head, self._head, self._chunks = self._head, None, None
        return HttpRequest(head.method, head.target, head.headers, body, head.version)

    def _take_head(self) -> HttpRequest | None:
        while self._buffer.startswith(b"\r\n"):  # RFC 9112 2.2: empty lines before a request are skipped
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise HttpSyntaxError(f"the head of the request is longer than {MAX_HEAD} bytes", 431)
            return None
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        words = lines[0].split(" ")
        if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
            raise HttpSyntaxError(f"not a request line of HTTP/1.1: {lines[0][:200]!r}")
        return HttpRequest(words[0], words[1], _parse_headers(lines[1:]), version=words[2])

    def _take_body(self, head: HttpRequest) -> bytes | None:
        if "transfer-encoding" in head.headers:
            if head.headers["transfer-encoding"].lower() != "chunked" or "content-length" in head.headers:
                raise HttpSyntaxError("only a body with a Content-Length or in chunks is understood")
            self._chunks = self._chunks or _ChunkedBody()
            return self._chunks.take(self._buffer)
        length = _parse_length(head.headers.get("content-length", "0"))
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body


class _ChunkedBody:
    """A request body that arrives in chunks."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._last = False  # the chunk of length 0 was seen, trailers follow

    def take(self, buffer: bytearray) -> bytes | None:
        """Move whole chunks out of the buffer. Return the body once its end has arrived."""
        while True:
            end = buffer.find(b"\r\n")
            if end < 0:
                return None
            if self._last:
                blank = end == 0
                del buffer[: end + 2]
                if blank:
                    return bytes(self._body)
                continue
            size = _parse_chunk_size(bytes(buffer[:end]))
            if size == 0:
                self._last = True
                del buffer[: end + 2]
                continue
            if len(self._body) + size > MAX_BODY:
                raise HttpSyntaxError(f"the body is longer than {MAX_BODY} bytes", 413)
            if len(buffer) < end + 2 + size + 2:
                return None
            self._body += buffer[end + 2 : end + 2 + size]
            if buffer[end + 2 + size : end + 4 + size] != b"\r\n":
                raise HttpSyntaxError("a chunk of the body is longer than it says")
            del buffer[: end + 4 + size]


def frame(response: Response, request: HttpRequest, *, keep_alive: bool) -> Iterator[Part]:
    """Turn a response into the bytes of HTTP/1.1, with what happens between them."""
    chunked = response.length is None and request.version != "HTTP/1.0"
    yield from response.before
    yield _head(response, chunked=chunked, keep_alive=keep_alive)
    for part in response.parts:
        if isinstance(part, bytes) and chunked:
            if part:  # an empty chunk would be the end of the body
                yield b"%x\r\n%b\r\n" % (len(part), part)
        else:
            yield part
    if chunked:
        yield b"0\r\n\r\n"


def keeps_alive(response: Response, request: HttpRequest) -> bool:
    """Whether the connection can be used again after this response."""
    if response.length is None and request.version == "HTTP/1.0":
        return False  # only the end of the connection tells where the body ends
    wishes = {name.lower(): value.lower() for name, value in response.headers.items()}
    return request.keep_alive and wishes.get("connection") != "close"


def _head(response: Response, *, chunked: bool, keep_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() != "connection"]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    elif response.length is not None:
        lines.append(f"Content-Length: {response.length}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _parse_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise HttpSyntaxError(f"not a header: {line[:200]!r}")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _parse_length(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise HttpSyntaxError(f"not a Content-Length: {text[:200]!r}")
    length = int(text)
    if length > MAX_BODY:
        raise HttpSyntaxError(f"the body is longer than {MAX_BODY} bytes", 413)
    return length


def _parse_chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    # int(…, 16) alone would also take "-1", "0x1" and "1_0"
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise HttpSyntaxError(f"not the size of a chunk: {line[:200]!r}")
    return int(digits, 16)
