"""The ``asyncio`` that generated code sees, and what its un-coloured ``async``/``await`` stands on.

There is no event loop behind it. A call of an un-coloured ``async def`` is a :class:`Deferred` that runs when
it is awaited; several at once run through ``host.map_concurrent``. Locks, queues and semaphores work as far
as code that really waits for something (a tool, ``asyncio.sleep``) needs them. Not here: transports,
streams, subprocesses, event loops.
"""

from __future__ import annotations

import functools
import inspect
import queue
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import FunctionType
from typing import Any

from .host import current_host
from .names import Reserved

__all__ = [
    "Closing",
    "Deferred",
    "async_context_manager",
    "async_def",
    "async_generator",
    "async_iter",
    "async_with",
    "await_",
    "contents",
    "next_of",
]

_PENDING = object()


class Given:
    """What a deferred call may return: a result that is not awaited, even if it could be.

    Args:
        value: The result.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Deferred:
    """A call that happens when it is awaited, once. Stands in for coroutines, tasks and futures.

    Args:
        call: What to call.
    """

    def __init__(self, call: Callable[[], Any], name: str = "coroutine") -> None:
        self._call: Callable[[], Any] | None = call
        self._result: Any = _PENDING
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Any], Any]] = []
        self._name = name
        self._cancelled = False

    def run(self) -> Any:
        """Make the call if it was not made yet, and return its result."""
        call, self._call = self._call, None
        if call is not None:
            try:
                found = call()
                self._result = found.value if type(found) is Given else await_(found)
            except Exception as error:
                self._error = error
            for callback in self._callbacks:
                callback(self)
        return self.result()

    def result(self) -> Any:
        """The result; makes the call if need be."""
        if self._cancelled:
            raise _CancelledError
        if self._call is not None:
            return self.run()
        if self._error is not None:
            raise self._error
        return None if self._result is _PENDING else self._result

    def exception(self) -> BaseException | None:
        """The error the call ended with, if any."""
        try:
            self.result()
        except Exception as error:
            return error
        return None

    def done(self) -> bool:
        """Whether the call was made."""
        return self._call is None

    def cancel(self, msg: Any = None) -> bool:
        """Drop a call that was not made yet."""
        if self._call is None:
            return False
        self._call, self._cancelled = None, True
        return True

    def cancelled(self) -> bool:
        """Whether the call was dropped."""
        return self._cancelled

    def close(self) -> None:
        """Drop a call that was not made yet."""
        self._call = None

    def add_done_callback(self, callback: Callable[[Any], Any]) -> None:
        """Call ``callback`` with this object when the call was made."""
        if self.done():
            callback(self)
        else:
            self._callbacks.append(callback)

    def get_name(self) -> str:
        """The name of the task."""
        return self._name

    def set_name(self, name: str) -> None:
        """Change the name of the task."""
        self._name = name

    def set_result(self, value: Any) -> None:
        """Complete a bare future."""
        self._call, self._result = None, value
        for callback in self._callbacks:
            callback(self)

    def set_exception(self, error: BaseException) -> None:
        """Fail a bare future."""
        self._call, self._error = None, error

    def __getattr__(self, name: str) -> Any:
        # Not a method: what is ``Awaitable`` to Python would be awaited on the event loop, outside the program.
        if name == "__await__":
            return self._await
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def _await(self) -> Generator[Any, Any, Any]:
        yield from ()
        return self.run()

    def __repr__(self) -> str:
        return f"<{self._name}>"


class _CancelledError(Exception):
    """``asyncio.CancelledError``."""


def async_def(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an un-coloured ``async def`` give something to be awaited."""

    @functools.wraps(function)
    def deferred(*arguments: Any, **keywords: Any) -> Deferred:
        inspect_arguments(function, arguments, keywords)
        return Deferred(lambda: function(*arguments, **keywords), f"coroutine {function.__qualname__}")

    return deferred


def inspect_arguments(function: Callable[..., Any], arguments: Any, keywords: Any) -> None:
    """Complain about wrong arguments where the call is written, as a real ``async def`` does."""
    code = function.__code__
    if len(arguments) != code.co_argcount or keywords or code.co_kwonlyargcount:
        try:
            inspect.signature(function).bind(*arguments, **keywords)
        except TypeError as error:
            raise TypeError(f"{function.__qualname__}() {error}") from None


class AsyncGenerator:
    """What a call of an un-coloured async generator gives.

    Args:
        generator: The plain generator that the function became.
    """

    def __init__(self, generator: Any) -> None:
        self._generator = generator

    def __aiter__(self) -> AsyncGenerator:
        return self

    def __anext__(self) -> Deferred:
        return self._step(self._generator.__next__, "__anext__")

    def asend(self, value: Any, /) -> Deferred:
        """Go on with a value for ``yield``, to the next item."""
        return self._step(lambda: self._generator.send(value), "asend")

    def athrow(self, *error: Any) -> Deferred:
        """Go on with an error at ``yield``, to the next item."""
        return self._step(lambda: self._generator.throw(*error), "athrow")

    def aclose(self) -> Deferred:
        """End it where it is."""
        return Deferred(self._generator.close, "aclose")

    def _step(self, step: Callable[[], Any], name: str) -> Deferred:
        def to_next() -> Given:
            try:
                return Given(step())
            except StopIteration:
                raise StopAsyncIteration from None

        return Deferred(to_next, name)

    def __repr__(self) -> str:
        return f"<async_generator object {self._generator.__qualname__} at {id(self):#x}>"


AsyncGenerator.__name__ = AsyncGenerator.__qualname__ = "async_generator"


def async_generator(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an un-coloured async generator function give an async generator."""

    @functools.wraps(function)
    def made(*arguments: Any, **keywords: Any) -> AsyncGenerator:
        return AsyncGenerator(function(*arguments, **keywords))

    return made


def next_of(iterator: Any, /, *default: Any) -> Any:
    """``anext``."""
    step = anext(iterator)
    if not default:
        return step
    (instead,) = default

    def to_next() -> Any:
        try:
            return await_(step)
        except StopAsyncIteration:
            return instead

    return Deferred(to_next, "anext")


def await_(value: Any) -> Any:
    """``await value``: a deferred call is made, a real awaitable waited for, anything else is the result."""
    if isinstance(value, Deferred):
        return value.run()
    hook = getattr(type(value), "__await__", None)
    if inspect.isawaitable(value) and not _is_generated(hook):
        host = current_host.get(None)
        if host is not None and not isinstance(value, Iterator):
            return host.resolve(value)
    if hook is None:
        return value
    iterator = iter(hook(value))
    while True:
        try:
            next(iterator)
        except StopIteration as end:
            return end.value


def _is_generated(hook: Any) -> bool:
    """Whether an ``__await__`` is the code's own: that runs here, within the program's limits."""
    return isinstance(hook, FunctionType) and Reserved.GO in getattr(hook, "__builtins__", ())


def defer(function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Deferred:
    """A tool called where a coroutine is expected (``asyncio.gather(search(x), ...)``): called later."""
    return Deferred(lambda: function(*arguments, **keywords), "tool call")


def async_iter(value: Any) -> Iterable[Any]:
    """What ``async for`` runs over: an un-coloured async generator, or anything with ``__aiter__``."""
    if type(value) is AsyncGenerator:
        return value._generator  # type: ignore[no-any-return]
    make = getattr(type(value), "__aiter__", None)
    if make is None:
        return value  # type: ignore[no-any-return]
    iterator = make(value)
    return iterator._generator if type(iterator) is AsyncGenerator else _drain(iterator)


def _drain(iterator: Any) -> Iterator[Any]:
    step = type(iterator).__anext__
    while True:
        try:
            item = await_(step(iterator))
        except StopAsyncIteration:
            return
        yield item


class async_with:  # noqa: N801
    """What ``async with`` enters: the async protocol if there is one, else the plain one."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._is_async = hasattr(type(manager), "__aenter__")

    def __enter__(self) -> Any:
        kind = type(self._manager)
        return await_(kind.__aenter__(self._manager)) if self._is_async else self._manager.__enter__()

    def __exit__(self, *details: Any) -> Any:
        kind = type(self._manager)
        return await_(
            kind.__aexit__(self._manager, *details) if self._is_async else self._manager.__exit__(*details)
        )


class AsyncContext:
    """What ``contextlib.asynccontextmanager`` makes of a call of an async generator function.

    Args:
        manager: The same as a plain context manager.
    """

    def __init__(self, manager: AbstractContextManager[Any]) -> None:
        self._manager = manager

    def __aenter__(self) -> Deferred:
        return Deferred(lambda: Given(self._manager.__enter__()), "__aenter__")

    def __aexit__(self, *details: Any) -> Deferred:
        return Deferred(lambda: self._manager.__exit__(*details), "__aexit__")


class Closing:
    """``contextlib.aclosing``."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __aenter__(self) -> Deferred:
        return Deferred(lambda: Given(self._thing), "__aenter__")

    def __aexit__(self, *_: Any) -> Deferred:
        return Deferred(self._thing.aclose, "__aexit__")


def async_context_manager(function: Callable[..., Any]) -> Callable[..., AsyncContext]:
    """``contextlib.asynccontextmanager``."""
    plain = contextmanager(lambda *arguments, **keywords: iter(async_iter(function(*arguments, **keywords))))

    @functools.wraps(function)
    def helper(*arguments: Any, **keywords: Any) -> AsyncContext:
        return AsyncContext(plain(*arguments, **keywords))

    return helper


# -- the module ------------------------------------------------------------------------------


def _as_deferred(value: Any, name: str = "task") -> Deferred:
    return value if isinstance(value, Deferred) else Deferred(lambda: value, name)


def _map(function: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    host = current_host.get(None)
    if host is None or len(items) < 2:
        return [function(item) for item in items]
    return host.map_concurrent(function, items, None)


def _settle(call: Deferred) -> BaseException | None:
    try:
        call.run()
    except Exception as error:
        return error
    return None


def run(main: Any, *, debug: Any = None, loop_factory: Any = None) -> Any:
    """``asyncio.run``."""
    return await_(main)


class Runner:
    """``asyncio.Runner``."""

    def __init__(self, *, debug: Any = None, loop_factory: Any = None) -> None:
        pass

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: Any) -> None:
        return None

    def run(self, coro: Any, *, context: Any = None) -> Any:
        """Run a call to its end."""
        return await_(coro)

    def get_loop(self) -> Loop:
        """What there is of an event loop."""
        return Loop()

    def close(self) -> None:
        """Nothing to close."""


def gather(*calls: Any, return_exceptions: bool = False) -> Deferred:
    """``asyncio.gather``: all at once when awaited."""
    every = [_as_deferred(call) for call in calls]

    def together() -> list[Any]:
        if not return_exceptions:
            return _map(Deferred.run, every)
        errors = _map(_settle, every)
        return [error or call.result() for call, error in zip(every, errors, strict=True)]

    return Deferred(together, "gather")


def sleep(delay: float, result: Any = None) -> Deferred:
    """``asyncio.sleep``."""

    def wait() -> Any:
        host = current_host.get(None)
        (time.sleep if host is None else host.sleep)(max(delay, 0))
        return result

    return Deferred(wait, "sleep")


def create_task(coroutine: Any, *, name: str | None = None, context: Any = None) -> Deferred:
    """``asyncio.create_task``: runs when it is awaited, together with what it is gathered with."""
    task = _as_deferred(coroutine)
    if name is not None:
        task.set_name(name)
    return task


def ensure_future(coroutine: Any, *, loop: Any = None) -> Deferred:
    """``asyncio.ensure_future``."""
    return _as_deferred(coroutine)


def wait_for(call: Any, timeout: float | None) -> Deferred:
    """``asyncio.wait_for``: runs to its end; what took longer than allowed is then an error."""

    def wait() -> Any:
        began = time.monotonic()
        result = await_(call)
        if timeout is not None and time.monotonic() - began > timeout:
            raise TimeoutError
        return result

    return Deferred(wait, "wait_for")


def wait(
    calls: Iterable[Any], *, timeout: float | None = None, return_when: str = "ALL_COMPLETED"
) -> Deferred:
    """``asyncio.wait``: always until all are done."""
    every = [_as_deferred(call) for call in calls]

    def all_done() -> tuple[set[Deferred], set[Deferred]]:
        _map(_settle, every)
        return set(every), set()

    return Deferred(all_done, "wait")


def as_completed(calls: Iterable[Any], *, timeout: float | None = None) -> Iterator[Deferred]:
    """``asyncio.as_completed``: all at once, given in order."""
    every = [_as_deferred(call) for call in calls]
    _map(_settle, every)
    return iter(every)


def to_thread(function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Deferred:
    """``asyncio.to_thread``."""

    def elsewhere() -> Any:
        host = current_host.get(None)
        if host is None:
            return function(*arguments, **keywords)
        return host.call_blocking(function, *arguments, **keywords)

    return Deferred(elsewhere, "to_thread")


class TaskGroup:
    """``asyncio.TaskGroup``: its tasks run at once when it is left."""

    def __init__(self) -> None:
        self._tasks: list[Deferred] = []

    def create_task(self, coroutine: Any, *, name: str | None = None, context: Any = None) -> Deferred:
        """Add a task."""
        task = create_task(coroutine, name=name)
        self._tasks.append(task)
        return task

    def __aenter__(self) -> TaskGroup:
        return self

    def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is not None:
            return
        errors = [failed for failed in _map(_settle, self._tasks) if failed is not None]
        if errors:
            raise BaseExceptionGroup("unhandled errors in a TaskGroup", errors)


class _Resource:
    """What a lock and a semaphore have in common."""

    def __init__(self, value: int = 1) -> None:
        self._value = value

    def acquire(self) -> Deferred:
        """Wait until there is room, and take it."""

        def take() -> bool:
            while self._value <= 0:
                sleep(0.001).run()
            self._value -= 1
            return True

        return Deferred(take, "acquire")

    def release(self) -> None:
        """Give the room back."""
        self._value += 1

    def locked(self) -> bool:
        """Whether there is no room."""
        return self._value <= 0

    def __aenter__(self) -> Deferred:
        return self.acquire()

    def __aexit__(self, *_: Any) -> None:
        self.release()


class Lock(_Resource):
    """``asyncio.Lock``."""

    def __init__(self) -> None:
        super().__init__(1)


class Semaphore(_Resource):
    """``asyncio.Semaphore``."""


class Event:
    """``asyncio.Event``."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Set it."""
        self._set = True

    def clear(self) -> None:
        """Clear it."""
        self._set = False

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._set

    def wait(self) -> Deferred:
        """Wait until it is set."""

        def until_set() -> bool:
            while not self._set:
                sleep(0.001).run()
            return True

        return Deferred(until_set, "wait")


class Queue:
    """``asyncio.Queue``."""

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._items: deque[Any] = deque()
        self._unfinished = 0

    def qsize(self) -> int:
        """How many items there are."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether there is none."""
        return not self._items

    def full(self) -> bool:
        """Whether there is no room."""
        return 0 < self.maxsize <= len(self._items)

    def put_nowait(self, item: Any) -> None:
        """Add an item, or raise ``QueueFull``."""
        if self.full():
            raise queue.Full
        self._items.append(item)
        self._unfinished += 1

    def get_nowait(self) -> Any:
        """Take an item, or raise ``QueueEmpty``."""
        if not self._items:
            raise queue.Empty
        return self._items.popleft()

    def put(self, item: Any) -> Deferred:
        """Add an item when there is room."""

        def add() -> None:
            while self.full():
                sleep(0.001).run()
            self.put_nowait(item)

        return Deferred(add, "put")

    def get(self) -> Deferred:
        """Take an item when there is one."""

        def take() -> Any:
            while not self._items:
                sleep(0.001).run()
            return self.get_nowait()

        return Deferred(take, "get")

    def task_done(self) -> None:
        """Say that an item was dealt with."""
        self._unfinished -= 1

    def join(self) -> Deferred:
        """Wait until every item was dealt with."""

        def until_done() -> None:
            while self._unfinished > 0:
                sleep(0.001).run()

        return Deferred(until_done, "join")


class Loop:
    """As much of an event loop as old-style code asks for."""

    def run_until_complete(self, call: Any) -> Any:
        """Run a call to its end."""
        return await_(call)

    def create_task(self, coroutine: Any, **_: Any) -> Deferred:
        """Make a task."""
        return create_task(coroutine)

    def create_future(self) -> Deferred:
        """Make a bare future."""
        return Deferred(lambda: None, "future")

    def run_in_executor(self, _: Any, function: Callable[..., Any], *arguments: Any) -> Deferred:
        """Call a function off the worker."""
        return to_thread(function, *arguments)

    def time(self) -> float:
        """The loop's clock."""
        return time.monotonic()

    def is_running(self) -> bool:
        """Never: there is none."""
        return False

    def close(self) -> None:
        """Nothing to close."""


class timeout:  # noqa: N801
    """``asyncio.timeout``: what took longer than allowed is an error when it has ended."""

    def __init__(self, delay: float | None) -> None:
        self._delay = delay
        self._began = 0.0

    def __aenter__(self) -> timeout:
        self._began = time.monotonic()
        return self

    def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is None and self._delay is not None and time.monotonic() - self._began > self._delay:
            raise TimeoutError


def _current_loop() -> Loop:
    return Loop()


def _is_deferred(value: Any) -> bool:
    return isinstance(value, Deferred)


def contents() -> Mapping[str, Any]:
    """What ``import asyncio`` gives generated code."""
    return {
        "ALL_COMPLETED": "ALL_COMPLETED",
        "FIRST_COMPLETED": "FIRST_COMPLETED",
        "FIRST_EXCEPTION": "FIRST_EXCEPTION",
        "BoundedSemaphore": Semaphore,
        "CancelledError": _CancelledError,
        "Event": Event,
        "Future": Deferred,
        "Lock": Lock,
        "Queue": Queue,
        "QueueEmpty": queue.Empty,
        "QueueFull": queue.Full,
        "Runner": Runner,
        "Semaphore": Semaphore,
        "Task": Deferred,
        "TaskGroup": TaskGroup,
        "TimeoutError": TimeoutError,
        "as_completed": as_completed,
        "create_task": create_task,
        "ensure_future": ensure_future,
        "gather": gather,
        "get_event_loop": _current_loop,
        "get_running_loop": _current_loop,
        "iscoroutine": _is_deferred,
        "isfuture": _is_deferred,
        "new_event_loop": _current_loop,
        "run": run,
        "set_event_loop": lambda loop: None,
        "shield": _as_deferred,
        "sleep": sleep,
        "timeout": timeout,
        "to_thread": to_thread,
        "wait": wait,
        "wait_for": wait_for,
    }
