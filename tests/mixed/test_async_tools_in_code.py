"""Real ``async def`` tools called by generated code: in both APIs, and in the sync one under a running loop."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from typing import Any

import pytest

import twofold
import twofold.aio
from twofold import tool
from twofold._bridge import _blocking_pool

SNIPPETS = Path(__file__).parents[1] / "snippets" / "positions.txt"
POSITIONS = [
    pytest.param(code.strip(), id=name)
    for name, _, code in (
        block.partition("\n") for block in f"\n{SNIPPETS.read_text(encoding='utf-8')}".split("\n### ")[1:]
    )
]


@tool
async def ask(n: int) -> int:
    """Double a number, after a while.

    Args:
        n: The number.
    """
    await asyncio.sleep(0)
    return n * 2


def run_sync(code: str) -> object:
    session = twofold.LocalPythonExecutor().open({"ask": ask}, {})
    try:
        return session.execute(code).output
    finally:
        session.close()


@pytest.mark.parametrize("code", POSITIONS)
def test_in_the_sync_api(code: str) -> None:
    assert run_sync(code) is True


@pytest.mark.parametrize("code", POSITIONS)
async def test_in_the_sync_api_under_a_running_loop(code: str) -> None:
    assert run_sync(code) is True


@pytest.mark.parametrize("code", POSITIONS)
async def test_in_the_async_api(code: str) -> None:
    session = await twofold.aio.LocalPythonExecutor().open({"ask": ask}, {})
    try:
        assert (await session.execute(code)).output is True
    finally:
        await session.aclose()


def test_many_async_tools_at_once_in_the_sync_api() -> None:
    arrived: list[int] = []
    complete = asyncio.Event()

    @tool
    async def count(n: int) -> int:
        """Count who is here.

        Args:
            n: A number.
        """
        arrived.append(n)
        if len(arrived) == 20:
            complete.set()
        await asyncio.wait_for(complete.wait(), 60)  # one after the other, it never is
        return n

    session = twofold.LocalPythonExecutor().open({"count": count}, {})
    assert session.execute("parallel(count, range(20))").output == list(range(20))
    session.close()


async def test_async_functions_need_no_thread_of_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_blocking_pool, "MAX_THREADS", 0)

    async def double(n: int) -> int:
        return n * 2

    class Doubler:
        async def __call__(self, n: int) -> int:
            return n * 2

    functions = {"a": double, "b": functools.partial(double, 4), "c": Doubler()}
    session = await twofold.aio.LocalPythonExecutor().open(functions, {})
    assert (await session.execute("[a(1), b(), c(3)]")).output == [2, 8, 6]
    await session.aclose()


AGENT_POSITIONS = {
    "sorted": "[helper(t) for t in sorted('ba', key=helper)]",
    "comprehension": "[r for r in (helper(t) for t in 'ba') if r]",
    "default argument": "def f(x=helper('a')): return x\nf()",
    "class body and decorator": "def twice(c):\n    c.more = helper('b')\n    return c\n"
    "@twice\nclass C:\n    one = helper('a')\n[C.one, C.more]",
    "dunder": "class C:\n    def __add__(self, other): return helper('a')\nC() + 1",
    "generator": "def g():\n    yield helper('a')\n    yield helper('b')\nlist(g())",
    "regular expression": "import re\nre.sub('[ab]', lambda m: helper(m[0])[:1], 'a-b')",
    "with and finally": "class C:\n    def __enter__(self): return helper('a')\n    def __exit__(self, *e): helper('b')\n"
    "with C() as c:\n    try: pass\n    finally: d = helper('b')\n[c, d]",
    "parallel": "parallel(helper, ['a', 'b'])",
}


@pytest.mark.parametrize("name", AGENT_POSITIONS)
async def test_a_managed_agent_can_be_called_here(name: str) -> None:
    """The same in both APIs: the helper is an agent, which waits for its model and for an async tool."""
    from twofold.aio.testing import ScriptedModel as AsyncModel
    from twofold.testing import ScriptedModel

    *lines, last = AGENT_POSITIONS[name].splitlines()
    code = "\n".join([*lines, f"final_answer({last})"])

    def managed(api: Any, model: Any) -> Any:
        helper = api.CodeAgent(
            tools=[ask],
            model=model(lambda messages: "<code>final_answer(f'{ask(21)}')</code>"),
            name="helper",
            description="Helps.",
        )
        helper.prompt_templates["managed_agent"]["report"] = "{{ final_answer }}"
        return api.CodeAgent(tools=[], model=model([f"<code>{code}</code>"]), managed_agents=[helper])

    in_async = await managed(twofold.aio, AsyncModel).run("Go")
    in_sync = await asyncio.to_thread(managed(twofold, ScriptedModel).run, "Go")
    assert in_async == in_sync
    assert "4" in str(in_async)
