"""Agents for ``twofold mcp-serve``, of both APIs, with models that follow a script."""

import asyncio
import re

import twofold
from twofold import aio


@twofold.tool
async def wait_for_ever(started: str, ended: str) -> str:
    """Never comes back.

    Args:
        started: A file to open at the beginning.
        ended: A file to open at the end.
    """
    try:
        await asyncio.to_thread(_touch, started)  # a cancellation may arrive before this comes back
        await asyncio.Event().wait()
    finally:
        await asyncio.shield(asyncio.to_thread(_touch, ended))
    return "?"


def _touch(path: str) -> None:
    with open(path, "w"):
        pass


def play(messages) -> str:
    """Answer "Number N" in three steps, with N; run the code of a task that begins with ``!``; or give up."""
    text = "\n".join(message.text for message in messages)
    task = text.rpartition("New task:")[2].strip()
    if task.startswith("!"):
        return f"<code>\n{task[1:].splitlines()[0]}\n</code>"
    number = re.search(r"Number (\d+)", text)[1]
    turn = sum(message.role == "assistant" for message in messages)
    code = [f"x = {number}", "print(x)", "final_answer(x)"][turn]
    return f"<code>\n{code}\n</code>"


helper = twofold.CodeAgent(
    tools=[wait_for_ever], model=twofold.FunctionModel(play), name="helper", description="Knows numbers."
)


def aio_helper():
    return aio.CodeAgent(tools=[wait_for_ever], model=aio.FunctionModel(play))


nothing = 3
