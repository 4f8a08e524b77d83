"""Hubs: many programs on few threads."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import os
import re
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import greenlet
import pytest

from twofold._bridge import _hub, _hub_run, _hubs
from twofold._bridge._async import ProgramSlot, program_callable
from twofold._core.errors import ConfigurationError, ExecutionCancelled, ExecutionTimeout

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.fixture
def one_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """All sessions of the test share one new hub."""
    monkeypatch.setattr(_hubs, "_hubs", {})
    monkeypatch.setattr(_hubs, "_max_hubs", 1)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.write(writer, b"let go")
    os.close(writer)


@asynccontextmanager
async def slots(count: int):
    made = [ProgramSlot() for _ in range(count)]
    yield made
    for slot in made:
        await slot.aclose()


class Gate:
    """An async tool whose calls wait until the test opens it."""

    def __init__(self, expected: int = 1) -> None:
        self.opened = asyncio.Event()
        self.arrived = asyncio.Event()
        self.waiting = 0
        self.cancelled = 0
        self._expected = expected
        self.call: Callable[..., Any] = program_callable(self._wait)

    async def _wait(self, value: Any = None) -> Any:
        self.waiting += 1
        if self.waiting == self._expected:
            self.arrived.set()
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return value


# -- parking -----------------------------------------------------------------------------------------------


def in_sort_key(tool):
    return sorted([3, 1, 2], key=tool)


def in_generator(tool):
    def generate():
        for number in (1, 2, 3):
            yield tool(number)

    return list(generate())


def in_comprehension(tool):
    return {number: tool(number) for number in (1, 2, 3)}


def in_c_callback(tool):
    return re.sub(r"\d", lambda match: str(tool(match.group())), "1 2 3")


def in_reduce(tool):
    return functools.reduce(lambda a, b: tool(a) + tool(b), [1, 2, 3])


def in_class_body(tool):
    class Made:
        value = tool(5)

    return Made.value


def in_dunder(tool):
    class Odd:
        def __eq__(self, other):
            return tool(True)

        __hash__ = None

    return [Odd()].index(1)


def in_finally(tool):
    try:
        return tool(1)
    finally:
        tool(2)


def in_recursion(tool, depth=50):
    return tool(depth) if depth == 0 else in_recursion(tool, depth - 1)


@pytest.mark.parametrize(
    "position",
    [
        in_sort_key,
        in_generator,
        in_comprehension,
        in_c_callback,
        in_reduce,
        in_class_body,
        in_dunder,
        in_finally,
        in_recursion,
    ],
)
async def test_an_async_tool_may_be_called_anywhere(program, position):
    async def echo(value):
        await asyncio.sleep(0)
        return value

    call = program_callable(echo)
    async with slots(1) as (slot,):
        output = await slot.run(program(lambda host, control: position(call)))
    assert output.output == position(lambda value: value)


async def test_neighbours_go_on_while_one_waits(one_hub, program):
    gate = Gate()
    async with slots(2) as (waiting, other):
        task = asyncio.create_task(waiting.run(program(lambda host, control: in_sort_key(gate.call))))
        await gate.arrived.wait()
        for _ in range(3):
            assert (await other.run(program(lambda host, control: "done"))).output == "done"
        assert not task.done()
        gate.opened.set()
        assert (await task).output == [1, 2, 3]


async def test_a_waiting_program_keeps_its_stack_and_its_context(one_hub, program):
    gate = Gate(3)

    def body(name, host, control):
        variable.set(name)
        seen = sorted(["b", "a"], key=gate.call)
        return variable.get(), seen

    async with slots(3) as made:
        tasks = [
            asyncio.create_task(slot.run(program(functools.partial(body, f"program {number}"))))
            for number, slot in enumerate(made)
        ]
        await gate.arrived.wait()
        gate.opened.set()
        outputs = [(await task).output for task in tasks]
    assert outputs == [(f"program {number}", ["a", "b"]) for number in range(3)]


async def test_what_a_tool_sets_is_not_seen_by_neighbours(one_hub, program):
    async def set_it(value):
        before = variable.get()
        variable.set(value)
        await asyncio.sleep(0)
        return before

    call = program_callable(set_it)
    variable.set("the caller's")
    async with slots(2) as made:
        runs = [slot.run(program(lambda host, control: call("a tool's"))) for slot in made]
        outputs = [output.output for output in await asyncio.gather(*runs)]
    assert outputs == ["the caller's"] * 2
    assert variable.get() == "the caller's"


async def test_an_exception_that_is_being_handled_survives_a_wait(one_hub, program):
    async def tool():
        await asyncio.sleep(0)

    call = program_callable(tool)

    def body(number, host, control):
        try:
            raise KeyError(number)
        except KeyError:
            call()
            try:
                raise
            except KeyError as error:
                return error.args[0]

    async with slots(5) as made:
        runs = [slot.run(program(functools.partial(body, n))) for n, slot in enumerate(made)]
        assert [output.output for output in await asyncio.gather(*runs)] == [0, 1, 2, 3, 4]


async def test_blocking_tools_leave_the_hub_to_the_neighbours(one_hub, program, pipe):
    async with slots(2) as (blocking, other):
        task = asyncio.create_task(
            blocking.run(program(lambda host, control: host.call_blocking(os.read, pipe[0], 1)))
        )
        assert (await other.run(program(lambda host, control: "done"))).output == "done"
        os.write(pipe[1], b"x")
        assert (await task).output == b"x"


async def test_sleeping_leaves_the_hub_to_the_neighbours(one_hub, program):
    asleep = threading.Event()

    def sleep(host, control):
        asleep.set()
        host.sleep(50)

    async with slots(2) as (sleeper, other):
        task = asyncio.create_task(sleeper.run(program(sleep)))
        await asyncio.to_thread(asleep.wait)
        assert (await other.run(program(lambda host, control: "done"))).output == "done"
        sleeper.stop(ExecutionCancelled("enough"))
        with pytest.raises(ExecutionCancelled):
            await task


async def test_neighbours_take_turns_with_one_that_computes(one_hub, program, spin):
    running = threading.Event()

    def hog(host, control):
        running.set()
        spin(host, control)

    async def echo(value):
        return value

    call = program_callable(echo)
    async with slots(2) as (computing, other):
        task = asyncio.create_task(computing.run(program(hog)))
        await asyncio.to_thread(running.wait)
        output = await other.run(program(lambda host, control: [call(n) for n in range(5)]))
        assert output.output == [0, 1, 2, 3, 4]
        assert not task.done()
        computing.stop(ExecutionCancelled("enough"))
        with pytest.raises(ExecutionCancelled):
            await task


async def test_a_preempted_program_is_on_its_own_clock(one_hub, program, spin):
    """A limit holds beside neighbours that compute: the clocks of all of them go on at once."""
    times = []

    def body(host, control):
        times.append(time.monotonic())
        try:
            spin(host, control)
        finally:
            times.append(time.monotonic())

    programs = [program(body, timeout_seconds=0.3) for _ in range(4)]
    async with slots(4) as made:
        runs = [slot.run(each) for slot, each in zip(made, programs, strict=True)]
        outcomes = await asyncio.gather(*runs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ExecutionTimeout] * 4
    assert all(each.control.running_time >= 0.3 for each in programs)
    assert sum(each.control.running_time for each in programs) > 1.5 * (max(times) - min(times))


async def test_waiting_for_the_first_turn_after_a_tool_is_not_on_the_clock(one_hub, program, pipe):
    """Who was woken while the thread was held up is not charged for that."""
    gate = Gate()
    held = threading.Event()
    patient = program(lambda host, control: gate.call("woken"), timeout_seconds=0.4)

    def hold(host, control):
        held.set()
        os.read(pipe[0], 1)

    async with slots(2) as (waiting, holding):
        first = asyncio.create_task(waiting.run(patient))
        await gate.arrived.wait()
        second = asyncio.create_task(holding.run(program(hold)))
        await asyncio.to_thread(held.wait)
        gate.opened.set()
        await asyncio.sleep(0.6)
        os.write(pipe[1], b"x")
        assert (await first).output == "woken"
        await second
    assert patient.control.running_time < 0.4


async def test_a_program_that_was_woken_goes_before_those_that_compute(one_hub, program):
    """It does not wait for a turn of each of them."""
    loops = [0] * 12
    seen = []

    def hog(number, host, control):
        while True:
            loops[number] += 1
            control.raise_if_stopped()
            if control.take_switch_request():
                host.switch()

    async def look():
        await asyncio.sleep(0.01)
        return list(loops)

    call = program_callable(look)

    def ask(host, control):
        for _ in range(10):
            before = call()
            seen.append(sum(now > then for now, then in zip(loops, before, strict=True)))

    async with slots(len(loops) + 1) as (asking, *others):
        tasks = [
            asyncio.create_task(slot.run(program(functools.partial(hog, number))))
            for number, slot in enumerate(others)
        ]
        await asking.run(program(ask))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(seen)[len(seen) // 2] < len(loops) // 2


async def test_many_that_come_at_once_begin_in_their_order(one_hub, program):
    """Some in this turn of the loop, the others in later ones."""
    begun = []
    async with slots(500) as made:
        runs = [
            slot.run(program(lambda host, control, number=number: begun.append(number)))
            for number, slot in enumerate(made)
        ]
        await asyncio.gather(*runs)
    assert begun == list(range(500))


async def test_many_that_are_cancelled_before_they_begin(one_hub, program):
    begun = []
    async with slots(500) as made:
        tasks = [
            asyncio.create_task(slot.run(program(lambda host, control: begun.append(1)))) for slot in made
        ]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 500
        assert len(begun) < 500
        again = [slot.run(program(lambda host, control: "again")) for slot in made]
        assert [output.output for output in await asyncio.gather(*again)] == ["again"] * 500


async def test_objects_bound_to_a_thread_keep_working(program):
    gate = Gate()
    gate.opened.set()
    kept: list[sqlite3.Connection] = []

    def connect(host, control):
        kept.append(sqlite3.connect(":memory:"))
        gate.call()
        return kept[0].execute("select 1").fetchone()

    async with slots(1) as (slot,):
        assert (await slot.run(program(connect))).output == (1,)
        await asyncio.gather(*[_run_once(program) for _ in range(10)])
        use = program(lambda host, control: (kept[0].execute("select 2").fetchone(), kept.pop().close())[0])
        assert (await slot.run(use)).output == (2,)


async def _run_once(program):
    async with slots(1) as (slot,):
        await slot.run(program(lambda host, control: None))


# -- many --------------------------------------------------------------------------------------------------


async def test_a_thousand_waiting_programs_need_few_threads(program):
    gate = Gate(1000)
    before = threading.active_count()
    async with slots(1000) as made:
        tasks = [
            asyncio.create_task(slot.run(program(lambda host, control, n=n: gate.call(n))))
            for n, slot in enumerate(made)
        ]
        await gate.arrived.wait()
        assert threading.active_count() - before <= 17
        gate.opened.set()
        outputs = [(await task).output for task in tasks]
    assert outputs == list(range(1000))


async def test_nothing_is_left_when_programs_have_ended(program):
    async def echo(value):
        await asyncio.sleep(0)
        return value

    call = program_callable(echo)

    async def run_all():
        async with slots(20) as made:
            await asyncio.gather(
                *[
                    slot.run(program(lambda host, control: host.map_concurrent(call, range(5), 2)))
                    for slot in made
                ]
            )

    def count():
        gc.collect()
        found = [each for each in gc.get_objects() if isinstance(each, greenlet.greenlet)]
        return len([each for each in found if each and each.parent is not None])

    await run_all()
    await _run_once(program)
    before = count()
    await run_all()
    for _ in range(1000):
        if count() <= before:
            return
        await asyncio.sleep(0.01)  # a program tells its caller just before its greenlet ends
    raise AssertionError(f"{count()} greenlets are left, {before} before")


async def test_a_program_that_has_ended_can_be_collected(program):
    class Big:
        pass

    big = Big()
    seen = weakref.ref(big)

    async def tool(value):
        return None

    call = program_callable(tool)
    made = program(lambda host, control, big=big: call(big))
    async with slots(1) as (slot,):
        await slot.run(made)
        await slot.run(program(lambda host, control: None))
        del made, big
        gc.collect()
        assert seen() is None


async def test_new_sessions_take_hubs_of_their_own_until_there_are_enough(monkeypatch, program):
    monkeypatch.setattr(_hubs, "_hubs", {})
    monkeypatch.setattr(_hubs, "_max_hubs", 3)
    async with slots(7) as made:
        threads = [
            (await slot.run(program(lambda host, control: threading.get_ident()))).output for slot in made
        ]
    assert len(set(threads[:3])) == 3
    assert set(threads[3:]) <= set(threads[:3])


def test_there_is_at_least_one_hub():
    with pytest.raises(ValueError, match="at least 1"):
        _hubs.set_max_hubs(0)


# -- event loops -------------------------------------------------------------------------------------------


def test_one_event_loop_after_another(program):
    async def which():
        return id(asyncio.get_running_loop())

    call = program_callable(which)
    slot = ProgramSlot()

    async def main():
        output = await slot.run(program(lambda host, control: call()))
        return output.output == id(asyncio.get_running_loop())

    assert asyncio.run(main())
    assert asyncio.run(main())
    asyncio.run(slot.aclose())


def test_event_loops_of_several_threads_at_once(one_hub, program):
    meet = threading.Barrier(4)
    right: list[bool] = []

    async def which():
        await asyncio.to_thread(meet.wait)
        return id(asyncio.get_running_loop())

    call = program_callable(which)

    async def main():
        async with slots(1) as (slot,):
            output = await slot.run(program(lambda host, control: call()))
            right.append(output.output == id(asyncio.get_running_loop()))

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 4


def test_a_loop_that_ends_stops_its_programs(program):
    gates: list[Gate] = []
    stopped = program(lambda host, control: gates[0].call())

    async def main():
        gates.append(Gate())
        task = asyncio.create_task(ProgramSlot().run(stopped))
        await gates[0].arrived.wait()
        return task

    task = asyncio.run(main())
    assert task.cancelled()
    assert gates[0].cancelled == 1
    assert isinstance(stopped.control.stopped, ExecutionCancelled)


# -- cancelling --------------------------------------------------------------------------------------------


async def test_cancelling_the_task_cancels_the_tool_and_stops_the_program(program):
    gate, unwound = Gate(), threading.Event()

    def body(host, control):
        try:
            gate.call()
        finally:
            unwound.set()

    async with slots(1) as (slot,):
        task = asyncio.create_task(slot.run(program(body)))
        await gate.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.cancelled == 1
        assert unwound.is_set()
        assert (await slot.run(program(lambda host, control: "goes on"))).output == "goes on"


async def test_cancelling_ends_all_of_a_parallel(program):
    gate = Gate(5)
    async with slots(1) as (slot,):
        task = asyncio.create_task(
            slot.run(program(lambda host, control: host.map_concurrent(gate.call, range(5), None)))
        )
        await gate.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.cancelled == 5


async def test_cancelling_a_program_that_computes(program, spin):
    running = threading.Event()

    def body(host, control):
        running.set()
        spin(host, control)

    async with slots(1) as (slot,):
        made = program(body)
        task = asyncio.create_task(slot.run(made))
        await asyncio.to_thread(running.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(made.control.stopped, ExecutionCancelled)
        assert not made.abandoned


async def test_cancelling_a_program_that_is_stuck_abandons_it(program, pipe):
    running = threading.Event()

    def body(host, control):
        running.set()
        os.read(pipe[0], 1)

    async with slots(1) as (slot,):
        stuck = program(body)
        task = asyncio.create_task(slot.run(stuck))
        await asyncio.to_thread(running.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stuck.abandoned
        assert (await slot.run(program(lambda host, control: "goes on"))).output == "goes on"


async def test_cancelling_twice_returns_at_once(program, pipe):
    running = threading.Event()

    def body(host, control):
        running.set()
        os.read(pipe[0], 1)

    async with slots(1) as (slot,):
        stuck = program(body)
        task = asyncio.create_task(slot.run(stuck))
        await asyncio.to_thread(running.wait)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stuck.abandoned


async def test_cancelling_before_the_program_has_its_first_turn(one_hub, program, pipe):
    running, begun = threading.Event(), []

    def block(host, control):
        running.set()
        os.read(pipe[0], 1)

    async with slots(2) as (blocking, other):
        first = asyncio.create_task(blocking.run(program(block)))
        await asyncio.to_thread(running.wait)
        second = asyncio.create_task(other.run(program(lambda host, control: begun.append(True))))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        os.write(pipe[1], b"x")
        await first
        assert begun == []


async def test_a_tool_that_cancels_itself_is_an_error_of_the_program(program):
    async def tool():
        raise asyncio.CancelledError

    call = program_callable(tool)
    async with slots(1) as (slot,):
        with pytest.raises(ExecutionCancelled, match="what it waited for"):
            await slot.run(program(lambda host, control: call()))


async def test_closing_a_slot_stops_its_program(program):
    gate = Gate()
    slot = ProgramSlot()
    task = asyncio.create_task(slot.run(program(lambda host, control: gate.call())))
    await gate.arrived.wait()
    await slot.aclose()
    with pytest.raises(ExecutionCancelled, match="session was closed"):
        await task


# -- neighbours of a program that blocks -------------------------------------------------------------------


async def test_neighbours_of_an_abandoned_program_go_on_when_its_call_returns(one_hub, program, pipe):
    gate, blocked = Gate(), threading.Event()

    def wait_first(host, control):
        return gate.call("the neighbour's"), threading.current_thread()

    def block(host, control):
        blocked.set()
        os.read(pipe[0], 1)

    async with slots(2) as (neighbour, blocking):
        patient = asyncio.create_task(neighbour.run(program(wait_first)))
        await gate.arrived.wait()
        stuck = program(block, timeout_seconds=0.2)
        with pytest.raises(ExecutionTimeout):
            await blocking.run(stuck)
        assert stuck.abandoned
        gate.opened.set()
        await asyncio.sleep(0)
        assert not patient.done()
        os.write(pipe[1], b"x")
        output, thread = (await patient).output
        assert output == "the neighbour's"
        await asyncio.to_thread(thread.join)  # retired: it ends with its last program


async def test_a_neighbour_that_cannot_go_on_fails_after_its_own_limit(one_hub, program, pipe):
    gate = Gate()

    def block(host, control):
        os.read(pipe[0], 1)

    async with slots(2) as (neighbour, blocking):
        held_up = program(lambda host, control: gate.call(), timeout_seconds=0.4)
        task = asyncio.create_task(neighbour.run(held_up))
        await gate.arrived.wait()
        with pytest.raises(ExecutionTimeout):
            await blocking.run(program(block, timeout_seconds=0.2))
        gate.opened.set()
        with pytest.raises(ExecutionCancelled, match="another program's system call"):
            await task
        assert held_up.abandoned
        assert (await neighbour.run(program(lambda host, control: "goes on"))).output == "goes on"


async def test_a_neighbour_that_waits_for_its_tool_is_patient(one_hub, program, pipe):
    gate = Gate()
    async with slots(2) as (neighbour, blocking):
        waiting = program(lambda host, control: gate.call("late"), timeout_seconds=0.4)
        task = asyncio.create_task(neighbour.run(waiting))
        await gate.arrived.wait()
        with pytest.raises(ExecutionTimeout):
            await blocking.run(program(lambda host, control: os.read(pipe[0], 1), timeout_seconds=0.2))
        await asyncio.sleep(0.5)  # longer than its limit: waiting for a tool does not count
        assert not task.done()
        os.write(pipe[1], b"x")
        gate.opened.set()
        assert (await task).output == "late"


async def test_new_sessions_avoid_a_hub_that_is_stuck(one_hub, monkeypatch, program, pipe):
    monkeypatch.setattr(_hub, "STUCK_AFTER", 0.0)
    running = threading.Event()

    def block(host, control):
        running.set()
        os.read(pipe[0], 1)

    async with slots(3) as (blocking, queued, other):
        first = asyncio.create_task(blocking.run(program(block)))
        await asyncio.to_thread(running.wait)
        second = asyncio.create_task(queued.run(program(lambda host, control: "moved to another hub")))
        await asyncio.sleep(0)
        assert (await other.run(program(lambda host, control: "at once"))).output == "at once"
        assert (await second).output == "moved to another hub"
        assert not first.done()
        os.write(pipe[1], b"x")
        await first


async def test_sessions_that_are_bound_to_a_stuck_hub_wait_for_it(one_hub, monkeypatch, program, pipe):
    monkeypatch.setattr(_hub, "STUCK_AFTER", 0.0)
    running = threading.Event()

    def block(host, control):
        running.set()
        os.read(pipe[0], 1)

    async with slots(2) as (blocking, bound):
        where = program(lambda host, control: threading.get_ident())
        before = (await bound.run(where)).output
        task = asyncio.create_task(blocking.run(program(block)))
        await asyncio.to_thread(running.wait)
        second = asyncio.create_task(bound.run(program(where.body)))
        await _run_once(program)
        assert not second.done()
        os.write(pipe[1], b"x")
        await task
        assert (await second).output == before


async def test_a_program_begins_elsewhere_if_its_hub_ends_in_that_moment(one_hub, monkeypatch, program):
    real, ended = _hub.Hub.begin, []

    def begin(hub, run):
        if not ended:
            ended.append(hub)
            hub.retired = True
            hub.call()
            hub._thread.join(30)
        return real(hub, run)

    async with slots(1) as (slot,):
        before = (await slot.run(program(lambda host, control: threading.get_ident()))).output
        monkeypatch.setattr(_hub.Hub, "begin", begin)
        runs = slot.run(program(lambda host, control: threading.current_thread()))
        thread = (await asyncio.wait_for(runs, 30)).output
    assert before == ended[0]._thread.ident
    assert thread is not ended[0]._thread


async def test_a_program_that_is_unwound_while_it_hands_over_is_forgotten(one_hub, monkeypatch, program):
    real, cut_off = _hub_run.HubRun.watch_limit, threading.Event()

    def watch_limit(run):
        if run.program is unwound and not cut_off.is_set():
            cut_off.set()
            raise RuntimeError("cut off")
        real(run)

    def compute(host, control):
        end = time.monotonic() + 30
        while not cut_off.is_set() and time.monotonic() < end:
            host.switch()

    monkeypatch.setattr(_hub_run.HubRun, "watch_limit", watch_limit)
    unwound = program(compute)
    async with slots(2) as (one, other):
        neighbour = asyncio.create_task(one.run(program(compute)))
        with pytest.raises(RuntimeError, match="cut off"):
            await other.run(unwound)
        await neighbour
        hub = one._hub
        assert hub is other._hub
        waiting = await one.run(program(lambda host, control: [*hub._ready, *hub._preempted]))
    assert waiting.output == []


async def test_time_that_is_used_in_short_pieces_counts(monkeypatch, program):
    monkeypatch.setattr(_hub.Hub, "check", lambda hub, now: now + 1.0)  # the watchdog sees none of them

    async def tool():
        await asyncio.sleep(0)

    call = program_callable(tool)

    def body(host, control):
        for _ in range(100):
            end = time.monotonic() + 0.001
            while time.monotonic() < end:
                pass
            call()

    async with slots(1) as (slot,):
        with pytest.raises(ExecutionTimeout):
            await slot.run(program(body, timeout_seconds=0.05))


# -- odd callers -------------------------------------------------------------------------------------------


async def test_a_thread_of_the_program_may_call_its_tools(program):
    async def echo(value):
        await asyncio.sleep(0)
        return value

    call = program_callable(echo)

    def body(host, control):
        found = []

        def in_thread():
            found.append(call("from a thread"))
            found.append(host.call_blocking(lambda: "blocking"))
            host.sleep(0)
            host.switch()
            found.append(host.map_concurrent(call, [1, 2], None))

        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(in_thread,))
        thread.start()
        host.call_blocking(thread.join)
        return found

    async with slots(1) as (slot,):
        output = await slot.run(program(body))
    assert output.output == ["from a thread", "blocking", [1, 2]]


async def test_a_callable_works_only_while_its_program_runs(program):
    async def tool():
        raise AssertionError

    call = program_callable(tool)
    with pytest.raises(RuntimeError, match="outside of its program"):
        call()


async def test_a_function_of_the_program_that_waits_cannot_be_called_on_the_loop(program):
    async def echo(value):
        return value

    async def apply(function):
        return function()

    echo_call, apply_call = program_callable(echo), program_callable(apply)
    async with slots(1) as (slot,):
        with pytest.raises(RuntimeError, match="block the event loop"):
            await slot.run(program(lambda host, control: apply_call(lambda: echo_call(1))))


async def test_two_runs_of_one_slot_at_once_are_refused(program):
    gate = Gate()
    async with slots(1) as (slot,):
        task = asyncio.create_task(slot.run(program(lambda host, control: gate.call())))
        await gate.arrived.wait()
        with pytest.raises(ConfigurationError, match="one program at a time"):
            await slot.run(program(lambda host, control: 1))
        gate.opened.set()
        await task


async def test_a_session_may_be_collected_on_a_worker_that_is_just_being_started():
    """Whoever starts it has the lock of the hubs, and waits for it."""
    slot = ProgramSlot()
    slot.find_hub()
    with _hubs._lock:
        collecting = threading.Thread(target=slot.__del__, daemon=True)
        collecting.start()
        collecting.join(60)
        assert not collecting.is_alive()
