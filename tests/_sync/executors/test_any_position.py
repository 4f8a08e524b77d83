# Generated from tests/_async/executors/test_any_position.py by `nox -s codegen`. Do not edit.
"""A tool that waits, called at every place where Python can call anything."""

from pathlib import Path

import pytest

from twofold import LocalPythonExecutor, tool
from twofold._bridge import _sync as bridge

SNIPPETS = Path(__file__).parents[2] / "snippets"


def read_snippets(file: str) -> dict[str, str]:
    """Snippets of generated code by their headings; they stand in files that both trees read."""
    text = (SNIPPETS / f"{file}.txt").read_text(encoding="utf-8")
    blocks = [block.partition("\n") for block in f"\n{text}".split("\n### ")[1:]]
    return {name: code.strip() for name, _, code in blocks}


# Each ends in an expression that is true if the calls of ``ask`` (twice its argument) gave what they must.
POSITIONS = read_snippets("positions")
AT_ONCE = read_snippets("at_once")


@tool
def ask(n: int) -> int:
    """Double a number, after a while.

    Args:
        n: The number.
    """
    bridge.sleep(0.0005)
    return n * 2


@pytest.mark.parametrize("name", POSITIONS)
def test_a_tool_can_be_called_here(name: str) -> None:
    session = LocalPythonExecutor().open({"ask": ask}, {})
    try:
        assert session.execute(POSITIONS[name]).output is True
    finally:
        session.close()


@pytest.mark.parametrize("name", ["sorted", "generator", "class body", "re.sub", "recursion", "gather"])
def test_inside_a_function_of_an_earlier_step(name: str) -> None:
    *lines, last = POSITIONS[name].splitlines()
    body = "\n".join(f"    {line}" for line in [*lines, f"return {last}"])
    session = LocalPythonExecutor().open({"ask": ask}, {})
    session.execute(f"def whole():\n{body}")
    assert session.execute("whole()").output is True
    session.close()


@pytest.mark.parametrize("name", AT_ONCE)
def test_calls_are_under_way_at_once(name: str) -> None:
    arrived = []
    complete = bridge.Event()

    def slow(n):
        arrived.append(n)
        if len(arrived) == 8:
            complete.set()
        bridge.run_with_timeout(complete.wait, 60, TimeoutError)  # one after the other, it never is
        return n

    session = LocalPythonExecutor().open({"slow": slow}, {})
    assert session.execute(AT_ONCE[name]).output == list(range(8))
    session.close()


def test_parallel_has_a_limit_and_raises_the_first_error() -> None:
    under_way = []
    most = []

    def slow(n):
        under_way.append(n)
        most.append(len(under_way))
        bridge.sleep(0.01)
        under_way.remove(n)
        if n == 5:
            raise ValueError(f"no {n}")
        return n

    session = LocalPythonExecutor().open({"slow": slow}, {})
    assert session.execute("parallel(slow, range(5), limit=2)").output == [0, 1, 2, 3, 4]
    assert max(most) <= 2
    assert (
        session.execute("try: parallel(slow, [4, 5])\nexcept ValueError as e: r = str(e)\nr")
    ).output == "no 5"
    session.close()
