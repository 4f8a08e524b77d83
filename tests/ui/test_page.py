"""What users see and do on the page of ``GradioUI``."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the web UI needs gradio: run `nox -s ui`")
pytest.importorskip("playwright", reason="a browser is driven by playwright: run `nox -s ui`")

from PIL import Image
from playwright.sync_api import Page, expect

from twofold.testing import ChatServer, Failure, Gate, Reply, Stall

OpenPage = Callable[[str], Page]
Serve = Callable[..., str]
LOOP = "<code>\nprint('the loop', 'begins')\nwhile True:\n    pass\n</code>"

expect.set_options(timeout=30_000)


def answering(code: str) -> Reply:
    return Reply(f"I know it.\n<code>\nfinal_answer({code})\n</code>")


def agent_of(api: ModuleType, server: ChatServer, tools: tuple[Any, ...] = ()) -> Any:
    model = api.OpenAIModel("scripted", api_base=server.url, api_key="none")
    return api.CodeAgent(tools=list(tools), model=model, stream_outputs=True)


def say(page: Page, text: str) -> None:
    page.locator("#tf-entry textarea").fill(text)
    page.locator("#tf-entry textarea").press("Enter")


def chat(page: Page) -> Any:
    return page.locator("#tf-chat")


def wait_for_the_end(page: Page) -> None:
    """Wait until the page takes the next message."""
    expect(page.locator("#tf-entry .submit-button")).to_be_visible()


def stop(page: Page) -> None:
    page.locator("#tf-entry .stop-button").click()


def sent(server: ChatServer, number: int) -> str:
    return json.dumps(server.requests[number].body["messages"])


def test_a_conversation(api: ModuleType, serve: Serve, open_page: OpenPage, tmp_path: Path) -> None:
    gate = Gate()
    code = "x = 6 * 7\nfor i in range(2):\n    print('line', i)\nfinal_answer(f'It is **{x}**.')"
    first = Reply(["I will ", "multiply.\n", f"<code>\n{code}\n</code>"])
    with ChatServer([Stall(first, until=gate, after=3), answering("x + 1")]) as server:
        page = open_page(serve(agent_of(api, server), title="Sums"))
        expect(page).to_have_title("Sums")
        say(page, "What is six times seven?")
        expect(chat(page)).to_contain_text("I will multiply.")  # the model has not said the rest yet
        expect(chat(page)).not_to_contain_text("It is 42.")
        gate.open()
        expect(chat(page).locator("strong", has_text="42")).to_be_visible()
        expect(chat(page).locator("code.language-python .token.keyword", has_text="for")).to_be_visible()
        expect(chat(page)).to_contain_text("line 0\nline 1", use_inner_text=True)
        expect(chat(page)).to_contain_text("Step 1")
        wait_for_the_end(page)
        page.screenshot(path=tmp_path / "conversation.png")
        say(page, "And one more?")
        expect(chat(page)).to_contain_text("43")
        assert "six times seven" in sent(server, 1)


def test_prints_are_shown_while_the_code_runs_and_stop_ends_it(
    api: ModuleType, serve: Serve, open_page: OpenPage
) -> None:
    with ChatServer([Reply(LOOP), answering("'still here'")]) as server:
        page = open_page(serve(agent_of(api, server)))
        say(page, "Loop")
        expect(chat(page)).to_contain_text("the loop begins")
        stop(page)
        expect(chat(page)).to_contain_text("Stopped.")
        wait_for_the_end(page)
        say(page, "Go on")
        expect(chat(page)).to_contain_text("still here")
        assert "Loop" in sent(server, 1)


def test_two_users_at_once_and_one_of_them_stops(api: ModuleType, serve: Serve, open_page: OpenPage) -> None:
    gate = Gate()

    def reply(request: Any) -> Any:
        said = json.dumps(request.body["messages"])
        name = "ann" if "I am ann" in said else "bob"
        if "Who am I" in said:
            return answering("name")
        return Stall(
            Reply([f"Hello {name}. ", "Wait", f"\n<code>\nname = '{name}'\nfinal_answer('done')\n</code>"]),
            until=gate,
            after=3,
        )

    with ChatServer(reply) as server:
        url = serve(agent_of(api, server))
        ann, bob = open_page(url), open_page(url)
        say(ann, "I am ann.")
        say(bob, "I am bob.")
        expect(chat(ann)).to_contain_text("Hello ann.")
        expect(chat(bob)).to_contain_text("Hello bob.")
        stop(ann)
        expect(chat(ann)).to_contain_text("Stopped.")
        wait_for_the_end(ann)
        expect(chat(bob)).not_to_contain_text("Stopped.")
        gate.open()
        expect(chat(bob)).to_contain_text("done")
        wait_for_the_end(bob)
        say(bob, "Who am I?")
        expect(chat(bob).locator(".tf-answer").last).to_have_text("bob")
        expect(chat(bob)).not_to_contain_text("ann")
        expect(chat(ann)).not_to_contain_text("bob")


def test_images_and_files(api: ModuleType, serve: Serve, open_page: OpenPage, tmp_path: Path) -> None:
    @api.tool
    def mirror(path: str) -> object:
        """Mirrors an image.

        Args:
            path: Where it is.
        """
        with Image.open(path) as image:
            return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    picture = tmp_path / "cat.png"
    Image.new("RGB", (120, 80), "teal").save(picture)
    uploads = tmp_path / "uploads"
    with ChatServer([answering("mirror(uploaded_files[0])"), answering("'anew'")]) as server:
        page = open_page(serve(agent_of(api, server, (mirror,)), file_upload_folder=uploads))
        page.locator("#tf-entry input[type=file]").set_input_files(picture)
        expect(page.locator("#tf-entry .thumbnail-item")).to_be_visible()
        say(page, "Mirror it")
        images = chat(page).locator(".message img")
        expect(images).to_have_count(2)
        for number in range(2):
            image = images.nth(number)
            page.wait_for_function("image => image.naturalWidth === 120", arg=image.element_handle())
        wait_for_the_end(page)
        assert "image_url" in sent(server, 0)
        expect(page.get_by_label("Share").filter(visible=True)).to_have_count(0)
        assert [path.name for path in uploads.glob("*/*")] == ["cat.png"]
        page.screenshot(path=tmp_path / "images.png")
        page.locator("#tf-new").click()
        expect(chat(page).locator(".message")).to_have_count(0)
        say(page, "Hello")
        expect(chat(page)).to_contain_text("anew")
        assert "Mirror it" not in sent(server, 1)
        assert list(uploads.glob("*/*")) == []


def test_tools_wait_for_the_user_to_approve_them(
    api: ModuleType, serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    paid: list[str] = []

    @api.tool(requires_approval=True)
    def pay(to: str) -> str:
        """Pays somebody.

        Args:
            to: Whom.
        """
        paid.append(to)
        return f"{to} is paid."

    def reply(request: Any) -> Any:
        said = json.dumps(request.body["messages"])
        if "refused" in said:
            return answering("'I leave it.'")
        return answering("[pay('Dan'), pay('Eve')]" if "I am bob" in said else "pay('Cid')")

    with ChatServer(reply) as server:
        url = serve(agent_of(api, server, (pay,)))
        ann, bob = open_page(url), open_page(url)
        say(ann, "I am ann.")
        say(bob, "I am bob.")
        approve, deny = (ann.get_by_role("button", name=name, exact=True) for name in ("Approve", "Deny"))
        expect(chat(ann)).to_contain_text("May pay be called?")
        expect(approve).to_be_visible()
        expect(deny).to_be_visible()
        ann.screenshot(path=tmp_path / "approval.png")
        expect(chat(bob)).to_contain_text('to = "Dan"')
        assert paid == []
        bob.get_by_role("button", name="Approve", exact=True).click()
        expect(chat(bob)).to_contain_text('to = "Eve"')
        bob.get_by_role("button", name="Deny", exact=True).click()
        expect(chat(bob).locator(".tf-answer")).to_have_text("I leave it.")
        expect(chat(bob)).not_to_contain_text("Cid")
        assert paid == ["Dan"]
        expect(approve).to_be_visible()  # ann has not been asked by what bob did
        approve.click()
        expect(chat(ann).locator(".tf-answer")).to_have_text("Cid is paid.")
        expect(approve).to_have_count(0)
        expect(chat(ann)).to_contain_text("Approved.")
        assert paid == ["Dan", "Cid"]


def test_stopping_at_a_question_is_no_approval(api: ModuleType, serve: Serve, open_page: OpenPage) -> None:
    paid: list[int] = []

    @api.tool(requires_approval=True)
    def pay() -> str:
        """Pays."""
        paid.append(1)
        return "paid"

    with ChatServer([answering("pay()"), answering("'still here'")]) as server:
        page = open_page(serve(agent_of(api, server, (pay,))))
        say(page, "Pay")
        expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
        stop(page)
        expect(chat(page)).to_contain_text("Stopped.")
        expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
        wait_for_the_end(page)
        say(page, "Go on")
        expect(chat(page)).to_contain_text("still here")
        assert paid == []


def test_a_retry_is_shown(api: ModuleType, serve: Serve, open_page: OpenPage) -> None:
    with ChatServer([Failure.rate_limited(retry_after=0.01), answering("'back'")]) as server:
        page = open_page(serve(agent_of(api, server)))
        say(page, "Go")
        expect(chat(page).locator(".tf-note", has_text="attempt 2 of 5")).to_be_visible()
        expect(chat(page).locator(".tf-answer")).to_have_text("back")


def test_errors_are_shown(api: ModuleType, serve: Serve, open_page: OpenPage) -> None:
    broken = Reply("<code>\n1 / 0\n</code>")
    with ChatServer([broken, Failure.wrong_key(), answering("'fine again'")]) as server:
        page = open_page(serve(agent_of(api, server)))
        say(page, "Go")
        expect(chat(page).locator(".tf-error", has_text="ZeroDivisionError")).to_be_visible()
        expect(chat(page).locator(".tf-error", has_text="401")).to_be_visible()
        wait_for_the_end(page)
        say(page, "Again")
        expect(chat(page)).to_contain_text("fine again")


def test_what_models_and_users_say_stays_text(api: ModuleType, serve: Serve, open_page: OpenPage) -> None:
    with ChatServer(["unused"]) as elsewhere, ChatServer(lambda _: reply) as server:
        attack = (
            f"<img src=x onerror=alert(1)> ![cat]({elsewhere.origin}/leak) <script>alert(2)</script>\n\n"
            "<style>body { display: none }</style> [click](javascript:alert(3))"
        )
        reply = Reply(f"{attack}\n<code>\nprint({attack!r})\nfinal_answer({attack!r})\n</code>")
        page = open_page(serve(agent_of(api, server)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        say(page, attack)
        expect(chat(page).locator(".tf-answer")).to_contain_text("<script>alert(2)</script>")
        wait_for_the_end(page)
        expect(chat(page).locator(".message :is(img[src*=leak], script, style)")).to_have_count(0)
        assert not [url for url in asked if url.startswith(elsewhere.origin)]


class RunEnds(logging.Handler):
    """Notices in the log that a run has ended."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.outcome = ""
        self.happened = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if " ends: " in record.getMessage():
            self.outcome = record.getMessage()
            self.happened.set()


@pytest.fixture
def run_ends() -> Iterator[RunEnds]:
    handler, logger = RunEnds(), logging.getLogger("twofold")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_closing_the_tab_ends_the_run(
    api: ModuleType, serve: Serve, open_page: OpenPage, run_ends: RunEnds
) -> None:
    with ChatServer([Reply(LOOP)]) as server:
        page = open_page(serve(agent_of(api, server)))
        say(page, "Loop")
        expect(chat(page)).to_contain_text("the loop begins")
        page.close()
        assert run_ends.happened.wait(60), "the run goes on although nobody looks at it"
    assert "interrupted" in run_ends.outcome
