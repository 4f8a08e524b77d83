# Generated from tests/_async/executors/test_timeouts.py by `nox -s codegen`. Do not edit.
"""Time limits and stops through an executor: the caller gets its error, nothing is written afterwards, life goes on."""

import os
import threading

import pytest

from twofold import (
    ExecutionCancelled,
    ExecutionTimeout,
    ForbiddenOperation,
    LocalPythonExecutor,
    OperationLimitExceeded,
    tool,
)
from twofold._bridge import _sync as bridge

# None of these ends by itself. ``after`` must never be set.
ENDLESS = {
    "loop": "while True: pass\nafter = 1",
    "sleep": "import time\ntime.sleep(600)\nafter = 1",
    "endless generator": "def g():\n    while True: yield 1\nsum(g())\nafter = 1",
    "comprehension": "import itertools\n[0 for _ in itertools.count()]\nafter = 1",
    "recursion": "def f(n):\n    if n: f(n - 1); f(n - 1)\nf(800)\nafter = 1",
    "deep recursion": "def f(): f()\nwhile True:\n    try: f()\n    except RecursionError: pass\nafter = 1",
    "finally": "try:\n    while True: pass\nfinally:\n    after = 1\n    while True: pass",
    "except BaseException": "while True:\n    try:\n        while True: pass\n    except BaseException: after = 1",
    "handler that loops": "try: 1 / 0\nexcept ZeroDivisionError:\n    while True: pass\nafter = 1",
    "exit": "class C:\n    def __enter__(self): pass\n    def __exit__(self, *e):\n        global after\n        after = 1\n        while True: pass\nwith C():\n    while True: pass",
    "exit that swallows": "class C:\n    def __enter__(self): pass\n    def __exit__(self, *e): return True\nwith C():\n    while True: pass\nafter = 1",
    "del": "class C:\n    def __del__(self):\n        while True: pass\nc = C()\ndel c\nwhile True: pass\nafter = 1",
    "sum of a range": "sum(range(10 ** 10))\nafter = 1",
    "sum of count": "import itertools\nsum(itertools.count())\nafter = 1",
    "list of count": "import itertools\nlist(itertools.count())\nafter = 1",
    "sorted range": "sorted(range(10 ** 9))\nafter = 1",
    "max of repeat": "import itertools\nmax(itertools.repeat(1))\nafter = 1",
    "regular expression": "import re\nre.match(r'(?:a|a)*$', 'a' * 60 + 'b')\nafter = 1",
    "library loop": "import statistics, itertools\nstatistics.mean(itertools.repeat(1))\nafter = 1",
    "sort key": "def k(v):\n    while True: pass\nsorted([2, 1], key=k)\nafter = 1",
    "class body": "class C:\n    while True: pass\nafter = 1",
    "str of the value": "class C:\n    def __str__(self):\n        while True: pass\nC()",
    "blocking read": "block()\nafter = 1",
    "blocking read, caught": "try: block()\nexcept BaseException: after = 1\nafter = 2",
    "blocking read in a finally": "try: pass\nfinally:\n    block()\n    after = 1",
}


class Pipe:
    """A pipe that nobody writes to until the test is over."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.reader = Reader(self.reading)

    def release(self) -> None:
        os.write(self.writing, b"x" * 100)
        os.close(self.writing)


class Reader:
    """Blocks in a system call, in the program's own thread: it is no tool."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self) -> bytes:
        return os.read(self._descriptor, 1)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    pipe.release()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", ENDLESS)
def test_the_caller_has_its_error_and_the_session_goes_on(name: str, pipe: Pipe) -> None:
    session = LocalPythonExecutor(timeout_seconds=None).open({}, {"block": pipe.reader, "kept": 1})
    session.execute("kept += 1")
    with pytest.raises((ExecutionTimeout, OperationLimitExceeded)):
        session.execute(ENDLESS[name], timeout_seconds=0.15)
    assert session.execute("kept += 1\n[kept, 'after' in globals()]").output == [3, False]
    assert "after" not in session.variables
    session.close()


def test_what_was_printed_before_a_call_that_blocked_is_told(pipe: Pipe) -> None:
    session = LocalPythonExecutor(timeout_seconds=None).open({}, {"block": pipe.reader})
    with pytest.raises(ExecutionTimeout) as caught:
        session.execute("print('said')\nblock()", timeout_seconds=0.3)
    assert caught.value.logs == "said\n"
    session.close()


def test_what_was_blocked_writes_nothing_when_it_comes_back(pipe: Pipe) -> None:
    variables = {"block": pipe.reader, "items": [], "value": "before"}
    session = LocalPythonExecutor(timeout_seconds=None).open({}, variables)
    seen = threading.Event()
    session.send_tools({"seen": seen.set})
    with pytest.raises(ExecutionTimeout):
        session.execute(
            "try:\n    value = block()\nfinally:\n    items.append(1)\n    seen()\n    value = 'after'",
            timeout_seconds=0.1,
        )
    assert session.execute("value").output == "before"
    os.write(pipe.writing, b"x" * 10)
    for _ in range(20):
        bridge.sleep(0.005)
    assert session.execute("value, items").output == ("before", [])
    assert not seen.is_set()
    session.close()


def test_a_tool_that_hangs_beyond_its_timeout() -> None:
    release = threading.Event()

    @tool(timeout=0.1)
    def hang() -> str:
        """Hangs."""
        release.wait(30)
        return "late"

    session = LocalPythonExecutor(timeout_seconds=5).open({"hang": hang}, {})
    try:
        output = session.execute("try: r = hang()\nexcept TimeoutError as e: r = 'timed out'\nr")
        assert output.output == "timed out"
        assert session.execute("1 + 1").output == 2
    finally:
        release.set()
        session.close()


def test_waiting_for_tools_does_not_count_but_computing_between_them_does() -> None:
    def wait(seconds):
        bridge.sleep(seconds)

    session = LocalPythonExecutor(timeout_seconds=0.4).open({"wait": wait}, {})
    assert session.execute("for _ in range(3): wait(0.2)\n'done'").output == "done"
    with pytest.raises(ExecutionTimeout):
        session.execute("while True:\n    wait(0.001)\n    for _ in range(100_000): pass")
    session.close()


def test_no_limit_and_a_limit_per_call() -> None:
    session = LocalPythonExecutor(timeout_seconds=0.05).open({}, {})
    code = "import time\ntime.sleep(0.2)\n'slept'"
    with pytest.raises(ExecutionTimeout, match="0.05"):
        session.execute(code)
    assert session.execute(code, timeout_seconds=None).output == "slept"
    assert session.execute(code, timeout_seconds=10).output == "slept"
    session.close()


def test_prints_made_before_the_limit_are_on_the_error() -> None:
    executor = LocalPythonExecutor(timeout_seconds=0.3)
    with pytest.raises(ExecutionTimeout) as caught:
        executor("print('begun')\nwhile True: pass")
    assert caught.value.logs == "begun\n"
    executor.close()


def test_what_would_be_too_big_is_refused_before_it_is_made() -> None:
    session = LocalPythonExecutor(timeout_seconds=10).open({}, {})
    for code in ("'x' * 10 ** 11", "10 ** 10 ** 8", "n = 10 ** 11\n[0] * n", "1 << 10 ** 11"):
        with pytest.raises(ForbiddenOperation, match="refused"):
            session.execute(code)
    session.close()


HOLD_ON = [
    "loop",
    "sleep",
    "finally",
    "except BaseException",
    "handler that loops",
    "exit",
    "exit that swallows",
    "del",
    "endless generator",
    "comprehension",
    "deep recursion",
    "sort key",
    "str of the value",
    "blocking read",
    "blocking read, caught",
    "blocking read in a finally",
]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", HOLD_ON)
def test_stop_from_another_thread(name: str, pipe: Pipe) -> None:
    code = ENDLESS[name]
    session = LocalPythonExecutor(timeout_seconds=None).open({}, {"block": pipe.reader})
    started = threading.Event()
    session.send_tools({"started": started.set})

    def stop() -> None:
        started.wait(60)
        session.stop(ExecutionCancelled("enough"))

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(ExecutionCancelled, match="enough"):
        session.execute(f"started()\n{code}")
    thread.join()
    assert "after" not in session.variables
    assert session.execute("1 + 1").output == 2
    session.close()


def test_stop_while_a_tool_is_under_way() -> None:
    session = LocalPythonExecutor(timeout_seconds=None).open({}, {})

    def wait():
        session.stop(ExecutionCancelled("enough"))
        bridge.sleep(30)

    session.send_tools({"wait": wait})
    with pytest.raises(ExecutionCancelled):
        session.execute("try: wait()\nexcept BaseException: after = 1")
    assert "after" not in session.variables
    session.close()


def test_neighbours_go_on_beside_programs_that_do_not_end() -> None:
    executor = LocalPythonExecutor(timeout_seconds=None)

    def one(number: int) -> object:
        session = executor.open({}, {"n": number})
        try:
            if number < 3:
                return session.execute("while True: pass", timeout_seconds=0.5)
            return session.execute("sum(i * n for i in range(1000))").output
        except ExecutionTimeout:
            return "stopped"
        finally:
            session.close()

    results = bridge.map_concurrent(one, range(12))
    assert results == ["stopped"] * 3 + [499500 * number for number in range(3, 12)]
