"""Text for the chat of the web UI, which shows Markdown with HTML in it.

Whatever a model, a tool or a user says is data. Texts become HTML here, every character of which is either
escaped or made by this module; code and prints become fenced blocks that nothing in them can end. So no text
can load an image from somewhere (which tells that server what the address says), hide where a link leads,
or look like a part of the page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ..display.safe_text import printable
from ..serialization import make_json_serializable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["box", "call_text", "fenced", "formatted", "joined", "plain", "shortened"]

_SHOWN = 20_000
_BACKTICKS = re.compile("`+")


def formatted(text: str, kind: str = "text") -> str:
    """Return what a model says as HTML: its Markdown takes effect, but for raw HTML and for images.

    Args:
        text: The Markdown.
        kind: What it is, as part of the element's class name.
    """
    return _in_one_line(f'<div class="tf-{kind}">{_markdown().render(printable(text)).strip()}</div>')


def plain(text: str, kind: str) -> str:
    """Return text as HTML that shows it as it is, line ends included.

    Args:
        text: The text.
        kind: What it is, as part of the element's class name.
    """
    return _in_one_line(f'<div class="tf-{kind}">{html.escape(printable(text))}</div>')


def box(label: str, text: str, kind: str) -> str:
    """Return text as HTML, as ``plain`` does, with a bold label before it."""
    shown = f"<b>{html.escape(label)}</b> {html.escape(printable(text))}"
    return _in_one_line(f'<div class="tf-{kind}">{shown}</div>')


def fenced(text: str, language: str = "text") -> str:
    """Return text as a fenced code block, whatever backticks it has itself."""
    shown = printable(text).strip("\n")
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def joined(parts: Sequence[str]) -> str:
    """Return one Markdown text of several that do not reach into each other."""
    return "\n\n".join(part for part in parts if part)


def call_text(name: str, arguments: Any) -> str:
    """Return a tool call as one looks in code."""
    if isinstance(arguments, dict):
        shown = [f"{key}={_value_text(value)}" for key, value in arguments.items()]
        return f"{name}({', '.join(shown)})"
    return f"{name}({_value_text(arguments)})"


def shortened(text: str, length: int = _SHOWN) -> str:
    """Return the end of a text, with a note of how much is missing before it."""
    if len(text) <= length:
        return text
    return f"[{len(text) - length:,} characters before this are not shown]\n{text[-length:]}"


def _value_text(value: Any) -> str:
    text = json.dumps(make_json_serializable(value), ensure_ascii=False)
    return text if len(text) <= 500 else f"{text[:500]}..."


def _in_one_line(markup: str) -> str:
    # a blank line would end the HTML block, and what follows it would be read as Markdown
    return markup.replace("\n", "&#10;")


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    parser.disable(["image", "entity"])
    parser.validateLink = _leads_elsewhere  # type: ignore[method-assign,assignment]
    parser.add_render_rule("link_open", _open_link)
    parser.add_render_rule("link_close", _close_link)
    return parser


def _leads_elsewhere(address: str) -> bool:
    """Return whether an address is one of the web: not a script, not a file, not a part of this page."""
    return re.match(r"(?:https?://|mailto:)", address, re.IGNORECASE) is not None


def _open_link(_: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    address = html.escape(_address(tokens[index]))
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">'


def _close_link(_: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """End a link with its address, unless its text is that already: nobody follows it unawares."""
    opened = max(i for i in range(index) if tokens[i].type == "link_open")
    address = _address(tokens[opened])
    said = "".join(token.content for token in tokens[opened + 1 : index])
    return "</a>" if said == address else f"</a> ({html.escape(address)})"


def _address(link: Token) -> str:
    return printable(str(link.attrGet("href") or ""))
