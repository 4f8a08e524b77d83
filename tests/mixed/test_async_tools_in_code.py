"""Real ``async def`` tools called by generated code: in both APIs, and in the sync one under a running loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import twofold
import twofold.aio
from twofold import tool

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
        await asyncio.wait_for(complete.wait(), 20)  # one after the other, it never is
        return n

    session = twofold.LocalPythonExecutor().open({"count": count}, {})
    assert session.execute("parallel(count, range(20))").output == list(range(20))
    session.close()
