"""The search engines that are known by name. Adding one: a request, a reader, and an entry of `ENGINES`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigurationError, WebRequestError
from .search import Query, SearchEngine, SearchRequest, SearchResult, json_of, plain

__all__ = ["ENGINES", "find_engine"]

_SNIPPET = 800


def _result(item: Mapping[str, Any], title: str, url: str, snippet: str, date: str = "") -> SearchResult:
    def of(key: str) -> str:
        return plain(item.get(key))

    text = of(snippet)
    return SearchResult(
        of(title), of(url), text[:_SNIPPET] + ("…" if len(text) > _SNIPPET else ""), of(date) if date else ""
    )


# ------------------------------------------------------------------------------ without a key: HTML


def _ask_duckduckgo(query: Query) -> SearchRequest:
    return SearchRequest(params={"q": query.text})


def _read_duckduckgo(text: str) -> list[SearchResult]:
    if "anomaly-modal" in text or "challenge-form" in text:
        raise WebRequestError(
            "DuckDuckGo asks whether a human is searching: there were too many searches from here. "
            "Wait some minutes, or use another engine."
        )
    from .lite_page import read_lite_page

    return [_result(item, "title", "url", "snippet") for item in read_lite_page(text)]


def _ask_bing(query: Query) -> SearchRequest:
    return SearchRequest(params={"q": query.text, "format": "rss", "count": query.max_results})


def _read_bing(text: str) -> list[SearchResult]:
    from xml.etree import ElementTree

    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):  # entities can grow without bound
        raise WebRequestError("Bing did not answer with a list of results. Try again later.")
    try:
        feed = ElementTree.fromstring(text.lstrip())
    except ElementTree.ParseError as error:
        raise WebRequestError("Bing did not answer with a list of results. Try again later.") from error
    items = [{part.tag: part.text for part in item} for item in feed.iter("item")]
    return [_result(item, "title", "link", "description", "pubDate") for item in items]


# ------------------------------------------------------------------------------------ own servers


def _ask_searxng(query: Query) -> SearchRequest:
    return SearchRequest(params={"q": query.text, "format": "json"})


def _read_searxng(text: str) -> list[SearchResult]:
    return [_result(item, "title", "url", "content", "publishedDate") for item in json_of(text, "results")]


# --------------------------------------------------------------------------------------- with keys


def _ask_brave(query: Query) -> SearchRequest:
    return SearchRequest(
        params={"q": query.text, "count": min(query.max_results, 20)},
        headers={"X-Subscription-Token": query.key} if query.key else {},
    )


def _read_brave(text: str) -> list[SearchResult]:
    return [_result(item, "title", "url", "description", "age") for item in json_of(text, "web", "results")]


def _year(query: Query) -> dict[str, str]:
    year = query.year
    return {} if year is None else {"tbs": f"cdr:1,cd_min:01/01/{year},cd_max:12/31/{year}"}


def _ask_serper(query: Query) -> SearchRequest:
    return SearchRequest(
        "POST",
        headers={"X-API-KEY": query.key},
        json={"q": query.text, "num": query.max_results, **_year(query)},
    )


def _read_serper(text: str) -> list[SearchResult]:
    return [_result(item, "title", "link", "snippet", "date") for item in json_of(text, "organic")]


def _ask_serpapi(query: Query) -> SearchRequest:
    return SearchRequest(
        params={
            "engine": "google",
            "google_domain": "google.com",
            "q": query.text,
            "num": query.max_results,
            "api_key": query.key,
            **_year(query),
        }
    )


def _read_serpapi(text: str) -> list[SearchResult]:
    return [_result(item, "title", "link", "snippet", "date") for item in json_of(text, "organic_results")]


def _ask_exa(query: Query) -> SearchRequest:
    body: dict[str, Any] = {
        "query": query.text,
        "numResults": query.max_results,
        "contents": {"text": {"maxCharacters": _SNIPPET}},
    }
    if query.year is not None:
        body["startPublishedDate"] = f"{query.year}-01-01T00:00:00.000Z"
        body["endPublishedDate"] = f"{query.year}-12-31T23:59:59.999Z"
    return SearchRequest("POST", headers={"x-api-key": query.key}, json=body)


def _read_exa(text: str) -> list[SearchResult]:
    return [_result(item, "title", "url", "text", "publishedDate") for item in json_of(text, "results")]


def _ask_tavily(query: Query) -> SearchRequest:
    return SearchRequest(
        "POST",
        headers={"Authorization": f"Bearer {query.key}"},
        json={"query": query.text, "max_results": min(query.max_results, 20)},
    )


def _read_tavily(text: str) -> list[SearchResult]:
    return [_result(item, "title", "url", "content", "published_date") for item in json_of(text, "results")]


ENGINES: dict[str, SearchEngine] = {
    engine.name: engine
    for engine in (
        SearchEngine(
            "duckduckgo", "https://lite.duckduckgo.com/lite/", "", _ask_duckduckgo, _read_duckduckgo
        ),
        SearchEngine("bing", "https://www.bing.com/search", "", _ask_bing, _read_bing),
        SearchEngine("searxng", "", "", _ask_searxng, _read_searxng),
        SearchEngine(
            "brave",
            "https://api.search.brave.com/res/v1/web/search",
            "BRAVE_API_KEY",
            _ask_brave,
            _read_brave,
        ),
        SearchEngine(
            "serper", "https://google.serper.dev/search", "SERPER_API_KEY", _ask_serper, _read_serper
        ),
        SearchEngine(
            "serpapi", "https://serpapi.com/search.json", "SERPAPI_API_KEY", _ask_serpapi, _read_serpapi
        ),
        SearchEngine("exa", "https://api.exa.ai/search", "EXA_API_KEY", _ask_exa, _read_exa),
        SearchEngine("tavily", "https://api.tavily.com/search", "TAVILY_API_KEY", _ask_tavily, _read_tavily),
    )
}
"""The engines by name."""


def find_engine(engine: str | SearchEngine) -> SearchEngine:
    """Return an engine by its name.

    Raises:
        ConfigurationError: There is none of that name.
    """
    if isinstance(engine, SearchEngine):
        return engine
    found = ENGINES.get(engine)
    if found is None:
        raise ConfigurationError(
            f"There is no search engine {engine!r}. Known are: {', '.join(ENGINES)}; or pass a SearchEngine."
        )
    return found
