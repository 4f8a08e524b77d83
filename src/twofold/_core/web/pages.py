"""Web pages as Markdown: what a model is shown of them."""

from __future__ import annotations

import json
import re

from ..errors import MissingExtraError, WebRequestError
from .replies import WebResponse

__all__ = ["cut_page", "html_to_markdown", "page_text"]

_GAPS = re.compile(r"\n\s*\n\s*\n+")
_DATA_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\(data:[^)]*\)")
_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_TEXT_TYPES = (
    "json",
    "xml",
    "yaml",
    "javascript",
    "x-sh",
    "toml",
    "csv",
    "x-ndjson",
    "x-www-form-urlencoded",
)


def page_text(response: WebResponse) -> str:
    """Return what a fetched page says, as Markdown or plain text.

    Args:
        response: The reply.

    Raises:
        WebRequestError: It is not text.
        MissingExtraError: The library that reads HTML is not installed.
    """
    kind = response.content_type or _guessed(response.content)
    if kind in _HTML_TYPES:
        return html_to_markdown(response.text)
    if kind.startswith("text/") or any(kind.endswith(name) for name in _TEXT_TYPES):
        text = response.text
        return _indented(text) if kind.endswith("json") else text.strip()
    raise WebRequestError(
        f"{response.url} is not a page with text but {kind!r} ({len(response.content):,} bytes read).",
        url=response.url,
    )


def _guessed(content: bytes) -> str:
    start = content[:1024].lstrip()
    if start[:1] == b"<":
        return "text/html"
    return "application/octet-stream" if b"\0" in start else "text/plain"


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False) if len(text) < 200_000 else text
    except (ValueError, RecursionError):
        return text


def html_to_markdown(html: str) -> str:
    """Return what an HTML page says as Markdown.

    Args:
        html: The page.

    Raises:
        MissingExtraError: The library that reads HTML is not installed.
    """
    try:
        # in Rust: a page of megabytes takes a fraction of a second, and the other threads go on meanwhile
        from html_to_markdown import ConversionOptions, PreprocessingOptions, convert
    except ImportError as error:
        raise MissingExtraError("Reading web pages", "web", "html-to-markdown") from error
    options = ConversionOptions(
        extract_metadata=False,
        preprocessing=PreprocessingOptions(enabled=True, remove_navigation=False, remove_forms=True),
    )
    text = convert(html, options).content or ""
    if not text.strip():  # elements nested thousands of levels deep, which no honest page has
        text = _TAG.sub(" ", html)
    text = _GAPS.sub("\n\n", _DATA_IMAGE.sub("", text)).strip()
    title = _title(html)
    return f"# {title}\n\n{text}" if title and title not in text[:500] else text


def _title(html: str) -> str:
    from html import unescape

    found = _TITLE.search(html[:200_000])
    return " ".join(unescape(found.group(1)).split()) if found is not None else ""


def cut_page(text: str, max_length: int, *, is_cut: bool = False) -> str:
    """Return the beginning of a page, and say so if something is missing."""
    if len(text) <= max_length and not is_cut:
        return text
    shown = text[:max_length]
    return f"{shown}\n\n[The page goes on: this is its beginning, {len(shown):,} characters.]"
