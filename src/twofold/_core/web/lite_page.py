"""DuckDuckGo's page for plain browsers: a table, with a link and a snippet for each result."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

__all__ = ["read_lite_page"]


def read_lite_page(text: str) -> list[dict[str, str]]:
    """Return title, url and snippet of each result on a page, without advertisements."""
    page = _LitePage()
    page.feed(text)
    page.close()
    return [item for item in page.found if not urlsplit(item["url"]).path.endswith("/y.js")]


class _LitePage(HTMLParser):
    """Reads DuckDuckGo's page for plain browsers: a table, with a link and a snippet for each result."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self._into: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        kinds = given.get("class", "").split()
        if tag == "a" and "result-link" in kinds:
            self.found.append({"title": "", "url": _target(given.get("href", "")), "snippet": ""})
            self._into = "title"
        elif tag == "td" and "result-snippet" in kinds and self.found:
            self._into = "snippet"

    def handle_endtag(self, tag: str) -> None:
        if tag == {"title": "a", "snippet": "td"}.get(self._into or ""):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self.found[-1][self._into] += data


def _target(link: str) -> str:
    """Return where a link of DuckDuckGo leads: most go through a page that counts them."""
    parts = urlsplit(f"https:{link}" if link.startswith("//") else link)
    if parts.path == "/l/" and (parts.hostname or "").endswith("duckduckgo.com"):
        return parse_qs(parts.query).get("uddg", [link])[0]
    return link
