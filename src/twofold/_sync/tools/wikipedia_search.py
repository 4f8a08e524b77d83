# Generated from src/twofold/_async/tools/wikipedia_search.py by `nox -s codegen`. Do not edit.
"""``WikipediaSearchTool``: looks things up in Wikipedia."""

from __future__ import annotations

from typing import Literal

from ..._core.tools.tool import Tool
from ..._core.web.pages import cut_page
from ..._core.web.wikipedia import ContentType, article_query, article_text, check_options, endpoint_of
from .web_client import WebClient
from .web_search import endpoint_host

__all__ = ["WikipediaSearchTool"]


class WikipediaSearchTool(Tool):
    """Finds the article about something in Wikipedia and returns its beginning, or all of it.

    Args:
        user_agent: How the tool introduces itself; Wikipedia asks for a name and an address to write to.
        language: The code of the Wikipedia, such as ``"de"``.
        content_type: ``"summary"`` for the beginning of the article, ``"text"`` for all of it.
        extract_format: ``"WIKI"`` for plain text with headings, ``"HTML"``.
        endpoint: The address of another MediaWiki's API.
        max_output_length: How many characters of an article are returned.
        client: What fetches; a ``WebClient`` with its usual limits if None.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold import WikipediaSearchTool
        >>> wikipedia = WikipediaSearchTool("my-agent (me@example.com)", language="de")
        >>> wikipedia("Konrad Zuse")  # doctest: +SKIP
        '# Konrad Zuse…'
    """

    name = "wikipedia_search"
    description = "Looks something up in Wikipedia and returns the best article about it, with its URL."
    inputs = {"query": {"type": "string", "description": "What to look up, best the title of an article."}}
    output_type = "string"

    def __init__(
        self,
        user_agent: str | None = None,
        language: str = "en",
        content_type: ContentType = "text",
        extract_format: Literal["WIKI", "HTML"] = "WIKI",
        *,
        endpoint: str | None = None,
        max_output_length: int = 40_000,
        client: WebClient | None = None,
    ) -> None:
        check_options(language, content_type, extract_format)
        self.language = language
        self.content_type = content_type
        self.extract_format = extract_format
        self.user_agent = user_agent
        self.endpoint = endpoint
        self.client = client
        self._address = endpoint or endpoint_of(language)
        self.max_output_length = max_output_length
        self._allowed = endpoint_host(endpoint)
        self._client = client or WebClient()
        super().__init__()

    def forward(self, query: str) -> str:
        """Look something up.

        Args:
            query: What.

        Raises:
            WebRequestError: Wikipedia could not be asked.
        """
        response = self._client.fetch(
            self._address,
            params=article_query(query, self.content_type, self.extract_format),
            headers={"User-Agent": self.user_agent} if self.user_agent else None,
            allowed_hosts=self._allowed,
        )
        return cut_page(article_text(query, response.text), self.max_output_length, is_cut=response.is_cut)
