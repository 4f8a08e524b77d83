"""Web search: what a result is, how results are shown to a model, and how engines describe themselves.

An engine is data and two pure functions: one makes a request of a query, one reads the reply. Fetching is
done by the tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import WebRequestError

__all__ = ["Query", "SearchEngine", "SearchRequest", "SearchResult", "json_of", "plain", "results_text"]

_MARKUP = re.compile(r"<[^<>]{0,300}>")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page that a search found."""

    title: str
    url: str
    snippet: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    Attributes:
        text: The words.
        max_results: How many results are wanted.
        year: The year that pages must be from, for engines that know of it.
        key: The key of the engine's API, if it needs one.
    """

    text: str
    max_results: int = 10
    year: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A request to an engine, beside its address."""

    method: str = "GET"
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, Any] | None = None
    json: Any = None


@dataclass(frozen=True, slots=True)
class SearchEngine:
    """How a search engine is asked.

    Attributes:
        name: Its name.
        endpoint: Where it is asked; empty if that must be said.
        key_variable: The environment variable that holds its key; empty if it needs none.
        request: Makes the request of a query.
        read: Reads the results of a reply.
    """

    name: str
    endpoint: str
    key_variable: str
    request: Callable[[Query], SearchRequest]
    read: Callable[[str], list[SearchResult]]


def plain(text: object) -> str:
    """Return a text of an engine without markup, on one line."""
    from html import unescape

    if not isinstance(text, str):
        return ""
    return " ".join(unescape(_MARKUP.sub("", text)).split())


def json_of(text: str, *path: str) -> list[Mapping[str, Any]]:
    """Return the list of objects at a place of a JSON reply; empty if there is none."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WebRequestError("The search engine's reply is not JSON. Try again later.") from error
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def results_text(query: str, results: Sequence[SearchResult]) -> str:
    """Return results as a model is shown them, in Markdown."""
    if not results:
        return f"No results for {query!r}. Try fewer or other words."
    return "## Search results\n\n" + "\n\n".join(_entry(result) for result in results)


def _entry(result: SearchResult) -> str:
    title = result.title.replace("[", "(").replace("]", ")") or result.url
    lines = [f"[{title}]({result.url})"]
    if result.date:
        lines.append(f"Date: {result.date}")
    if result.snippet:
        lines.append(result.snippet)
    return "\n".join(lines)
