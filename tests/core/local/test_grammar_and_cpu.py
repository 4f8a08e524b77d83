"""The pure parts of the local model: grammars, and how many threads it uses."""

from __future__ import annotations

import re

import pytest

from twofold._core.local.cpu import available_cpus, default_threads
from twofold._core.local.grammar import code_block_grammar
from twofold._core.local.tool_calls import read_tool_call


def as_regex(grammar: str) -> re.Pattern[str]:
    """Read the two rules as a regular expression, which this little grammar can be written as."""
    rules = dict(line.split(" ::= ") for line in grammar.splitlines())

    def translate(rule: str) -> str:
        tokens = re.findall(r'"(?:\\.|[^"])*"|\[(?:\\.|[^\]])*\]\+?|[()|]|\)\+|\+|code', rule)
        parts = []
        for token in tokens:
            if token == "code":
                parts.append(f"(?:{translate(rules['code'])})")
            elif token.startswith('"'):
                parts.append(
                    re.escape(token[1:-1].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\"))
                )
            else:
                parts.append(token)
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
