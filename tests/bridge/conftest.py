"""Both colours behind one face, and programs that need no interpreter."""

from __future__ import annotations

import faulthandler
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

from twofold._bridge import _async, _sync
from twofold._core.interpreter.control import Control, ProgramStopped
from twofold._core.interpreter.host import Host, current_host
from twofold._core.interpreter.output import CodeOutput


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


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
        while True:
            control.raise_if_stopped()
            if control.take_switch_request():
                host.switch()

    return body
