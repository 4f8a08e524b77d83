"""Channels: events on their way to one consumer while something runs."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from twofold._bridge import _async
from twofold._core.concurrency import Returned

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


async def collect(colour, iterator):
    return [item async for item in colour.each(iterator)]


async def test_events_come_in_order_and_the_value_last(colour, bridge):
    channel = bridge.EventChannel()

    async def work():
        for number in range(200):
            channel.put(number)
        return variable.get()

    variable.set("carried")
    seen = await collect(colour, bridge.run_with_events(colour.function(work), channel))
    assert seen == [*range(200), Returned("carried")]
    assert channel.closed


async def test_events_are_seen_while_the_function_runs(colour, bridge):
    channel, seen = bridge.EventChannel(), bridge.Event()

    async def work():
        channel.put("early")
        await colour(seen.wait())
        return "late"

    events = []
    async for event in colour.each(bridge.run_with_events(colour.function(work), channel)):
        events.append(event)
        seen.set()
    assert events == ["early", Returned("late")]


async def test_an_error_comes_after_the_events(colour, bridge):
    channel = bridge.EventChannel()

    async def work():
        channel.put(1)
        raise KeyError("at the end")

    events = []

    async def consume():
        async for event in colour.each(bridge.run_with_events(colour.function(work), channel)):
            events.append(event)  # noqa: PERF401  # what came before the error is what matters

    with pytest.raises(KeyError, match="at the end"):
        await consume()
    assert events == [1]


async def test_closing_the_iterator_early_cancels_the_function(colour, bridge):
    channel, ended = bridge.EventChannel(), bridge.Event()

    async def work():
        channel.put(1)
        try:
            await colour(bridge.sleep(50))
        finally:
            ended.set()

    iterator = bridge.run_with_events(colour.function(work), channel)
    async for _ in colour.each(iterator):
        break
    await colour.close(iterator)
    await colour(ended.wait())
    channel.put("dropped")
    assert await collect(colour, channel) == []


async def test_events_from_a_program_and_from_threads(colour, bridge, program):
    channel, slot = bridge.EventChannel(), bridge.ProgramSlot()

    def body(host, control):
        channel.put("from the program")
        thread = threading.Thread(target=channel.put, args=("from a thread",))
        thread.start()
        thread.join()
        return "output"

    async def work():
        return (await colour(slot.run(program(body)))).output

    seen = await collect(colour, bridge.run_with_events(colour.function(work), channel))
    assert seen == ["from the program", "from a thread", Returned("output")]
    await colour.close(slot)


async def test_a_full_channel_holds_its_producers_up(colour, bridge, program):
    channel, slot = bridge.EventChannel(max_size=2), bridge.ProgramSlot()
    put: list[int] = []

    def body(host, control):
        for number in range(50):
            channel.put(number)
            put.append(number)

    async def work():
        await colour(slot.run(program(body)))

    seen = []
    async for event in colour.each(bridge.run_with_events(colour.function(work), channel)):
        seen.append(event)
        assert len(put) <= len(seen) + 3
    assert seen[:-1] == list(range(50))
    await colour.close(slot)


async def test_the_consumer_itself_never_waits_for_room(colour, bridge):
    channel = bridge.EventChannel(max_size=1)

    async def work():
        channel.put("first")

    seen = []
    async for event in colour.each(bridge.run_with_events(colour.function(work), channel)):
        seen.append(event)
        if event == "first":
            channel.put("second")  # whether it is too late is not decided
            channel.put("third")
    assert seen[0] == "first"
    assert seen[-1] == Returned(None)


async def test_closing_lets_waiting_producers_go(colour, bridge):
    channel = bridge.EventChannel(max_size=1)
    channel.put("fills it")
    threads = [threading.Thread(target=channel.put, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    channel.close()
    for thread in threads:
        thread.join()
    assert await collect(colour, channel) == ["fills it"]


def test_a_size_is_a_positive_number(bridge):
    with pytest.raises(ValueError, match="at least 1"):
        bridge.EventChannel(max_size=0)


async def test_cancelling_the_consumer_cancels_the_function():
    channel, started, ended = _async.EventChannel(), asyncio.Event(), asyncio.Event()

    async def work():
        started.set()
        try:
            await asyncio.sleep(50)
        finally:
            ended.set()

    async def consume():
        async for _ in _async.run_with_events(work, channel):
            pass

    task = asyncio.create_task(consume())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_flood_of_events_leaves_the_loop_time_for_others():
    channel, others = _async.EventChannel(), []

    async def work():
        for number in range(1000):
            channel.put(number)

    async def other():
        while not channel.closed or not others:
            others.append(len(seen))
            await asyncio.sleep(0)

    seen: list[object] = []
    task = asyncio.create_task(other())
    async for event in _async.run_with_events(work, channel):
        seen.append(event)
        if len(seen) == 500:
            assert others
    await task
    assert any(0 < count < 1000 for count in others) or len(others) > 1
