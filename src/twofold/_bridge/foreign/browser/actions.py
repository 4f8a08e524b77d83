"""What is done with a page: each function gets the session and the page, and says what came of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from ...._core.errors import BrowserError
from ...._core.web.browsing import did_you_mean, part_of
from .session import BrowserSession

__all__ = [
    "click",
    "close_popups",
    "find_text",
    "go_back",
    "go_to",
    "press",
    "read_page",
    "screenshot",
    "scroll",
    "where",
    "write",
]

_SETTLE_MS = 10_000  # for what a page still loads; then it is taken as it is
_APPEAR_MS = 3_000  # for what is to be clicked, and may be made by a script just now
_ERROR_PAGE = "chrome-error://chromewebdata/"
_COVERED_MS = 10_000  # for a button that something else may cover
_CLICKABLE = ("link", "button", "tab", "menuitem", "checkbox", "radio", "option", "switch")
_FIELDS = ("textbox", "searchbox", "combobox", "spinbutton")
_MODAL = "dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]"
_CLOSING = re.compile(
    r"\s*((close|dismiss|reject|decline|no,? thanks|not now|skip|cancel)\b|[\u00d7\u2715\u2716x]\s*$)",
    re.IGNORECASE,
)

Locator = Any


async def where(session: BrowserSession, page: Any) -> str:
    """Say which page is open."""
    title = " ".join((await page.title()).split())
    return f"{title or 'A page without a title'} ({page.url})"


async def go_to(session: BrowserSession, page: Any, address: str) -> str:
    """Open an address, which was checked."""
    try:
        reply = await page.goto(address, wait_until="domcontentloaded")
    except Exception as error:
        if "net::" in str(error) and "ERR_ABORTED" not in str(error):
            # the browser's own page about it follows, and would get into the way of the next navigation
            await _in_time(page.wait_for_url(_ERROR_PAGE, wait_until="commit", timeout=_SETTLE_MS))
        raise
    await _settle(page)
    failed = f" The server answered {reply.status}." if reply is not None and reply.status >= 400 else ""
    return f"You are at: {await where(session, page)}.{failed}"


async def read_page(session: BrowserSession, page: Any, part: int) -> str:
    """Say what is on the page."""
    text = await page.locator("body").aria_snapshot()
    return f"{await where(session, page)}\n\n{part_of(text, part, session.settings.max_output_length)}"


async def click(session: BrowserSession, page: Any, text: str, nth: int) -> str:
    """Click something by its text."""
    target = await _find(page, lambda: _clickables(page, text), nth)
    if target is None:
        names = [name for role in ("link", "button") for name in await _names(page, role)]
        known = did_you_mean(text, names, "Links and buttons")
        which = f"no {nth}. thing" if nth > 1 else "nothing"
        raise BrowserError(f"There is {which} with the text {text!r} that could be clicked.{known}")
    opens_page = await target.evaluate("e => (e.closest('a[href]') || {}).target === '_blank'")
    if opens_page:
        async with page.expect_popup() as opened:
            await target.click()
        page = await opened.value
    else:
        await target.click()
    if not page.is_closed():
        await _settle(page)
    return f"Clicked {text!r}. {await _now_at(session)}"


async def write(session: BrowserSession, page: Any, text: str, into: str | None) -> str:
    """Fill in a field."""
    if into is None:
        field = page.locator("input:focus, textarea:focus, [contenteditable]:focus")
        if not await field.count():
            raise BrowserError("No field is active: click one first, or say which with into=.")
        await field.fill(text)
        return f"Wrote {text!r}."
    target = await _find(page, lambda: _fields(page, into), 1)
    if target is None:
        names = [name for role in _FIELDS for name in await _names(page, role)]
        raise BrowserError(f"There is no field {into!r}.{did_you_mean(into, names, 'Fields')}")
    if await target.evaluate("e => e.tagName") == "SELECT":
        await target.select_option(label=text)
    else:
        await target.fill(text)
        await target.focus()
    return f"Wrote {text!r} into {into!r}."


async def press(session: BrowserSession, page: Any, key: str) -> str:
    """Press a key, where the keyboard's input goes to."""
    active = page.locator("*:focus")
    await (active.last if await active.count() else page.locator("body")).press(key)
    await _settle(page)
    return f"Pressed {key}. {await _now_at(session)}"


async def find_text(session: BrowserSession, page: Any, text: str, nth: int) -> str:
    """Scroll to a text."""
    found = page.get_by_text(text).filter(visible=True)
    count = await found.count()
    if not count:
        raise BrowserError(f"{text!r} is nowhere on this page.")
    if not 1 <= nth <= count:
        raise BrowserError(f"There is no match number {nth} of {text!r}: there are {count}.")
    match = found.nth(nth - 1)
    await match.evaluate("e => e.scrollIntoView({block: 'center', behavior: 'instant'})")
    around = " ".join((await match.inner_text()).split())[:500]
    return f"{text!r} is here {count} time(s). On the screen is match {nth}: {around!r}."


async def scroll(session: BrowserSession, page: Any, pixels: int) -> str:
    """Scroll down, or up where the number is negative."""
    top, view, height = await page.evaluate(
        "n => { window.scrollBy({top: n, behavior: 'instant'}); "
        "return [window.scrollY, window.innerHeight, document.documentElement.scrollHeight].map(Math.round); }",
        pixels,
    )
    return f"On the screen are the pixels {top} to {min(top + view, height)} of {height}."


async def go_back(session: BrowserSession, page: Any) -> str:
    """Return to the page before."""
    before = page.url
    reply = await page.go_back(wait_until="domcontentloaded")
    if reply is None and page.url == before:
        if len(page.context.pages) < 2:
            raise BrowserError("There is no page to go back to.")
        await page.close()  # it was opened beside the one before
    else:
        await _settle(page)
    return await _now_at(session)


async def close_popups(session: BrowserSession, page: Any) -> str:
    """Close what covers the page."""
    modals = page.locator(_MODAL).filter(visible=True)
    before = await modals.count()
    await page.keyboard.press("Escape")
    for _ in range(min(await modals.count(), 5)):
        button = modals.get_by_role("button", name=_CLOSING).filter(visible=True)
        if not await button.count() or not await _in_time(button.first.click(timeout=_COVERED_MS)):
            break
    after = await modals.count()
    if not before:
        return "Pressed Escape: no dialog was open."
    left = f" {after} could not be closed: click one of the buttons in it." if after else ""
    return f"Closed {before - after} of {before} dialogs.{left}"


async def screenshot(session: BrowserSession, page: Any) -> tuple[bytes, str]:
    """Return what is on the screen as PNG, and which page it is."""
    return await page.screenshot(type="png", animations="disabled"), await where(session, page)


async def _now_at(session: BrowserSession) -> str:
    return f"You are at: {await where(session, await session._page())}."


async def _settle(page: Any) -> None:
    """Wait for what the page loads, but not for long: some never stop."""
    await _in_time(page.wait_for_load_state("load", timeout=_SETTLE_MS))


async def _in_time(waiting: Awaitable[object]) -> bool:
    """Wait for something of playwright that has a limit; return whether it came about."""
    try:
        await waiting
    except Exception as error:
        if type(error).__name__ != "TimeoutError":
            raise
        return False
    return True


async def _find(page: Any, candidates: Callable[[], list[Locator]], nth: int) -> Locator | None:
    """Return the n-th of the first candidates of which there are so many."""
    found = await _first_of(candidates(), nth)
    if found is not None:
        return found
    anything = candidates()[0]
    for other in candidates()[1:]:
        anything = anything.or_(other)
    await _in_time(anything.filter(visible=True).nth(nth - 1).wait_for(state="visible", timeout=_APPEAR_MS))
    return await _first_of(candidates(), nth)


async def _first_of(candidates: list[Locator], nth: int) -> Locator | None:
    for one in candidates:
        visible = one.filter(visible=True)
        if 1 <= nth <= await visible.count():
            return visible.nth(nth - 1)
    return None


def _clickables(page: Any, text: str) -> list[Locator]:
    return [
        _by_role(page, _CLICKABLE, text, exact=True),
        _by_role(page, _CLICKABLE, text, exact=False),
        page.get_by_text(text, exact=True),
        page.get_by_text(text),
    ]


def _fields(page: Any, name: str) -> list[Locator]:
    return [
        page.get_by_label(name, exact=True).and_(page.locator("input, textarea, select, [contenteditable]")),
        page.get_by_placeholder(name, exact=True),
        _by_role(page, _FIELDS, name, exact=False),
        page.get_by_placeholder(name),
    ]


def _by_role(page: Any, roles: tuple[str, ...], name: str, *, exact: bool) -> Locator:
    found = page.get_by_role(roles[0], name=name, exact=exact)
    for role in roles[1:]:
        found = found.or_(page.get_by_role(role, name=name, exact=exact))
    return found


async def _names(page: Any, role: str) -> list[str]:
    """Return the names of the visible things of a kind."""
    found = page.get_by_role(role).filter(visible=True)
    names: list[str] = await found.evaluate_all(
        "es => es.map(e => e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].innerText) || "
        "e.innerText || e.placeholder || '')"
    )
    return names
