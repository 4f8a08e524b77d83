"""The web UI in a real browser: Chromium without a window, and agents of either API behind the page."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import twofold
import twofold.aio

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"]
QUIET += ["disable-component-update", "disable-sync"]

Serve = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            # gradio and what it brings warn of each other
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright import sync_api

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[f"--{flag}" for flag in QUIET])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[[str], Any]]:
    """Opens a page in a browser context of its own, as another user would."""
    with ExitStack() as contexts:

        def open_page(url: str) -> Any:
            context = browser.new_context(viewport={"width": 1000, "height": 900})
            contexts.callback(context.close)
            page = context.new_page()
            page.goto(url)
            page.locator("#tf-entry textarea").wait_for()
            return page

        yield open_page


@pytest.fixture(params=["sync", "async"])
def api(request: pytest.FixtureRequest) -> ModuleType:
    """The API whose agent is behind the page."""
    return twofold if request.param == "sync" else twofold.aio


@pytest.fixture
def serve(api: ModuleType) -> Iterator[Serve]:
    """Serves a ``GradioUI`` of an agent until the test is over, and returns its address."""
    with ExitStack() as served:

        def serve(agent: Any, **settings: Any) -> str:
            ui = api.GradioUI(agent, **settings)
            if api is twofold:
                ui.launch(prevent_thread_lock=True)
                served.callback(ui.close)
                served.callback(agent.model.close)
            else:
                portal = served.enter_context(_portal())
                portal.call(lambda: ui.launch(prevent_thread_lock=True))
                served.callback(portal.call, ui.aclose)
                served.callback(portal.call, agent.model.aclose)
            return str(ui.url)

        yield serve


def _portal() -> Any:
    from anyio.from_thread import start_blocking_portal

    return start_blocking_portal()
