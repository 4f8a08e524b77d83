"""Calling tools the way agents do."""

from __future__ import annotations

import contextvars
import threading
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from twofold._async.tools.calling import call_tool, run_tool, set_up
from twofold._bridge import _async as bridge
from twofold._core.errors import AgentInterrupted, AgentToolCallError, AgentToolExecutionError
from twofold._core.tools.tool import Tool, tool
from twofold.aio import CodeAgent, ToolCallingAgent
from twofold.aio.testing import ScriptedModel

request_id = contextvars.ContextVar("request_id", default="none")


@tool
async def double(n: Annotated[int, "A number."]) -> int:
    """Double a number."""
    await bridge.sleep(0)
    return n * 2


@tool
def halve(number: Annotated[int, "A number."]) -> float:
    """Halve a number."""
    return number / 2


class Prepared(Tool):
    """A tool with a setup that can be held up."""

    name = "prepared"
    description = "Needs preparation."
    inputs = {"x": {"type": "any", "description": "An x."}}
    output_type = "any"

    def __init__(self, error: Exception | None = None) -> None:
        self.setups = 0
        self.error = error
        self.go_on = bridge.Event()

    async def setup(self) -> None:
        self.setups += 1
        await self.go_on.wait()
        if self.error is not None:
            raise self.error

    def forward(self, x: Any) -> Any:
        return x


async def test_both_kinds_of_functions_are_called() -> None:
    assert await call_tool(double, (4,)) == 8
    assert await call_tool(double, kwargs={"n": 4}) == 8
    assert await call_tool(halve, (), {"number": 4}) == 2.0
    assert await call_tool(halve, [{"number": 6}]) == 3.0


async def test_wrong_arguments_are_told_to_the_model() -> None:
    with pytest.raises(
        AgentToolCallError, match=r"'halve' has no argument 'nummer'. Did you mean 'number'\?"
    ) as caught:
        await call_tool(halve, kwargs={"nummer": 1})
    assert isinstance(caught.value.__cause__, TypeError)
    with pytest.raises(TypeError, match="needs a value for 'number'"):
        await run_tool(halve)


async def test_a_failure_is_told_with_the_call_and_the_original_error() -> None:
    @tool
    def fail(n: Annotated[int, "A number."]) -> int:
        """Fail."""
        raise LookupError(f"nothing at {n}")

    with pytest.raises(AgentToolExecutionError) as caught:
        await call_tool(fail, (3,))
    assert str(caught.value) == "fail(n=3) failed: LookupError: nothing at 3"
    assert isinstance(caught.value.__cause__, LookupError)
    with pytest.raises(LookupError, match="nothing at 3"):
        await run_tool(fail, (3,))


async def test_a_failure_of_a_waiting_tool_is_told_too() -> None:
    @tool
    async def fail() -> int:
        """Fail."""
        await bridge.sleep(0)
        raise ValueError

    with pytest.raises(AgentToolExecutionError, match=r"^fail\(\) failed: ValueError$"):
        await call_tool(fail)


async def test_stop_iteration_does_not_get_lost() -> None:
    @tool
    def exhausted() -> int:
        """Take from nothing."""
        return next(iter(()))

    with pytest.raises(AgentToolExecutionError, match="'exhausted' raised StopIteration"):
        await call_tool(exhausted)


async def test_an_interruption_stays_one() -> None:
    @tool
    async def interrupted() -> int:
        """Be interrupted."""
        raise AgentInterrupted("stop")

    with pytest.raises(AgentInterrupted, match="stop"):
        await call_tool(interrupted)


async def test_what_blocks_holds_up_nobody() -> None:
    opened = threading.Event()

    @tool
    def wait() -> bool:
        """Wait for the other."""
        return opened.wait(60)

    @tool(blocking=False)
    def open_up() -> bool:
        """Let the other go on."""
        opened.set()
        return True

    assert await bridge.map_concurrent(call_tool, [wait, open_up]) == [True, True]


async def test_what_does_not_block_stays_on_the_thread_of_its_caller() -> None:
    @tool(blocking=False)
    def here() -> int:
        """Name the thread."""
        return threading.get_ident()

    assert await call_tool(here) == threading.get_ident()


async def test_context_variables_reach_tools() -> None:
    @tool
    def plain() -> str:
        """Read."""
        return request_id.get()

    @tool
    async def waiting() -> str:
        """Read."""
        return request_id.get()

    @tool(timeout=30)
    def bounded() -> str:
        """Read."""
        return request_id.get()

    token = request_id.set("r-1")
    try:
        assert [await call_tool(t) for t in (plain, waiting, bounded)] == ["r-1"] * 3
    finally:
        request_id.reset(token)


# ------------------------------------------------------------------------------------------ timeout


async def test_a_waiting_tool_is_bounded() -> None:
    @tool(timeout=0.02)
    async def forever() -> None:
        """Never end."""
        await bridge.Event().wait()

    with pytest.raises(
        AgentToolExecutionError, match=r"'forever' took longer than its timeout of 0.02 s"
    ) as caught:
        await call_tool(forever)
    assert isinstance(caught.value.__cause__, TimeoutError)
    with pytest.raises(TimeoutError):
        await run_tool(forever)


async def test_a_blocking_tool_is_bounded() -> None:
    release = threading.Event()

    @tool(timeout=0.02)
    def stuck() -> None:
        """Be stuck."""
        release.wait(30)

    try:
        with pytest.raises(AgentToolExecutionError, match="longer than its timeout"):
            await call_tool(stuck)
    finally:
        release.set()


async def test_setup_does_not_count() -> None:
    prepared = Prepared()
    prepared.timeout = 1e-9
    prepared.go_on.set()
    await set_up(prepared)
    assert prepared.is_initialized


# -------------------------------------------------------------------------------------------- setup


async def test_calls_that_come_first_together_share_one_setup() -> None:
    prepared = Prepared()

    async def call(x: int) -> Any:
        if x == 4:
            prepared.go_on.set()
        return await call_tool(prepared, (x,))

    assert await bridge.map_concurrent(call, list(range(5))) == [0, 1, 2, 3, 4]
    assert prepared.setups == 1
    assert prepared.is_initialized


async def test_a_failed_setup_fails_those_who_waited_and_is_tried_again() -> None:
    prepared = Prepared(OSError("no disk"))

    async def call(x: int) -> BaseException | None:
        try:
            if x == 2:
                prepared.go_on.set()
            await call_tool(prepared, (x,))
        except AgentToolExecutionError as error:
            return error.__cause__
        return None

    errors = await bridge.map_concurrent(call, [0, 1, 2])
    assert all(isinstance(error, OSError) for error in errors)
    assert not prepared.is_initialized
    prepared.error = None
    assert await call_tool(prepared, ("x",)) == "x"


async def test_a_setup_that_was_given_up_is_taken_over() -> None:
    prepared = Prepared()

    async def attempt() -> None:
        await set_up(prepared)

    with pytest.raises(TimeoutError):
        await bridge.run_with_timeout(attempt, 0.02, TimeoutError)
    prepared.go_on.set()
    assert await call_tool(prepared, ("x",)) == "x"
    assert prepared.setups == 2


async def test_a_setup_may_block() -> None:
    class Slow(Prepared):
        def setup(self) -> None:
            self.setups += 1
            assert opened.wait(60)

    opened = threading.Event()
    slow = Slow()

    async def call(x: int) -> Any:
        if x == 1:
            opened.set()
        return await call_tool(slow, (x,))

    assert await bridge.map_concurrent(call, [0, 1]) == [0, 1]
    assert slow.setups == 1


async def test_tools_without_setup_are_initialized_by_the_first_call() -> None:
    @tool
    def work() -> int:
        """Work."""
        return 1

    assert not work.is_initialized
    await call_tool(work)
    assert work.is_initialized


class Place(BaseModel):
    city: str
    degrees: float


@tool
def look_up(name: Annotated[str, "A name."]) -> Place:
    """Look a place up.

    Returns:
        What is known.
    """
    return Place(city=name, degrees=21.5)


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        (CodeAgent, "<code>\nfinal_answer(1)\n</code>"),
        (ToolCallingAgent, '{"name": "final_answer", "arguments": {"answer": 1}}'),
    ],
)
async def test_models_are_told_the_fields_of_a_result(kind: Any, reply: str) -> None:
    model = ScriptedModel([reply])
    assert await kind(tools=[look_up], model=model).run("Where is it?") == 1
    told = model.requests[0].messages[0].text
    assert "What is known.\n" in told
    assert "Place has the attributes city: str, degrees: float" in told
