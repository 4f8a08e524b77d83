"""Somebody prints on one thread while a program ends on another: the stand-in for sys.stdout must outlive it."""

import subprocess
import sys

SCRIPT = """
import sys, threading
from twofold import LocalPythonExecutor

inside, go_on = threading.Event(), threading.Event()

def hold():
    inside.set()
    go_on.wait()

class Out:
    def write(self, text):
        if not go_on.is_set():  # in the middle of print(), the program ends
            go_on.set()
            thread.join()
            self.more = [bytearray(64) for _ in range(1000)]
        return sys.__stdout__.write(text)

    def flush(self):
        sys.__stdout__.flush()

def run():
    executor = LocalPythonExecutor()
    executor.send_tools({"hold": hold})
    executor("hold()")

sys.stdout = Out()
thread = threading.Thread(target=run)
thread.start()
inside.wait()
print("a", "b", "c")
"""


def test_print_goes_on_when_the_last_program_ends_meanwhile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "a b c\n", "")
