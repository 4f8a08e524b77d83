"""Ctrl-C in the sync colour: whoever waits is interrupted, and what was waited for is stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from twofold._bridge import _sync, _thread_call
from twofold._bridge._thread_call import ThreadCall
from twofold._bridge._threads import WorkerThread
from twofold._core.errors import ExecutionCancelled


@pytest.fixture
def slot() -> Iterator[_sync.ProgramSlot]:
    slot = _sync.ProgramSlot()
    yield slot
    slot.close()


def test_a_program_that_computes_is_stopped(slot, program, spin, ctrl_c):
    def body(host, control):
        ctrl_c.press()
        spin(host, control)

    running = program(body)
    with ctrl_c.interrupts():
        slot.run(running)
    assert isinstance(running.control.stopped, ExecutionCancelled)
    assert slot.run(program(lambda host, control: "goes on")).output == "goes on"


def test_a_program_that_waits_for_a_tool_is_stopped(slot, program, ctrl_c):
    ended = threading.Event()

    def tool():
        ctrl_c.press()
        try:
            _sync.sleep(50)
        finally:
            ended.set()

    call = _sync.program_callable(tool)
    with ctrl_c.interrupts():
        slot.run(program(lambda host, control: call()))
    assert ended.wait(30)


def test_a_program_that_is_stuck_is_abandoned(slot, program, ctrl_c):
    reader, writer = os.pipe()

    def body(host, control):
        ctrl_c.press()
        os.read(reader, 1)

    stuck = program(body)
    with ctrl_c.interrupts():
        slot.run(stuck)
    assert stuck.abandoned
    os.write(writer, b"x")


def test_concurrent_calls_are_cancelled(ctrl_c):
    ended = threading.Event()

    def visit(number):
        if number == 0:
            ctrl_c.press()
        try:
            _sync.sleep(50)
        finally:
            if number == 0:
                ended.set()

    with ctrl_c.interrupts():
        _sync.map_concurrent(visit, range(3))
    assert ended.wait(30)


def test_a_call_with_a_time_limit_is_cancelled(ctrl_c):
    ended = threading.Event()

    def visit():
        ctrl_c.press()
        try:
            _sync.sleep(50)
        finally:
            ended.set()

    with ctrl_c.interrupts():
        _sync.run_with_timeout(visit, 50, TimeoutError)
    assert ended.wait(30)


def test_the_consumer_of_events_is_interrupted(ctrl_c):
    channel, ended = _sync.EventChannel(), threading.Event()

    def visit():
        ctrl_c.press()
        try:
            _sync.sleep(50)
        finally:
            ended.set()

    with ctrl_c.interrupts():
        list(_sync.run_with_events(visit, channel))
    assert ended.wait(30)


@pytest.mark.parametrize("what", ["lock", "event", "semaphore"])
def test_who_waits_for_a_lock_is_interrupted(what, ctrl_c):
    lock, semaphore, event = _sync.Lock(), _sync.Semaphore(1), _sync.Event()
    with lock, semaphore:
        wait = {"lock": lock.__enter__, "semaphore": semaphore.__enter__, "event": event.wait}[what]
        timer = threading.Timer(0.01, ctrl_c.press)
        with ctrl_c.interrupts():
            timer.start()
            wait()
        timer.join()


def test_a_call_that_is_cut_off_while_it_begins_gives_its_thread_back(monkeypatch):
    done = []

    class Thread:
        def submit(self, job):
            raise KeyboardInterrupt

        def release(self):
            done.append("released")

        def give_up(self, job):
            done.append("given up")

    monkeypatch.setattr(_thread_call, "lease", Thread)
    call = ThreadCall(lambda: None)
    monkeypatch.setattr(call, "wait", lambda timeout: done.append("waited"))
    with pytest.raises(KeyboardInterrupt):
        call.start()
    call.cancel()
    assert done == ["released"]


def test_a_call_gives_its_thread_back_once(monkeypatch):
    released, ended = [], threading.Event()
    monkeypatch.setattr(WorkerThread, "release", lambda thread: released.append(thread))
    call = ThreadCall(lambda: 42, ended.set)
    call.start()
    assert ended.wait(30)
    assert call.result() == 42
    call.cancel()
    assert len(released) == 1
    monkeypatch.undo()
    released[0].release()
