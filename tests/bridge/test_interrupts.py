"""Ctrl-C in the sync colour: whoever waits is interrupted, and what was waited for is stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from twofold._bridge import _sync
from twofold._core.errors import ExecutionCancelled

MAIN = threading.main_thread().ident


def press_ctrl_c() -> None:
    assert MAIN is not None
    signal.pthread_kill(MAIN, signal.SIGINT)


@pytest.fixture
def slot() -> Iterator[_sync.ProgramSlot]:
    slot = _sync.ProgramSlot()
    yield slot
    slot.close()


def test_a_program_that_computes_is_stopped(slot, program, spin):
    def body(host, control):
        press_ctrl_c()
        spin(host, control)

    running = program(body)
    with pytest.raises(KeyboardInterrupt):
        slot.run(running)
    assert isinstance(running.control.stopped, ExecutionCancelled)
    assert slot.run(program(lambda host, control: "goes on")).output == "goes on"


def test_a_program_that_waits_for_a_tool_is_stopped(slot, program):
    ended = threading.Event()

    def tool():
        press_ctrl_c()
        try:
            _sync.sleep(50)
        finally:
            ended.set()

    call = _sync.program_callable(tool)
    with pytest.raises(KeyboardInterrupt):
        slot.run(program(lambda host, control: call()))
    assert ended.is_set()


def test_a_program_that_is_stuck_is_abandoned(slot, program):
    reader, writer = os.pipe()

    def body(host, control):
        press_ctrl_c()
        os.read(reader, 1)

    stuck = program(body)
    with pytest.raises(KeyboardInterrupt):
        slot.run(stuck)
    assert stuck.abandoned
    os.write(writer, b"x")


def test_concurrent_calls_are_cancelled():
    ended = []

    def visit(number):
        if number == 0:
            press_ctrl_c()
        try:
            _sync.sleep(50)
        finally:
            ended.append(number)

    with pytest.raises(KeyboardInterrupt):
        _sync.map_concurrent(visit, range(3))
    assert 0 in ended


def test_a_call_with_a_time_limit_is_cancelled():
    ended = threading.Event()

    def visit():
        press_ctrl_c()
        try:
            _sync.sleep(50)
        finally:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        _sync.run_with_timeout(visit, 50, TimeoutError)
    assert ended.is_set()


def test_the_consumer_of_events_is_interrupted():
    channel, ended = _sync.EventChannel(), threading.Event()

    def visit():
        press_ctrl_c()
        try:
            _sync.sleep(50)
        finally:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        list(_sync.run_with_events(visit, channel))
    assert ended.is_set()


@pytest.mark.parametrize("what", ["lock", "event", "semaphore"])
def test_who_waits_for_a_lock_is_interrupted(what):
    lock, semaphore, event = _sync.Lock(), _sync.Semaphore(1), _sync.Event()
    with lock, semaphore:
        wait = {"lock": lock.__enter__, "semaphore": semaphore.__enter__, "event": event.wait}[what]
        timer = threading.Timer(0.01, press_ctrl_c)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            wait()
        timer.join()
