"""Agents for ``twofold mcp-serve``, of both APIs, with models that follow a script."""

import asyncio
import os
import re
import subprocess
import sys

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


print("printed while the agents are made", flush=True)


@twofold.tool
def shout(text: str) -> str:
    """Print, in the ways there are.

    Args:
        text: What.
    """
    print(f"printed by a tool: {text}")
    print(f"printed by a tool to what it had kept: {text}", file=_kept)
    os.write(1, f"written by a tool: {text}\n".encode())
    subprocess.run([sys.executable, "-ISc", f"print('printed by a program: {text}')"], check=True)
    return text


_kept = sys.stdout


def chatty(api=twofold):
    """An agent that says all that it does, and manages one that does too."""
    code = (
        "print('printed by code')\nimport pprint\npprint.pprint(shout('hello'))\nfinal_answer(shout('bye'))"
    )
    inner = api.CodeAgent(
        tools=[shout],
        model=api.FunctionModel(lambda messages: f"<code>\n{code}\n</code>"),
        name="inner",
        description="Shouts.",
        additional_authorized_imports=["pprint"],
        verbosity_level=2,
    )
    return api.CodeAgent(
        tools=[],
        model=api.FunctionModel(lambda messages: "<code>\nfinal_answer(inner('Shout'))\n</code>"),
        managed_agents=[inner],
        verbosity_level=2,
        name="outer",
    )


def aio_chatty():
    return chatty(aio)
