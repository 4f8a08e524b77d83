"""One hub computes at a time: who gets the right to, and in which order."""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import Iterator

import pytest

from twofold._bridge import _baton, _hubs
from twofold._bridge._async import ProgramSlot, program_callable


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeHub:
    """What the baton knows of a hub: when it was seen, and how to reach it."""

    def __init__(self) -> None:
        self.seen = 0.0
        self.called = 0
        self.nudged = 0

    def call(self) -> None:
        self.called += 1

    def nudge(self) -> None:
        self.nudged += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def baton(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> _baton.Baton:
    monkeypatch.setattr(_baton, "BREATH", 0.0)
    return _baton.Baton(clock)


@pytest.fixture
def hubs() -> list[FakeHub]:
    return [FakeHub() for _ in range(12)]


def test_one_has_it_and_the_next_is_told(baton, hubs):
    one, two, three = hubs[:3]
    assert baton.take(one, eager=True)
    assert not baton.take(two, eager=True)
    assert not baton.take(three, eager=True)
    assert one.nudged
    baton.give_up(one)
    assert (two.called, three.called) == (1, 0)
    assert baton.take(two, eager=True)
    baton.give_up(two)
    assert three.called == 1
    assert baton.take(three, eager=True)


def test_it_stays_with_one_whom_nobody_follows(baton, clock, hubs):
    for _ in range(10):
        assert baton.take(hubs[0], eager=False)
        assert not baton.wanted(hubs[0])
        clock.now += 1


def test_who_waits_no_more_is_passed_over(baton, hubs):
    one, two, three = hubs[:3]
    baton.take(one, eager=True)
    baton.take(two, eager=True)
    baton.take(three, eager=True)
    baton.give_up(two)
    baton.give_up(one)
    assert (two.called, three.called) == (0, 1)


def test_short_work_goes_before_computing(baton, hubs):
    one, computing, woken = hubs[:3]
    baton.take(one, eager=True)
    baton.take(computing, eager=False)
    baton.take(woken, eager=True)
    baton.give_up(one)
    assert (computing.called, woken.called) == (0, 1)


def test_one_that_computes_and_has_got_short_work_goes_with_it(baton, hubs):
    one, woken, computing = hubs[:3]
    baton.take(one, eager=True)
    baton.take(computing, eager=False)
    baton.take(woken, eager=False)
    baton.take(woken, eager=True)
    baton.give_up(one)
    assert (computing.called, woken.called) == (0, 1)


def test_one_that_computes_hands_over_and_comes_back(baton, clock, hubs):
    computing, woken = hubs[:2]
    baton.take(computing, eager=False)
    clock.now += 0.001
    assert not baton.take(woken, eager=True)
    assert baton.wanted(computing)
    assert not baton.take(computing, eager=False)
    assert baton.take(woken, eager=True)
    baton.give_up(woken)
    assert baton.take(computing, eager=False)


def test_one_that_computes_gets_it_in_the_end_and_may_use_it(baton, clock, hubs):
    computing, one, other = hubs[:3]
    assert baton.take(one, eager=True)
    assert not baton.take(computing, eager=False)
    turns = 0
    while not computing.called:
        clock.now += 0.003
        one.seen = clock.now
        assert not baton.take(other, eager=True)
        assert not baton.take(one, eager=True)
        assert computing.called or baton.take(other, eager=True)
        one, other = other, one
        turns += 1
        assert turns < 50
    assert turns > 1
    assert baton.take(computing, eager=False)
    assert not baton.take(computing, eager=False)


def test_a_turn_of_short_work_ends(baton, clock, hubs):
    busy, other = hubs[:2]
    baton.take(busy, eager=True)
    baton.take(other, eager=True)
    assert baton.take(busy, eager=True)
    clock.now += _baton.TURN
    assert not baton.take(busy, eager=True)
    assert other.called == 1


@pytest.mark.parametrize(
    ("late", "seconds", "taken"),
    [
        (0.0, _baton.AWAY_AFTER, True),
        (0.0, _baton.AWAY_AFTER / 2, False),
        (0.004, _baton.AWAY_AFTER, False),
        (0.004, _baton.AWAY_IN_ANY_CASE, True),
    ],
)
def test_it_is_taken_from_one_that_gives_no_sign(baton, clock, hubs, late, seconds, taken):
    """Soon if the interpreter lock is free, for then that one is in a call that does not need it."""
    blocked, other = hubs[:2]
    baton.take(blocked, eager=True)
    assert not baton.take(other, eager=True)
    blocked.seen = clock.now
    clock.now += seconds
    assert baton.take(other, eager=True, late=late) == taken
    assert baton.wanted(blocked)


def test_nobody_needs_it_while_the_interpreter_lock_is_free(baton, clock, hubs):
    first, *others = hubs
    baton.take(first, eager=False)
    for other in others:
        assert not baton.take(other, eager=True)
    looks = 0
    while not baton.take(others[0], eager=True, late=0.0):
        first.seen = clock.now
        looks += 1
        assert looks < 50
    assert looks > 3
    assert all(other.called for other in others[1:])
    assert all(baton.take(other, eager=True) for other in hubs)
    assert not baton.wanted(first)
    clock.now += _baton.FREE_FOR
    first.seen = clock.now
    assert not all(baton.take(other, eager=True) for other in hubs)


# -- with programs -----------------------------------------------------------------------------------------


@pytest.fixture
def two_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hubs, "_hubs", {})
    monkeypatch.setattr(_hubs, "_max_hubs", 2)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.write(writer, b"let go")
    os.close(writer)


async def test_programs_go_on_beside_one_that_blocks_its_worker(two_hubs, program, pipe):
    """It had the right to compute when it entered a call that does not return."""
    blocked = threading.Event()

    def block(host, control):
        blocked.set()
        os.read(pipe[0], 1)

    def work(host, control):
        return sum(call(number) for number in range(10))

    async def echo(value):
        await asyncio.sleep(0)
        return value

    call = program_callable(echo)
    blocking, *others = [ProgramSlot() for _ in range(5)]
    first = asyncio.create_task(blocking.run(program(block)))
    await asyncio.to_thread(blocked.wait)
    async with asyncio.timeout(30):
        outputs = await asyncio.gather(*[slot.run(program(work)) for slot in others])
    assert [output.output for output in outputs] == [45] * 4
    os.write(pipe[1], b"x")
    await first
    for slot in (blocking, *others):
        await slot.aclose()


async def test_a_program_on_another_worker_gets_its_turns_beside_ones_that_compute(two_hubs, program, spin):
    async def echo(value):
        await asyncio.sleep(0)
        return value

    call = program_callable(echo)
    slots = [ProgramSlot() for _ in range(4)]
    loud = [asyncio.create_task(slot.run(program(spin))) for slot in slots[:3]]
    async with asyncio.timeout(30):
        output = await slots[3].run(program(lambda host, control: [call(number) for number in range(20)]))
    assert output.output == list(range(20))
    for task in loud:
        task.cancel()
    await asyncio.gather(*loud, return_exceptions=True)
    for slot in slots:
        await slot.aclose()


async def test_programs_that_compute_on_several_workers_all_get_on(two_hubs, program):
    loops = [0] * 4
    enough = [asyncio.Event() for _ in loops]
    loop = asyncio.get_running_loop()

    def compute(number, host, control):
        while True:
            loops[number] += 1
            if loops[number] == 1000:
                loop.call_soon_threadsafe(enough[number].set)
            control.raise_if_stopped()
            if control.take_switch_request():
                host.switch()

    slots = [ProgramSlot() for _ in loops]
    tasks = [
        asyncio.create_task(slot.run(program(functools.partial(compute, number))))
        for number, slot in enumerate(slots)
    ]
    async with asyncio.timeout(30):
        for event in enough:
            await event.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for slot in slots:
        await slot.aclose()


def test_a_new_session_goes_where_less_is_going_on(monkeypatch):
    """Not to the worker with the fewest programs, if one of those computes and on another all wait."""

    class Worker:
        alive, stuck = True, False

        def __init__(self, demand: int, load: int) -> None:
            self.demand, self.load = demand, load

    computing, waiting, crowded = Worker(1, 1), Worker(0, 3), Worker(0, 5)
    monkeypatch.setattr(_hubs, "_hubs", dict.fromkeys((computing, waiting, crowded), 1))
    monkeypatch.setattr(_hubs, "_max_hubs", 3)
    assert _hubs.assign() is waiting
