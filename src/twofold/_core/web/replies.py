"""Bodies of HTTP replies: unpacked no further than a limit, and turned into text whatever they claim to be."""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass, field

from ..errors import WebRequestError

__all__ = ["BodyReader", "WebResponse", "status_error"]

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# no character sets of texts, although Python calls them encodings; some take quadratic time
_NO_CHARSETS = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "utf_7",
    "undefined",
    "mbcs",
    "oem",
}
_STEP = 64 * 1024


@dataclass(frozen=True, slots=True)
class WebResponse:
    """What came back for a URL.

    Attributes:
        url: The URL that answered, after redirects.
        status: Its HTTP status.
        headers: Its headers; the names are in small letters.
        content: Its body, unpacked.
        is_cut: Whether the body was longer than what may be read, and ends early.
    """

    url: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    is_cut: bool = False

    @property
    def content_type(self) -> str:
        """The media type of the body, such as ``"text/html"``; empty if it was not said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text. A character set that is wrong or unknown never makes this fail."""
        content = self.content
        for mark, name in _BOMS:
            if content.startswith(mark):
                return content.decode(name, "replace")
        stated = self._stated_charset()
        if stated is not None:
            try:
                return content.decode(stated, "replace")
            except (LookupError, ValueError):
                pass
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            if self.is_cut and error.start > len(content) - 4:  # in the middle of a character
                return content.decode("utf-8", "ignore")
            return content.decode("cp1252", "replace")

    def _stated_charset(self) -> str | None:
        said = _CHARSET.search(self.headers.get("content-type", ""))
        names = [said.group(1)] if said else []
        start = self.content[:2048]
        names += [
            found.group(1).decode("ascii")
            for found in (_META_CHARSET.search(start), _XML_CHARSET.search(start))
            if found is not None
        ]
        return next((name for name in map(_text_codec, names) if name), None)


def _text_codec(name: str) -> str | None:
    try:
        known = codecs.lookup(name).name.replace("-", "_")
    except (LookupError, ValueError):
        return None
    if known in _NO_CHARSETS:
        return None
    return "cp1252" if known in ("iso8859_1", "ascii") else known  # as browsers do


class BodyReader:
    """Takes the pieces of a body as they arrive, unpacks them, and says when there are enough.

    Args:
        encoding: The ``Content-Encoding`` of the reply.
        max_bytes: How many unpacked bytes are kept. No more than that is ever unpacked.
        shown: The URL, for messages.
    """

    def __init__(self, encoding: str, max_bytes: int, shown: str) -> None:
        self._max_bytes = max_bytes
        self._shown = shown
        self._parts: list[bytes] = []
        self._size = 0
        self._raw_deflate = False
        name = encoding.strip().lower()
        self._unpacker = None
        if name in ("gzip", "x-gzip"):
            self._unpacker = zlib.decompressobj(31)
        elif name == "deflate":
            self._unpacker = zlib.decompressobj()
            self._raw_deflate = True
        elif name not in ("", "identity"):
            raise WebRequestError(f"{shown}: the reply is packed as {name!r}, which was not asked for.")

    @property
    def is_full(self) -> bool:
        """Whether as much was read as may be; what follows need not be read."""
        return self._size > self._max_bytes

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._unpacker is None:
            self._keep(piece)
            return
        try:
            self._unpack(piece)
        except zlib.error as error:
            raise WebRequestError(f"{self._shown}: the reply cannot be unpacked: {error}") from error

    def _unpack(self, piece: bytes) -> None:
        assert self._unpacker is not None
        while piece and not self.is_full:
            try:
                unpacked = self._unpacker.decompress(piece, _STEP)
            except zlib.error:
                if not self._raw_deflate or self._size:
                    raise
                # some servers leave out the header that the name 'deflate' promises
                self._unpacker, self._raw_deflate = zlib.decompressobj(-15), False
                continue
            self._keep(unpacked)
            piece = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                return

    def _keep(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)

    def finish(self) -> tuple[bytes, bool]:
        """Return what was read, and whether something is missing at its end."""
        return b"".join(self._parts)[: self._max_bytes], self.is_full


def status_error(response: WebResponse, shown: str) -> WebRequestError:
    """Return the error about a status that is none of success, with what a model can do about it."""
    from http import HTTPStatus

    status = response.status
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return WebRequestError(
        f"{shown} answered {status}{phrase}. {_advice(response)}", url=shown, status=status
    )


def _advice(response: WebResponse) -> str:
    status = response.status
    if status in (401, 403, 407, 451):
        return "The site does not show this page to programs. Take another source."
    if status in (404, 410):
        return "There is no such page: check the URL, or search for it."
    if status == 405:
        return "The site does not allow this kind of request here."
    if status == 429:
        after = response.headers.get("retry-after", "")
        wait = f"in {after} s" if after.isdigit() else "later"
        return f"There were too many requests. Try again {wait}, or take another source."
    if status >= 500:
        return "The site has a problem. Try again later, or take another source."
    return "Take another source, or change the request."
