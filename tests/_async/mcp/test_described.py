"""MCP servers that descriptions of agents name: started or reached, used in runs, left in the end."""

import json
import os
from pathlib import Path

import pytest
import yaml

from twofold._bridge import _async as bridge
from twofold.aio import McpConnectionError, McpError, open_agent
from twofold.aio.testing import ScriptedModel


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def write(folder: Path, description: dict, name: str = "agent.yaml") -> Path:
    path = folder / name
    path.write_text(json.dumps(description) if name.endswith(".json") else yaml.safe_dump(description))
    return path


def unnamed(server: dict) -> dict:
    return {key: value for key, value in server.items() if key != "name"}


async def has_ended(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(3000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await bridge.sleep(0.01)
    return False


@pytest.mark.parametrize("name", ["agent.yaml", "agent.json"])
async def test_a_program_runs_as_long_as_the_agent_is_open(tmp_path, stdio_server, name):
    path = write(tmp_path, {"mcpServers": {"sample": unnamed(stdio_server)}}, name)
    model = ScriptedModel([code("print(add(20, 22))"), code("final_answer([add(20, 22), process()])")])
    async with open_agent(path, trust_remote_code=True, model=model) as agent:
        answer, pid = await agent.run("Add")
        os.kill(pid, 0)  # it is there
        assert answer == 42
        assert "42" in agent.memory.steps[1].observations
    assert await has_ended(pid)


@pytest.mark.parametrize("kind", ["code", "tool_calling"])
async def test_an_http_server_is_used_without_any_trust_and_left(tmp_path, http_server, kind):
    path = write(tmp_path, {"agent": kind, "mcp_servers": {"sample": unnamed(http_server)}})
    replies = {
        "code": [code("final_answer(weather('Oslo')['city'])")],
        "tool_calling": [
            '{"name": "weather", "arguments": {"city": "Oslo"}}',
            '{"name": "final_answer", "arguments": {"answer": "Oslo"}}',
        ],
    }
    async with open_agent(path, model=ScriptedModel(replies[kind])) as agent:
        assert await agent.run("Where?") == "Oslo"
        add = agent.tools["add"]
        assert await add(1) == 2
    with pytest.raises(McpError, match="after its MCPClient was closed"):
        await add(1)


async def test_an_agent_and_the_one_it_manages_have_servers_of_their_own(
    tmp_path, stdio_server, http_server, sse_server
):
    managed = {"name": "helper", "description": "Helps.", "mcpServers": {"inner": unnamed(stdio_server)}}
    both = {"one": {**unnamed(http_server), "tools": ["add"]}, "two": unnamed(sse_server)}
    path = write(tmp_path, {"mcpServers": both, "managed_agents": [managed]})
    model = ScriptedModel(
        [
            code("final_answer([one_add(1), two_add(2), helper('Add')])"),
            code("final_answer(f'pid {process()}')"),
        ]
    )
    async with open_agent(path, trust_remote_code=True, model=model) as agent:
        one, two, report = await agent.run("Go")
    assert (one, two) == (2, 3)
    assert await has_ended(int(report.rpartition("pid ")[2]))


async def test_what_servers_ask_goes_to_the_approver_that_is_passed(tmp_path, http_server):
    path = write(tmp_path, {"mcpServers": {"sample": unnamed(http_server)}})
    model = ScriptedModel([code("final_answer(delete('a'))")])
    async with open_agent(path, model=model, approver=lambda tool, question, run: "no") as agent:
        assert await agent.run("Go") == "decline None"


async def test_if_one_server_cannot_be_reached_the_others_are_left(tmp_path, stdio_server, free_port):
    note = tmp_path / "ended"
    script = '"$@"; touch "$NOTE"'  # the server, and what tells that it has ended
    noting = {
        "command": "sh",
        "args": ["-c", script, "sh", stdio_server["command"], *stdio_server["args"]],
        "env": {"NOTE": str(note)},
    }
    gone = {"url": f"http://127.0.0.1:{free_port}/mcp"}
    managed = {"name": "helper", "description": "Helps.", "mcpServers": {"gone": gone}}
    path = write(tmp_path, {"mcpServers": {"noting": noting}, "managed_agents": [managed]})
    with pytest.raises(McpConnectionError, match="'gone' cannot be reached"):
        async with open_agent(path, trust_remote_code=True, model=ScriptedModel([])):
            pass
    for _ in range(3000):
        if note.exists():
            return
        await bridge.sleep(0.01)
    raise AssertionError("the server goes on")
