"""An approver of the async API may take its time: while it waits, no thread is held."""

import asyncio
import threading

from twofold.aio import CodeAgent, ToolCallingAgent, tool
from twofold.aio.testing import ScriptedModel

RUNS = 300


@tool(requires_approval=True)
async def delete(path: str) -> str:
    """Deletes a file.

    Args:
        path: Which one.
    """
    return f"{path} is gone"


async def wait_for_all(agent_class, reply: str) -> None:
    everybody_waits, decided = asyncio.Event(), asyncio.Event()
    waiting = 0

    async def approve(tool, arguments, run) -> bool:
        nonlocal waiting
        waiting += 1
        if waiting == RUNS:
            everybody_waits.set()
        await decided.wait()
        return True

    def play(messages):
        gone = "is gone" in messages[-1].text
        return '{"name": "final_answer", "arguments": {"answer": "a is gone"}}' if gone else reply

    before = threading.active_count()
    agent = agent_class(tools=[delete], model=ScriptedModel(play), approver=approve)
    runs = [asyncio.create_task(agent.run(f"Clean up {n}")) for n in range(RUNS)]
    await everybody_waits.wait()
    assert threading.active_count() - before < 40
    decided.set()
    assert await asyncio.gather(*runs) == ["a is gone"] * RUNS
    await agent.aclose()


async def test_from_the_middle_of_code() -> None:
    await wait_for_all(CodeAgent, "<code>\nfinal_answer([delete('a')][0])\n</code>")


async def test_from_tool_calls() -> None:
    await wait_for_all(ToolCallingAgent, '{"name": "delete", "arguments": {"path": "a"}}')
