"""The way from threads into a loop: it survives what is cut off on either side, and lets go of loops that end."""

from __future__ import annotations

import asyncio
import weakref

import pytest

from twofold._bridge import _loop_port
from twofold._bridge._async import ProgramSlot, from_anywhere, program_callable
from twofold._bridge._loop_port import current_port
from twofold._core.errors import ConfigurationError


class Interrupted(BaseException):
    """Stands for Ctrl-C or the unwinding of a program."""


async def test_a_caller_that_is_unwound_leaves_the_port_to_the_others(monkeypatch):
    loop, port, called = asyncio.get_running_loop(), current_port(), asyncio.Event()

    def cut_off(*args, **kwargs):
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_soon_threadsafe", cut_off)
        with pytest.raises(Interrupted):
            port.post(list, ())
    assert port.post(lambda _: called.set(), None)
    await asyncio.wait_for(called.wait(), 30)


async def test_what_was_lost_on_the_loop_comes_with_a_later_call(monkeypatch):
    loop, port, both = asyncio.get_running_loop(), current_port(), asyncio.Event()
    called = []

    def call(number):
        called.append(number)
        if len(called) == 2:
            both.set()

    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_soon_threadsafe", lambda *args, **kwargs: None)
        port.post(call, 1)
    monkeypatch.setattr(_loop_port, "LOST_AFTER", -1.0)
    port.post(call, 2)
    await asyncio.wait_for(both.wait(), 30)
    assert called == [1, 2]


async def test_calls_that_end_go_on_after_a_turn_was_lost(monkeypatch):
    loop, port, both = asyncio.get_running_loop(), current_port(), asyncio.Event()
    called = []

    def call(number):
        called.append(number)
        if len(called) == 2:
            both.set()

    monkeypatch.setattr(port.endings, "_seconds", -1.0)
    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_soon", lambda *args, **kwargs: None)
        port.endings.run(call, 1)
    monkeypatch.setattr(_loop_port, "LOST_AFTER", -1.0)
    port.endings.run(call, 2)
    await asyncio.wait_for(both.wait(), 30)
    assert called == [1, 2]


@pytest.mark.parametrize("way", ["post", "endings"])
async def test_a_call_that_raises_does_not_keep_the_others_back(way, monkeypatch):
    loop, port, called = asyncio.get_running_loop(), current_port(), asyncio.Event()
    loop.set_exception_handler(lambda loop, context: None)
    monkeypatch.setattr(port.endings, "_seconds", -1.0)

    def fail(_):
        raise RuntimeError("cut off")

    call = port.post if way == "post" else port.endings.run
    call(fail, None)
    call(lambda _: called.set(), None)
    await asyncio.wait_for(called.wait(), 30)


def test_loops_that_are_closed_are_let_go(program):
    seen = []

    async def tool():
        return 1

    call = program_callable(tool)

    async def main():
        seen.append(weakref.ref(asyncio.get_running_loop()))
        slot = ProgramSlot()
        await slot.run(program(lambda host, control: call()))
        await slot.aclose()

    for _ in range(4):
        asyncio.run(main())
    open_loop = asyncio.new_event_loop()
    open_loop.run_until_complete(_use_port())
    ports = [reference() for reference in _loop_port._ports.keyrefs()]
    assert open_loop in ports
    assert not [loop for loop in ports if loop is not None and loop.is_closed()]
    open_loop.close()


async def _use_port():
    current_port()


async def _make_reach():
    async def answer():
        return 42

    return from_anywhere(answer)


@pytest.mark.parametrize("closed", [True, False])
def test_a_call_to_a_loop_that_no_longer_runs_says_so(closed):
    home = asyncio.new_event_loop()
    reach = home.run_until_complete(_make_reach())
    if closed:
        home.close()
    with pytest.raises(ConfigurationError, match="no longer runs"):
        asyncio.run(asyncio.wait_for(reach(), 30))
    home.close()
