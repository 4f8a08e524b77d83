"""``Browser``: a web browser that agents use through tools, and see through screenshots."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..._bridge import _async as bridge
from ..._core.agents.memory import ActionStep
from ..._core.media.agent_types import AgentImage
from ..._core.tools.tool import Tool, as_tool
from ..._core.web.browsing import BROWSING_INSTRUCTIONS, BrowserSettings

if TYPE_CHECKING:
    from ..._bridge.foreign.browser.session import BrowserSession

__all__ = ["Browser"]

_SHOWN = "twofold screenshot"  # the mark of images that may be dropped again
_KEPT = 2  # steps whose screenshots models go on seeing


class Browser:
    """A web browser for an agent: Chromium, without a window unless you want one, driven by playwright.

    Give an agent its ``tools``, its ``instructions``, and ``save_screenshot`` as a step callback if the model can
    see. The browser starts when it is first used; it is closed at the end of the block, or by ``aclose``. It has
    one page at a time, so each run that goes on beside others needs a browser of its own. Its methods can also be
    called by you, before and between an agent's steps.

    Nothing is downloaded, and cookies are forgotten when it is closed. Unlike a ``WebClient`` it may go to
    addresses of your own network: say in ``allowed_hosts`` where it may go.

    Args:
        headless: Whether it has no window.
        viewport: Width and height of the page, in pixels.
        timeout: Seconds for one thing that it is asked to do.
        allowed_hosts: The only hosts that it may connect to, also for parts of pages and after redirects:
            ``"example.com"``, ``"*.example.com"``, ``"localhost:8000"``. All, if None.
        executable_path: The browser's program; if None that which playwright has installed, or one of the system.
        max_output_length: How many characters of a page are read at once.
        launch_options: Further arguments of playwright's ``launch``, such as ``{"channel": "chrome"}``.

    Attributes:
        tools: The tools: ``go_to``, ``read_page``, ``click``, ``write``, ``press``, ``search_item_ctrl_f``,
            ``scroll_down``, ``scroll_up``, ``go_back``, ``close_popups``.
        instructions: What an agent should be told about browsing.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold.aio import Browser, CodeAgent, OpenAIModel
        >>> async with Browser(allowed_hosts=["*.wikipedia.org", "*.wikimedia.org"]) as browser:  # doctest: +SKIP
        ...     agent = CodeAgent(
        ...         tools=browser.tools,
        ...         model=OpenAIModel("gpt-4o"),
        ...         instructions=browser.instructions,
        ...         step_callbacks=[browser.save_screenshot],
        ...     )
        ...     await agent.run("How high is the tower on the article of the day?")
    """

    def __init__(
        self,
        *,
        headless: bool = True,
        viewport: tuple[int, int] = (1000, 1350),
        timeout: float = 30.0,
        allowed_hosts: Sequence[str] | None = None,
        executable_path: str | os.PathLike[str] | None = None,
        max_output_length: int = 20_000,
        launch_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._settings = BrowserSettings(
            headless=headless,
            viewport=viewport,
            timeout=timeout,
            allowed_hosts=allowed_hosts,
            executable_path=executable_path,
            max_output_length=max_output_length,
            launch_options=dict(launch_options or {}),
        )
        # Any: type checkers cannot follow what `resolve` makes of a foreign call in each API
        self._session: Any = _make_session(self._settings)
        self.instructions = BROWSING_INSTRUCTIONS
        self.tools: list[Tool] = [
            as_tool(method)
            for method in (
                self.go_to,
                self.read_page,
                self.click,
                self.write,
                self.press,
                self.search_item_ctrl_f,
                self.scroll_down,
                self.scroll_up,
                self.go_back,
                self.close_popups,
            )
        ]

    @property
    def is_open(self) -> bool:
        """Whether the browser runs."""
        return bool(self._session.is_open)

    async def open(self) -> None:
        """Start the browser now, instead of when it is first used.

        Raises:
            BrowserError: It cannot be started.
            ConfigurationError: There is no browser on this machine.
            MissingExtraError: playwright is not installed.
        """
        await bridge.resolve(self._session.open())

    async def go_to(self, url: str) -> str:
        """Opens a web page, and says which page is open then.

        Args:
            url: The address.

        Raises:
            BrowserError: The page could not be opened.
            WebAddressRefused: It is at an address where the browser may not go.
        """
        return await self._tell("go_to", self._settings.address(url))

    async def read_page(self, part: int = 1) -> str:
        """Says what is on the open page: its texts, links with their addresses, buttons and fields.

        Args:
            part: Which part of a long page, from 1.
        """
        return await self._tell("read_page", part)

    async def click(self, text: str, nth: int = 1) -> str:
        """Clicks a link, a button or something else that can be clicked, and says which page is open then.

        Args:
            text: The text that stands on it.
            nth: Which one, where several have that text, from 1.

        Raises:
            BrowserError: There is no such thing. The message says what there is.
        """
        return await self._tell("click", text, nth)

    async def write(self, text: str, into: str | None = None) -> str:
        """Fills in a field of the page, or chooses in a list; what was in it before is replaced.

        Args:
            text: What is written.
            into: The field's label, or the hint in it; the field that was clicked last if left out.

        Raises:
            BrowserError: There is no such field. The message says what there is.
        """
        return await self._tell("write", text, into)

    async def press(self, key: str) -> str:
        """Presses a key, and says which page is open then.

        Args:
            key: The key, such as 'Enter', 'Escape', 'ArrowDown' or 'Control+a'.
        """
        return await self._tell("press", key)

    async def search_item_ctrl_f(self, text: str, nth_result: int = 1) -> str:
        """Searches the open page for a text, as Ctrl+F does, and scrolls to it.

        Args:
            text: The text; small and capital letters are the same.
            nth_result: Which match to scroll to, from 1.

        Raises:
            BrowserError: There is no such match.
        """
        return await self._tell("find_text", text, nth_result)

    async def scroll_down(self, num_pixels: int = 1200) -> str:
        """Scrolls the open page down.

        Args:
            num_pixels: How far.
        """
        return await self._tell("scroll", num_pixels)

    async def scroll_up(self, num_pixels: int = 1200) -> str:
        """Scrolls the open page up.

        Args:
            num_pixels: How far.
        """
        return await self._tell("scroll", -num_pixels)

    async def go_back(self) -> str:
        """Goes back to the page that was open before.

        Raises:
            BrowserError: There is none.
        """
        return await self._tell("go_back")

    async def close_popups(self) -> str:
        """Closes dialogs that cover the page, such as cookie banners. What they offer is not agreed to."""
        return await self._tell("close_popups")

    async def screenshot(self) -> AgentImage:
        """Return an image of what is on the screen.

        Raises:
            BrowserError: It could not be taken.
            MissingExtraError: Pillow is not installed.
        """
        image, _ = await self._look()
        return image

    async def save_screenshot(self, memory_step: ActionStep, agent: Any) -> None:
        """Show the model what is on the screen after a step: a step callback.

        Screenshots of earlier steps are dropped, but for the last. Does nothing before the browser was used.

        Args:
            memory_step: The step.
            agent: The run.
        """
        if not self.is_open or memory_step.is_final_answer:
            return
        image, page = await self._look()
        image.info[_SHOWN] = True
        memory_step.observations_images = [*(memory_step.observations_images or []), image]
        if not memory_step.tool_observations:  # tools that were called by JSON have said it themselves
            note = f"On the screen: {page}"
            memory_step.observations = "\n".join(filter(None, [memory_step.observations, note]))
        steps = [step for step in agent.memory.steps if _has_screenshot(step) and step is not memory_step]
        for step in steps[: len(steps) - (_KEPT - 1)]:
            _drop_screenshots(step)

    async def aclose(self) -> None:
        """End the browser. Any number of times; it starts anew when it is used again."""
        await bridge.shield(self._close)

    async def _close(self) -> None:
        await bridge.resolve(self._session.close())

    async def _tell(self, action: str, *args: Any) -> str:
        told: str = await self._do(action, *args)
        return told

    async def _do(self, action: str, *args: Any) -> Any:
        from ..._bridge.foreign.browser import actions

        return await bridge.resolve(self._session.do(getattr(actions, action), *args))

    async def _look(self) -> tuple[AgentImage, str]:
        content, page = await self._do("screenshot")
        return await bridge.call_blocking(AgentImage, content), page

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Browser{'' if self.is_open else ' (not open)'}>"


def _has_screenshot(step: Any) -> bool:
    return isinstance(step, ActionStep) and any(map(_is_screenshot, step.observations_images or ()))


def _drop_screenshots(step: ActionStep) -> None:
    images = step.observations_images or []
    step.observations_images = [image for image in images if not _is_screenshot(image)] or None


def _is_screenshot(image: Any) -> bool:
    return _SHOWN in getattr(image, "info", ())


def _make_session(settings: BrowserSettings) -> BrowserSession:
    from ..._bridge.foreign.browser.session import BrowserSession

    return BrowserSession(settings)
