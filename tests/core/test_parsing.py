"""Finding the action in a reply."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold._core.errors import AgentParsingError, ConfigurationError
from twofold._core.parsing import (
    MARKDOWN_TAGS,
    CodeBlockTags,
    extract_code_from_text,
    parse_code_blobs,
    parse_thought_and_code,
    resolve_code_block_tags,
    truncate_content,
)

TAGS = CodeBlockTags("<code>", "</code>")
ALL_TAGS = [TAGS, MARKDOWN_TAGS, CodeBlockTags("[[", "]]"), CodeBlockTags("~~~", "~~~")]

# pieces from which tags, broken tags and code arise by chance
soup = st.lists(
    st.sampled_from(
        ["<code>", "</code>", "```python", "```", "~~~", "[[", "]]", "\n", " ", "x = 1", "é", "\\d"]
    )
    | st.text(max_size=5)
).map("".join)


# Tags


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [
        (None, TAGS),
        ("markdown", MARKDOWN_TAGS),
        (("<a>", "</a>"), CodeBlockTags("<a>", "</a>")),
        (["<a>", "</a>"], CodeBlockTags("<a>", "</a>")),
        (TAGS, TAGS),
    ],
)
def test_tags(given_tags: Any, expected: CodeBlockTags) -> None:
    assert resolve_code_block_tags(given_tags) == expected


@pytest.mark.parametrize("wrong", ["html", ("<a>",), ("", "</a>"), ("<a>", 3), 5, ("a", "b", "c"), {}])
def test_wrong_tags_are_shown(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(repr(wrong))):
        resolve_code_block_tags(wrong)


def test_a_closing_tag_that_is_in_the_opening_one_is_no_stop_sequence() -> None:
    assert TAGS.closing_is_stop_sequence
    assert not MARKDOWN_TAGS.closing_is_stop_sequence


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("I add <code>1 + 1", "I add <code>1 + 1</code>"),
        ("<code>1</code>", "<code>1</code>"),
        ("<code>1</code> and <code>2", "<code>1</code> and <code>2</code>"),
        ("no code", "no code"),
        ("</code>", "</code>"),
    ],
)
def test_a_missing_closing_tag_is_put_back(text: str, closed: str) -> None:
    assert TAGS.close(text) == closed


def test_tags_that_are_equal_are_counted() -> None:
    tags = CodeBlockTags("~~~", "~~~")
    assert tags.close("~~~x~~~") == "~~~x~~~"
    assert tags.close("~~~x~~~ then ~~~y") == "~~~x~~~ then ~~~y~~~"


@given(soup, st.sampled_from(ALL_TAGS))
def test_closing_twice_changes_nothing_more(text: str, tags: CodeBlockTags) -> None:
    closed = tags.close(text)
    assert closed.startswith(text)
    assert tags.close(closed) == closed


@given(soup, st.sampled_from(ALL_TAGS))
def test_blocks_are_those_that_a_pattern_finds(text: str, tags: CodeBlockTags) -> None:
    pattern = re.compile(re.escape(tags.opening) + "(.*?)" + re.escape(tags.closing), re.DOTALL)
    assert tags.find_all(text) == [block.strip("\n") for block in pattern.findall(text)]


# Code


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("Thought: add.\n<code>\n1 + 1\n</code>", "1 + 1"),
        ("<code>a = 1</code> then <code>a + 1</code>", "a = 1\n\na + 1"),
        ("<code>\n    if x:\n        y()\n</code>", "if x:\n    y()"),
        ("<code>\r\nx = 1\r\ny = 2\r\n</code>", "x = 1\r\ny = 2"),
        ("<code></code><code>x()</code>", "x()"),
        # fences, when the tags were forgotten
        ("Here:\n```python\nx()\n```", "x()"),
        ("Here:\n```py\nx()\n```", "x()"),
        ("Here:\n```Python\nx()\n```\nand\n```\ny()\n```", "x()\n\ny()"),
        ("Here:\n```python\nx()", "x()"),
        # fences inside the tags
        ("<code>\n```python\nx()\n```\n</code>", "x()"),
        # the thought speaks of the tag
        ("I shall use <code> here.\n<code>\nx()\n</code>", "x()"),
        ('<code>show("<code>")</code>', 'show("<code>")'),
        # nothing but code
        ("x = 1\nprint(x)", "x = 1\nprint(x)"),
        ("import math", "import math"),
        ("  final_answer(3)  ", "final_answer(3)"),
        ("2 + 2", "2 + 2"),
        ("[n for n in range(3)]", "[n for n in range(3)]"),
        ('import re\nre.findall(r"\\d", "\\N{BULLET}")', 'import re\nre.findall(r"\\d", "\\N{BULLET}")'),
    ],
)
def test_code_is_found(reply: str, code: str) -> None:
    assert parse_code_blobs(reply, TAGS) == code


def test_other_tags_find_their_code() -> None:
    assert parse_code_blobs("<a>\nx()\n</a>", CodeBlockTags("<a>", "</a>")) == "x()"
    assert parse_code_blobs("Look:\n```python\nx()\n```", MARKDOWN_TAGS) == "x()"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I do not know what to do.",
        "42",
        "Paris",
        "Paris, France",
        "yes or no",
        "not available",
        "Answer: 42",
        "Final: unknown",
        "TCP/IP",
        "well-known",
        "pass",
        "return home",
        "# only a comment",
        '"quoted"',
        "<code></code>",
        "The result:\n```json\n{}\n```\nDone.",
        "x = (",
        "\x00",
        "(" * 10_000,
        "-" * 100_000 + "1",
    ],
    ids=lambda reply: repr(reply[:20]),
)
def test_a_reply_without_code_is_told_how_to_write_it(reply: str) -> None:
    with pytest.raises(AgentParsingError) as caught:
        parse_code_blobs(reply, TAGS)
    assert "<code>\n# Python code here\n</code>" in str(caught.value)
    assert truncate_content(reply, 2_000) in str(caught.value)


def test_a_final_answer_in_prose_is_told_how_to_give_it() -> None:
    with pytest.raises(AgentParsingError, match=r"final_answer\(\.\.\.\)"):
        parse_code_blobs("The final answer is 42.", TAGS)


@given(soup, st.sampled_from(ALL_TAGS))
def test_any_reply_has_code_or_is_refused(reply: str, tags: CodeBlockTags) -> None:
    try:
        code = parse_code_blobs(reply, tags)
    except AgentParsingError:
        return
    assert code
    assert code == code.strip()


@given(st.lists(st.integers(-9, 99).map("x = {}".format), min_size=1), soup.filter(lambda t: "<" not in t))
def test_code_between_the_tags_comes_out_whatever_is_around_it(lines: list[str], prose: str) -> None:
    code = "\n".join(lines)
    assert extract_code_from_text(f"{prose}<code>\n{code}\n</code>{prose}", TAGS) == code


def test_parsing_never_warns() -> None:
    # Python warns on standard error about escapes that it does not know
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_code_blobs("x = '\\d \\w'\nprint(x)", TAGS) == "x = '\\d \\w'\nprint(x)"


def test_a_model_that_repeats_the_tag_for_ever_costs_little() -> None:
    # quadratic work would take minutes here
    with pytest.raises(AgentParsingError):
        parse_code_blobs("<code> " * 200_000, TAGS)


# JSON


@given(st.text(), st.text(alphabet="abc()=\n x1").map(str.strip).filter(bool))
def test_thought_and_code_from_json(thought: str, code: str) -> None:
    found = parse_thought_and_code(json.dumps({"thought": thought, "code": code}))
    assert found[0] == thought
    assert found[1].split() == code.split()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('{"code": "x()"}', ("", "x()")),
        ('{"thought": null, "code": "x()"}', ("", "x()")),
        ('{"thought": "t", "code": "<code>x()</code>"}', ("t", "x()")),
        ('{"thought": "t", "code": "```python\\nx()\\n```"}', ("t", "x()")),
        ('{"thought": "t", "code": "show(\\"<code>a</code>\\")"}', ("t", 'show("<code>a</code>")')),
        ('```json\n{"thought": "t", "code": "x()"}\n```', ("t", "x()")),
        ('Here you are: {"thought": "{t}", "code": "x()"} Done.', ("{t}", "x()")),
        ('{"thought": "two\nlines", "code": "x()"}', ("two\nlines", "x()")),
    ],
)
def test_json_as_models_write_it(reply: str, expected: tuple[str, str]) -> None:
    assert parse_thought_and_code(reply) == expected


@pytest.mark.parametrize(
    "reply",
    ["", "x()", "{", "}{", '{"thought": "t"}', '{"code": 3}', '{"code": " "}', "[1]", "null", "[" * 100_000],
    ids=lambda reply: repr(reply[:20]),
)
def test_other_json_is_refused(reply: str) -> None:
    with pytest.raises(AgentParsingError, match="code"):
        parse_thought_and_code(reply)


@given(soup | st.text(alphabet='{}[]":,code1 '))
def test_any_structured_reply_is_read_or_refused(reply: str) -> None:
    try:
        thought, code = parse_thought_and_code(reply)
    except AgentParsingError:
        return
    assert isinstance(thought, str)
    assert code


# Cutting


@given(st.text(), st.integers(-3, 50))
def test_what_is_cut_keeps_its_ends(content: str, limit: int) -> None:
    shown = truncate_content(content, limit)
    kept = max(limit, 0)
    if len(content) <= kept:
        assert shown == content
        return
    head, note, tail = re.fullmatch(
        r"(.*?)(\n\.\.\._\d+ of \d+ characters were left out to stay within \d+_\.\.\.\n)(.*)",
        shown,
        re.DOTALL,
    ).groups()  # type: ignore[union-attr]
    assert len(head) + len(tail) == kept
    assert content.startswith(head)
    assert content.endswith(tail)
    assert f"_{len(content) - kept} of {len(content)} " in note
