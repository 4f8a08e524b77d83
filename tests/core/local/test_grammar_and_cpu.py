"""The pure parts of the local model: grammars, and how many threads it uses."""

from __future__ import annotations

import re

import pytest

from twofold._core.local.cpu import available_cpus, default_threads
from twofold._core.local.grammar import code_block_grammar
from twofold._core.local.tool_calls import read_tool_call


def as_regex(grammar: str) -> re.Pattern[str]:
    """Read the rules as a regular expression, which a grammar without recursion can be written as."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())

    def translate(rule: str) -> str:
        parts = []
        for token in re.findall(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[()|+*?]|[a-z]+', rule):
            if token.startswith('"'):
                text = token[1:-1].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
                parts.append(f"(?:{re.escape(text)})")
            elif token.isalpha():
                parts.append(f"(?:{translate(rules[token])})")
            else:
                parts.append("(?:" if token == "(" else token)
        return "".join(parts)

    return re.compile(translate(rules["root"]), re.DOTALL)


@pytest.mark.parametrize("tags", [("<code>", "</code>"), ("```python", "```"), ('"a\\', "]^-")])
def test_a_thought_and_a_block(tags):
    opening, closing = tags
    pattern = as_regex(code_block_grammar(opening, closing))
    assert pattern.fullmatch(f"Thought: I add.\n{opening}\nx = [1 < 2]\nprint(x)\n{closing}")
    assert not pattern.fullmatch(f"I add.\n{opening}\n1\n{closing}")
    assert not pattern.fullmatch(f"Thought: I add.\n{opening}\n1\n{closing}\nand more")
    assert not pattern.fullmatch("Thought: I know it without code.")


def test_code_may_hold_the_beginning_of_the_closing_tag():
    pattern = as_regex(code_block_grammar("<code>", "</code>"))
    assert pattern.fullmatch("Thought: x\n<code>\na < b </c> </codes>x\n</code>")


MODULES = ["math", "collections", "collections.abc", "urllib.parse", "pandas.*"]


@pytest.mark.parametrize("tags", [("<code>", "</code>"), ("```python", "```"), ("{", "}"), ("[[", "]^-")])
@pytest.mark.parametrize(
    "code",
    [
        "import math",
        "import math as m, collections.abc, pandas.io",
        "import math; x = 1",
        "from collections import Counter, deque",
        "def f():\n    from pandas import Series\n\n    return Series",
        "x = 1\nimportant = 2\nfrom_here = [i]\ni = 3\nimport_x\nf(x)",
        "i",
        "# import numpy is not possible",
        "a < b\nprint('`', 1 // 2, '</c')\n\t<\n`",
    ],
)
def test_code_that_imports_what_it_may(tags, code):
    opening, closing = tags
    pattern = as_regex(code_block_grammar(opening, closing, MODULES))
    assert pattern.fullmatch(f"Thought: x\n{opening}\n{code}\n{closing}")
    assert not pattern.fullmatch(f"Thought: x\n{opening}\n{code}\n{closing}x = 1\n{closing}")


@pytest.mark.parametrize(
    "code",
    [
        "import numpy",
        "import math, numpy as np",
        "x = 1\n  import mathx",
        "x <\nimport numpy",
        "from numpy import array",
        "from urllib import request",
        "from mathx import y",
    ],
)
def test_code_that_imports_what_it_may_not(code):
    reply = f"Thought: x\n<code>\n{code}\n</code>"
    assert not as_regex(code_block_grammar("<code>", "</code>", MODULES)).fullmatch(reply)
    assert as_regex(code_block_grammar("<code>", "</code>")).fullmatch(reply)
    assert as_regex(code_block_grammar("<code>", "</code>", [*MODULES, "*"])).fullmatch(reply)


@pytest.mark.parametrize(("limit", "cpus"), [("200000 100000", 2), ("50000 100000", 1), ("150000 100000", 2)])
def test_the_quota_of_a_container(tmp_path, monkeypatch, limit, cpus):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(64)), raising=False)
    (tmp_path / "cpu.max").write_text(limit)
    assert available_cpus(tmp_path / "cpu.max") == cpus


def test_no_quota(tmp_path, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(6)), raising=False)
    (tmp_path / "cpu.max").write_text("max 100000")
    assert available_cpus(tmp_path / "cpu.max") == 6
    assert available_cpus(tmp_path / "missing") == 6


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (2, 2), (4, 4), (6, 4), (16, 8)])
def test_threads(monkeypatch, cpus, threads):
    monkeypatch.setattr("twofold._core.local.cpu.available_cpus", lambda: cpus)
    assert default_threads() == threads


@pytest.mark.parametrize("text", ["[1]", "nonsense", '{"arguments": {}}', '"text"'])
def test_what_is_no_tool_call(text):
    assert read_tool_call(text) == (text, None)
