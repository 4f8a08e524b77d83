"""MCP clients where tasks are cancelled, threads share them, loops come and go, and both APIs meet."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

import twofold
from twofold import aio
from twofold.aio import testing as aio_testing
from twofold.testing import ScriptedModel

pytest.importorskip("mcp.client.client")

SAMPLE = str(Path(__file__).parents[1] / "mcp_servers" / "sample.py")


@pytest.fixture(scope="session")
def server(launch_mcp) -> dict[str, object]:
    command, *arguments = launch_mcp(SAMPLE, "stdio")
    return {"command": command, "args": arguments, "name": "sample"}


def by_name(tools):
    return {tool.name: tool for tool in tools}


def has_ended(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(3000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


async def test_cancelling_a_task_cancels_its_call_alone(server):
    key = uuid4().hex
    async with aio.MCPClient(server) as tools:
        named = by_name(tools)
        hanging = asyncio.create_task(named["hang"](key))
        assert await named["wait_for_hanging"](key) == "hanging"
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert await named["wait_for_cancelled"](key) == "cancelled"
        assert await named["add"](1) == 2


async def test_cancelling_a_run_cancels_its_call(server):
    key = uuid4().hex
    model = aio_testing.ScriptedModel([f"<code>\nhang({key!r})\n</code>"])
    async with aio.MCPClient(server) as tools:
        named = by_name(tools)
        run = asyncio.create_task(aio.CodeAgent(tools=tools, model=model).run("Go"))
        assert await named["wait_for_hanging"](key) == "hanging"
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert await named["wait_for_cancelled"](key) == "cancelled"


async def test_cancelling_while_connecting_leaves_no_program(tmp_path):
    started, ended = tmp_path / "started", tmp_path / "ended"
    os.mkfifo(started)
    program = f"import sys; open({str(started)!r}, 'w').close(); sys.stdin.read(); open({str(ended)!r}, 'w')"
    client = aio.MCPClient({"command": sys.executable, "args": ["-c", program]})
    connecting = asyncio.create_task(client.connect())
    await asyncio.to_thread(started.read_bytes)  # returns once the program runs
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    await client.aclose()
    assert ended.exists()
    assert not client.is_connected


def test_threads_share_a_sync_client(server):
    with twofold.MCPClient(server) as tools:
        meet, key = by_name(tools)["meet"], uuid4().hex
        with ThreadPoolExecutor(10) as threads:
            counts = list(threads.map(lambda _: meet(key, 10), range(10)))
    assert len(counts) == 10


def test_threads_that_connect_at_once_share_the_connection(server):
    client = twofold.MCPClient(server)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: by_name(client.get_tools())["process"](), range(4)))
    client.close()
    assert len(set(found)) == 1


async def test_the_sync_client_works_under_a_running_loop(server):
    with twofold.MCPClient(server) as tools:
        model = ScriptedModel(["<code>\nfinal_answer(add(20, 22))\n</code>"])
        assert twofold.CodeAgent(tools=tools, model=model).run("Go") == 42


async def test_tools_of_one_api_work_in_agents_of_the_other(server):
    code = "<code>\nfinal_answer(add(20, 22))\n</code>"
    async with aio.MCPClient(server) as tools:
        agent = twofold.CodeAgent(tools=tools, model=ScriptedModel([code]))
        assert await asyncio.to_thread(agent.run, "Go") == 42
    client = twofold.MCPClient(server)
    tools = await asyncio.to_thread(client.get_tools)
    assert await aio.CodeAgent(tools=tools, model=aio_testing.ScriptedModel([code])).run("Go") == 42
    await asyncio.to_thread(client.close)


DELETE = "<code>\nfinal_answer(delete('a'))\n</code>"
AGREED = "accept {'sure': True, 'reason': 'none'}"


async def test_an_approver_of_the_async_api_is_awaited_on_the_loop_of_its_run(server):
    answers = asyncio.Queue()

    async def approve(tool, question, run):
        await answers.put(True)
        return await answers.get()

    def approve_plainly(tool, question, run):
        return asyncio.get_running_loop() is loop

    loop = asyncio.get_running_loop()
    client = twofold.MCPClient(server)
    tools = await asyncio.to_thread(client.get_tools)  # at home on another loop
    for approver in (approve, approve_plainly):
        agent = aio.CodeAgent(tools=tools, model=aio_testing.ScriptedModel([DELETE]), approver=approver)
        assert await agent.run("Go") == AGREED
    await asyncio.to_thread(client.close)


async def test_an_approver_of_the_sync_api_may_block(server):
    asked, agreed = threading.Event(), threading.Event()

    def approve(tool, question, run):
        asked.set()
        return agreed.wait(60)

    async with aio.MCPClient(server) as tools:
        agent = twofold.CodeAgent(tools=tools, model=ScriptedModel([DELETE]), approver=approve)
        running = asyncio.create_task(asyncio.to_thread(agent.run, "Go"))
        assert await asyncio.to_thread(asked.wait, 60)
        assert await by_name(tools)["add"](1) == 2  # the connection goes on meanwhile
        agreed.set()
        assert await running == AGREED


def test_a_client_whose_loop_has_ended_says_so_and_can_be_connected_again(server):
    client = aio.MCPClient(server)

    async def connect():
        return by_name(await client.get_tools())

    async def use(named):
        with pytest.raises(aio.McpError, match="loop on which this MCPClient was connected has ended"):
            await named["add"](1)
        async with client as tools:
            return await by_name(tools)["add"](1)

    named = asyncio.run(connect())
    assert asyncio.run(use(named)) == 2


def test_a_script_that_closes_nothing_leaves_no_server(server, tmp_path):
    script = f"""
import sys
from twofold import MCPClient
tools = MCPClient({server!r}).get_tools()
print(next(tool for tool in tools if tool.name == "process")())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stderr == ""
    assert has_ended(int(done.stdout))


def test_an_async_script_that_closes_nothing_leaves_no_server(server):
    script = f"""
import asyncio
from twofold.aio import MCPClient
async def main():
    tools = await MCPClient({server!r}).get_tools()
    print(await next(tool for tool in tools if tool.name == "process")())
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stderr == ""
    assert has_ended(int(done.stdout))
