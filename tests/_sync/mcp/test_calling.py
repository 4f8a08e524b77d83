# Generated from tests/_async/mcp/test_calling.py by `nox -s codegen`. Do not edit.
"""Tools of MCP servers, called over each transport: what they take, what they give, what they tell meanwhile."""

import logging
from importlib.metadata import version
from uuid import uuid4

import pytest

from twofold import (
    AgentAudio,
    AgentImage,
    MCPClient,
    McpElicitation,
    McpLogMessage,
    McpProgress,
    McpToolError,
)
from twofold._bridge import _sync as bridge


def by_name(tools):
    return {tool.name: tool for tool in tools}


def test_values_come_and_go_as_they_are(any_server):
    with MCPClient(any_server) as tools:
        named = by_name(tools)
        assert named["add"](2, b=3) == 5
        assert named["add"](a=2) == 3
        assert named["weather"]("Paris") == {
            "city": "Paris",
            "degrees": 20.5,
            "forecast": ["sun", "rain"],
        }
        assert named["greet"]() == "Hello, whoever you are!"
        assert named["greet"](name="Ada") == "Hello, Ada!"
        assert named["get_weather"](city="Rome") == "sun in Rome"


def test_pictures_sounds_and_resources_become_what_agents_use(any_server):
    with MCPClient(any_server) as tools:
        named = by_name(tools)
        picture = named["picture"]()
        mixture = named["mixture"]()
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


def test_a_tool_that_fails_says_why(any_server):
    with MCPClient(any_server) as tools:
        with pytest.raises(McpToolError, match="'fail' of the MCP server 'sample' failed: .*no more ink"):
            by_name(tools)["fail"]("no more ink")


def test_a_long_result_is_whole(any_server):
    limited = any_server.get("transport") == "sse" or version("mcp") < "2.3"  # the SDK limits events then
    size = 500_000 if limited else 3_000_000
    with MCPClient(any_server) as tools:
        assert by_name(tools)["huge"](size) == "x" * size


def test_many_calls_share_a_session(any_server):
    with MCPClient(any_server) as tools:
        meet = by_name(tools)["meet"]
        key = uuid4().hex
        counts = bridge.map_concurrent(lambda _: meet(key, 100), range(100), limit=100)
    assert len(counts) == 100  # none came back before all were there


def test_progress_is_reported_in_order(any_server):
    seen = []
    with MCPClient(any_server, progress_handler=seen.append) as tools:
        assert by_name(tools)["count"](5) == "done"
    assert seen == [McpProgress("sample", "count", step, 5, f"step {step}") for step in range(1, 6)]


def test_progress_goes_to_asynchronous_handlers_too_and_one_that_fails_harms_nobody(any_server, caplog):
    seen = []

    def note(progress: McpProgress) -> None:
        seen.append(progress.progress)
        raise ValueError("I cannot count")

    with MCPClient(any_server, progress_handler=note) as tools:
        assert by_name(tools)["count"](2) == "done"
    assert seen == [1, 2]
    assert "the progress_handler failed" in caplog.text


def test_log_messages_go_to_logging_and_to_the_handler(any_server, caplog):
    seen = []
    with caplog.at_level(logging.INFO, logger="twofold.mcp"):
        with MCPClient(any_server, log_handler=seen.append) as tools:
            by_name(tools)["complain"]("it hurts")
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
def test_questions_go_to_the_user(http_server, answer, told):
    questions = []

    def ask(question: McpElicitation):
        questions.append(question)
        return answer

    with MCPClient(http_server, elicitation_handler=ask) as tools:
        delete = by_name(tools)["delete"]
        assert delete("notes.txt") == told
    (question,) = questions
    assert (question.server, question.message, question.tool) == ("sample", "Delete notes.txt?", delete)
    assert set(question.schema["properties"]) == {"sure", "reason"}


def test_questions_go_to_an_approver(any_server):
    asked = []

    def approve(tool, arguments, run):
        asked.append((tool.name, arguments["message"], run))
        return True

    with MCPClient(any_server, approver=approve) as tools:
        assert by_name(tools)["delete"]("a") == "accept {'sure': True, 'reason': 'none'}"
    assert asked == [("delete", "Delete a?", None)]


@pytest.mark.parametrize("server", ["http_server", "older_http_server"])
def test_the_clock_of_a_call_stands_still_while_the_user_is_asked(request, server):
    def think(question):
        bridge.sleep(1.2)
        return True

    server = request.getfixturevalue(server)
    with MCPClient(server, elicitation_handler=think, call_timeout=1.1) as tools:
        assert by_name(tools)["delete"]("a") == "accept {'sure': True, 'reason': 'none'}"


def test_a_server_is_told_when_nobody_can_be_asked(any_server):
    with MCPClient(any_server) as tools:
        with pytest.raises(McpToolError, match=r"[Ee]licitation|capabilit"):
            by_name(tools)["delete"]("a")


def test_an_answer_that_fails_is_an_error_of_the_call(any_server, caplog):
    def ask(question):
        raise LookupError("nobody is home")

    with MCPClient(any_server, elicitation_handler=ask) as tools:
        with pytest.raises(McpToolError, match="nobody is home"):
            by_name(tools)["delete"]("a")


def test_servers_may_ask_for_a_text_if_there_is_a_model(any_server):
    requests = []

    def write(request):
        requests.append(request)
        return "mouse"

    with MCPClient(any_server, sampling_handler=write) as tools:
        assert by_name(tools)["rhyme"]("house") == "mouse"
    (request,) = requests
    assert request.messages == [{"role": "user", "content": ["Rhyme house"]}]
    assert (request.system_prompt, request.max_tokens) == ("Be short.", 7)
