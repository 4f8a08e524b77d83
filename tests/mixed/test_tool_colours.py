"""Tools of either kind in either colour: generated tests cannot say it, since their functions change too."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

import pytest

from twofold._async.tools.calling import call_tool as call_async
from twofold._core.errors import AgentToolExecutionError
from twofold._core.tools.tool import Tool, tool
from twofold._sync.tools.calling import call_tool as call_sync


@tool
async def waiting(n: Annotated[int, "A number."]) -> int:
    """Double a number."""
    await asyncio.sleep(0)
    return n * 2


@tool
def returning_an_awaitable(n: Annotated[int, "A number."]) -> int:
    """Double a number."""
    return waiting.function(n)  # type: ignore[return-value]


@tool
def plain(n: Annotated[int, "A number."]) -> tuple[int, int]:
    """Double a number, and say where."""
    return n * 2, threading.get_ident()


class Prepared(Tool):
    name = "prepared"
    description = "Needs preparation."
    inputs: dict[str, dict[str, object]] = {}
    output_type = "integer"

    async def setup(self) -> None:
        await asyncio.sleep(0)
        self.value = 7

    def forward(self) -> int:
        return self.value


def test_async_tools_in_the_sync_colour() -> None:
    assert call_sync(waiting, (4,)) == 8
    assert call_sync(returning_an_awaitable, (4,)) == 8
    assert call_sync(Prepared()) == 7


async def test_async_tools_in_the_sync_colour_under_a_running_loop() -> None:
    assert call_sync(waiting, (4,)) == 8
    assert call_sync(Prepared()) == 7


async def test_all_tools_in_the_async_colour() -> None:
    assert await call_async(waiting, (4,)) == 8
    assert await call_async(returning_an_awaitable, (4,)) == 8
    assert await call_async(Prepared()) == 7
    doubled, thread = await call_async(plain, (4,))
    assert doubled == 8
    assert thread != threading.get_ident()


def test_one_tool_is_set_up_once_for_both_colours() -> None:
    started = threading.Event()
    go_on = threading.Event()
    setups: list[int] = []

    class Shared(Prepared):
        def setup(self) -> None:  # type: ignore[override]
            setups.append(1)
            started.set()
            assert go_on.wait(60)
            self.value = 9

    shared = Shared()
    results: list[object] = []

    async def calls() -> None:
        several = asyncio.gather(*(call_async(shared) for _ in range(3)))
        asyncio.get_running_loop().call_soon(go_on.set)
        results.extend(await several)

    first = threading.Thread(target=lambda: results.append(call_sync(shared)))
    first.start()
    assert started.wait(60)
    asyncio.run(calls())
    first.join(10)
    assert results == [9] * 4
    assert setups == [1]


def test_a_timeout_of_an_async_tool_in_the_sync_colour() -> None:
    @tool(timeout=0.02)
    async def forever() -> None:
        """Never end."""
        await asyncio.Event().wait()

    with pytest.raises(AgentToolExecutionError, match="longer than its timeout"):
        call_sync(forever)
