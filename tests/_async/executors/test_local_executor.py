"""``LocalPythonExecutor`` used directly, and its sessions."""

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import (
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


@tool
async def slow_add(a: int, b: int) -> int:
    """Adds.

    Args:
        a: One number.
        b: The other.
    """
    await bridge.sleep(0.001)
    return a + b


async def test_value_prints_and_state() -> None:
    executor = LocalPythonExecutor()
    first = await executor("x = 6\nprint('hello')\nx * 7")
    assert (first.output, first.logs, first.is_final_answer) == (42, "hello\n", False)
    assert (await executor("x + 1")).output == 7
    await executor.aclose()


async def test_tools_and_variables_are_sent() -> None:
    async def async_function(number):
        await bridge.sleep(0)
        return number + 1

    executor = LocalPythonExecutor()
    await executor.send_tools({"slow_add": slow_add, "plain": len, "later": async_function})
    await executor.send_variables({"items": [1, 2, 3]})
    output = await executor(
        "(slow_add(a=1, b=2), plain(items), later(4), sorted(items, key=lambda i: -later(i)))"
    )
    assert output.output == (3, 3, 5, [3, 2, 1])
    await executor.aclose()


async def test_sessions_are_isolated_and_work_at_once() -> None:
    executor = LocalPythonExecutor()

    async def one(number: int) -> int:
        session = await executor.open({"slow_add": slow_add}, {"n": number})
        try:
            await session.execute("total = 0\nfor i in range(3):\n    total += slow_add(n, i)")
            return (await session.execute("total")).output
        finally:
            await session.aclose()

    assert await bridge.map_concurrent(one, range(30)) == [3 * number + 3 for number in range(30)]


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
async def test_a_time_limit_ends_code_and_the_session_goes_on(code: str) -> None:
    executor = LocalPythonExecutor(timeout_seconds=0.2)
    await executor.send_variables({"x": 1})
    with pytest.raises(ExecutionTimeout, match="0.2"):
        await executor(code)
    assert (await executor("x")).output == 1
    await executor.aclose()


async def test_waiting_for_a_tool_does_not_count() -> None:
    async def wait():
        await bridge.sleep(0.3)
        return "waited"

    executor = LocalPythonExecutor(timeout_seconds=0.2)
    await executor.send_tools({"wait": wait})
    assert (await executor("wait()")).output == "waited"
    await executor.aclose()


async def test_a_time_limit_of_one_call() -> None:
    session = await LocalPythonExecutor(timeout_seconds=None).open({}, {})
    with pytest.raises(ExecutionTimeout):
        await session.execute("while True: pass", timeout_seconds=0.1)
    assert (await session.execute("'fine'", timeout_seconds=None)).output == "fine"
    await session.aclose()


async def test_stop_ends_running_code_with_its_error() -> None:
    session = await LocalPythonExecutor(timeout_seconds=None).open({}, {})

    def stop():
        session.stop(ExecutionCancelled("enough"))

    await session.send_tools({"stop": stop})
    with pytest.raises(ExecutionCancelled, match="enough"):
        await session.execute("stop()\nwhile True: pass")
    assert (await session.execute("1 + 1")).output == 2
    await session.aclose()


async def test_an_operation_limit() -> None:
    executor = LocalPythonExecutor(max_operations=1000)
    with pytest.raises(OperationLimitExceeded, match="1,?000"):
        await executor("for i in range(10_000): pass")
    assert (await executor("for i in range(10): pass\ni")).output == 9
    await executor.aclose()


async def test_errors_keep_prints_show_the_line_and_name_the_cause() -> None:
    executor = LocalPythonExecutor()
    with pytest.raises(CodeExecutionError) as caught:
        await executor("print('before')\nvalue = {}\nvalue['missing']")
    assert caught.value.logs == "before\n"
    assert "value['missing']" in str(caught.value)
    assert "line 3" in str(caught.value)
    assert "KeyError" in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(CodeSyntaxError, match="line 1"):
        await executor("def (:")
    with pytest.raises(ForbiddenOperation, match="__class__|__subclasses__"):
        await executor("().__class__.__base__.__subclasses__()")
    await executor.aclose()


async def test_prints_are_bounded() -> None:
    executor = LocalPythonExecutor(max_print_outputs_length=1000)
    logs = (await executor("for i in range(100_000): print(i)")).logs
    assert len(logs) < 1500
    assert logs.startswith("0\n1\n")
    assert logs.endswith("99999\n")
    await executor.aclose()


async def test_additional_functions() -> None:
    executor = LocalPythonExecutor(additional_functions={"shout": str.upper})
    assert (await executor("shout('hey')")).output == "HEY"
    await executor.aclose()


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


async def test_long_code_runs_like_any_other() -> None:
    session = await LocalPythonExecutor().open({}, {})
    code = "\n".join(f"value_{number} = {number}" for number in range(2_000))
    assert (await session.execute(code + "\nvalue_1999 + value_1")).output == 2000
    with pytest.raises(CodeSyntaxError, match="line 2001"):
        await session.execute(code + "\ndef (:")
    await session.aclose()
