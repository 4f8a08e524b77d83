"""Agents as MCP servers, through the command and as clients meet them."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

import twofold
from twofold import aio
from twofold.aio import MCPClient
from twofold.testing import ChatServer, Reply

pytest.importorskip("mcp.client.client")

AGENTS = str(Path(__file__).parents[1] / "mcp_servers" / "agents.py")


@pytest.fixture
def mcp_serve(launch_mcp):
    """Returns what starts ``twofold mcp-serve`` with some arguments, as MCP clients are told it."""

    def server(source: object, *options: str) -> dict[str, object]:
        command, *arguments = launch_mcp("twofold", "mcp-serve", str(source), *options)
        return {"command": command, "args": arguments, "env": dict(os.environ), "name": "agents"}

    return server


@pytest.fixture(params=["helper", "aio_helper"])
def serving(request, launch_mcp):
    """A server for an agent of each API; the process and the URL."""
    options = ["--transport", "streamable-http", "--port", "0", "--tool-name", "helper"]
    command = launch_mcp("twofold", "mcp-serve", f"{AGENTS}:{request.param}", *options)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    line = process.stderr.readline()
    yield process, re.search(r"listening on (\S+)", line)[1]
    process.kill()
    process.wait()
    process.stderr.close()


async def test_an_agent_is_a_tool_over_stdio():
    steps = []
    command = ["-m", "twofold", "mcp-serve", f"{AGENTS}:helper"]  # as users start it
    server = {"command": sys.executable, "args": command, "name": "agents"}
    async with MCPClient(server, progress_handler=steps.append) as tools:
        (helper,) = tools
        assert helper.signature.startswith(
            "helper(task: str, max_steps: int | None = None, additional_args: dict"
        )
        assert helper.description.startswith("Knows numbers.")
        assert await helper("Number 7") == "7"
        assert await helper("! final_answer(a + b)", additional_args={"a": 1, "b": 2}) == "3"
        with pytest.raises(aio.McpToolError, match="The task is empty"):
            await helper(" ")
        with pytest.raises(aio.McpToolError, match="max_steps must be a whole number"):
            await helper("Number 7", max_steps=0)
    assert [(step.progress, step.total, step.message) for step in steps[:3]] == [
        (1, 20, "step 1 ran code"),
        (2, 20, "step 2 ran code"),
        (3, 20, "step 3 gave the answer"),
    ]


async def test_clients_share_one_agent(serving):
    _, url = serving
    async with MCPClient(url) as tools, MCPClient(url) as others:
        calls = [(tools, others)[n % 2][0](f"Number {n}") for n in range(30)]
        assert await asyncio.gather(*calls) == [str(n) for n in range(30)]


async def test_a_client_cancels_its_task(serving, tmp_path):
    _, url = serving
    started, ended = str(tmp_path / "started"), str(tmp_path / "ended")
    os.mkfifo(started)
    os.mkfifo(ended)
    async with MCPClient(url) as (helper,):
        working = asyncio.create_task(helper(f"! wait_for_ever({started!r}, {ended!r})"))
        await asyncio.to_thread(Path(started).read_bytes)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        await asyncio.to_thread(Path(ended).read_bytes)  # comes back when the tool was cancelled
        assert await helper("Number 1") == "1"


def test_an_interrupted_server_ends(serving):
    process, _ = serving
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130


async def test_a_failure_is_told_without_inner_details(mcp_serve):
    async with MCPClient(mcp_serve(f"{AGENTS}:aio_helper")) as (run_task,):
        assert run_task.name == "run_task"
        with pytest.raises(aio.McpToolError, match="AgentGenerationError|The agent failed"):
            await run_task("No such thing")


@pytest.fixture
def described(tmp_path, monkeypatch):
    """An agent in a file, the same one in a folder; and the folder of both."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    (tmp_path / "tools.py").write_text(
        'from twofold import tool\n\n\n@tool\ndef secret() -> int:\n    """Knows it."""\n    return 42\n'
    )
    with ChatServer(lambda request: Reply("<code>final_answer(secret())</code>")) as server:
        model = {
            "class": "OpenAIModel",
            "model_id": "m",
            "api_base": server.url,
            "api_key_env": "OPENAI_API_KEY",
        }
        described = {"agent": "code", "name": "knows", "description": "Knows.", "model": model}
        described["tools"] = ["./tools.py"]
        (tmp_path / "agent.json").write_text(json.dumps(described))
        with twofold.open_agent(tmp_path / "agent.json", trust_remote_code=True) as agent:
            agent.save(tmp_path / "saved")
        yield tmp_path


@pytest.mark.parametrize("source", ["agent.json", "saved"])
async def test_a_described_or_saved_agent_is_served(described, mcp_serve, source):
    async with MCPClient(mcp_serve(described / source, "--trust-remote-code")) as tools:
        (knows,) = tools
        assert knows.name == "knows"
        assert await knows("What is it?") == "42"


@pytest.mark.parametrize("source", ["agent.json", "saved"])
def test_code_of_a_description_has_to_be_trusted(described, source, capsys):
    from twofold.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["mcp-serve", str(described / source)])
    assert ended.value.code == 2
    assert "trust_remote_code" in capsys.readouterr().err


@pytest.mark.parametrize("agent", ["chatty", "aio_chatty"])
def test_whatever_is_printed_stays_out_of_the_protocol(launch_mcp, agent):
    command = launch_mcp("twofold", "mcp-serve", f"{AGENTS}:{agent}")
    client = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        # what it writes to standard error must not fill the pipe while nobody reads that
        with ThreadPoolExecutor(1) as reader, ExitStack() as stack:
            stack.callback(process.kill)  # or else a failure would wait for ever
            printing = reader.submit(process.stderr.read)

            def ask(**message):
                process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
                process.stdin.flush()

            ask(id=1, method="initialize", params=client)
            assert json.loads(process.stdout.readline())["id"] == 1
            ask(method="notifications/initialized")
            ask(id=2, method="tools/call", params={"name": "outer", "arguments": {"task": "Go"}})
            answer = json.loads(process.stdout.readline())
            process.stdin.close()
            assert process.stdout.read() == ""
            printed = printing.result()
    assert answer["id"] == 2
    assert "bye" in answer["result"]["content"][0]["text"]
    for text in (
        "printed while the agents are made",
        "Task for outer",
        "Task for inner",
        "printed by a tool: bye",
        "printed by a tool to what it had kept: bye",
        "written by a tool: bye",
        "printed by a program: bye",
        "Answer: bye",
    ):
        assert text in printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["none.yaml"], "none.yaml"),
        (["agents.py"], "write FILE.py:NAME or MODULE:NAME"),
        ([f"{AGENTS}:nobody"], "has no 'nobody'"),
        ([f"{AGENTS}:nothing"], "it is no agent, but int"),
        ([f"{AGENTS}:helper", "--tool-name", "a b"], "tool_name must be"),
        ([f"{AGENTS}:helper", "--port", "99999"], "port must be"),
    ],
)
def test_mistakes_on_the_command_line(arguments, complaint, capsys):
    from twofold.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["mcp-serve", *arguments])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


async def test_serving_ends_when_it_is_cancelled():
    listening = asyncio.get_running_loop().create_future()
    agent = aio.CodeAgent(tools=[], model=aio.FunctionModel(lambda messages: "<code>final_answer(1)</code>"))
    serving = asyncio.create_task(
        aio.serve_mcp(agent, "streamable-http", port=0, on_listening=listening.set_result)
    )
    async with MCPClient(await listening) as (run_task,):
        assert await run_task("Go") == "1"
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
