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
