"""Both colours behind one face, and programs that need no interpreter."""

from __future__ import annotations

import gc
import inspect
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import ModuleType
from typing import Any

import pytest

from twofold._bridge import _async, _sync
from twofold._core.interpreter.control import Control, ProgramStopped
from twofold._core.interpreter.host import Host, current_host
from twofold._core.interpreter.output import CodeOutput


class Colour:
    """One of the twins. ``await colour(x)`` awaits what has to be awaited in this colour."""

    def __init__(self, bridge: ModuleType) -> None:
        self.bridge = bridge
        self.is_async = bridge is _async

    async def __call__(self, value: Any) -> Any:
        if self.is_async and inspect.isawaitable(value):
            return await value
        return value

    def function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Make a callable of this colour of an ``async def`` that awaits ``colour(...)`` only."""
        if self.is_async:
            return function

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                function(*args, **kwargs).send(None)
            except StopIteration as stop:
                return stop.value
            raise AssertionError("it waited for something that is not of the sync colour")

        return call

    async def each(self, iterable: Any) -> AsyncIterator[Any]:
        if self.is_async:
            async for item in iterable:
                yield item
        else:
            for item in iterable:
                yield item

    @asynccontextmanager
    async def entering(self, manager: Any) -> AsyncIterator[Any]:
        if self.is_async:
            async with manager as value:
                yield value
        else:
            with manager as value:
                yield value

    async def close(self, thing: Any) -> None:
        await self(thing.aclose() if self.is_async else thing.close())


@pytest.fixture(params=[_async, _sync], ids=["async", "sync"])
def colour(request: pytest.FixtureRequest) -> Colour:
    return Colour(request.param)


@pytest.fixture
def bridge(colour: Colour) -> ModuleType:
    return colour.bridge


class FakeProgram:
    """A program whose code is a plain function of the host and the control."""

    def __init__(self, body: Callable[[Host, Control], Any], timeout_seconds: float | None = None) -> None:
        self.body = body
        self.control = Control(timeout_seconds)
        self.abandoned = False

    def run(self, host: Host) -> CodeOutput:
        token = current_host.set(host)
        self.control.start()
        try:
            return CodeOutput(self.body(host, self.control), "", False)
        except ProgramStopped:
            assert self.control.stopped is not None
            raise self.control.stopped from None
        finally:
            self.control.finish()
            current_host.reset(token)

    def abandon(self) -> None:
        self.abandoned = True


@pytest.fixture
def program() -> type[FakeProgram]:
    return FakeProgram


@pytest.fixture
def spin() -> Callable[[Host, Control], None]:
    """An endless loop with checkpoints, as the interpreter compiles it."""

    def body(host: Host, control: Control) -> None:
        end = time.monotonic() + 100
        while time.monotonic() < end:
            control.raise_if_stopped()
            if control.take_switch_request():
                host.switch()
        raise AssertionError("nobody has stopped it")

    return body


class CtrlC:
    """Ctrl-C for this very process, which interrupts the block that expects it and nothing else."""

    def __init__(self) -> None:
        self._main = threading.main_thread().ident
        self._expected = False
        self._astray = 0

    def press(self) -> None:
        """Press it, on any thread; it is felt on the main one."""
        assert self._main is not None
        signal.pthread_kill(self._main, signal.SIGINT)

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """Expect the block to be interrupted by it."""
        gc.disable()  # an interruption that hits a finaliser is lost
        try:
            with pytest.raises(KeyboardInterrupt):
                self._expected = True
                yield
        finally:
            self._expected = False
            gc.enable()

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Feel it. Pressed outside a block that expects it, it fails the test instead of ending pytest."""
        before = signal.signal(signal.SIGINT, self._felt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        assert not self._astray, "it came when nobody expected it"

    def _felt(self, number: int, frame: object) -> None:
        if not self._expected:
            self._astray += 1
            return
        self._expected = False
        raise KeyboardInterrupt


@pytest.fixture
def ctrl_c() -> Iterator[CtrlC]:
    ctrl_c = CtrlC()
    with ctrl_c.in_force():
        yield ctrl_c
