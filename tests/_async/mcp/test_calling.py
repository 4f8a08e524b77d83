"""Tools of MCP servers, called over each transport: what they take, what they give, what they tell meanwhile."""

import logging
from importlib.metadata import version
from uuid import uuid4

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import (
    AgentAudio,
    AgentImage,
    MCPClient,
    McpElicitation,
    McpLogMessage,
    McpProgress,
    McpToolError,
)


def by_name(tools):
    return {tool.name: tool for tool in tools}


async def test_values_come_and_go_as_they_are(any_server):
    async with MCPClient(any_server) as tools:
        named = by_name(tools)
        assert await named["add"](2, b=3) == 5
        assert await named["add"](a=2) == 3
        assert await named["weather"]("Paris") == {
            "city": "Paris",
            "degrees": 20.5,
            "forecast": ["sun", "rain"],
        }
        assert await named["greet"]() == "Hello, whoever you are!"
        assert await named["greet"](name="Ada") == "Hello, Ada!"
        assert await named["get_weather"](city="Rome") == "sun in Rome"


async def test_pictures_sounds_and_resources_become_what_agents_use(any_server):
    async with MCPClient(any_server) as tools:
        named = by_name(tools)
        picture = await named["picture"]()
        mixture = await named["mixture"]()
    assert isinstance(picture, AgentImage)
    assert picture.size == (3, 2)
    text, image, sound, memo, blob, link = mixture
    assert (text, memo, blob, link) == (
        "a text",
        "a memo",
        b"\x00\x01",
        "manual: file:///manual.txt (text/plain)",
    )
    assert isinstance(image, AgentImage)
    assert isinstance(sound, AgentAudio)


async def test_a_tool_that_fails_says_why(any_server):
    async with MCPClient(any_server) as tools:
        with pytest.raises(McpToolError, match="'fail' of the MCP server 'sample' failed: .*no more ink"):
            await by_name(tools)["fail"]("no more ink")


async def test_a_long_result_is_whole(any_server):
    limited = any_server.get("transport") == "sse" or version("mcp") < "2.3"  # the SDK limits events then
    size = 500_000 if limited else 3_000_000
    async with MCPClient(any_server) as tools:
        assert await by_name(tools)["huge"](size) == "x" * size


async def test_many_calls_share_a_session(any_server):
    async with MCPClient(any_server) as tools:
        meet = by_name(tools)["meet"]
        key = uuid4().hex
        counts = await bridge.map_concurrent(lambda _: meet(key, 100), range(100), limit=100)
    assert len(counts) == 100  # none came back before all were there


async def test_progress_is_reported_in_order(any_server):
    seen = []
    async with MCPClient(any_server, progress_handler=seen.append) as tools:
        assert await by_name(tools)["count"](5) == "done"
    assert seen == [McpProgress("sample", "count", step, 5, f"step {step}") for step in range(1, 6)]


async def test_progress_goes_to_asynchronous_handlers_too_and_one_that_fails_harms_nobody(any_server, caplog):
    seen = []

    async def note(progress: McpProgress) -> None:
        seen.append(progress.progress)
        raise ValueError("I cannot count")

    async with MCPClient(any_server, progress_handler=note) as tools:
        assert await by_name(tools)["count"](2) == "done"
    assert seen == [1, 2]
    assert "the progress_handler failed" in caplog.text


async def test_log_messages_go_to_logging_and_to_the_handler(any_server, caplog):
    seen = []
    with caplog.at_level(logging.INFO, logger="twofold.mcp"):
        async with MCPClient(any_server, log_handler=seen.append) as tools:
            await by_name(tools)["complain"]("it hurts")
    assert seen == [McpLogMessage("sample", "warning", "it hurts")]
    assert ("twofold.mcp", logging.WARNING, "sample: it hurts") in caplog.record_tuples


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"sure": True, "reason": "old"}, "accept {'sure': True, 'reason': 'old'}"),
        (True, "accept {'sure': True, 'reason': 'none'}"),
        (False, "decline None"),
        ("I need it", "decline None"),
        (None, "cancel None"),
    ],
)
async def test_questions_go_to_the_user(http_server, answer, told):
    questions = []

    def ask(question: McpElicitation):
        questions.append(question)
        return answer

    async with MCPClient(http_server, elicitation_handler=ask) as tools:
        delete = by_name(tools)["delete"]
        assert await delete("notes.txt") == told
    (question,) = questions
    assert (question.server, question.message, question.tool) == ("sample", "Delete notes.txt?", delete)
    assert set(question.schema["properties"]) == {"sure", "reason"}


async def test_questions_go_to_an_approver(any_server):
    asked = []

    async def approve(tool, arguments, run):
        asked.append((tool.name, arguments["message"], run))
        return True

    async with MCPClient(any_server, approver=approve) as tools:
        assert await by_name(tools)["delete"]("a") == "accept {'sure': True, 'reason': 'none'}"
    assert asked == [("delete", "Delete a?", None)]


@pytest.mark.parametrize("server", ["http_server", "older_http_server"])
async def test_the_clock_of_a_call_stands_still_while_the_user_is_asked(request, server):
    async def think(question):
        await bridge.sleep(1.2)
        return True

    server = request.getfixturevalue(server)
    async with MCPClient(server, elicitation_handler=think, call_timeout=1.1) as tools:
        assert await by_name(tools)["delete"]("a") == "accept {'sure': True, 'reason': 'none'}"


async def test_a_server_is_told_when_nobody_can_be_asked(any_server):
    async with MCPClient(any_server) as tools:
        with pytest.raises(McpToolError, match=r"[Ee]licitation|capabilit"):
            await by_name(tools)["delete"]("a")


async def test_an_answer_that_fails_is_an_error_of_the_call(any_server, caplog):
    def ask(question):
        raise LookupError("nobody is home")

    async with MCPClient(any_server, elicitation_handler=ask) as tools:
        with pytest.raises(McpToolError, match="nobody is home"):
            await by_name(tools)["delete"]("a")


async def test_servers_may_ask_for_a_text_if_there_is_a_model(any_server):
    requests = []

    def write(request):
        requests.append(request)
        return "mouse"

    async with MCPClient(any_server, sampling_handler=write) as tools:
        assert await by_name(tools)["rhyme"]("house") == "mouse"
    (request,) = requests
    assert request.messages == [{"role": "user", "content": ["Rhyme house"]}]
    assert (request.system_prompt, request.max_tokens) == ("Be short.", 7)
