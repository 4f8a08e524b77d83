"""Very many programs that begin at once: in their order, and some in each turn of the loop."""

from __future__ import annotations

import asyncio

import pytest

from twofold._bridge import _arrivals
from twofold._bridge._arrivals import PER_TURN, Arrival
from twofold._bridge._async import ProgramSlot
from twofold._bridge._loop_port import current_port
from twofold.aio import LocalPythonExecutor, tool

MANY = 4 * PER_TURN


@pytest.fixture
async def sessions():
    executor = LocalPythonExecutor()
    made = [await executor.open({}, {"number": number}) for number in range(MANY)]
    yield made
    for session in made:
        await session.aclose()


async def test_the_loop_has_turns_of_its_own_while_they_arrive():
    arrived: list[int] = []
    after_turns: list[int] = []

    async def arrive(number):
        await ProgramSlot().arrive()
        arrived.append(number)

    tasks = [asyncio.create_task(arrive(number)) for number in range(MANY)]
    while len(arrived) < MANY:
        await asyncio.sleep(0)
        after_turns.append(len(arrived))
    await asyncio.gather(*tasks)
    assert arrived == sorted(arrived)
    steps = [after - before for before, after in zip([0, *after_turns], after_turns, strict=False)]
    assert max(steps) <= PER_TURN


async def test_one_alone_does_not_wait():
    arrival = ProgramSlot().arrive()
    with pytest.raises(StopIteration):
        arrival.send(None)
    await asyncio.sleep(0)


async def test_all_of_a_crowd_run(sessions):
    outputs = await asyncio.gather(*[session.execute("number * 2") for session in sessions])
    assert [output.output for output in outputs] == [2 * number for number in range(MANY)]


async def test_those_that_are_cancelled_in_the_line_never_begin(sessions):
    begun: list[int] = []

    @tool(blocking=False)
    def begin(number: int) -> None:
        """Begin.

        Args:
            number: Which one.
        """
        begun.append(number)

    for session in sessions:
        await session.send_tools({"begin": begin})
    tasks = [asyncio.create_task(session.execute("begin(number)")) for session in sessions]
    await asyncio.sleep(0)
    for task in tasks[PER_TURN::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    cancelled = [
        number for number, outcome in enumerate(outcomes) if isinstance(outcome, asyncio.CancelledError)
    ]
    assert cancelled == list(range(PER_TURN, MANY, 2))
    assert sorted(begun) == sorted(set(range(MANY)) - set(cancelled))
    assert (await sessions[-2].execute("number")).output == MANY - 2


async def test_one_that_is_stopped_in_the_line_raises_what_it_was_stopped_with(sessions):
    tasks = [asyncio.create_task(session.execute("number")) for session in sessions]
    await asyncio.sleep(0)
    await asyncio.to_thread(sessions[-1].stop, KeyError("stopped"))
    with pytest.raises(KeyError, match="stopped"):
        await tasks[-1]
    assert [output.output for output in await asyncio.gather(*tasks[:-1])] == list(range(MANY - 1))
    assert (await sessions[-1].execute("number")).output == MANY - 1


async def test_a_session_that_is_closed_in_the_line_runs_nothing(sessions):
    tasks = [asyncio.create_task(session.execute("number")) for session in sessions]
    await asyncio.sleep(0)
    await sessions[-1].aclose()
    with pytest.raises(Exception, match="closed"):
        await tasks[-1]
    await asyncio.gather(*tasks[:-1])


async def test_the_line_goes_on_after_its_turn_was_lost(monkeypatch):
    """As by Ctrl-C in its first moment, which a loop that goes on being used survives."""
    arrivals = current_port().arrivals
    lost = asyncio.Event()

    monkeypatch.setattr(arrivals, "_next_turn", lost.set)
    tasks = [asyncio.create_task(ProgramSlot().arrive()) for _ in range(MANY)]
    await lost.wait()
    monkeypatch.undo()
    monkeypatch.setattr(_arrivals, "LOST_AFTER", -1.0)
    await asyncio.wait_for(asyncio.gather(*tasks, ProgramSlot().arrive()), 30)


async def test_the_line_goes_on_after_ctrl_c_in_the_middle_of_its_turn(monkeypatch):
    real, interruptions = Arrival.call, []

    def call(arrival):
        if not interruptions:
            interruptions.append(True)
            raise RuntimeError("interrupted")
        return real(arrival)

    monkeypatch.setattr(Arrival, "call", call)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    await asyncio.wait_for(asyncio.gather(*[ProgramSlot().arrive() for _ in range(MANY)]), 30)
    assert interruptions
