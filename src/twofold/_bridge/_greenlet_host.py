"""The world outside, for a program on a hub: everything that waits parks the strand and frees the thread.

What a strand can wait for is here too: a coroutine on the caller's loop, a blocking function on a thread of
the pool, a time, and the strands of a ``parallel``.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from .._core.concurrency import check_limit, drop_awaitable
from ._blocking_pool import PooledCall
from ._given import Given
from ._scopes import Event
from ._strands import Strand

if TYPE_CHECKING:
    from ._hub import Hub
    from ._hub_run import HubRun

__all__ = ["GreenletHost"]

P = ParamSpec("P")
T = TypeVar("T")


class GreenletHost:
    """What a program on a hub may ask for. One per run.

    A function of the program may also be called on a thread that is not the hub's (by ``threading`` in
    generated code, or by a tool that was given it); there, waiting blocks that thread.
    """

    __slots__ = ("_hub", "_run")

    def __init__(self, run: HubRun, hub: Hub) -> None:
        self._run = run
        self._hub = hub

    def resolve(self, awaitable: Awaitable[T], /) -> T:
        """Run an awaitable on the caller's loop, with the program's context variables, and wait for it."""
        if isinstance(awaitable, Given):
            return cast("T", awaitable.value)
        strand = self._hub.current_strand()
        if strand is None:
            return self._resolve_from_outside(awaitable)
        call = _LoopCall(self._run, awaitable, strand)
        try:
            strand.wait(call.begin)
        finally:
            call.end()
        return cast("T", call.result())

    def call_blocking(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function on a thread of the pool and wait for it."""
        strand = self._hub.current_strand()
        if strand is None:
            return function(*args, **kwargs)
        return cast(
            "T", strand.wait(partial(_begin_pooled, strand, partial(function, *args, **kwargs))).result()
        )

    def sleep(self, seconds: float, /) -> None:
        """Sleep; the program's clock goes on."""
        strand = self._hub.current_strand()
        if strand is None:
            time.sleep(max(0.0, seconds))
            return
        end = time.monotonic() + seconds
        while True:
            left = self._run.seconds_left()
            if left <= 0:
                self._run.time_out()
            strand.wait(partial(_begin_sleep, strand, min(end, time.monotonic() + left)), ticking=True)
            if time.monotonic() >= end:
                return

    def map_concurrent(
        self, function: Callable[[Any], T], items: Sequence[Any], limit: int | None, /
    ) -> list[T]:
        """Call a function of the program for each item, each call in a strand of its own."""
        strand = self._hub.current_strand()
        if strand is None:
            from ._fan_out import map_concurrent

            return map_concurrent(function, items, limit=limit)
        return cast("list[T]", _FanOut(strand, function, items, check_limit(limit)).run())

    def switch(self) -> None:
        """Let the neighbours that are ready run."""
        strand = self._hub.current_strand()
        if strand is not None:
            self._hub.yield_turn(strand)
            strand.raise_if_unwanted()

    def _resolve_from_outside(self, awaitable: Awaitable[T]) -> T:
        if self._run.port.is_current:
            drop_awaitable(awaitable)
            raise RuntimeError(
                "A function of the program was called by an async tool and calls an async tool itself: "
                "it would block the event loop that it waits for. Call it from a sync tool instead."
            )
        done = Event()
        call = _LoopCall(self._run, awaitable, None, done.set)
        call.begin(0)
        try:
            done.wait()
        except BaseException:
            call.cancel()
            raise
        finally:
            self._run.control.raise_if_stopped()
        return cast("T", call.result())


class _LoopCall:
    """An awaitable that runs in a task on the caller's loop while a strand, or whoever, waits for it."""

    __slots__ = (
        "_awaitable",
        "_cancelled",
        "_context",
        "_done",
        "_over",
        "_posted",
        "_run",
        "_strand",
        "_task",
        "_ticket",
    )

    def __init__(
        self,
        run: HubRun,
        awaitable: Awaitable[Any],
        strand: Strand | None,
        done: Callable[[], object] | None = None,
    ) -> None:
        self._run = run
        self._strand = strand
        self._done = done
        self._ticket = 0
        self._awaitable: Awaitable[Any] | None = awaitable
        self._context: Context | None = copy_context()
        self._posted = False
        self._cancelled = False
        self._over = False
        self._task: asyncio.Task[Any] | None = None

    def begin(self, ticket: int) -> _LoopCall:
        """Start the task, which wakes the strand at its end."""
        self._ticket = ticket
        self._posted = self._run.port.post(_LoopCall._start, self)
        if not self._posted:
            raise RuntimeError(
                "The event loop that ran this program is closed: nothing can be awaited any more."
            )
        return self

    def cancel(self) -> None:
        """Cancel the task: nobody waits for it any more."""
        if self._cancelled:
            return
        self._cancelled = True
        self._run.port.post(_LoopCall._cancel, self)

    def end(self) -> None:
        """Leave nothing behind, however the wait ended."""
        if not self._posted:
            self._close()
        elif not self._over:
            self.cancel()

    def result(self) -> Any:
        """Return the awaitable's result, or raise its error."""
        assert self._task is not None
        return self._task.result()

    # -- on the loop -------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._cancelled:
            self._close()
            return
        awaitable, self._awaitable = self._awaitable, None
        context, self._context = self._context, None
        coroutine = awaitable if asyncio.iscoroutine(awaitable) else _await(cast("Awaitable[Any]", awaitable))
        task = self._task = self._run.port.create_task(coroutine, context or Context())
        self._run.calls.append(task)
        task.add_done_callback(self._ended)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._run.port.endings.run(_LoopCall._finish, self)

    def _finish(self) -> None:
        task = self._task
        assert task is not None
        self._over = True
        self._run.calls.remove(task)
        self._run.port.forget_task(task)
        if not task.cancelled():
            task.exception()  # it is seen, although the strand may have gone
        strand = self._strand
        if strand is not None:
            strand.hub.wake(strand, self._ticket, None)
        elif self._done is not None:
            self._done()

    def _close(self) -> None:
        awaitable, self._awaitable = self._awaitable, None
        drop_awaitable(awaitable)


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _nothing() -> None:
    pass


class _PooledWait:
    """A blocking function that runs on a thread of the pool while a strand waits for it."""

    __slots__ = ("_call",)

    def __init__(self, call: PooledCall[Any]) -> None:
        self._call = call

    def cancel(self) -> None:
        self._call.abandon()


def _begin_pooled(strand: Strand, function: Callable[[], Any], ticket: int) -> _PooledWait:
    call = PooledCall(function, _nothing)
    call.on_done = partial(strand.hub.wake, strand, ticket, call)
    call.begin()
    return _PooledWait(call)


class _Timer:
    """A time that a strand waits for."""

    __slots__ = ("_hub",)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def cancel(self) -> None:
        self._hub.forget_timer()


def _begin_sleep(strand: Strand, when: float, ticket: int) -> _Timer:
    strand.hub.wake_at(when, strand, ticket)
    return _Timer(strand.hub)


class _FanOut:
    """The strands of one ``parallel``. The parent waits until every one of them has ended."""

    def __init__(
        self, parent: Strand, function: Callable[[Any], Any], items: Sequence[Any], limit: int | None
    ) -> None:
        self._parent = parent
        self._function = function
        self._waiting = deque(enumerate(items))
        self._limit = limit or len(items)
        self._results: list[Any] = [None] * len(items)
        self._children: set[Strand] = set()
        self._context = copy_context()
        self._error: BaseException | None = None

    def run(self) -> list[Any]:
        """Make all calls and return the results in order; the first error cancels the rest and is raised."""
        while self._waiting and len(self._children) < self._limit:
            self._spawn_next()
        interruption: BaseException | None = None
        while self._children:
            try:
                self._parent.wait(self._begin, unconditional=interruption is not None)
            except BaseException as error:
                interruption = interruption or error
                self.cancel()
        if interruption is not None:
            raise interruption
        if self._error is not None:
            raise self._error
        return self._results

    def cancel(self) -> None:
        """Drop the calls that have not begun and unwind the others."""
        self._waiting.clear()
        for child in list(self._children):
            self._parent.hub.discard(child)

    def _begin(self, ticket: int) -> _FanOut:
        return self

    def _spawn_next(self) -> None:
        index, item = self._waiting.popleft()
        parent = self._parent
        child = Strand(parent.hub, parent.run, self._context.copy(), partial(self._call, index, item))
        self._children.add(child)
        parent.hub.spawn(child)

    def _call(self, index: int, item: Any) -> None:
        try:
            cast("Strand", self._parent.hub.current_strand()).raise_if_unwanted()
            self._results[index] = self._function(item)
        except BaseException as error:
            if self._error is None:
                self._error = error
                self.cancel()
        finally:
            self._end_of(cast("Strand", self._parent.hub.current_strand()))

    def _end_of(self, child: Strand) -> None:
        self._children.discard(child)
        if self._waiting:
            self._spawn_next()
        elif not self._children:
            self._parent.hub.wake_now(self._parent)
