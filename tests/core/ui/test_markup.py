"""Texts for the page: whatever they say, they stay texts."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold._core.ui.markup import box, call_text, fenced, formatted, joined, plain, shortened

HARMLESS = {
    "div", "p", "br", "b", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "table", "thead",
    "tbody", "tr", "th", "td", "a", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
PIECES = [
    "<img src=x onerror=alert(1)>", "![x](http://evil/x)", "[a](javascript:alert(1))", "[a](http://b)", "\n\n",
    "<script>", "</div>", "```", "`", "~~~", "|", "&lt;", "<a href=x>", "# ", "- ", "    ", "\\", "\x1b[31m",
]  # fmt: skip
ATTACKS = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


class Elements(HTMLParser):
    """Collects the elements of a text, and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend(attrs)


@settings(deadline=None)
@given(ATTACKS)
def test_no_text_becomes_anything_but_harmless_elements(text: str) -> None:
    for markup in (formatted(text), plain(text, "user"), box("Error", text, "error")):
        found = Elements(markup)
        assert found.tags <= HARMLESS
        for name, value in found.attributes:
            assert name in {"class", "href", "target", "rel", "style", "start"}
            if name == "href":
                assert re.match("(?i)https?://|mailto:", value or "")
        assert "\n" not in markup, "a blank line would end the HTML block"


@settings(deadline=None)
@given(ATTACKS)
def test_nothing_ends_a_fenced_block_from_inside(text: str) -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(joined([fenced(text, "python"), "after"]))
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].info == "python"


def test_markdown_takes_effect() -> None:
    assert "<strong>bold</strong>" in formatted("**bold**")
    assert "<li>one</li>" in formatted("- one\n- two")
    assert "<td>1</td>" in formatted("| a |\n|---|\n| 1 |")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[here](http://example.com/a)", ">here</a> (http://example.com/a)"),
        ("<http://example.com>", ">http://example.com</a></p>"),
        ("[here](javascript:alert(1))", "[here](javascript:alert(1))"),
        ("[here](/gradio_api/file=x)", "[here](/gradio_api/file=x)"),
        ("![cat](http://example.com/cat.png)", "!<a"),
    ],
)
def test_a_link_shows_where_it_leads(text: str, shown: str) -> None:
    assert shown in formatted(text)


def test_control_characters_are_spelled_out() -> None:
    assert "\\x07" in plain("\x07", "user")
    assert "\\u202e" in fenced("\u202e")


def test_calls_look_like_code() -> None:
    assert call_text("search", {"query": "cats", "limit": 3}) == 'search(query="cats", limit=3)'
    assert call_text("search", "cats") == 'search("cats")'


def test_long_prints_show_their_end() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcdef", 3) == "[3 characters before this are not shown]\ndef"
