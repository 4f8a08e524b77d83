"""The async twin: how the async colour waits. ``_sync`` has the same names, without ``await``.

Needs an asyncio event loop; any number of loops may be in use at once. What blocks goes to threads, generated
code to the hubs.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import copy_context
from time import monotonic
from types import AsyncGeneratorType
from typing import Any, Generic, ParamSpec, TypeVar

from .._core.errors import ConfigurationError
from .._core.interpreter.host import current_host
from .._core.interpreter.output import CodeOutput
from . import _hubs
from ._arrivals import Arrival
from ._async_events import EventChannel, run_with_events
from ._async_fan_out import map_as_completed, map_concurrent
from ._async_locks import Event, Lock, Semaphore
from ._blocking_pool import PooledCall
from ._callables import ProgramCallable, Through
from ._given import Given
from ._hub import Hub
from ._hub_run import HubRun
from ._loop_clients import ClientPool
from ._loop_http import make_http_client
from ._loop_port import current_port
from ._runs import RunnableProgram, cancelled_error

__all__ = [
    "API_MODULE",
    "Cancelled",
    "ClientPool",
    "Event",
    "EventChannel",
    "Lock",
    "ProgramSlot",
    "Semaphore",
    "call_blocking",
    "call_user",
    "call_user_aside",
    "closing",
    "from_anywhere",
    "make_http_client",
    "map_as_completed",
    "map_concurrent",
    "monotonic",
    "program_callable",
    "resolve",
    "run_with_events",
    "run_with_timeout",
    "shield",
    "sleep",
]

API_MODULE = "twofold.aio"
"""The public module of this half, as users import it."""

P = ParamSpec("P")
T = TypeVar("T")

Cancelled = asyncio.CancelledError


async def sleep(seconds: float) -> None:
    """Sleep."""
    await asyncio.sleep(seconds)


async def call_blocking(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that may block, on another thread with the caller's context variables.

    When the caller is cancelled, the thread is unwound and nobody waits for it.
    """
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    def tell() -> None:
        try:
            loop.call_soon_threadsafe(end)
        except RuntimeError:  # the loop was closed meanwhile
            pass

    call = PooledCall(functools.partial(function, *args, **kwargs), tell)
    call.begin()
    try:
        await ended
    except BaseException:
        call.abandon()
        raise
    return call.result()


def resolve(value: Awaitable[T] | T) -> Awaitable[T]:
    """Return a value; an awaitable is awaited first."""
    return value if inspect.isawaitable(value) else Given(value)


async def call_user(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a function of the user, ``def`` or ``async def``, and return its result."""
    return await resolve(function(*args, **kwargs))


def call_user_aside(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Awaitable[Any]:
    """Call a function of the user, ``def`` or ``async def``, where its blocking is in nobody's way."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        return resolve(function(*args, **kwargs))
    return _call_on_thread(function, args, kwargs)


async def _call_on_thread(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    return await resolve(await call_blocking(function, *args, **kwargs))


def from_anywhere(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Return a function that can be awaited on any loop: it calls this one on the loop that runs now.

    This caller's context variables are visible to it. It raises `ConfigurationError` where that loop no longer
    runs.
    """
    home = asyncio.get_running_loop()
    context = copy_context()

    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if not home.is_running():
            raise ConfigurationError(
                "The event loop that this call belongs to no longer runs: keep it running until whoever uses it "
                "elsewhere has ended."
            )

        async def here() -> T:
            return await function(*args, **kwargs)

        made = context.copy().run(asyncio.run_coroutine_threadsafe, here(), home)
        return await asyncio.wrap_future(made)

    return call


class closing(Generic[T]):  # noqa: N801 (used like contextlib's; a class, because steps use many)
    """Close a thing at the end of the block, if it can be closed."""

    __slots__ = ("_thing",)

    def __init__(self, thing: T) -> None:
        self._thing = thing

    async def __aenter__(self) -> T:
        return self._thing

    async def __aexit__(self, *error: object) -> None:
        thing: Any = self._thing
        if type(thing) is AsyncGeneratorType:
            if thing.ag_frame is not None:  # otherwise it has ended
                await thing.aclose()
            return
        close = getattr(thing, "aclose", None) or getattr(thing, "close", None)
        if close is not None:
            await resolve(close())


async def run_with_timeout(
    function: Callable[[], Awaitable[T]], seconds: float | None, error_factory: Callable[[], BaseException]
) -> T:
    """Call a function, for at most some seconds of wall time.

    Raises:
        BaseException: What ``error_factory`` returns, when the time is over; else what the function raises.
    """
    if seconds is None:
        return await function()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await function()
    except TimeoutError:
        if limit.expired():
            raise error_factory() from None
        raise


async def shield(function: Callable[[], Awaitable[T]]) -> T:
    """Call a function to its end although its caller is cancelled: for cleaning up."""

    async def call() -> T:
        return await function()

    task = asyncio.create_task(call())
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if not cancelled:
        return task.result()
    error = None if task.cancelled() else task.exception()
    raise asyncio.CancelledError from error


class ProgramSlot:
    """Where the programs of one interpreter session run, one at a time, always on the same thread.

    The thread is a hub that other sessions may share. It is replaced when it had to be given up
    because a program did not react to being stopped. Owned by the session's executor; `aclose` leaves the
    hub.
    """

    __slots__ = ("_arrivals", "_closed", "_hub", "_run")

    def __init__(self) -> None:
        self._hub: Hub | None = None
        self._run: HubRun | None = None
        self._arrivals: tuple[Arrival, ...] = ()
        self._closed = False

    async def arrive(self) -> None:
        """Wait until a program may begin: at once, unless very many want to at the same time.

        Raises:
            BaseException: What `stop` was called with meanwhile.
        """
        arrival = current_port().arrivals.join()
        if arrival is None:
            return
        self._arrivals += (arrival,)
        try:
            await arrival.turn()
        finally:
            self._arrivals = tuple(other for other in self._arrivals if other is not arrival)

    def run(self, program: RunnableProgram) -> Awaitable[CodeOutput]:
        """Run a program and return its output.

        The program's own running time is bounded by its control. When the caller is cancelled, the
        program is stopped first.

        Raises:
            InterpreterError: What the program raised, or why it was stopped.
        """
        return HubRun(program, self).outcome()

    def stop(self, error: BaseException) -> None:
        """Make the program that runs now or waits to begin, if any, raise an error. From any thread."""
        for arrival in self._arrivals:
            arrival.refuse(error)
        run = self._run
        if run is not None:
            run.stop(error)

    async def aclose(self) -> None:
        """Stop what runs and leave the hub."""
        self._closed = True
        self.stop(cancelled_error("its session was closed"))
        self.drop_hub()

    def __del__(self) -> None:
        if hasattr(self, "_hub"):  # else Ctrl-C came before `__init__` began
            self.drop_hub()

    def occupy(self, run: HubRun) -> None:
        """A run begins: refuse it if it may not."""
        if self._closed:
            raise ConfigurationError("This session is closed; open a new one.")
        if self._run is not None and not self._run.settled:
            raise ConfigurationError("A session runs one program at a time; open a session for each.")
        self._run = run

    def place(self, run: HubRun) -> Hub:
        """Say where a run is to begin: where the session is already, or else anywhere."""
        hub = self._hub
        if hub is None or not hub.alive:
            hub, run.may_move = self.find_hub(), True
        return hub

    def find_hub(self) -> Hub:
        """Give the session another hub."""
        self.drop_hub()
        hub = self._hub = _hubs.assign()
        return hub

    def drop_hub(self) -> None:
        """Leave the hub."""
        hub, self._hub = self._hub, None
        if hub is not None:
            _hubs.leave(hub)

    def forget(self, run: HubRun) -> None:
        """The run is over."""
        if self._run is run:
            self._run = None


class _Parking(ProgramCallable):
    """Parks the program while it waits for what the function returns."""

    __slots__ = ()

    def packed(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        host = current_host.get(None)
        if host is None:
            raise RuntimeError(
                f"{self.__name__} was called outside of its program: it can only be called while that runs."
            )
        return host.resolve(self._through(self.__wrapped__, args, kwargs))


def program_callable(function: Callable[..., Any], through: Through | None = None) -> Callable[..., Any]:
    """Return a plain function that generated code can call, at any depth; it parks meanwhile.

    Args:
        function: What is called in the end.
        through: Makes the call, and returns what is to be awaited; gets the function, its arguments without
            names and those with. If None, the function returns something to be awaited itself.
    """
    return _Parking(function, through)
