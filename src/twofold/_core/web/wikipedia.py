"""Wikipedia: questions to the MediaWiki API, and what its answers say."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from ..errors import ConfigurationError, WebRequestError

__all__ = ["ContentType", "article_query", "article_text", "check_options", "endpoint_of"]

ContentType = Literal["summary", "text"]


def check_options(language: str, content_type: str, extract_format: str) -> None:
    """Check what a user chose.

    Raises:
        ConfigurationError: It is none of the choices.
    """
    if not re.fullmatch(r"[a-z][a-z-]{1,20}", language):
        raise ConfigurationError(
            f"language must be the code of a Wikipedia, such as 'en' or 'de', not {language!r}."
        )
    if content_type not in ("summary", "text"):
        raise ConfigurationError(f"content_type must be 'summary' or 'text', not {content_type!r}.")
    if extract_format not in ("WIKI", "HTML"):
        raise ConfigurationError(f"extract_format must be 'WIKI' or 'HTML', not {extract_format!r}.")


def endpoint_of(language: str) -> str:
    """Return where the Wikipedia of a language is asked."""
    return f"https://{language}.wikipedia.org/w/api.php"


def article_query(query: str, content_type: str, extract_format: str) -> dict[str, Any]:
    """Return the request for the best article about something, and the titles of the next best ones."""
    return {
        "action": "query",
        "format": "json",
        "formatversion": 2,
        "generator": "search",
        "gsrsearch": query,
        "gsrlimit": 1 if content_type == "text" else 5,  # whole articles are given one at a time
        "prop": "extracts|info",
        "inprop": "url",
        "exlimit": 1 if content_type == "text" else 5,
        "redirects": 1,
        **({"exintro": 1} if content_type == "summary" else {}),
        **({"explaintext": 1, "exsectionformat": "wiki"} if extract_format == "WIKI" else {}),
    }


def article_text(query: str, reply: str) -> str:
    """Return the best article of a reply as a model is shown it.

    Raises:
        WebRequestError: The reply is an error, or none at all.
    """
    try:
        data = json.loads(reply)
    except ValueError as error:
        raise WebRequestError("Wikipedia's reply is not JSON. Try again later.") from error
    if not isinstance(data, dict) or "error" in data:
        raise WebRequestError(f"Wikipedia could not be searched: {_reason(data)}")
    pages = sorted(
        (page for page in data.get("query", {}).get("pages", []) if isinstance(page, dict)),
        key=lambda page: page.get("index", 0),
    )
    best = next((page for page in pages if page.get("extract")), None)
    if best is None:
        return f"There is no article about {query!r}. Try other words."
    others = [page["title"] for page in pages if page is not best and "title" in page]
    parts = [f"# {best.get('title', '')}", best["extract"].strip(), f"Source: {best.get('fullurl', '')}"]
    if others:
        parts.append(f"Other articles: {', '.join(others)}")
    return "\n\n".join(parts)


def _reason(data: Any) -> str:
    error = data.get("error") if isinstance(data, dict) else None
    return str(error.get("info", error)) if isinstance(error, dict) else "it gave no reason."
