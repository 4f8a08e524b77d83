"""What MCP servers' tools look like: names, arguments, descriptions, approval; and how they change."""

import sys
from uuid import uuid4

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    ConfigurationError,
    MCPClient,
    McpToolError,
    ToolCallingAgent,
    ToolCollection,
)
from twofold.aio.testing import ScriptedModel


def by_name(tools):
    return {tool.name: tool for tool in tools}


def native(*calls) -> ChatMessage:
    """A reply that asks for calls."""
    return ChatMessage(
        role="assistant",
        tool_calls=[
            ChatMessageToolCall(function=ChatMessageToolCallFunction(name, arguments), id=str(number))
            for number, (name, arguments) in enumerate(calls)
        ],
    )


async def test_a_tool_tells_models_what_it_takes_and_gives(http_server):
    async with MCPClient(http_server) as tools:
        weather = by_name(tools)["weather"]
    assert weather.signature == "weather(city: str, unit: Literal['C', 'F'] = 'C') -> dict"
    assert weather.description == "The weather in a city."
    assert weather.output_type == "object"
    assert set(weather.output_schema["properties"]) == {"city", "degrees", "forecast"}
    assert weather.json_schema["function"]["parameters"]["required"] == ["city"]
    assert '"degrees"' in weather.to_code_prompt()


async def test_structured_output_can_be_left_to_the_text(http_server):
    async with MCPClient(http_server, structured_output=False) as tools:
        named = by_name(tools)
        assert await named["add"](1, 1) == "2"
        assert named["weather"].output_schema is None


async def test_no_server_takes_the_names_of_the_agent(http_server):
    async with MCPClient(http_server) as tools:
        assert "final_answer" not in by_name(tools)
        assert await by_name(tools)["sample_final_answer"]("x") == "hijacked x"


async def test_names_that_servers_share_are_prefixed_at_all_of_them(http_server, older_http_server):
    servers = {"one": {"url": http_server["url"]}, "two": {"url": older_http_server["url"], "tools": ["add"]}}
    async with MCPClient({"mcpServers": servers}) as tools:
        named = by_name(tools)
        assert "add" not in named
        assert {"one_add", "two_add", "greet"} <= set(named)
        assert (await named["one_add"](1), await named["two_add"](2)) == (2, 3)
        assert [tool.server_name for tool in tools if tool.server_name == "two"] == ["two"]


async def test_names_can_always_be_prefixed(http_server):
    async with MCPClient(http_server, name_prefix="always") as tools:
        assert {name.partition("_")[0] for name in by_name(tools)} == {"sample"}


async def test_a_clash_can_be_an_error_and_leaves_nothing_open(http_server, older_http_server):
    client = MCPClient([http_server, older_http_server], name_prefix="never")
    with pytest.raises(ConfigurationError, match="Several MCP servers have a tool"):
        async with client:
            pass
    assert not client.is_connected


async def test_changes_are_seen(any_server):
    changed = bridge.Event()
    lesson = f"lesson-{uuid4().hex[:6]}"
    name = lesson.replace("-", "_")
    client = MCPClient(any_server, tools_changed_handler=lambda server: changed.set())
    async with client as tools:
        await by_name(tools)["learn"](lesson)
        assert await changed.wait(60)
        newer = by_name(await client.get_tools())
        assert await newer[name](4) == 8
        assert newer["add"] is by_name(tools)["add"]
        await newer["forget"](lesson)
        with pytest.raises(McpToolError, match="refused the call|failed"):
            await newer[name](4)
        assert name not in by_name(await client.get_tools(refresh=True))


@pytest.mark.parametrize("kind", ["code", "tool_calling"])
async def test_an_agent_follows_the_tools_of_its_servers(any_server, kind):
    lesson = f"lesson_{uuid4().hex[:6]}"
    model = ScriptedModel(
        [
            native(("learn", {"name": lesson})),
            native((lesson, {"x": 4})),
            native(("forget", {"name": lesson})),
            native((lesson, {"x": 5})),
            native(("final_answer", {"answer": "done"})),
        ]
        if kind == "tool_calling"
        else [
            f"<code>\nlearn({lesson!r})\n</code>",
            f"<code>\nprint({lesson}(4))\nforget({lesson!r})\n</code>",
            f"<code>\n{lesson}(5)\n</code>",
            "<code>\nfinal_answer('done')\n</code>",
        ]
    )

    client = MCPClient(any_server)

    async def wait_for_the_change(step, agent):
        """Go on when the server's message, which may come after the result, has come."""
        used = str(step.tool_calls)
        wanted = True if "learn" in used else False if "forget" in used else None
        while wanted is not None and wanted != (lesson in by_name(await client.get_tools())):
            await bridge.sleep(0.01)

    agent_class = CodeAgent if kind == "code" else ToolCallingAgent
    agent = agent_class(tools=client.get_tools, model=model, step_callbacks=[wait_for_the_change])
    assert await agent.run("Go") == "done"
    await client.aclose()
    steps = agent.memory.steps[1:]
    assert "8" in steps[1].observations
    (failure,) = [str(step.error) for step in steps if step.error]
    assert lesson in failure
    assert "no tool" in failure or "not available in this step" in failure
    assert lesson not in agent.tools
    if kind == "tool_calling":
        offered = [lesson in {one.name for one in request.tools_to_call_from} for request in model.requests]
        assert offered == [False, True, True, False, False]
    else:
        assert [lesson in request.messages[0].text for request in model.requests] == [
            False,
            True,
            False,
            False,
        ]


async def test_approval_can_be_asked_for(http_server):
    async with MCPClient(http_server, requires_approval=["add", "get-weather"]) as tools:
        assert [tool.name for tool in tools if tool.requires_approval] == ["add", "get_weather"]
    async with MCPClient(http_server, requires_approval=True) as tools:
        assert all(tool.requires_approval for tool in tools)


async def test_a_code_agent_uses_them(any_server):
    model = ScriptedModel(
        [
            "<code>\nw = weather('Oslo')\nprint(w['degrees'])\n</code>",
            "<code>\nfinal_answer([add(1, 1), w['city'], get_weather(city='Bergen')])\n</code>",
        ]
    )
    async with MCPClient(any_server) as tools:
        agent = CodeAgent(tools=tools, model=model)
        assert await agent.run("Go") == [2, "Oslo", "sun in Bergen"]


async def test_a_tool_calling_agent_uses_them_side_by_side(http_server):
    model = ScriptedModel(
        [
            native(
                ("add", {"a": 1}),
                ("add", {"a": 5, "b": 5}),
                ("fail", {"why": "no paper"}),
                ("weather", {"city": "Oslo", "unit": "K"}),
            ),
            native(("final_answer", {"answer": "done"})),
        ]
    )
    async with MCPClient(http_server) as tools:
        agent = ToolCallingAgent(tools=tools, model=model)
        assert await agent.run("Go") == "done"
    step = agent.memory.steps[1]
    assert "2" in step.observations
    assert "10" in step.observations
    assert "no paper" in str(step.error)
    assert "unit = 'K'" in str(step.error)


async def test_a_collection_has_the_tools_of_a_server(http_server):
    with pytest.raises(ConfigurationError, match="trust_remote_code=True"):
        async with ToolCollection.from_mcp(http_server):
            pass
    async with ToolCollection.from_mcp(http_server, trust_remote_code=True) as tools:
        assert await by_name(tools)["add"](1) == 2


async def test_connecting_and_leaving_by_hand(http_server):
    client = MCPClient(http_server)
    tools = await client.get_tools()  # connects, as smolagents does when the client is made
    await client.connect()
    assert client.is_connected
    assert await by_name(tools)["add"](1) == 2
    await client.disconnect()
    await client.disconnect()
    assert not client.is_connected
    async with client as tools:  # once more
        assert await by_name(tools)["add"](1) == 2


async def test_a_command_line_names_a_server(plain_stdio_server):
    command = " ".join([sys.executable, *plain_stdio_server["args"]])
    async with MCPClient(command) as tools:
        assert await by_name(tools)["add"](1) == 2
        assert {tool.server_name for tool in tools} == {"sample"}  # what it says of itself
