"""Stopping a program: nothing that generated code does keeps it running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from twofold._core.errors import (
    CodeExecutionError,
    ExecutionCancelled,
    ExecutionTimeout,
    OperationLimitExceeded,
)
from twofold._core.interpreter import CodeOutput, InterpreterPolicy, ProgramStopped

from .conftest import InThreadHost, Session

# Each calls started() and then never ends by itself. `after` must stay unset.
ENDLESS = {
    "while": "started()\nwhile True: pass",
    "for": "import itertools\nstarted()\nfor x in itertools.count(): pass",
    "nested": "started()\nwhile True:\n    for i in range(10): pass",
    "comprehension": "import itertools\nstarted()\n[0 for x in itertools.count()]",
    "generator expression": "import itertools\nstarted()\nsum(0 for x in itertools.count())",
    "recursion": "def f(n):\n    if n: f(n - 1); f(n - 1)\nstarted()\nf(900)",
    "lambda": "started()\nf = lambda n: (f(n - 1), f(n - 1)) if n else 0\nf(300)",
    "bare except": "started()\nwhile True:\n    try:\n        while True: pass\n    except: pass",
    "base exception": "started()\nwhile True:\n    try:\n        while True: pass\n    except BaseException as e: pass",
    "dynamic types": "t = (BaseException, Exception)\nstarted()\nwhile True:\n    try:\n        while True: pass\n    except t: pass",
    "except star": "started()\nwhile True:\n    try:\n        while True: pass\n    except* BaseException: pass",
    "finally": "started()\ntry:\n    while True: pass\nfinally:\n    after = 1\n    while True: pass",
    "return in finally": "def f():\n    try:\n        while True: pass\n    finally: return 1\nstarted()\nwhile True: f()",
    "continue in finally": "started()\nwhile True:\n    try:\n        while True: pass\n    finally: continue",
    "raise in finally": "started()\nwhile True:\n    try:\n        try:\n            while True: pass\n        finally: raise ValueError\n    except ValueError: pass",
    "handler": "started()\ntry: 1 / 0\nexcept ZeroDivisionError:\n    while True: pass",
    "exit": "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a):\n        global after\n        after = 1\n        while True: pass\nstarted()\nwith C():\n    while True: pass",
    "swallowing exit": "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a): return True\nstarted()\nwhile True:\n    with C():\n        while True: pass\n    after = 1",
    "suppress": "from contextlib import suppress\nstarted()\nwith suppress(BaseException):\n    while True: pass\nafter = 1",
    "exit stack": "from contextlib import ExitStack\nstarted()\nwith ExitStack() as s:\n    s.push(lambda *a: True)\n    while True: pass\nafter = 1",
    "context manager": "from contextlib import contextmanager\n@contextmanager\ndef c():\n    try: yield\n    except BaseException: pass\nstarted()\nwith c():\n    while True: pass\nafter = 1",
    "generator": "def g():\n    while True:\n        try: yield\n        except BaseException: pass\nstarted()\nfor x in g(): pass",
    "generator finally": "def g():\n    try: yield\n    finally:\n        while True: pass\nstarted()\nfor x in g():\n    while True: pass",
    "del": "class C:\n    def __del__(self):\n        while True: pass\nstarted()\nwhile True:\n    x = C()\n    del x",
    "eq": "class C:\n    def __eq__(self, o):\n        while True: pass\nstarted()\n[C()].index(C())",
    "sort key": "def k(x):\n    while True: pass\nstarted()\nsorted([2, 1], key=k)",
    "map": "def f(x):\n    while True: pass\nstarted()\nlist(map(f, [1]))",
    "class body": "started()\nclass C:\n    while True: pass",
    "repr in print": "class C:\n    def __repr__(self):\n        while True: pass\nstarted()\nprint(C())",
    "getattr hook": "class C:\n    def __getattr__(self, n):\n        while True: pass\nstarted()\nC().x",
    "sum of a range": "started()\nsum(range(10 ** 12))",
    "sum of tuples": "started()\nsum([(0,) * 1_000] * 10**5, ())",
    "count in": "import itertools\nstarted()\n-1 in itertools.count()",
    "max of repeat": "import itertools\nstarted()\nmax(itertools.repeat(1))",
    "any of cycle": "import itertools\nstarted()\nany(itertools.cycle([0]))",
    "iter with sentinel": "started()\nsum(iter(int, 1))",
    "permutations": "import itertools\nstarted()\nsum(map(len, itertools.permutations(range(20))))",
    "product": "import itertools\nstarted()\nany(x[0] > 99 for x in itertools.product(range(90), repeat=20))",
    "zip": "import itertools\nstarted()\nfor x in zip(itertools.count(), itertools.repeat(1)): pass",
    "deque": "import collections, itertools\nstarted()\ncollections.deque(itertools.count(), maxlen=1)",
    "join": "import itertools\nstarted()\nstr.join('', itertools.repeat(''))",
    "reduce": "import functools, itertools, operator\nstarted()\nfunctools.reduce(operator.add, itertools.repeat(0))",
    "async": "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nstarted()\nasyncio.run(f())",
    "async except": "import asyncio\nasync def f():\n    while True: pass\nstarted()\nasyncio.run(asyncio.gather(f(), f(), return_exceptions=True))\nafter = 1",
    "exec": "started()\nexec('while True: pass')",
}


def run_until_stopped(
    session: Session,
    code: str,
    error: BaseException,
    in_thread: Callable[..., threading.Thread],
) -> Any:
    started = threading.Event()
    session.send_functions({"started": started.set})
    program = session.prepare(code)
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(program.run(InThreadHost()))
        except BaseException as raised:
            results.append(raised)

    thread = in_thread(run)
    assert started.wait(60)
    program.control.stop(error)
    thread.join(60)
    assert not thread.is_alive()
    return results[0]


@pytest.mark.parametrize("name", ENDLESS)
def test_a_stop_ends_it(name: str, session: Session, in_thread: Callable[..., threading.Thread]) -> None:
    error = ExecutionTimeout("too long")
    assert run_until_stopped(session, ENDLESS[name], error, in_thread) is error
    assert "after" not in session.variables
    assert session.value("1 + 1") == 2


def test_a_stop_before_the_start_runs_nothing(session: Session) -> None:
    program = session.prepare("x = 1")
    program.control.stop(ExecutionCancelled("no"))
    with pytest.raises(ExecutionCancelled):
        program.run(InThreadHost())
    assert "x" not in session.variables


def test_prints_made_before_a_stop_are_on_the_error(
    session: Session, in_thread: Callable[..., threading.Thread]
) -> None:
    error = ExecutionTimeout("t")
    run_until_stopped(session, "print('hello')\nstarted()\nwhile True: pass", error, in_thread)
    assert error.logs == "hello\n"


def test_the_first_stop_counts(session: Session) -> None:
    program = session.prepare("while True: pass")
    first, second = ExecutionTimeout("1"), ExecutionCancelled("2")
    program.control.stop(first)
    program.control.stop(second)
    with pytest.raises(ExecutionTimeout):
        program.run(InThreadHost())


def test_a_switch_is_made_once_for_a_request(session: Session) -> None:
    host = InThreadHost()
    program = session.prepare("for i in range(100): ask(i)")
    session.send_functions({"ask": lambda i: program.control.request_switch() if i in (3, 50) else None})
    program.run(host)
    assert host.switches == 2


def test_a_host_that_notices_the_stop_ends_the_program(session: Session) -> None:
    class Stopping(InThreadHost):
        def sleep(self, seconds: float) -> None:
            program.control.stop(ExecutionTimeout("slept"))
            program.control.raise_if_stopped()

    program = session.prepare("import time\ntry: time.sleep(60)\nexcept BaseException: x = 1\nx = 2")
    with pytest.raises(ExecutionTimeout, match="slept"):
        program.run(Stopping())
    assert "x" not in session.variables


def test_an_exception_thrown_into_the_thread_ends_the_program(session: Session) -> None:
    def thrown() -> None:
        raise ProgramStopped

    session.send_functions({"thrown": thrown})
    program = session.prepare("try: thrown()\nexcept BaseException: x = 1")
    program.control.stop
    session.send_functions({"thrown": lambda: (program.control.stop(ExecutionTimeout("t")), thrown())})
    with pytest.raises(ExecutionTimeout):
        program.run(InThreadHost())
    assert "x" not in session.variables


def test_operations_are_counted_when_limited(make_session: type[Session]) -> None:
    session = make_session(InterpreterPolicy(max_operations=1000))
    assert session.value("sum(i for i in range(900))") == 404550
    with pytest.raises(OperationLimitExceeded, match="1000"):
        session.execute("while True:\n    try: pass\n    except BaseException: pass")
    assert session.value("[i for i in range(3)]") == [0, 1, 2]


def test_code_left_behind_is_bounded(session: Session) -> None:
    session.execute(
        "class C:\n    def __eq__(self, o):\n        while True: pass\n    def __repr__(self): return 'C!'\nc = C()"
    )
    assert repr(session.variables["c"]) == "C!"
    with pytest.raises(OperationLimitExceeded):
        session.variables["c"] == 1


def test_a_finaliser_that_fires_after_the_step_is_bounded_and_quiet(make_session: type[Session]) -> None:
    session = make_session()
    session.execute(
        "log = []\nclass C:\n    def __del__(self):\n        log.append('begun')\n        while True: pass\nc = C()"
    )
    del session.environment.namespace["c"]
    assert session.variables["log"] == ["begun"]


class TestAbandoned:
    """A thread that does not come back loses the session."""

    def abandon(
        self, session: Session, code: str, in_thread: Callable[..., threading.Thread]
    ) -> tuple[threading.Event, threading.Thread, list[Any]]:
        blocked, go = threading.Event(), threading.Event()

        class Blocking:
            def __rmatmul__(self, other: Any) -> str:
                blocked.set()
                go.wait(60)
                return "late"

        session.send_functions({"block": lambda: (blocked.set(), go.wait(60)) and "late", "make": Blocking})
        program = session.prepare(code)
        results: list[Any] = []

        def run() -> None:
            try:
                results.append(program.run(InThreadHost()))
            except BaseException as raised:
                results.append(raised)

        thread = in_thread(run)
        assert blocked.wait(60)
        program.control.stop(ExecutionTimeout("stuck"))
        program.abandon()
        return go, thread, results

    @pytest.mark.parametrize("code", ["x = block()\ny = 2", "x = 1 @ make()\ny = 2", "global x\nx = block()"])
    def test_no_store_reaches_the_variables(
        self, code: str, session: Session, in_thread: Callable[..., threading.Thread]
    ) -> None:
        session.execute("x = 'before'")
        go, thread, results = self.abandon(session, code, in_thread)
        assert session.value("x") == "before"
        session.execute("z = 3")
        go.set()
        thread.join(60)
        assert isinstance(results[0], ExecutionTimeout)
        assert session.value("x") == "before"
        assert "y" not in session.variables
        assert session.value("z") == 3

    def test_functions_and_classes_see_the_variables_afterwards(
        self, session: Session, in_thread: Callable[..., threading.Thread]
    ) -> None:
        session.execute(
            "import math\nn = 1\ndef f(): return n\nclass C:\n    def m(self): return n + f()\n"
            "    @property\n    def p(self): return n\nc = C()\ndef put():\n    global n\n    n = 9"
        )
        go, thread, _ = self.abandon(session, "block()", in_thread)
        assert session.value("n = 5\n[f(), c.m(), c.p, C().m(), math.sqrt(4)]") == [5, 10, 5, 10, 2.0]
        assert session.value("put()\nn, f()") == (9, 9)
        go.set()
        thread.join(60)
        assert session.value("f()") == 9

    def test_the_stuck_code_goes_no_further(
        self, session: Session, in_thread: Callable[..., threading.Thread]
    ) -> None:
        session.execute("log = []")
        code = "try:\n    block()\n    for i in range(3): log.append(i)\nexcept BaseException: log.append('caught')"
        go, thread, _ = self.abandon(session, code, in_thread)
        assert session.value("[i for i in range(2)]") == [0, 1]
        go.set()
        thread.join(60)
        assert session.value("log") == []


class TestFinalAnswer:
    """``final_answer`` ends the program from any depth, whatever the code catches."""

    def answer(self, code: str) -> CodeOutput:
        return Session(functions={"final_answer": lambda answer=None: answer}).execute(code)

    @pytest.mark.parametrize(
        "code",
        [
            "final_answer(7)",
            "final_answer(answer=7)",
            "def f():\n    def g(): final_answer(7)\n    g()\nf()\nx = 1 / 0",
            "try: final_answer(7)\nexcept: pass\n1 / 0",
            "try: final_answer(7)\nexcept BaseException as e: pass\n1 / 0",
            "try: final_answer(7)\nexcept* BaseException: pass\n1 / 0",
            "def f():\n    try: final_answer(7)\n    finally: return 1\nf()\n1 / 0",
            "for i in range(3):\n    try: final_answer(7)\n    finally: continue\n1 / 0",
            "while True:\n    try: final_answer(7)\n    finally: break\n1 / 0",
            "try:\n    try: final_answer(7)\n    finally: raise ValueError\nexcept ValueError: pass\n1 / 0",
            "try:\n    try: final_answer(7)\n    finally: {}['k']\nexcept KeyError: pass\n1 / 0",
            "from contextlib import suppress\nwith suppress(BaseException): final_answer(7)\n1 / 0",
            "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a): return True\nwith C(): final_answer(7)\n1 / 0",
            "list(map(final_answer, [7, 8]))\n1 / 0",
            "sorted([2, 1], key=lambda x: final_answer(7))\n1 / 0",
            "def g():\n    final_answer(7)\n    yield\nlist(g())\n1 / 0",
            "class C:\n    final_answer(7)\n1 / 0",
            "lambda: 0\n(lambda: final_answer(7))()\n1 / 0",
            "final_answer = 7\nfinal_answer(final_answer)\n1 / 0",
            "final_answer: int = 7\nfinal_answer(final_answer)",
            "final_answer = 6\nfinal_answer += 1\nfinal_answer(final_answer)",
            "import asyncio\nasync def f(): final_answer(7)\nasyncio.run(f())\n1 / 0",
        ],
    )
    def test_it_ends_the_program(self, code: str) -> None:
        output = self.answer(code)
        assert output.is_final_answer
        assert output.output == 7

    def test_finally_bodies_and_exits_run(self) -> None:
        output = self.answer(
            "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a):\n        for i in range(2): print('exit', i)\n"
            "with C():\n    try: final_answer(1)\n    finally:\n        try: 1 / 0\n        except ZeroDivisionError: print('inner')\n"
            "        for i in range(2): print('finally', i)"
        )
        assert output.logs == "inner\nfinally 0\nfinally 1\nexit 0\nexit 1\n"

    def test_the_variable_keeps_its_value(self) -> None:
        session = Session(functions={"final_answer": lambda x: x})
        session.execute("final_answer = 5")
        assert session.execute("final_answer(final_answer + 1)").output == 6

    def test_the_next_step_runs_again(self) -> None:
        session = Session(functions={"final_answer": lambda x: x})
        assert session.execute("final_answer(1)").is_final_answer
        output = session.execute("[i for i in range(3)]")
        assert not output.is_final_answer
        assert output.output == [0, 1, 2]

    def test_an_error_of_the_function_is_an_error_of_the_code(self) -> None:
        with pytest.raises(CodeExecutionError, match="TypeError"):
            Session(functions={"final_answer": lambda x: x}).execute("final_answer()")
