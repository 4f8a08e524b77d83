"""The sync twin: how the sync colour waits. ``_async`` has the same names, awaited.

Waiting blocks the calling thread and can be interrupted by Ctrl-C. Concurrency is threads. Nothing here
imports asyncio until asynchronous user code has to be run.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import copy_context
from time import monotonic
from types import GeneratorType
from typing import Any, Generic, ParamSpec, TypeVar

from .._core.errors import ConfigurationError
from .._core.interpreter.host import current_host
from .._core.interpreter.output import CodeOutput
from . import _scopes
from ._callables import ProgramCallable, Through
from ._fan_out import map_as_completed, map_concurrent
from ._plain_http import make_http_client
from ._process_clients import ClientPool
from ._runs import RunnableProgram, cancelled_error
from ._scopes import Cancelled, Event, sleep
from ._sync_events import EventChannel, run_with_events
from ._thread_call import ThreadCall
from ._thread_run import ThreadRun
from ._threads import WorkerThread, lease

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

API_MODULE = "twofold"
"""The public module of this half, as users import it."""

P = ParamSpec("P")
T = TypeVar("T")


class Lock:
    """Mutual exclusion; ``with lock:``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        _scopes.acquire(self._lock)

    def __exit__(self, *exc_info: object) -> None:
        self._lock.release()

    def locked(self) -> bool:
        """Return whether someone holds the lock."""
        return self._lock.locked()


class Semaphore:
    """At most ``value`` holders at once; ``with semaphore:``."""

    def __init__(self, value: int) -> None:
        if value < 1:
            raise ValueError(f"a semaphore lets at least 1 in, not {value!r}")
        self._semaphore = threading.BoundedSemaphore(value)

    def __enter__(self) -> None:
        _scopes.acquire(_SemaphoreTurn(self._semaphore))

    def __exit__(self, *exc_info: object) -> None:
        self._semaphore.release()


class _SemaphoreTurn:
    """A semaphore that understands a lock's way to say "no timeout"."""

    def __init__(self, semaphore: threading.Semaphore) -> None:
        self._semaphore = semaphore

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if not blocking:
            return self._semaphore.acquire(False)
        return self._semaphore.acquire(True, None if timeout < 0 else timeout)


def call_blocking(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that may block."""
    return function(*args, **kwargs)


def resolve(value: Awaitable[T] | T) -> T:
    """Return a value; an awaitable is awaited first, on the background loop of the process.

    Works on any thread, also under a running event loop. The caller's context variables are visible to the
    awaited code; Ctrl-C cancels it.
    """
    if inspect.isawaitable(value):
        from ._portal import run_awaitable

        result: T = run_awaitable(value)
        return result
    return value


def call_user(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a function of the user, ``def`` or ``async def``, and return its result."""
    return resolve(function(*args, **kwargs))


def call_user_aside(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a function of the user, ``def`` or ``async def``, where its blocking is in nobody's way: here."""
    return resolve(function(*args, **kwargs))


def from_anywhere(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that can be called on any thread.

    This caller's context variables are visible to it.
    """
    context = copy_context()

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.copy().run(function, *args, **kwargs)

    return call


class closing(Generic[T]):  # noqa: N801 (used like contextlib's; a class, because steps use many)
    """Close a thing at the end of the block, if it can be closed."""

    __slots__ = ("_thing",)

    def __init__(self, thing: T) -> None:
        self._thing = thing

    def __enter__(self) -> T:
        return self._thing

    def __exit__(self, *error: object) -> None:
        thing: Any = self._thing
        if type(thing) is GeneratorType:
            # a thread that was given up, because it waits for a reply over the network say, may still be in it
            if not thing.gi_running:
                thing.close()
            return
        close = getattr(thing, "close", None) or getattr(thing, "aclose", None)
        if close is not None:
            resolve(close())


def run_with_timeout(
    function: Callable[[], T], seconds: float | None, error_factory: Callable[[], BaseException]
) -> T:
    """Call a function, for at most some seconds of wall time.

    With a limit the function runs on another thread, which is cancelled and given up when the time is over.

    Raises:
        BaseException: What ``error_factory`` returns, when the time is over; else what the function raises.
    """
    if seconds is None:
        return function()
    call = ThreadCall(function)
    try:
        call.start()
        if not call.wait(seconds):
            raise error_factory()
        return call.result()
    finally:
        call.cancel()


def shield(function: Callable[[], T]) -> T:
    """Call a function to its end although its caller has been cancelled: for cleaning up."""
    with _scopes.shielded():
        return function()


class ProgramSlot:
    """Where the programs of one interpreter session run, one at a time, always on the same thread.

    The thread is replaced when it had to be given up because a program did not react to being stopped.
    Owned by the session's executor; `close` gives the thread back.
    """

    # Of the class, so that `__del__` finds it when Ctrl-C came before `__init__` began
    _thread: WorkerThread | None = None

    def __init__(self) -> None:
        self._run: ThreadRun | None = None
        self._closed = False

    def arrive(self) -> None:
        """Wait until a program may begin: at once."""

    def run(self, program: RunnableProgram) -> CodeOutput:
        """Run a program and return its output.

        The program's own running time is bounded by its control. When the caller is interrupted, the
        program is stopped first.

        Raises:
            InterpreterError: What the program raised, or why it was stopped.
        """
        if self._closed:
            raise ConfigurationError("This session is closed; open a new one.")
        if self._run is not None and not self._run.settled:
            raise ConfigurationError("A session runs one program at a time; open a session for each.")
        if self._thread is None or not self._thread.alive:
            self._thread = lease()
        run = self._run = ThreadRun(program, self._thread, self._drop_thread)
        try:
            return run.outcome()
        finally:
            self._run = None

    def stop(self, error: BaseException) -> None:
        """Make the program that runs now, if any, raise an error. From any thread."""
        run = self._run
        if run is not None:
            run.stop(error)

    def close(self) -> None:
        """Stop what runs and give the thread back."""
        self._closed = True
        self.stop(cancelled_error("its session was closed"))
        self._release()

    def __del__(self) -> None:
        self._release()

    def _release(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.release()

    def _drop_thread(self) -> None:
        self._thread = None


class _Pausing(ProgramCallable):
    """Stops the program's clock while the function runs."""

    __slots__ = ()

    def packed(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        host = current_host.get(None)
        if host is None:  # called after its program has ended, or by the user
            return self._through(self.__wrapped__, args, kwargs)
        return host.call_blocking(self._through, self.__wrapped__, args, kwargs)


def program_callable(function: Callable[..., Any], through: Through | None = None) -> Callable[..., Any]:
    """Return a function that generated code can call: this one, off the program's clock.

    Args:
        function: What is called in the end.
        through: Makes the call; gets the function, its arguments without names and those with.
    """
    return _Pausing(function, through)
