"""The slots with the real interpreter: what neither half can show alone."""

from __future__ import annotations

import pytest

from twofold._core.errors import CodeExecutionError, ExecutionTimeout
from twofold._core.interpreter.policy import InterpreterPolicy
from twofold._core.interpreter.session import InterpreterSession


class Running:
    """A session, its slot, and a tool of the colour."""

    def __init__(self, colour):
        async def double(number):
            await colour(colour.bridge.sleep(0))
            return number * 2

        self._colour = colour
        self.slot = colour.bridge.ProgramSlot()
        tool = colour.bridge.program_callable(colour.function(double))
        self.session = InterpreterSession(InterpreterPolicy(), functions={"double": tool})

    async def run(self, code, **options):
        return await self._colour(self.slot.run(self.session.prepare(code, **options)))


@pytest.fixture
async def running(colour):
    running = Running(colour)
    yield running
    await colour.close(running.slot)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("sorted([3, 1, 2], key=double)", [1, 2, 3]),
        ("[n for n in (double(i) for i in range(3))]", [0, 2, 4]),
        ("import functools\nfunctools.reduce(lambda a, b: double(a) + b, [1, 2, 3])", 11),
        ("import re\nre.sub(r'\\d', lambda m: str(double(int(m.group()))), '1 2')", "2 4"),
        ("class A:\n    x = double(4)\nA.x", 8),
    ],
)
async def test_a_tool_may_be_called_anywhere(running, code, value):
    assert (await running.run(code)).output == value


async def test_variables_stay_and_prints_are_captured(running):
    await running.run("x = double(2)")
    output = await running.run("print(x)\nx + 1")
    assert (output.output, output.logs) == (5, "4\n")


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "def f():\n    while True: yield\nlist(f())",
        "try:\n    while True: pass\nfinally:\n    while True: pass",
    ],
)
async def test_what_does_not_end_is_ended_and_the_session_goes_on(running, code):
    await running.run("kept = 1")
    with pytest.raises(ExecutionTimeout) as caught:
        await running.run("print('said')\n" + code, timeout_seconds=0.3)
    assert caught.value.logs == "said\n"
    assert (await running.run("kept")).output == 1


async def test_errors_of_the_code_are_the_sessions_errors(running):
    with pytest.raises(CodeExecutionError, match="ZeroDivisionError"):
        await running.run("1 / 0")
