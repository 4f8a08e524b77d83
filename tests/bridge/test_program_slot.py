"""Program slots: what a session of either colour can rely on."""

from __future__ import annotations

import contextvars
import gc
import inspect
import os
import threading
import time
import traceback
from collections.abc import Iterator

import pytest

from twofold._bridge import _async, _sync
from twofold._core.errors import ConfigurationError, ExecutionCancelled, ExecutionTimeout

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.fixture
async def slot(colour, bridge):
    slot = bridge.ProgramSlot()
    yield slot
    await colour.close(slot)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe to block on; closed by the test's end, so that whoever still reads is let go."""
    reader, writer = os.pipe()
    yield reader, writer
    os.write(writer, b"let go")
    os.close(writer)


async def output(colour, slot, program):
    return (await colour(slot.run(program))).output


async def test_a_program_returns_its_output(colour, slot, program):
    assert await output(colour, slot, program(lambda host, control: 42)) == 42


async def test_what_a_program_raises_is_raised_with_its_traceback(colour, slot, program):
    def where_it_happened(host, control):
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside") as caught:
        await output(colour, slot, program(where_it_happened))
    assert "where_it_happened" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]


async def test_a_program_runs_off_the_callers_thread_and_always_on_the_same(colour, slot, program):
    threads = [
        await output(colour, slot, program(lambda host, control: threading.get_ident())) for _ in range(5)
    ]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_a_program_sees_the_callers_context_and_keeps_its_own_changes(colour, slot, program):
    def body(host, control):
        seen = variable.get()
        variable.set("the program's")
        return seen

    variable.set("the caller's")
    assert await output(colour, slot, program(body)) == "the caller's"
    assert variable.get() == "the caller's"


async def test_a_program_calls_functions_of_its_colour(colour, bridge, slot, program):
    async def tool(number, *, add):
        await colour(bridge.sleep(0))
        return number + add, variable.get()

    variable.set("carried")
    call = bridge.program_callable(colour.function(tool))
    found = await output(colour, slot, program(lambda host, control: call(1, add=2)))
    assert found == (3, "carried")


async def test_a_callable_keeps_its_name_and_signature(colour, bridge):
    def search(query: str) -> str:
        """Look for something."""
        return query

    call = bridge.program_callable(search)
    assert call.__name__ == "search"
    assert list(inspect.signature(call).parameters) == ["query"]
    assert inspect.unwrap(call).__doc__ == "Look for something."


async def test_what_a_tool_raises_can_be_caught_in_the_program(colour, bridge, slot, program):
    async def tool():
        raise KeyError("from the tool")

    call = bridge.program_callable(colour.function(tool))

    def body(host, control):
        try:
            call()
        except KeyError as error:
            return str(error)

    assert await output(colour, slot, program(body)) == "'from the tool'"


async def test_a_program_waits_for_awaitables(colour, bridge, slot, program):
    async def give():
        return variable.get()

    variable.set("carried")
    assert await output(colour, slot, program(lambda host, control: host.resolve(give()))) == "carried"


async def test_a_program_calls_blocking_functions(colour, slot, program):
    variable.set("carried")

    def block(a, *, b):
        return a, b, variable.get()

    found = await output(colour, slot, program(lambda host, control: host.call_blocking(block, 1, b=2)))
    assert found == (1, 2, "carried")


async def test_a_program_sleeps(colour, slot, program):
    def body(host, control):
        before = time.monotonic()
        host.sleep(0.01)
        host.sleep(0)
        host.sleep(-1)
        return time.monotonic() - before

    assert await output(colour, slot, program(body)) >= 0.01


async def test_a_program_calls_its_own_functions_concurrently(colour, bridge, slot, program):
    arrived, all_there = [], bridge.Event()

    async def meet(number):
        arrived.append(number)
        if len(arrived) == 5:
            all_there.set()
        await colour(all_there.wait())
        return number * 10

    call = bridge.program_callable(colour.function(meet))
    found = await output(
        colour, slot, program(lambda host, control: host.map_concurrent(lambda n: call(n), range(5), None))
    )
    assert found == [0, 10, 20, 30, 40]


async def test_concurrent_calls_obey_their_limit_and_have_contexts_of_their_own(
    colour, bridge, slot, program
):
    inside, most = set(), []

    async def tool(number):
        inside.add(number)
        most.append(len(inside))
        await colour(bridge.sleep(0.001))
        inside.discard(number)
        return number

    call = bridge.program_callable(colour.function(tool))

    def one(number):
        seen = variable.get()
        variable.set(f"set by {number}")
        return call(number), seen

    variable.set("the caller's")
    found = await output(colour, slot, program(lambda host, control: host.map_concurrent(one, range(12), 3)))
    assert found == [(number, "the caller's") for number in range(12)]
    assert max(most) <= 3


async def test_the_first_error_of_concurrent_calls_ends_the_others(colour, bridge, slot, program):
    waiting, ended = bridge.Event(), []

    async def tool(number):
        if number == 0:
            await colour(waiting.wait())
            raise KeyError("the first")
        waiting.set()
        try:
            await colour(bridge.sleep(50))
        finally:
            ended.append(number)

    call = bridge.program_callable(colour.function(tool))
    with pytest.raises(KeyError, match="the first"):
        await output(colour, slot, program(lambda host, control: host.map_concurrent(call, range(5), 2)))
    assert ended == [1]


async def test_concurrent_calls_of_nothing(colour, slot, program):
    assert (
        await output(colour, slot, program(lambda host, control: host.map_concurrent(None, [], None))) == []
    )


# -- limits ------------------------------------------------------------------------------------------------


async def test_a_loop_is_stopped_at_its_limit(colour, slot, program, spin):
    endless = program(spin, timeout_seconds=0.2)
    with pytest.raises(ExecutionTimeout, match=r"0\.2 seconds"):
        await output(colour, slot, endless)
    assert not endless.abandoned
    assert await output(colour, slot, program(lambda host, control: "goes on")) == "goes on"


async def test_sleeping_counts_as_running(colour, slot, program):
    with pytest.raises(ExecutionTimeout):
        await output(colour, slot, program(lambda host, control: host.sleep(50), timeout_seconds=0.2))


async def test_waiting_for_tools_does_not_count(colour, bridge, slot, program):
    async def tool():
        await colour(bridge.sleep(0.15))

    async def wait():
        import asyncio

        await asyncio.sleep(0.15)

    call = bridge.program_callable(colour.function(tool))

    def body(host, control):
        call()
        host.resolve(wait())
        host.call_blocking(time.sleep, 0.15)
        host.map_concurrent(lambda _: call(), range(3), None)
        return control.running_time

    assert await output(colour, slot, program(body, timeout_seconds=0.3)) < 0.3


async def test_code_without_checkpoints_is_unwound_and_the_thread_survives(colour, slot, program):
    where = await output(colour, slot, program(lambda host, control: threading.get_ident()))
    unwound = threading.Event()

    def library_code(host, control):
        try:
            while True:
                pass
        finally:
            unwound.set()

    with pytest.raises(ExecutionTimeout):
        await output(colour, slot, program(library_code, timeout_seconds=0.2))
    unwound.wait()
    assert await output(colour, slot, program(lambda host, control: threading.get_ident())) is not None
    del where


async def test_a_blocking_call_is_abandoned_with_its_thread(colour, slot, program, pipe):
    reader, _ = pipe
    blocked: list[threading.Thread] = []

    def body(host, control):
        blocked.append(threading.current_thread())
        os.read(reader, 1)

    stuck = program(body, timeout_seconds=0.2)
    with pytest.raises(ExecutionTimeout):
        await output(colour, slot, stuck)
    assert stuck.abandoned
    assert blocked[0].is_alive()
    replaced = await output(colour, slot, program(lambda host, control: threading.current_thread()))
    assert replaced is not blocked[0]
    os.write(pipe[1], b"x")
    blocked[0].join()  # it ends when the call returns


async def test_an_abandoned_program_does_not_go_on_when_its_call_returns(colour, slot, program, pipe):
    reader, writer = pipe
    went_on, threads = [], []

    def body(host, control):
        threads.append(threading.current_thread())
        os.read(reader, 1)
        went_on.append(True)

    with pytest.raises(ExecutionTimeout):
        await output(colour, slot, program(body, timeout_seconds=0.2))
    os.write(writer, b"x")
    threads[0].join()
    assert went_on == []


async def test_a_program_that_swallows_everything_is_abandoned(colour, slot, program):
    letting_go = threading.Event()

    def hold_on():
        while not letting_go.is_set():
            pass

    def stubborn(host, control):
        while not letting_go.is_set():
            try:
                hold_on()
            except BaseException:
                pass

    endless = program(stubborn, timeout_seconds=0.2)
    with pytest.raises(ExecutionTimeout):
        await output(colour, slot, endless)
    assert endless.abandoned
    assert await output(colour, slot, program(lambda host, control: "goes on")) == "goes on"
    letting_go.set()


# -- stopping ----------------------------------------------------------------------------------------------


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("what", ["spin", "sleep", "tool", "awaitable", "blocking", "parallel"])
async def test_stopping_from_another_thread(colour, bridge, slot, program, spin, pipe, what):
    running = threading.Event()

    async def tool(_=None):
        running.set()
        await colour(bridge.sleep(50))

    async def wait():
        import asyncio

        running.set()
        await asyncio.sleep(50)

    def note_and(function, *args):
        running.set()
        return function(*args)

    call = bridge.program_callable(colour.function(tool))
    bodies = {
        "spin": lambda host, control: note_and(spin, host, control),
        "sleep": lambda host, control: note_and(host.sleep, 50),
        "tool": lambda host, control: call(),
        "awaitable": lambda host, control: host.resolve(wait()),
        "blocking": lambda host, control: host.call_blocking(note_and, os.read, pipe[0], 1),
        "parallel": lambda host, control: host.map_concurrent(call, range(3), None),
    }

    def stop():
        running.wait()
        slot.stop(Interrupted("from outside"))

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Interrupted, match="from outside"):
        await output(colour, slot, program(bodies[what]))
    thread.join()
    assert await output(colour, slot, program(lambda host, control: "goes on")) == "goes on"


async def test_stopping_when_nothing_runs_does_nothing(colour, slot, program):
    slot.stop(Interrupted())
    assert await output(colour, slot, program(lambda host, control: 1)) == 1


async def test_a_program_that_was_stopped_before_it_began_does_not_begin(colour, slot, program):
    begun = []
    late = program(lambda host, control: begun.append(True))
    late.control.stop(Interrupted())
    with pytest.raises(Interrupted):
        await output(colour, slot, late)
    assert begun == []


async def test_a_stopped_program_cannot_wait_again(colour, bridge, slot, program):
    async def tool():
        raise AssertionError("it is not called any more")

    call = bridge.program_callable(colour.function(tool))
    tried = []

    def body(host, control):
        control.stop(Interrupted())
        for wait in (call, lambda: host.sleep(50), lambda: host.resolve(tool())):
            try:
                wait()
            except BaseException as error:
                tried.append(type(error).__name__)
        control.raise_if_stopped()

    with pytest.raises(Interrupted):
        await output(colour, slot, program(body))
    assert tried[1] == "ProgramStopped"


# -- one session -------------------------------------------------------------------------------------------


async def test_a_closed_slot_runs_nothing(colour, bridge, program):
    slot = bridge.ProgramSlot()
    await colour.close(slot)
    await colour.close(slot)
    with pytest.raises(ConfigurationError, match="closed"):
        await output(colour, slot, program(lambda host, control: 1))


async def test_a_slot_runs_one_program_at_a_time(colour, bridge, slot, program):
    refused = []

    async def nested():
        try:
            await colour(slot.run(program(lambda host, control: 1)))
        except ConfigurationError as error:
            refused.append(str(error))

    call = bridge.program_callable(colour.function(nested))
    await output(colour, slot, program(lambda host, control: call()))
    assert "one program at a time" in refused[0]


async def test_a_tool_may_run_programs_of_another_slot(colour, bridge, slot, program):
    other = bridge.ProgramSlot()

    async def nested():
        return await output(colour, other, program(lambda host, control: "from the inner"))

    call = bridge.program_callable(colour.function(nested))
    assert await output(colour, slot, program(lambda host, control: call())) == "from the inner"
    await colour.close(other)


async def test_threads_are_used_again(colour, bridge, program):
    async def run_all():
        for _ in range(30):
            slot = bridge.ProgramSlot()
            await output(colour, slot, program(lambda host, control: 1))
            await colour.close(slot)

    await run_all()
    before = threading.active_count()
    await run_all()
    assert threading.active_count() <= before + 1


async def test_a_forgotten_slot_gives_its_thread_back(colour, bridge, program):
    slot = bridge.ProgramSlot()
    await output(colour, slot, program(lambda host, control: 1))
    before = threading.active_count()
    for _ in range(20):
        del slot
        gc.collect()
        slot = bridge.ProgramSlot()
        await output(colour, slot, program(lambda host, control: 1))
    assert threading.active_count() <= before + 2
    await colour.close(slot)


async def test_deep_recursion_through_c_ends_in_a_recursion_error(colour, slot, program):
    def body(host, control):
        depth = 0

        def deeper(_):
            nonlocal depth
            depth += 1
            return sorted([0], key=deeper)

        try:
            deeper(0)
        except RecursionError:
            return depth

    assert await output(colour, slot, program(body)) > 50


def test_both_colours_tell_the_same_about_a_cancelled_program():
    assert _async.cancelled_error is _sync.cancelled_error
    assert isinstance(_sync.cancelled_error("x"), ExecutionCancelled)
