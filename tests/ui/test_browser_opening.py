"""A browser whose opening is cut off leaves no process behind."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from twofold.aio import Browser

pytest.importorskip("playwright", reason="a browser is driven by playwright: run `nox -s ui`")

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc"
)


def children() -> set[int]:
    """The processes that were started by this one and run."""
    found = set()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found.add(int(folder.name))
    return found


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not what():  # noqa: ASYNC110 (another process has no event to wait for)
            await asyncio.sleep(0.01)


def test_opening_that_is_cancelled_leaves_nothing_behind() -> None:
    before = children()

    async def cut_off() -> None:
        browser = Browser()
        opening = asyncio.create_task(browser.open())
        await until(lambda: children() > before)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await browser.aclose()
        await until(lambda: children() == before)

    asyncio.run(cut_off())


def test_closing_while_it_opens_closes_it() -> None:
    before = children()

    async def close_meanwhile() -> None:
        browser = Browser()
        opening = asyncio.create_task(browser.open())
        await until(lambda: children() > before)
        await browser.aclose()
        await opening
        assert not browser.is_open
        await until(lambda: children() == before)

    asyncio.run(close_meanwhile())


def test_what_waits_for_its_turn_while_it_closes_has_a_browser_that_can_be_closed() -> None:
    before = children()

    async def use_meanwhile() -> None:
        browser = Browser()
        await browser.open()
        closing = asyncio.create_task(browser.aclose())
        await asyncio.sleep(0)
        using = asyncio.create_task(browser.screenshot())
        await closing
        await using
        await browser.aclose()
        await until(lambda: children() == before)

    asyncio.run(use_meanwhile())
