"""The clock on which nobody waits, and the script that fails by chance."""

from __future__ import annotations

import threading

import pytest

from twofold._core.errors import ConfigurationError
from twofold._core.testing import Faults, VirtualClock
from twofold._core.testing.chat_format import ChatRequest


def request(text: str) -> ChatRequest:
    return ChatRequest(1, 1, "/", {}, {}, {"messages": [{"role": "user", "content": text}]}, "m")


def test_it_jumps_to_what_is_due() -> None:
    clock = VirtualClock()
    called = threading.Event()
    clock.call_later(3_600.0, called.set)
    assert called.wait(60)
    assert clock.now == 3_600.0
    clock.pass_time(5)
    assert clock.now == 3_605.0


def test_what_is_due_comes_in_the_order_of_its_time() -> None:
    clock = VirtualClock()
    order: list[int] = []
    done = threading.Event()

    def register() -> None:  # on the clock's own thread, so that nothing is called meanwhile
        clock.call_later(3.0, done.set)
        for seconds in (2, 1):
            clock.call_later(seconds, lambda seconds=seconds: order.append(seconds))

    clock.call_later(0.0, register)
    assert done.wait(60)
    assert order == [1, 2]


def test_what_was_cancelled_is_not_called() -> None:
    clock = VirtualClock()
    called: list[str] = []
    done = threading.Event()

    def register() -> None:
        clock.call_later(1.0, lambda: called.append("cancelled")).cancel()
        clock.call_later(2.0, done.set)

    clock.call_later(0.0, register)
    assert done.wait(60)
    assert called == []


def test_one_seed_gives_one_trace_in_any_order() -> None:
    texts = [str(number) for number in range(200)]
    traces = []
    for order in (texts, texts[::-1]):
        faults = Faults(lambda request: "ok", seed=5, rate=0.5)
        for text in order:
            faults(request(text))
        traces.append(faults.trace)
    assert traces[0] == traces[1]
    failed = sum(kind != "reply" for _, _, kind in traces[0])
    assert 60 < failed < 140


def test_the_kinds_that_are_wanted() -> None:
    faults = Faults(lambda request: "ok", rate=1, kinds=["drop"])
    faults(request("x"))
    assert faults.trace == [("x", 1, "drop")]


@pytest.mark.parametrize("arguments", [{"rate": 2}, {"kinds": []}, {"kinds": ["flood"]}])
def test_faults_that_make_no_sense(arguments: dict) -> None:
    with pytest.raises(ConfigurationError, match="Faults"):
        Faults(lambda request: "ok", **arguments)
