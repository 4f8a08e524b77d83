"""What both twins promise, one body for both."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from typing import Any

import pytest

from twofold._bridge import _async, _sync
from twofold._core.concurrency import Completed

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def test_the_twins_have_the_same_names():
    assert _async.__all__ == _sync.__all__


def test_the_twins_take_the_same_arguments():
    for name in _sync.__all__:
        one, other = getattr(_async, name), getattr(_sync, name)
        if not inspect.isfunction(inspect.unwrap(one)):
            continue
        parameters = [list(inspect.signature(f).parameters) for f in (one, other)]
        assert parameters[0] == parameters[1], name


async def test_sleeping_takes_at_least_its_time(colour, bridge):
    before = bridge.monotonic()
    await colour(bridge.sleep(0.01))
    assert bridge.monotonic() - before >= 0.01


# -- locks -------------------------------------------------------------------------------------------------


async def test_a_lock_lets_one_in(colour, bridge):
    lock = bridge.Lock()
    inside: list[int] = []
    most: list[int] = []

    async def visit(number):
        async with colour.entering(lock):
            inside.append(number)
            most.append(len(inside))
            await colour(bridge.sleep(0))
            inside.remove(number)

    await colour(bridge.map_concurrent(colour.function(visit), range(10)))
    assert most == [1] * 10
    assert not lock.locked()


async def test_a_lock_is_free_after_an_error(colour, bridge):
    lock = bridge.Lock()
    with pytest.raises(ZeroDivisionError):
        async with colour.entering(lock):
            1 / 0
    assert not lock.locked()


async def test_a_semaphore_lets_as_many_in_as_it_says(colour, bridge):
    semaphore = bridge.Semaphore(3)
    inside: list[int] = []
    most: list[int] = []
    full = bridge.Event()

    async def visit(number):
        async with colour.entering(semaphore):
            inside.append(number)
            most.append(len(inside))
            if len(inside) == 3:
                full.set()
            await colour(full.wait())
            inside.remove(number)

    await colour(bridge.map_concurrent(colour.function(visit), range(9)))
    assert max(most) == 3


def test_a_semaphore_lets_at_least_one_in(bridge):
    with pytest.raises(ValueError, match="at least 1"):
        bridge.Semaphore(0)


async def test_an_event_lets_all_go_on_and_may_be_set_from_any_thread(colour, bridge):
    event = bridge.Event()
    waiting = []

    async def wait(number):
        waiting.append(number)
        if len(waiting) == 5:
            threading.Thread(target=event.set).start()
        return await colour(event.wait())

    assert await colour(bridge.map_concurrent(colour.function(wait), range(5))) == [True] * 5
    assert event.is_set()
    assert await colour(event.wait())


async def test_waiting_for_an_event_can_be_bounded(colour, bridge):
    assert not await colour(bridge.Event().wait(0.001))


# -- concurrent calls --------------------------------------------------------------------------------------


async def test_results_come_in_the_order_of_the_items(colour, bridge):
    last_has_ended = bridge.Event()

    async def double(number):
        if number == 4:
            last_has_ended.set()
        await colour(last_has_ended.wait())
        return number * 2

    assert await colour(bridge.map_concurrent(colour.function(double), range(5))) == [0, 2, 4, 6, 8]


async def test_no_items_no_calls(colour, bridge):
    assert await colour(bridge.map_concurrent(colour.function(None), [])) == []
    assert [c async for c in colour.each(bridge.map_as_completed(colour.function(None), []))] == []


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_not_more_calls_than_the_limit_at_once(colour, bridge, limit):
    inside: set[int] = set()
    most: list[int] = []
    full = bridge.Event()

    async def visit(number):
        inside.add(number)
        most.append(len(inside))
        if len(inside) == limit:
            full.set()
        await colour(full.wait())
        inside.remove(number)

    await colour(bridge.map_concurrent(colour.function(visit), range(12), limit=limit))
    assert max(most) == limit


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_is_a_positive_number(colour, bridge, limit):
    with pytest.raises(ValueError, match="at least 1"):
        await colour(bridge.map_concurrent(colour.function(None), [1], limit=limit))


async def test_the_first_error_cancels_the_rest_and_is_raised_as_itself(colour, bridge):
    started, cancelled = [], []
    both = bridge.Event()

    async def visit(number):
        started.append(number)
        if number == 0:
            await colour(both.wait())
            raise KeyError("the first")
        both.set()
        try:
            await colour(bridge.sleep(50))
        except bridge.Cancelled:
            cancelled.append(number)
            raise

    with pytest.raises(KeyError, match="the first"):
        await colour(bridge.map_concurrent(colour.function(visit), range(6), limit=2))
    assert started == [0, 1]
    assert cancelled == [1]


async def test_an_error_that_is_not_an_exception_is_carried_too(colour, bridge):
    class Control(BaseException):
        pass

    async def visit(number):
        raise Control

    with pytest.raises(Control):
        await colour(bridge.map_concurrent(colour.function(visit), range(2)))


async def test_calls_see_the_context_of_the_caller_in_a_copy_of_their_own(colour, bridge):
    async def visit(number):
        seen = variable.get()
        variable.set(f"set by {number}")
        return seen

    variable.set("the caller's")
    for limit in (1, 4):
        seen = await colour(bridge.map_concurrent(colour.function(visit), range(4), limit=limit))
        assert seen == ["the caller's"] * 4
    assert variable.get() == "the caller's"


async def test_completed_calls_come_as_they_end_with_their_errors(colour, bridge):
    after_one, after_zero = bridge.Event(), bridge.Event()

    async def visit(number):
        if number == 0:
            await colour(after_one.wait())
            raise KeyError(number)
        if number == 2:
            await colour(after_zero.wait())
        return number * 10

    ends: list[Completed[Any]] = []
    async for completed in colour.each(bridge.map_as_completed(colour.function(visit), range(3))):
        ends.append(completed)
        {0: after_zero, 1: after_one}.get(completed.index, after_zero).set()
    assert [c.index for c in ends] == [1, 0, 2]
    assert ends[0].result() == 10
    assert isinstance(ends[1].error, KeyError)
    with pytest.raises(KeyError):
        ends[1].result()


async def test_closing_the_iterator_early_cancels_the_rest(colour, bridge):
    begun, ended = [], []

    async def visit(number):
        if number == 0:
            return
        begun.append(number)
        try:
            await colour(bridge.sleep(50))
        finally:
            ended.append(number)

    completions = bridge.map_as_completed(colour.function(visit), range(3))
    async for _ in colour.each(completions):
        break
    await colour.close(completions)
    assert sorted(ended) == sorted(begun)  # what had not begun never does


async def test_cancelling_reaches_through_nested_calls(colour, bridge):
    deep, ended = bridge.Event(), []

    async def inner(number):
        deep.set()
        try:
            await colour(bridge.sleep(50))
        finally:
            ended.append(number)

    async def outer(number):
        if number == 0:
            await colour(deep.wait())
            raise KeyError
        await colour(bridge.map_concurrent(colour.function(inner), ["a", "b"]))

    with pytest.raises(KeyError):
        await colour(bridge.map_concurrent(colour.function(outer), range(2)))
    assert sorted(ended) in (["a", "b"], ["a"], ["b"])  # what had not begun is dropped


# -- calling -----------------------------------------------------------------------------------------------


async def test_blocking_code_gets_its_arguments_and_the_context(colour, bridge):
    variable.set("carried")

    def block(a, *, b):
        return a, b, variable.get()

    assert await colour(bridge.call_blocking(block, 1, b=2)) == (1, 2, "carried")


async def test_what_blocking_code_raises_is_raised(colour, bridge):
    def block():
        raise KeyError("from the thread")

    with pytest.raises(KeyError, match="from the thread"):
        await colour(bridge.call_blocking(block))


async def test_values_resolve_to_themselves_and_awaitables_to_their_results(colour, bridge):
    async def give():
        return "awaited"

    assert await colour(bridge.resolve(3)) == 3
    assert await colour(bridge.resolve(give())) == "awaited"


async def test_what_an_awaitable_raises_is_raised(colour, bridge):
    async def fail():
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        await colour(bridge.resolve(fail()))


async def test_awaited_code_sees_the_context(colour, bridge):
    async def look():
        return variable.get()

    variable.set("carried")
    assert await colour(bridge.resolve(look())) == "carried"


async def test_a_function_can_be_called_from_anywhere_in_the_context_it_comes_from(colour, bridge):
    variable.set("carried")
    seen = []

    async def look(a, *, b):
        seen.append(threading.current_thread())
        return a, b, variable.get()

    reach = bridge.from_anywhere(colour.function(look))

    def elsewhere():
        variable.set("another")
        return asyncio.run(reach(1, b=2)) if colour.is_async else reach(1, b=2)

    for _ in range(2):
        assert await asyncio.to_thread(elsewhere) == (1, 2, "carried")
        assert await colour(reach(1, b=2)) == (1, 2, "carried")
    if colour.is_async:  # always on the loop that it is from
        assert set(seen) == {threading.current_thread()}


async def test_what_is_raised_for_those_elsewhere_is_raised_there(colour, bridge):
    async def fail():
        raise KeyError("inside")

    reach = bridge.from_anywhere(colour.function(fail))
    with pytest.raises(KeyError, match="inside"):
        await asyncio.to_thread(lambda: asyncio.run(reach()) if colour.is_async else reach())


async def test_functions_of_the_user_may_have_either_colour(colour, bridge):
    def plain(a, *, b):
        return a + b

    async def coroutine(a, *, b):
        return a + b

    for function in (plain, coroutine):
        assert await colour(bridge.call_user(function, 1, b=2)) == 3


class WithClose:
    closed = 0

    def close(self):
        self.closed += 1


class WithAsyncClose:
    closed = 0

    async def aclose(self):
        self.closed += 1


@pytest.mark.parametrize("make", [WithClose, WithAsyncClose])
async def test_closing_closes_also_after_an_error(colour, bridge, make):
    thing = make()
    async with colour.entering(bridge.closing(thing)) as same:
        assert same is thing
        assert thing.closed == 0
    assert thing.closed == 1
    with pytest.raises(KeyError):
        async with colour.entering(bridge.closing(thing)):
            raise KeyError
    assert thing.closed == 2


async def test_what_cannot_be_closed_is_left_alone(colour, bridge):
    async with colour.entering(bridge.closing(object())):
        pass


# -- time limits and shields -------------------------------------------------------------------------------


class TooLate(Exception):
    pass


async def test_a_call_in_time_returns_or_raises(colour, bridge):
    async def give():
        return variable.get()

    async def fail():
        raise TimeoutError("its own")

    variable.set("carried")
    for seconds in (None, 30):
        assert await colour(bridge.run_with_timeout(colour.function(give), seconds, TooLate)) == "carried"
        with pytest.raises(TimeoutError, match="its own"):
            await colour(bridge.run_with_timeout(colour.function(fail), seconds, TooLate))


async def test_a_call_that_is_late_is_cancelled(colour, bridge):
    ended = bridge.Event()

    async def wait():
        try:
            await colour(bridge.sleep(50))
        finally:
            ended.set()

    with pytest.raises(TooLate):
        await colour(bridge.run_with_timeout(colour.function(wait), 0.3, TooLate))
    await colour(ended.wait())


async def test_a_shielded_call_runs_to_its_end_although_it_is_cancelled(colour, bridge):
    waiting, cleaned = bridge.Event(), bridge.Event()

    async def clean_up():
        await colour(bridge.sleep(0.001))
        cleaned.set()

    async def work():
        waiting.set()
        try:
            await colour(bridge.sleep(50))
        finally:
            await colour(bridge.shield(colour.function(clean_up)))

    async def fail():
        await colour(waiting.wait())
        raise KeyError

    async def call(function):
        await colour(function())

    with pytest.raises(KeyError):
        await colour(
            bridge.map_concurrent(colour.function(call), [colour.function(work), colour.function(fail)])
        )
    assert cleaned.is_set()


async def test_a_shielded_call_returns_its_value(colour, bridge):
    async def give():
        return 5

    assert await colour(bridge.shield(colour.function(give))) == 5
