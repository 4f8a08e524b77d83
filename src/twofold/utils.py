"""Small helpers under the names that users of smolagents know, for models and agents of one's own."""

from __future__ import annotations

import keyword
from typing import Any

from ._core import parsing as _parsing
from ._core.errors import AgentParsingError
from ._core.media.images import encode_image_base64, make_image_url
from ._core.parsing import truncate_content
from ._core.serialization import make_json_serializable

__all__ = [
    "encode_image_base64",
    "extract_code_from_text",
    "is_valid_name",
    "make_image_url",
    "make_json_serializable",
    "parse_code_blobs",
    "parse_json_blob",
    "truncate_content",
]


def is_valid_name(name: str) -> bool:
    """Say whether a tool or an agent can have this name: an identifier, and no keyword."""
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)


def extract_code_from_text(text: str, code_block_tags: str | tuple[str, str] | None = None) -> str | None:
    """Return the code of all blocks between the tags, joined by blank lines; None if there is no block.

    Args:
        text: A model's reply.
        code_block_tags: A pair of texts, or ``"markdown"``; ``<code>`` and ``</code>`` if None.

    Raises:
        ConfigurationError: They are no tags.

    Example:
        >>> extract_code_from_text("Thought: easy. <code>1 + 1</code>")
        '1 + 1'
    """
    return _parsing.extract_code_from_text(text, _parsing.resolve_code_block_tags(code_block_tags))


def parse_code_blobs(text: str, code_block_tags: str | tuple[str, str] | None = None) -> str:
    """Return the code that a reply asks to be run, also if it stands between other tags, or between none.

    Args:
        text: A model's reply.
        code_block_tags: A pair of texts, or ``"markdown"``; ``<code>`` and ``</code>`` if None.

    Raises:
        AgentParsingError: There is no code in it.
        ConfigurationError: They are no tags.
    """
    return _parsing.parse_code_blobs(text, _parsing.resolve_code_block_tags(code_block_tags))


def parse_json_blob(json_blob: str) -> tuple[dict[str, Any], str]:
    """Return the first JSON object in a text, and the text before it.

    Raises:
        AgentParsingError: There is none.

    Example:
        >>> parse_json_blob('Action: {"name": "search"}')
        ({'name': 'search'}, 'Action: ')
    """
    from json import JSONDecoder

    decoder = JSONDecoder(strict=False)  # models write line ends in texts
    start = json_blob.find("{")
    while start >= 0:
        try:
            value: dict[str, Any] = decoder.raw_decode(json_blob, start)[0]
            return value, json_blob[:start]
        except ValueError:
            start = json_blob.find("{", start + 1)
    raise AgentParsingError(
        f"There is no JSON object in the text: {truncate_content(json_blob, 500)!r}. "
        'Write one, such as {"name": "value"}.'
    )
