"""Agents that wait for their model, each a thread; and how late another thread is beside generated code."""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from concurrency_kit import INTERVAL, NUMBERS, PROGRAMS, Server, figures, resident, threads  # type: ignore

from twofold import CodeAgent, OpenAIModel, tool
from twofold.testing import ScriptedModel


def wait(count: int) -> dict[str, Any]:
    """Let so many runs of one agent wait for the model at once."""
    server = Server()
    model = OpenAIModel("any", api_base=server.url, api_key="none", max_connections=count, retry=False)
    agent = CodeAgent(tools=[], model=model)
    with ThreadPoolExecutor(1) as pool:
        warm_up = pool.submit(agent.run, "Warm up")
        server.tell("wait 1")
        server.tell("open")
        warm_up.result()
    before = (resident(), time.process_time())
    with ThreadPoolExecutor(count) as pool:
        began = time.perf_counter()
        runs = [pool.submit(agent.run, f"Task {number}") for number in range(count)]
        server.tell(f"wait {count}")
        started = time.perf_counter()
        waiting = (resident(), threads())
        opened = time.perf_counter()
        server.tell("open")
        assert [run.result() for run in runs] == ["done"] * count
        ended = time.perf_counter()
    found: dict[str, Any] = figures(before, waiting, {"start": started - began, "finish": ended - opened})
    model.close()
    server.close()
    return found


@tool
def rest(seconds: float) -> None:
    """Rests.

    Args:
        seconds: How long.
    """
    time.sleep(seconds)


@tool
async def rest_wrong(seconds: float) -> None:
    """Rests, and blocks the background loop: the mistake.

    Args:
        seconds: How long.
    """
    time.sleep(seconds)  # noqa: ASYNC251


def beside(program: str) -> list[float]:
    """Return how late a clock on a thread of its own was while an agent ran a program."""
    late: list[float] = []
    code = PROGRAMS[program].replace("rest_plain", "rest")
    agent = CodeAgent(
        tools=[rest, rest_wrong],
        model=ScriptedModel(lambda _: f"<code>\n{code}\nfinal_answer(1)\n</code>"),
    )
    variables = {"numbers": NUMBERS} if "numbers" in PROGRAMS[program] else {}
    over = threading.Event()

    def clock() -> None:
        while not over.is_set():
            due = time.perf_counter() + INTERVAL
            time.sleep(INTERVAL)
            late.append(max(0.0, time.perf_counter() - due))

    agent.run("Warm up", additional_args=variables)
    ticking = threading.Thread(target=clock)
    ticking.start()
    time.sleep(0.1)
    late.clear()
    agent.run("Go", additional_args=variables)
    time.sleep(0.05)
    over.set()
    ticking.join()
    return late


if __name__ == "__main__":
    what = sys.argv[1]
    print(json.dumps(wait(int(what)) if what.isdigit() else beside(what)))
