"""What the web UI does for each user, without the page: conversations on one shared agent."""

from pathlib import Path

import pytest
from PIL import Image

from twofold._async.ui.conversation import Conversation
from twofold._bridge import _async as bridge
from twofold._core.ui.transcript import decision_in
from twofold._core.ui.uploads import UploadRules
from twofold.aio import CodeAgent, OpenAIModel, tool
from twofold.aio.testing import ChatServer, Gate, Reply, ScriptedModel, Stall

LOOP = "<code>\nprint('the loop begins')\nwhile True:\n    pass\n</code>"


def answering(code: str) -> str:
    return f"I know it.\n<code>\nfinal_answer({code})\n</code>"


def conversation_with(agent: CodeAgent, folder: Path | None = None, *, forgets: bool = False) -> Conversation:
    return Conversation(agent, folder, UploadRules(), forgets=forgets)


async def say(conversation: Conversation, text: str, *files: str) -> str:
    """Send a message and return what the page shows in the end."""
    shown = [messages async for messages in conversation.send(text, files)]
    return str(shown[-1])


async def test_each_user_has_an_own_conversation() -> None:
    model = ScriptedModel(
        [
            "<code>\ndef me():\n    return 'Ann'\nfinal_answer('noted')\n</code>",
            "<code>\ndef me():\n    return 'Bob'\nfinal_answer('noted')\n</code>",
            answering("me()"),
            answering("me()"),
        ]
    )
    agent = CodeAgent(tools=[], model=model)
    ann, bob = conversation_with(agent), conversation_with(agent)
    await say(ann, "I am Ann.")
    await say(bob, "I am Bob.")
    of_ann, of_bob = await say(ann, "Who am I?"), await say(bob, "Who am I?")
    assert "<p>Ann</p>" in of_ann
    assert "Bob" not in of_ann
    assert "<p>Bob</p>" in of_bob
    await ann.aclose()
    await bob.aclose()


async def test_an_agent_that_forgets_begins_anew_with_each_message() -> None:
    model = ScriptedModel([answering("1"), answering("2")])
    conversation = conversation_with(CodeAgent(tools=[], model=model), forgets=True)
    await say(conversation, "The first task")
    await say(conversation, "The second task")
    assert "The first task" not in str(model.requests[1].messages)
    await conversation.aclose()


async def test_a_message_meanwhile_is_not_taken() -> None:
    with ChatServer([Stall(Reply(answering("1")), until=(gate := Gate()), after=2)]) as server:
        async with OpenAIModel("x", api_base=server.url, api_key="none") as model:
            conversation = conversation_with(CodeAgent(tools=[], model=model, stream_outputs=True))
            first = conversation.send("First")
            async with bridge.closing(first):
                async for messages in first:
                    if "I" in str(messages[1:]):
                        break
                second = await say(conversation, "Second")
                assert "First" in second
                assert "Second" not in second
                gate.open()
            await conversation.aclose()


async def test_stopping_does_not_wait_for_the_model_and_the_conversation_goes_on() -> None:
    script = [Stall(Reply(["I ", "begin ", "slowly"]), after=3), Reply(answering("'still here'"))]
    with ChatServer(script) as server:
        async with OpenAIModel("x", api_base=server.url, api_key="none") as model:
            conversation = conversation_with(CodeAgent(tools=[], model=model, stream_outputs=True))
            shown = ""
            async for messages in conversation.send("First"):
                shown = str(messages)
                if "begin" in shown:
                    conversation.stop()
            assert "Stopped." in shown
            assert "still here" in await say(conversation, "Second")
            assert "First" in str(server.requests[1].body)
            await conversation.aclose()


async def test_stopping_stops_running_code() -> None:
    model = ScriptedModel([LOOP, answering("'again'")])
    conversation = conversation_with(CodeAgent(tools=[], model=model))
    shown = ""
    async for messages in conversation.send("Loop"):
        shown = str(messages)
        if "the loop begins\\n" in shown:
            conversation.stop()
    assert "Stopped." in shown
    assert "again" in await say(conversation, "Go on")
    await conversation.aclose()


async def test_an_error_is_shown_and_the_conversation_goes_on() -> None:
    def play(messages: list[object]) -> str:
        if "First" in str(messages) and "Second" not in str(messages):
            raise RuntimeError("the secret is 123")
        return answering("2")

    conversation = conversation_with(CodeAgent(tools=[], model=ScriptedModel(play)))
    shown = await say(conversation, "First")
    assert "AgentGenerationError" in shown
    assert "<p>2</p>" in await say(conversation, "Second")
    await conversation.aclose()


async def test_uploads_reach_the_agent_and_go_with_the_conversation(tmp_path: Path) -> None:
    table, picture = tmp_path / "the table.csv", tmp_path / "cat.png"
    table.write_text("a,b\n1,2\n")
    Image.new("RGB", (3, 2), "red").save(picture)

    @tool
    def count(path: str) -> int:
        """Counts the characters of a file.

        Args:
            path: Where it is.
        """
        return len(Path(path).read_text())

    model = ScriptedModel([answering("count(uploaded_files[0])")])
    folder = tmp_path / "uploads"
    conversation = conversation_with(CodeAgent(tools=[count], model=model), folder)
    shown = await say(conversation, "How long?", str(table), str(picture))
    assert "<p>8</p>" in shown
    kept = sorted(path.name for path in folder.glob("*/*"))
    assert kept == ["cat.png", "the table.csv"]
    sent = model.requests[0].messages[-1].content
    assert [block["image"].size for block in sent if block["type"] == "image"] == [(3, 2)]
    await conversation.aclose()
    assert list(folder.iterdir()) == []


async def test_a_file_that_may_not_come_in_is_refused(tmp_path: Path) -> None:
    bad, fake = tmp_path / "run.exe", tmp_path / "fake.png"
    bad.write_text("x")
    fake.write_text("no image")
    model = ScriptedModel([])
    conversation = conversation_with(CodeAgent(tools=[], model=model), tmp_path / "uploads")
    assert "run.exe cannot be uploaded" in await say(conversation, "Run", str(bad))
    assert "fake.png is no image" in await say(conversation, "See", str(fake))
    nowhere = conversation_with(CodeAgent(tools=[], model=model))
    assert "cannot be uploaded here" in await say(nowhere, "See", str(fake))
    await conversation.aclose()
    await nowhere.aclose()


async def test_images_that_tools_make_are_shown() -> None:
    @tool
    def draw() -> object:
        """Draws a picture."""
        return Image.new("RGB", (30, 20), "green")

    conversation = conversation_with(CodeAgent(tools=[draw], model=ScriptedModel([answering("draw()")])))
    shown = [messages async for messages in conversation.send("Draw")]
    path = shown[-1][-1]["content"]["path"]
    with Image.open(path) as image:
        assert image.size == (30, 20)
    await conversation.aclose()
    with pytest.raises(FileNotFoundError):
        Image.open(path)


paid: list[str] = []


@tool(requires_approval=True)
def pay(to: str) -> str:
    """Pays somebody.

    Args:
        to: Whom.
    """
    paid.append(to)
    return f"{to} is paid"


@pytest.fixture
def nobody_is_paid() -> None:
    paid.clear()


def question(messages: list[dict[str, object]]) -> tuple[str, str, str] | None:
    """The question with its buttons, if one is asked: what is shown, and the ids behind yes and no."""
    options = messages[-1].get("options")
    if not options:
        return None
    yes, no = (option["value"] for option in options)
    return str(messages[-1]["content"]), decision_in(yes)[0], decision_in(no)[0]


def paying(*names: str) -> str:
    code = "said = []\ntry:"
    code += "".join(f"\n    said.append(pay({name!r}))" for name in names)
    code += "\nexcept Exception as error:\n    said.append(str(error))\nfinal_answer(said)"
    return f"<code>\n{code}\n</code>"


async def test_tools_that_require_approval_wait_for_the_user(nobody_is_paid) -> None:
    conversation = conversation_with(CodeAgent(tools=[pay], model=ScriptedModel([paying("Ann", "Bob")])))
    asked: dict[str, str] = {}
    async for messages in conversation.send("Pay them"):
        found = question(messages)
        if found is None or found[1] in asked:
            continue
        text, yes, no = found
        assert yes == no
        asked[yes] = text
        assert paid == ["Ann"][: len(asked) - 1]
        conversation.approvals.decide("another one", True)
        conversation.approvals.decide(yes, "Ann" in text)
        conversation.approvals.decide(yes, True)  # too late
    of_ann, of_bob = asked.values()
    assert "May pay be called?" in of_ann
    assert 'to = "Ann"' in of_ann
    assert 'to = "Bob"' in of_bob
    assert paid == ["Ann"]
    shown = str(messages)
    assert "Approved." in shown
    assert "Denied." in shown
    assert "Ann is paid" in shown
    assert question(messages) is None
    await conversation.aclose()


async def test_only_the_user_whose_conversation_it_is_is_asked(nobody_is_paid) -> None:
    model = ScriptedModel(lambda messages: paying("Ann" if "I am Ann" in str(messages) else "Bob"))
    agent = CodeAgent(tools=[pay], model=model)
    ann, bob = conversation_with(agent), conversation_with(agent)
    both_ask = {name: bridge.Event() for name in ("Ann", "Bob")}

    async def talk(conversation: Conversation, name: str, is_approved: bool) -> str:
        is_answered = False
        async for messages in conversation.send(f"I am {name}"):
            found = question(messages)
            if found is not None and not is_answered:
                is_answered = True
                assert f'"{name}"' in found[0]
                both_ask[name].set()
                for event in both_ask.values():
                    await event.wait()
                other = bob if conversation is ann else ann
                other.approvals.decide(found[1], not is_approved)
                conversation.approvals.decide(found[1], is_approved)
        return str(messages)

    talks = [(ann, "Ann", True), (bob, "Bob", False)]
    of_ann, of_bob = await bridge.map_concurrent(lambda arguments: talk(*arguments), talks)
    assert paid == ["Ann"]
    assert "Denied" not in of_ann
    assert "Approved" not in of_bob
    await ann.aclose()
    await bob.aclose()


async def test_stopping_at_a_question_is_no_approval(nobody_is_paid) -> None:
    model = ScriptedModel([paying("Ann"), answering("'still here'")])
    conversation = conversation_with(CodeAgent(tools=[pay], model=model))
    async for messages in conversation.send("Pay"):
        if question(messages):
            conversation.stop()
    shown = str(messages)
    assert "Not called." in shown
    assert "Stopped." in shown
    assert question(messages) is None
    assert "still here" in await say(conversation, "Go on")
    assert paid == []
    await conversation.aclose()


async def test_an_agent_with_an_approver_asks_that(nobody_is_paid) -> None:
    agent = CodeAgent(tools=[pay], model=ScriptedModel([paying("Ann")]), approver=lambda *_: "It is not due.")
    conversation = conversation_with(agent)
    assert "It is not due." in await say(conversation, "Pay")
    assert paid == []
    await conversation.aclose()


async def test_an_agent_of_the_team_is_named_in_the_question(nobody_is_paid) -> None:
    cashier = CodeAgent(
        tools=[pay], model=ScriptedModel([paying("Ann")]), name="cashier", description="Pays."
    )
    manager = CodeAgent(
        tools=[], model=ScriptedModel([answering("cashier('Pay Ann')")]), managed_agents=[cashier]
    )
    conversation = conversation_with(manager)
    async for messages in conversation.send("Pay"):
        if found := question(messages):
            assert "cashier wants to call pay." in found[0]
            conversation.approvals.decide(found[1], True)
    assert paid == ["Ann"]
    await conversation.aclose()


async def test_closing_the_conversation_stops_its_run() -> None:
    model = ScriptedModel([LOOP])
    conversation = conversation_with(CodeAgent(tools=[], model=model))
    async for messages in conversation.send("Loop"):
        if "the loop begins\\n" in str(messages):
            await conversation.aclose()
    assert not conversation.transcript.is_busy
