"""Concurrent calls in the async colour: tasks, results as they come or in order, nothing left behind."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Generic, TypeVar

from .._core.concurrency import Completed, check_limit

__all__ = ["cancel_and_wait", "map_as_completed", "map_concurrent"]

T = TypeVar("T")
R = TypeVar("R")


async def map_concurrent(
    function: Callable[[T], Awaitable[R]], items: Iterable[T], *, limit: int | None = None
) -> list[R]:
    """Call a function for each item, up to ``limit`` at once.

    Each call sees the caller's context variables, in a copy of its own. At the first error the
    calls that have not begun are dropped, the others are cancelled, and the error is raised.

    Returns:
        The results, in the order of the items.
    """
    work = list(items)
    results: dict[int, R] = {}
    async with aclosing(_completions(function, work, check_limit(limit))) as completions:
        async for completed in completions:
            results[completed.index] = completed.result()
    return [results[index] for index in range(len(work))]


def map_as_completed(
    function: Callable[[T], Awaitable[R]], items: Iterable[T], *, limit: int | None = None
) -> AsyncIterator[Completed[R]]:
    """Call a function for each item as `map_concurrent` does, and yield each call as it ends.

    Errors are reported, not raised. Closing the iterator cancels the rest.
    """
    return _completions(function, list(items), check_limit(limit))


async def _completions(
    function: Callable[[T], Awaitable[R]], items: list[T], limit: int | None
) -> AsyncGenerator[Completed[R], None]:
    calls = _Calls(function, items, limit or len(items))
    try:
        for _ in items:
            yield await calls.next_ended()
    finally:
        await cancel_and_wait(*calls.running)


class _Calls(Generic[T, R]):
    """The calls of one map."""

    def __init__(self, function: Callable[[T], Awaitable[R]], items: list[T], limit: int) -> None:
        self._function = function
        self._limit = limit
        self._waiting = deque(enumerate(items))
        self._ended: deque[Completed[R]] = deque()
        self._bell = asyncio.Event()
        self.running: set[asyncio.Task[Completed[R]]] = set()

    async def next_ended(self) -> Completed[R]:
        """Return a call that has ended, keeping as many under way as may be."""
        while not self._ended:
            while self._waiting and len(self.running) < self._limit:
                task = asyncio.create_task(self._call(*self._waiting.popleft()))
                self.running.add(task)
                task.add_done_callback(self._note)
            self._bell.clear()
            await self._bell.wait()
        return self._ended.popleft()

    async def _call(self, index: int, item: T) -> Completed[R]:
        try:
            return Completed(index, value=await self._function(item))
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and _being_cancelled():
                raise
            return Completed(index, error=error)

    def _note(self, task: asyncio.Task[Completed[R]]) -> None:
        self.running.discard(task)
        if not task.cancelled():
            self._ended.append(task.result())
            self._bell.set()


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def cancel_and_wait(*tasks: asyncio.Task[object]) -> None:
    """Cancel tasks and wait for their ends. What they raise is dropped."""
    for task in tasks:
        task.cancel()
    pending = [task for task in tasks if not task.done()]
    if pending:
        await asyncio.wait(pending)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()
