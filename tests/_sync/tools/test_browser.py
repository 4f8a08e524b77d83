# Generated from tests/_async/tools/test_browser.py by `nox -s codegen`. Do not edit.
"""A web browser for agents: the real Chromium, and a site on this machine."""

from __future__ import annotations

import shutil
import socket
from typing import Any

import pytest

from twofold import (
    AgentToolExecutionError,
    Browser,
    BrowserError,
    CodeAgent,
    OpenAIModel,
    ToolCallingAgent,
    WebAddressRefused,
)
from twofold._sync.tools.calling import call_tool
from twofold.testing import ChatServer, Reply, ScriptedCall, ToolCalls

pytest.importorskip("playwright", reason="a browser is driven by playwright: run `nox -s ui`")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

HOME = """<title>Fruit shop</title>
<h1>Fruit of the season</h1>
<a href="/plums">Our plums</a> <a href="/pears" target="_blank">Pears, in a new tab</a>
<form action="/search"><label>Search <input name="q" placeholder="What fruit?"></label>
<label>Colour <select name="c"><option>any</option><option>red</option></select></label>
<button>Find it</button></form>
<button onclick="this.after('You are number 7.')">Take a number</button>
<button>Twin</button> <button onclick="document.title = 'second twin'">Twin</button>
<div style="height: 3000px"></div>
<p id="end">At the very end there are Quinces.</p>"""
DIALOG = """<title>Offers</title><h1>Offers</h1>
<div role="dialog" aria-modal="true" style="position: fixed; inset: 0; background: white">
We value your privacy. <button onclick="document.title = 'agreed'">Accept all</button>
<button onclick="this.parentElement.remove()">Reject all</button></div>
<dialog id="d">Subscribe! <button onclick="document.title = 'subscribed'">Yes</button></dialog>
<script>d.showModal()</script>"""


@pytest.fixture
def site(web: Any) -> Any:
    web.page("/", HOME)
    web.page("/plums", "<title>Plums</title><h1>Plums</h1><p>3 euros a kilo.</p>")
    web.page("/pears", "<title>Pears</title><p>2 euros a kilo.</p>")
    web.page("/search", "<title>Found</title><p>Five kinds of apple.</p>")
    web.page("/offers", DIALOG)
    return web


def make_browser(**settings: Any) -> Browser:
    return Browser(executable_path=CHROMIUM, timeout=60, **settings)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def tool_of(browser: Browser, name: str) -> Any:
    return next(tool for tool in browser.tools if tool.name == name)


def test_going_about(site: Any) -> None:
    with make_browser() as browser:
        assert "Fruit shop" in browser.go_to(site.url("/"))
        page = browser.read_page()
        assert 'heading "Fruit of the season"' in page
        assert 'link "Our plums"' in page
        assert "/url: /plums" in page
        assert f"You are at: Plums ({site.url('/plums')})" in browser.click("our plums")
        assert "3 euros a kilo" in browser.read_page()
        assert "Fruit shop" in browser.go_back()
        assert "Pears" in browser.click("Pears, in a new tab")
        assert "2 euros" in browser.read_page()
        assert "Fruit shop" in browser.go_back()
        browser.click("Take a number")
        assert "You are number 7." in browser.read_page()
        assert "second twin" in browser.click("Twin", nth=2)
        assert "The server answered 404." in browser.go_to(site.url("/nowhere"))
    assert not browser.is_open


def test_filling_in_forms(site: Any) -> None:
    with make_browser() as browser:
        browser.go_to(site.url("/"))
        browser.write("apples", into="search")
        browser.write("red", into="Colour")
        assert "Found" in browser.click("Find it")
        assert site.asked[-1].query == {"q": "apples", "c": "red"}
        browser.go_back()
        browser.write("kiwis", into="What fruit?")
        browser.write("figs")
        assert "Found" in browser.press("Enter")
        assert site.asked[-1].query["q"] == "figs"


def test_searching_and_scrolling(site: Any) -> None:
    with make_browser(viewport=(800, 600)) as browser:
        browser.go_to(site.url("/"))
        assert "pixels 0 to 600" in browser.scroll_up()
        assert "pixels 500 to 1100" in browser.scroll_down(500)
        found = browser.search_item_ctrl_f("quinces")
        assert "here 1 time(s)" in found
        assert "At the very end there are Quinces." in found
        assert "pixels 0 to" not in browser.scroll_up(0)
        with pytest.raises(BrowserError, match="'mangoes' is nowhere on this page"):
            browser.search_item_ctrl_f("mangoes")
        with pytest.raises(BrowserError, match="no match number 2"):
            browser.search_item_ctrl_f("quinces", 2)


def test_long_pages_are_read_in_parts(site: Any) -> None:
    with make_browser(max_output_length=60) as browser:
        browser.go_to(site.url("/"))
        first, second = browser.read_page(), browser.read_page(2)
    assert "[This is part 1 of " in first
    assert "Fruit of the season" in first
    assert "Fruit of the season" not in second


def test_popups_are_closed_and_nothing_is_agreed_to(site: Any) -> None:
    with make_browser() as browser:
        browser.go_to(site.url("/offers"))
        assert "Closed 2 of 2 dialogs." in browser.close_popups()
        assert "no dialog was open" in browser.close_popups()
        page = browser.read_page()
    assert page.startswith("Offers (")
    assert "privacy" not in page


def test_what_is_not_there_is_said_with_what_is(site: Any) -> None:
    with make_browser() as browser:
        browser.go_to(site.url("/"))
        with pytest.raises(AgentToolExecutionError, match="'Our plumbs' that could be clicked.*'Our plums'"):
            call_tool(tool_of(browser, "click"), ("Our plumbs",))
        with pytest.raises(BrowserError, match="no 3. thing with the text 'Twin'"):
            browser.click("Twin", 3)
        with pytest.raises(BrowserError, match="no field 'Shoe size'.*'What fruit?'|no field.*'Search'"):
            browser.write("43", into="Shoe size")
        with pytest.raises(BrowserError, match="could not do that: net::ERR_CONNECTION_REFUSED"):
            browser.go_to(f"http://127.0.0.1:{free_port()}/")
        assert "Fruit shop" in browser.go_to(site.url("/"))


def test_it_goes_only_where_it_may(site: Any) -> None:
    elsewhere = site.url("/plums", host="localhost")

    def lead_away(handler: Any, asked: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", elsewhere)
        handler.end_headers()

    site.routes["/away"] = lead_away
    site.page("/embeds", f"<title>Embeds</title><img src='{site.url('/spy', host='localhost')}'><p>Fine</p>")
    site.page("/links", f"<title>Links</title><a href='{elsewhere}'>Leave</a>")
    with make_browser(allowed_hosts=[f"127.0.0.1:{site.port}"]) as browser:
        for address in (elsewhere, "https://example.com", "http://127.0.0.1:1/"):
            with pytest.raises(WebAddressRefused, match="not one of the sites that may be visited"):
                browser.go_to(address)
        for address in ("file:///etc/passwd", "javascript:alert(1)", "chrome://settings", "about:blank", ""):
            with pytest.raises(WebAddressRefused, match="is no address that this browser goes to"):
                browser.go_to(address)
        with pytest.raises(WebAddressRefused, match="a site that may not be visited"):
            browser.go_to(site.url("/away"))
        assert "Fine" in (browser.go_to(site.url("/embeds")) and browser.read_page())
        browser.go_to(site.url("/links"))
        browser.click("Leave")
        assert "euros" not in browser.read_page()
    assert [asked.path for asked in site.asked if asked.headers["host"].startswith("localhost")] == []


def test_a_code_agent_browses_and_sees(site: Any) -> None:
    steps = [
        f"go_to({site.url('/')!r})",
        "click('Our plums')",
        "print(read_page())",
        "final_answer('3 euros')",
    ]
    with ChatServer([Reply(f"<code>\n{code}\n</code>") for code in steps]) as server:
        with (
            make_browser() as browser,
            OpenAIModel("m", api_base=server.url, api_key="none") as model,
        ):
            agent = CodeAgent(
                tools=browser.tools,
                model=model,
                instructions=browser.instructions,
                step_callbacks=[browser.save_screenshot],
            )
            answer = agent.run("What do plums cost?")
        asked = [request.body["messages"] for request in server.requests]
    assert answer == "3 euros"
    images = [str(messages).count("data:image/png;base64,") for messages in asked]
    assert images == [0, 1, 2, 2]
    assert "On the screen: Plums" in str(asked[2])
    assert "3 euros a kilo" in str(asked[3])
    shown = [step.observations_images for step in agent.memory.steps if hasattr(step, "step_number")]
    assert [image and image[0].size for image in shown] == [None, (1000, 1350), (1000, 1350), None]


def test_screenshots_of_an_earlier_task_are_dropped_too(site: Any) -> None:
    steps = [f"go_to({site.url('/plums')!r})", "scroll_down()", "final_answer(1)"]
    steps += ["scroll_up()", "final_answer(2)"]
    with ChatServer([Reply(f"<code>\n{code}\n</code>") for code in steps]) as server:
        with (
            make_browser() as browser,
            OpenAIModel("m", api_base=server.url, api_key="none") as model,
        ):
            agent = CodeAgent(tools=browser.tools, model=model, step_callbacks=[browser.save_screenshot])
            agent.run("Look")
            agent.run("And again", reset=False)
        asked = [str(request.body["messages"]).count("data:image/png;base64,") for request in server.requests]
    assert asked == [0, 1, 2, 2, 2]


def test_an_agent_that_calls_tools_browses(site: Any) -> None:
    replies = [
        ToolCalls(ScriptedCall("go_to", {"url": site.url("/plums")})),
        ToolCalls(ScriptedCall("search_item_ctrl_f", {"text": "euros"})),
        ToolCalls(ScriptedCall("final_answer", {"answer": "3 euros"})),
    ]
    with ChatServer(replies) as server:
        with (
            make_browser() as browser,
            OpenAIModel("m", api_base=server.url, api_key="none") as model,
        ):
            agent = ToolCallingAgent(
                tools=browser.tools, model=model, step_callbacks=[browser.save_screenshot]
            )
            assert agent.run("What do plums cost?") == "3 euros"
        asked = [request.body["messages"] for request in server.requests]
    assert "You are at: Plums" in str(asked[1])
    assert str(asked[2]).count("data:image/png;base64,") == 2


def test_it_starts_when_it_is_used_and_starts_again(site: Any) -> None:
    browser = make_browser()
    assert not browser.is_open
    browser.close()
    for _ in range(2):
        assert "Plums" in browser.go_to(site.url("/plums"))
        assert browser.screenshot().size == (1000, 1350)
        assert browser.is_open
        browser.close()
        browser.close()
        assert not browser.is_open


def test_a_program_that_is_no_browser(tmp_path: Any) -> None:
    with pytest.raises(BrowserError, match="could not do that"):
        Browser(executable_path=shutil.which("true")).go_to("https://example.com")
