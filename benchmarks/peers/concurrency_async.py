"""Agents that wait for their model, each a task; and how late the event loop is beside generated code."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from concurrency_kit import INTERVAL, NUMBERS, PROGRAMS, Server, figures, resident, threads  # type: ignore

from twofold.aio import CodeAgent, OpenAIModel, tool
from twofold.aio.testing import ScriptedModel


async def wait(count: int) -> dict[str, Any]:
    """Let so many runs of one agent wait for the model at once."""
    server = Server()
    model = OpenAIModel("any", api_base=server.url, api_key="none", max_connections=count, retry=False)
    agent = CodeAgent(tools=[], model=model)
    warm_up = asyncio.create_task(agent.run("Warm up"))
    await asyncio.to_thread(server.tell, "wait 1")
    await asyncio.to_thread(server.tell, "open")
    await warm_up
    before = (resident(), time.process_time())
    began = time.perf_counter()
    runs = [asyncio.create_task(agent.run(f"Task {number}")) for number in range(count)]
    await asyncio.to_thread(server.tell, f"wait {count}")
    started = time.perf_counter()
    waiting = (resident(), threads())
    opened = time.perf_counter()
    await asyncio.to_thread(server.tell, "open")
    assert await asyncio.gather(*runs) == ["done"] * count
    ended = time.perf_counter()
    found: dict[str, Any] = figures(before, waiting, {"start": started - began, "finish": ended - opened})
    await model.aclose()
    server.close()
    return found


@tool
async def rest(seconds: float) -> None:
    """Rests.

    Args:
        seconds: How long.
    """
    await asyncio.sleep(seconds)


@tool
def rest_plain(seconds: float) -> None:
    """Rests, and blocks its thread.

    Args:
        seconds: How long.
    """
    time.sleep(seconds)


@tool
async def rest_wrong(seconds: float) -> None:
    """Rests, and blocks the event loop: the mistake.

    Args:
        seconds: How long.
    """
    time.sleep(seconds)  # noqa: ASYNC251


async def beside(program: str) -> list[float]:
    """Return how late a clock of the event loop was while an agent ran a program."""
    late: list[float] = []
    reply = f"<code>\n{PROGRAMS[program]}\nfinal_answer(1)\n</code>"
    agent = CodeAgent(tools=[rest, rest_plain, rest_wrong], model=ScriptedModel(lambda _: reply))
    variables = {"numbers": NUMBERS} if "numbers" in PROGRAMS[program] else {}

    async def clock() -> None:
        while True:
            due = time.perf_counter() + INTERVAL
            await asyncio.sleep(INTERVAL)
            late.append(max(0.0, time.perf_counter() - due))

    await agent.run("Warm up", additional_args=variables)
    ticking = asyncio.create_task(clock())
    await asyncio.sleep(0.1)
    late.clear()
    await agent.run("Go", additional_args=variables)
    await asyncio.sleep(0.05)
    ticking.cancel()
    return late


if __name__ == "__main__":
    what = sys.argv[1]
    print(json.dumps(asyncio.run(wait(int(what)) if what.isdigit() else beside(what))))
