"""``BrowserSession``: one browser that runs, and what is done with its page, one thing after the other."""

from __future__ import annotations

import asyncio
import atexit
import importlib
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ...._core.errors import BrowserError, MissingExtraError, TwofoldError, WebAddressRefused
from ...._core.web.browsing import BrowserSettings
from ..home import HomeLoop

__all__ = ["BrowserSession"]

T = TypeVar("T")

_EXIT_SECONDS = 5.0
_REFUSED = "ERR_PROXY_CONNECTION_FAILED"  # how a host looks that is not among those allowed


class BrowserSession:
    """A browser, which is started by the first thing that is asked of it, and its page.

    Args:
        settings: How it is started, and where it may go.
    """

    def __init__(self, settings: BrowserSettings) -> None:
        self.settings = settings
        self._home = HomeLoop(_gone)
        self._turn = asyncio.Lock()
        self._playwright: Any = None
        self._browser: Any = None
        self._context: Any = None

    @property
    def is_open(self) -> bool:
        """Whether the browser runs."""
        return self._browser is not None and bool(self._browser.is_connected())

    async def open(self) -> None:
        """Start the browser, if it does not run.

        Raises:
            BrowserError: It cannot be started.
            MissingExtraError: playwright is not installed.
        """
        await self.do(_nothing)

    async def do(self, action: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do something with the page, when nothing else is done with it.

        Args:
            action: Gets the session, the page, and the arguments.
            *args: The arguments.

        Raises:
            BrowserError: It could not be done.
        """
        if self._home.loop is None:
            self._forget()
            self._turn = asyncio.Lock()  # the one before belongs to the loop before
        self._home.settle()
        return await self._home.run(self._do, action, args)

    async def close(self) -> None:
        """End the browser, if it runs. Any number of times; the next thing that is asked starts it again."""
        if self._home.loop is not None:
            await self._home.run(self._close)

    async def _do(self, action: Callable[..., Awaitable[T]], args: tuple[Any, ...]) -> T:
        async with self._turn:
            self._home.settle()  # it may have been closed while this waited for its turn
            try:
                return await action(self, await self._page(), *args)
            except TwofoldError:
                raise
            except Exception as error:
                if not type(error).__module__.startswith("playwright"):
                    raise
                raise self._error(error) from error

    async def _page(self) -> Any:
        """Return the page that was opened last."""
        if not self.is_open:
            await self._end()
            await self._start()
        pages = self._context.pages
        return pages[-1] if pages else await self._context.new_page()

    async def _start(self) -> None:
        try:
            api: Any = importlib.import_module("playwright.async_api")
        except ImportError as error:
            raise MissingExtraError("Browser", "browser", "playwright") from error
        try:
            await self._start_driver(api)
            chromium = self._playwright.chromium
            self._browser = await chromium.launch(**self.settings.for_launch(chromium.executable_path))
            width, height = self.settings.viewport
            self._context = await self._browser.new_context(
                viewport={"width": width, "height": height}, accept_downloads=False
            )
            self._context.set_default_timeout(self.settings.timeout * 1000)
        except BaseException:
            await self._end()
            raise

    async def _start_driver(self, api: Any) -> None:
        """Start playwright's process, to the end also if the caller is cancelled: nobody could end it else."""
        starting = asyncio.ensure_future(api.async_playwright().start())
        cancelled = await _outlasting(starting)
        self._playwright = starting.result()
        _open_ones.add(self)
        if cancelled is not None:
            raise cancelled

    async def _close(self) -> None:
        async with self._turn:
            await self._end()
            self._home.leave()

    async def _end(self) -> None:
        """End the browser and playwright's process, to the end also if the caller is cancelled."""
        ending = asyncio.ensure_future(self._end_both())
        cancelled = await _outlasting(ending)
        ending.result()
        if cancelled is not None:
            raise cancelled

    async def _end_both(self) -> None:
        playwright, browser = self._playwright, self._browser
        self._forget()
        for end in (browser and browser.close, playwright and playwright.stop):
            try:
                if end is not None:
                    await end()
            except Exception:  # it has crashed: there is nothing to end
                pass

    def _forget(self) -> None:
        self._playwright = self._browser = self._context = None
        _open_ones.discard(self)

    def _error(self, error: Exception) -> TwofoldError:
        first = str(error).strip().split("\n", 1)[0]
        text = first.split(": ", 1)[1] if first.startswith(("Page.", "Locator.", "BrowserType.")) else first
        if _REFUSED in text and self.settings.allowed_hosts is not None:
            return WebAddressRefused(
                "The page is at, or leads to, a site that may not be visited. Allowed are: "
                f"{', '.join(self.settings.allowed_hosts)}."
            )
        if type(error).__name__ == "TimeoutError":
            return BrowserError(f"The browser took longer than {self.settings.timeout:g} s: {text}")
        return BrowserError(f"The browser could not do that: {text}")


async def _outlasting(future: asyncio.Future[Any]) -> asyncio.CancelledError | None:
    """Wait until a future is done, whatever happens; return how the caller was cancelled meanwhile, if it was."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled


async def _nothing(session: BrowserSession, page: Any) -> None:
    pass


def _gone() -> Exception:
    return BrowserError(
        "The event loop on which this Browser was opened has ended. Close it before its loop ends, with "
        "`async with Browser()`."
    )


_open_ones: weakref.WeakSet[BrowserSession] = weakref.WeakSet()


@atexit.register
def _close_at_exit() -> None:
    """End browsers that were never closed, where their loop still runs: that of the sync API."""
    for one in list(_open_ones):
        home = one._home.loop
        if home is None or not home.is_running():
            continue
        try:
            asyncio.run_coroutine_threadsafe(one._end(), home).result(_EXIT_SECONDS)
        except Exception:  # nothing more can be done about it now
            pass
