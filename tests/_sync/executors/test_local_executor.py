# Generated from tests/_async/executors/test_local_executor.py by `nox -s codegen`. Do not edit.
"""``LocalPythonExecutor`` used directly, and its sessions."""

import pytest

from twofold import (
    CodeExecutionError,
    CodeSyntaxError,
    ConfigurationError,
    ExecutionCancelled,
    ExecutionTimeout,
    ForbiddenOperation,
    LocalPythonExecutor,
    OperationLimitExceeded,
    tool,
)
from twofold._bridge import _sync as bridge


@tool
def slow_add(a: int, b: int) -> int:
    """Adds.

    Args:
        a: One number.
        b: The other.
    """
    bridge.sleep(0.001)
    return a + b


def test_value_prints_and_state() -> None:
    executor = LocalPythonExecutor()
    first = executor("x = 6\nprint('hello')\nx * 7")
    assert (first.output, first.logs, first.is_final_answer) == (42, "hello\n", False)
    assert executor("x + 1").output == 7
    executor.close()


def test_tools_and_variables_are_sent() -> None:
    def async_function(number):
        bridge.sleep(0)
        return number + 1

    executor = LocalPythonExecutor()
    executor.send_tools({"slow_add": slow_add, "plain": len, "later": async_function})
    executor.send_variables({"items": [1, 2, 3]})
    output = executor("(slow_add(a=1, b=2), plain(items), later(4), sorted(items, key=lambda i: -later(i)))")
    assert output.output == (3, 3, 5, [3, 2, 1])
    executor.close()


def test_sessions_are_isolated_and_work_at_once() -> None:
    executor = LocalPythonExecutor()

    def one(number: int) -> int:
        session = executor.open({"slow_add": slow_add}, {"n": number})
        try:
            session.execute("total = 0\nfor i in range(3):\n    total += slow_add(n, i)")
            return session.execute("total").output
        finally:
            session.close()

    assert bridge.map_concurrent(one, range(30)) == [3 * number + 3 for number in range(30)]


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "import itertools\nfor _ in itertools.count(): pass",
        "try:\n    while True: pass\nfinally:\n    while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass",
        "def f():\n    while True:\n        yield 1\nsum(f())",
    ],
)
def test_a_time_limit_ends_code_and_the_session_goes_on(code: str) -> None:
    executor = LocalPythonExecutor(timeout_seconds=0.2)
    executor.send_variables({"x": 1})
    with pytest.raises(ExecutionTimeout, match="0.2"):
        executor(code)
    assert executor("x").output == 1
    executor.close()


def test_waiting_for_a_tool_does_not_count() -> None:
    def wait():
        bridge.sleep(0.3)
        return "waited"

    executor = LocalPythonExecutor(timeout_seconds=0.2)
    executor.send_tools({"wait": wait})
    assert executor("wait()").output == "waited"
    executor.close()


def test_a_time_limit_of_one_call() -> None:
    session = LocalPythonExecutor(timeout_seconds=None).open({}, {})
    with pytest.raises(ExecutionTimeout):
        session.execute("while True: pass", timeout_seconds=0.1)
    assert session.execute("'fine'", timeout_seconds=None).output == "fine"
    session.close()


def test_stop_ends_running_code_with_its_error() -> None:
    session = LocalPythonExecutor(timeout_seconds=None).open({}, {})

    def stop():
        session.stop(ExecutionCancelled("enough"))

    session.send_tools({"stop": stop})
    with pytest.raises(ExecutionCancelled, match="enough"):
        session.execute("stop()\nwhile True: pass")
    assert session.execute("1 + 1").output == 2
    session.close()


def test_an_operation_limit() -> None:
    executor = LocalPythonExecutor(max_operations=1000)
    with pytest.raises(OperationLimitExceeded, match="1,?000"):
        executor("for i in range(10_000): pass")
    assert executor("for i in range(10): pass\ni").output == 9
    executor.close()


def test_errors_keep_prints_show_the_line_and_name_the_cause() -> None:
    executor = LocalPythonExecutor()
    with pytest.raises(CodeExecutionError) as caught:
        executor("print('before')\nvalue = {}\nvalue['missing']")
    assert caught.value.logs == "before\n"
    assert "value['missing']" in str(caught.value)
    assert "line 3" in str(caught.value)
    assert "KeyError" in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(CodeSyntaxError, match="line 1"):
        executor("def (:")
    with pytest.raises(ForbiddenOperation, match="__class__|__subclasses__"):
        executor("().__class__.__base__.__subclasses__()")
    executor.close()


def test_prints_are_bounded() -> None:
    executor = LocalPythonExecutor(max_print_outputs_length=1000)
    logs = executor("for i in range(100_000): print(i)").logs
    assert len(logs) < 1500
    assert logs.startswith("0\n1\n")
    assert logs.endswith("99999\n")
    executor.close()


def test_additional_functions() -> None:
    executor = LocalPythonExecutor(additional_functions={"shout": str.upper})
    assert executor("shout('hey')").output == "HEY"
    executor.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout_seconds": 0},
        {"timeout_seconds": "3"},
        {"max_operations": -1},
        {"additional_authorized_imports": "numpy"},
        {"additional_authorized_imports": [3]},
        {"max_print_outputs_length": -1},
    ],
)
def test_settings_that_cannot_be(settings) -> None:
    with pytest.raises(ConfigurationError):
        LocalPythonExecutor(**settings)


def test_long_code_runs_like_any_other() -> None:
    session = LocalPythonExecutor().open({}, {})
    code = "\n".join(f"value_{number} = {number}" for number in range(2_000))
    assert session.execute(code + "\nvalue_1999 + value_1").output == 2000
    with pytest.raises(CodeSyntaxError, match="line 2001"):
        session.execute(code + "\ndef (:")
    session.close()
