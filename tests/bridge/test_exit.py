"""The interpreter ends although programs run, sleep, wait or block."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import asyncio, os, threading, time
from twofold._bridge import _async, _sync
from twofold._core.interpreter.control import Control

running = threading.Event()

class Program:
    def __init__(self, body):
        self.body, self.control = body, Control()
    def run(self, host):
        self.control.start()
        running.set()
        return self.body(host)
    def abandon(self):
        pass

def compute(host):
    while True:
        pass

def compute_in_c(host):
    sorted([0], key=lambda _: compute(host))

def sleep(host):
    host.sleep(1000)

def block(host):
    os.read(os.pipe()[0], 1)

async def wait_forever():
    await asyncio.sleep(1000)

def wait(host):
    host.resolve(wait_forever())

def block_in_tool(host):
    host.call_blocking(time.sleep, 1000)

def run_sync(body):
    _sync.ProgramSlot().run(Program(body))

def run_async(body):
    asyncio.run(_async.ProgramSlot().run(Program(body)))
"""


@pytest.mark.parametrize("body", ["compute", "compute_in_c", "sleep", "block", "wait", "block_in_tool"])
@pytest.mark.parametrize("run", ["run_sync", "run_async"])
def test_the_interpreter_ends(run, body):
    code = PRELUDE + f"threading.Thread(target={run}, args=({body},), daemon=True).start(); running.wait()"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


SESSIONS = """
import asyncio
from twofold.aio import LocalPythonExecutor

async def slow(x):
    await asyncio.sleep(0.001)
    return x

async def main():
    session = await LocalPythonExecutor().open({"slow": slow}, {})
    for _ in range(3):
        await session.execute("sum(slow(i) for i in range(3))")
    await session.aclose()

asyncio.run(main())
"""


def test_the_interpreter_ends_right_after_a_program(tmp_path):
    """The program's greenlet may still be ending when the caller has its answer already."""
    script = tmp_path / "script.py"
    script.write_text(SESSIONS)
    for _ in range(12):  # before it was mended, it failed at every third
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "code", ["while True: pass", "sorted(range(9), key=spin)", "import time; time.sleep(1000)"]
)
def test_the_interpreter_ends_while_generated_code_computes(tmp_path, code):
    script = tmp_path / "script.py"
    script.write_text(
        f"""
import asyncio, threading
from twofold.aio import LocalPythonExecutor

begun = threading.Event()

async def main():
    session = await LocalPythonExecutor(timeout_seconds=None).open({{"begun": begun.set}}, {{}})
    await session.execute({f"def spin(x):{chr(10)}    while True: pass{chr(10)}begun(){chr(10)}{code}"!r})

threading.Thread(target=asyncio.run, args=[main()], daemon=True).start()
assert begun.wait(60)
"""
    )
    for _ in range(3):
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
