"""``WebSearchTool`` and its forms under other names. What an engine is asked and answers is in the core."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from ..._core.errors import ConfigurationError
from ..._core.tools.tool import Tool
from ..._core.web.addresses import parse_url
from ..._core.web.search import Query, SearchEngine, SearchRequest, SearchResult, results_text
from ..._core.web.search_engines import find_engine
from ..rate_limiter import RateLimiter
from .web_client import WebClient

__all__ = [
    "ApiWebSearchTool",
    "DuckDuckGoSearchTool",
    "GoogleSearchTool",
    "WebSearchTool",
    "endpoint_host",
]

_QUERY = {"type": "string", "description": "What to search for."}


class WebSearchTool(Tool):
    """Searches the web and returns titles, addresses and snippets of what it finds.

    Args:
        max_results: How many results are returned at most.
        engine: ``"duckduckgo"`` and ``"bing"`` need no key; ``"brave"``, ``"serper"``, ``"serpapi"``,
            ``"exa"`` and ``"tavily"`` do; ``"searxng"`` needs the ``endpoint`` of a server. Or a
            ``SearchEngine``.
        api_key: The engine's key; that of its environment variable (``BRAVE_API_KEY``, ``SERPER_API_KEY``,
            ``SERPAPI_API_KEY``, ``EXA_API_KEY``, ``TAVILY_API_KEY``) if None.
        endpoint: Where the engine is asked, in place of its usual address.
        rate_limit: How many searches may begin in a second; None for no limit.
        client: What fetches; a ``WebClient`` with its usual limits if None.

    Raises:
        ConfigurationError: There is no such engine, or its key or endpoint is missing.

    Example:
        >>> from twofold.aio import WebSearchTool
        >>> search = WebSearchTool(max_results=5)
        >>> await search("tallest building in Lisbon")  # doctest: +SKIP
        '## Search results…'
    """

    name = "web_search"
    description = "Searches the web and returns the title, the URL and a snippet of each page that it finds."
    inputs = {"query": _QUERY}
    output_type = "string"

    def __init__(
        self,
        max_results: int = 10,
        engine: str | SearchEngine = "duckduckgo",
        *,
        api_key: str | None = None,
        endpoint: str | None = None,
        rate_limit: float | None = 1.0,
        client: WebClient | None = None,
    ) -> None:
        self._engine = find_engine(engine)
        if not isinstance(max_results, int) or max_results < 1:
            raise ConfigurationError(f"max_results must be at least 1, not {max_results!r}.")
        self.max_results = max_results
        self.engine = self._engine.name
        self.endpoint = endpoint
        self.client = client
        self._address = endpoint or self._engine.endpoint
        self.rate_limit = rate_limit
        self._api_key = self._found_key(api_key)
        if not self._address:
            raise ConfigurationError(
                f"The search engine {self.engine!r} needs an endpoint: the URL of a server."
            )
        self._allowed = endpoint_host(endpoint)
        self._client = client or WebClient()
        self._limiter = RateLimiter(requests_per_minute=60 * rate_limit) if rate_limit else None
        super().__init__()

    def _found_key(self, api_key: str | None) -> str:
        variable = self._engine.key_variable
        key = api_key or (os.environ.get(variable, "") if variable else "")
        if variable and not key:
            raise ConfigurationError(
                f"The search engine {self.engine!r} needs a key: pass api_key, or set the environment variable "
                f"{variable}. 'duckduckgo' and 'bing' need none."
            )
        return key

    async def forward(self, query: str) -> str:
        """Search.

        Args:
            query: What for.

        Raises:
            WebRequestError: The engine could not be asked, or refused.
        """
        return results_text(query, await self.search(query))

    async def search(self, query: str, year: int | None = None) -> list[SearchResult]:
        """Search, and return the results as data.

        Args:
            query: What for.
            year: The year that pages have to be from, for engines that know of it.
        """
        request = self._request(Query(query, self.max_results, year, self._api_key))
        if self._limiter is None:
            return await self._ask(request)
        async with self._limiter.slot():
            return await self._ask(request)

    def _request(self, query: Query) -> SearchRequest:
        return self._engine.request(query)

    async def _ask(self, request: SearchRequest) -> list[SearchResult]:
        response = await self._client.fetch(
            self._address,
            method=request.method,
            params=request.params,
            headers=request.headers,
            form=request.form,
            json=request.json,
            allowed_hosts=self._allowed,
        )
        found = [result for result in self._engine.read(response.text) if result.url]
        return found[: self.max_results]


class DuckDuckGoSearchTool(WebSearchTool):
    """Searches the web with DuckDuckGo, without a key.

    Args:
        max_results: How many results are returned at most.
        rate_limit: How many searches may begin in a second; None for no limit.
        **kwargs: Further arguments of ``WebSearchTool``.
    """

    def __init__(self, max_results: int = 10, rate_limit: float | None = 1.0, **kwargs: Any) -> None:
        super().__init__(max_results, "duckduckgo", rate_limit=rate_limit, **kwargs)


class GoogleSearchTool(WebSearchTool):
    """Searches the web with Google, through a provider that offers it as an API.

    Args:
        provider: ``"serpapi"`` or ``"serper"``.
        max_results: How many results are returned at most.
        **kwargs: Further arguments of ``WebSearchTool``.
    """

    inputs = {
        "query": _QUERY,
        "filter_year": {
            "type": "integer",
            "description": "Return only pages from this year.",
            "nullable": True,
        },
    }

    def __init__(self, provider: str = "serpapi", max_results: int = 10, **kwargs: Any) -> None:
        if provider not in ("serpapi", "serper"):
            raise ConfigurationError(f"provider must be 'serpapi' or 'serper', not {provider!r}.")
        self.provider = provider
        super().__init__(max_results, provider, **kwargs)

    async def forward(self, query: str, filter_year: int | None = None) -> str:
        """Search.

        Args:
            query: What for.
            filter_year: The year that pages have to be from.

        Raises:
            WebRequestError: The provider could not be asked, or refused.
        """
        return results_text(query, await self.search(query, filter_year))


class ApiWebSearchTool(WebSearchTool):
    """Searches the web with an API like that of Brave.

    Args:
        endpoint: Where it is asked; Brave's address if empty.
        api_key: Its key; that of the environment variable ``api_key_name`` if empty.
        api_key_name: The name of that variable; ``BRAVE_API_KEY`` if empty.
        headers: Headers of each request; one with the key if None.
        params: Parameters of each request, beside the query; ``count`` if None.
        rate_limit: How many searches may begin in a second; None for no limit.
        max_results: How many results are returned at most.
        **kwargs: Further arguments of ``WebSearchTool``.
    """

    def __init__(
        self,
        endpoint: str = "",
        api_key: str = "",
        api_key_name: str = "",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        rate_limit: float | None = 1.0,
        max_results: int = 10,
        **kwargs: Any,
    ) -> None:
        self.api_key_name = api_key_name
        engine = dataclasses.replace(
            find_engine("brave"), key_variable="" if headers is not None else api_key_name or "BRAVE_API_KEY"
        )
        self._headers = None if headers is None else dict(headers)
        self._params = None if params is None else dict(params)
        super().__init__(
            max_results,
            engine,
            api_key=api_key or None,
            endpoint=endpoint or None,
            rate_limit=rate_limit,
            **kwargs,
        )

    def _request(self, query: Query) -> SearchRequest:
        usual = super()._request(query)
        return dataclasses.replace(
            usual,
            headers=usual.headers if self._headers is None else self._headers,
            params=usual.params if self._params is None else {"q": query.text, **self._params},
        )


def endpoint_host(endpoint: str | None) -> tuple[str, ...]:
    """Return the host of an endpoint that the program chose: it may be on the own network."""
    if endpoint is None:
        return ()
    address = parse_url(endpoint)
    return (f"{address.host}:{address.port}",)
