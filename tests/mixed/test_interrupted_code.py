"""Cancelling the task that waits for generated code, and Ctrl-C in a script: what only one API has."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import subprocess
import sys

import pytest

import twofold.aio

CODES = {
    "loop": "while True: pass",
    "sleep": "import time\ntime.sleep(600)",
    "caught": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "finally": "try:\n    while True: pass\nfinally:\n    after = 1\n    while True: pass",
    "handler": "try: 1 / 0\nexcept ZeroDivisionError:\n    while True: pass",
    "exit": "class C:\n    def __enter__(self): pass\n    def __exit__(self, *e): return True\nwith C():\n    while True: pass",
    "del": "class C:\n    def __del__(self):\n        while True: pass\nc = C()\ndel c\nwhile True: pass",
    "blocking call": "block()",
    "blocking call, caught": "try: block()\nexcept BaseException: after = 1",
    "tool": "wait()",
    "regular expression": "import re\nre.match('(?:a|a)*$', 'a' * 60 + 'b')",
}


@pytest.mark.parametrize("name", CODES)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_cancelling_the_task_stops_the_code(name: str) -> None:
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def wait() -> None:
        await asyncio.sleep(600)

    reading, writing = os.pipe()
    tools = {"started": lambda: loop.call_soon_threadsafe(started.set), "wait": wait}
    variables = {"kept": 1, "block": functools.partial(os.read, reading, 1)}
    session = await twofold.aio.LocalPythonExecutor(timeout_seconds=None).open(tools, variables)
    task = asyncio.create_task(session.execute(f"started()\n{CODES[name]}\nafter = 1"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 60)
    assert (await session.execute("[kept, 'after' in globals()]")).output == [1, False]
    await session.aclose()
    os.write(writing, b"x")
    os.close(writing)


SCRIPT = """
import sys, threading
from twofold import LocalPythonExecutor

executor = LocalPythonExecutor(timeout_seconds=None)
executor.send_tools({"ready": lambda: print("ready", flush=True)})
try:
    executor("kept = 1\\nready()\\n" + sys.argv[1] + "\\nafter = 1")
except KeyboardInterrupt:
    print("interrupted", executor("[kept, 'after' in globals()]").output, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child work otherwise there")
@pytest.mark.parametrize("code", [CODES[name] for name in ("loop", "sleep", "caught", "finally", "exit")])
def test_ctrl_c_stops_the_code_and_the_executor_goes_on(code: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", SCRIPT, code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    finally:
        child.kill()
    assert out == "interrupted [1, False]\n"
    assert child.returncode == 0
