# Generated from src/twofold/_async/tools/visit_webpage.py by `nox -s codegen`. Do not edit.
"""``VisitWebpageTool``: reads a web page as Markdown."""

from __future__ import annotations

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError
from ..._core.tools.tool import Tool
from ..._core.web.pages import cut_page, page_text
from .web_client import WebClient

__all__ = ["VisitWebpageTool"]


class VisitWebpageTool(Tool):
    """Reads a web page and returns its text as Markdown.

    Pages of the own machine and network are refused; see ``WebClient`` for how to allow some of them.

    Args:
        max_output_length: How many characters of the page are returned.
        client: What fetches; a ``WebClient`` with its usual limits if None.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold import VisitWebpageTool, WebClient
        >>> visit = VisitWebpageTool(client=WebClient(timeout=10, allowed_hosts=["intranet"]))
        >>> visit("https://example.com")  # doctest: +SKIP
        '# Example Domain…'
    """

    name = "visit_webpage"
    description = "Reads the web page at a URL and returns its text as Markdown."
    inputs = {"url": {"type": "string", "description": "The URL of the page."}}
    output_type = "string"

    def __init__(self, max_output_length: int = 40_000, client: WebClient | None = None) -> None:
        if not isinstance(max_output_length, int) or max_output_length < 1:
            raise ConfigurationError(f"max_output_length must be at least 1, not {max_output_length!r}.")
        self.max_output_length = max_output_length
        self.client = client
        self._client = client or WebClient()
        super().__init__()

    def forward(self, url: str) -> str:
        """Read a page.

        Args:
            url: Its URL.

        Raises:
            WebRequestError: It cannot be fetched, or is no text. The message says what to do instead.
        """
        response = self._client.fetch(url)
        text = bridge.call_blocking(page_text, response)
        return cut_page(text, self.max_output_length, is_cut=response.is_cut)
