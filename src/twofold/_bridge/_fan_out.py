"""Concurrent calls in the sync colour: threads, results as they come or in order, nothing left behind."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from contextvars import Context, copy_context
from typing import Generic, TypeVar

from .._core.concurrency import Completed, check_limit
from . import _scopes
from ._threads import start

__all__ = ["map_as_completed", "map_concurrent"]

T = TypeVar("T")
R = TypeVar("R")

# "No limit" in threads: more than this many calls at once take turns.
MAX_THREADS = 128
CANCEL_GRACE = 0.25


def map_concurrent(function: Callable[[T], R], items: Iterable[T], *, limit: int | None = None) -> list[R]:
    """Call a function for each item, on up to ``limit`` threads at once.

    Each call sees the caller's context variables, in a copy of its own. At the first error the
    calls that have not begun are dropped, those that wait in the bridge are cancelled, and the
    error is raised.

    Returns:
        The results, in the order of the items.
    """
    work = list(items)
    results: dict[int, R] = {}
    with closing(_completions(function, work, check_limit(limit), until_error=True)) as completions:
        for completed in completions:
            results[completed.index] = completed.result()
    return [results[index] for index in range(len(work))]


def map_as_completed(
    function: Callable[[T], R], items: Iterable[T], *, limit: int | None = None
) -> Iterator[Completed[R]]:
    """Call a function for each item as `map_concurrent` does, and yield each call as it ends.

    Errors are reported, not raised. Closing the iterator cancels the rest.
    """
    return _completions(function, list(items), check_limit(limit), until_error=False)


def _completions(
    function: Callable[[T], R], items: Sequence[T], limit: int | None, *, until_error: bool
) -> Generator[Completed[R], None, None]:
    calls = _Calls(function, items, until_error)
    try:
        if limit == 1 or len(items) == 1:
            for _ in items:
                calls.run_next()
                completed = calls.receive()
                if isinstance(
                    completed.error, KeyboardInterrupt
                ):  # meant for the caller, whose thread this is
                    raise completed.error
                yield completed
        else:
            calls.start(min(limit or MAX_THREADS, len(items)))
            for _ in items:
                yield calls.receive()
    finally:
        calls.cancel()


class _Calls(Generic[T, R]):
    """The calls of one map. Its threads take the next item until there is none left, or until an error."""

    def __init__(self, function: Callable[[T], R], items: Sequence[T], until_error: bool) -> None:
        self._function = function
        self._until_error = until_error
        self._waiting = deque(enumerate(items))
        self._ended: queue.SimpleQueue[Completed[R] | None] = queue.SimpleQueue()
        self._scope = _scopes.CancelScope(_scopes.current_scope())
        self._context = copy_context()
        self._context.run(self._scope.become_current)
        self._threads = 0

    def start(self, threads: int) -> None:
        for _ in range(threads):
            self._threads += 1
            start(self._serve)

    def run_next(self) -> bool:
        """Make the next call, if there is one."""
        if self._scope.cancelled:
            return False
        try:
            index, item = self._waiting.popleft()
        except IndexError:
            return False
        completed = self._call(self._context.copy(), index, item)
        if completed.error is not None and self._until_error:
            self._waiting.clear()
        self._ended.put(completed)
        return True

    def receive(self) -> Completed[R]:
        """Wait for the end of a call."""
        while (completed := _scopes.receive(self._ended)) is None:
            self._threads -= 1
        return completed

    def cancel(self) -> None:
        """Drop what has not begun, cancel the rest and give it a moment to end."""
        self._waiting.clear()
        self._scope.cancel()
        self._scope.close()
        with _scopes.shielded():
            while self._threads:
                try:
                    if _scopes.receive(self._ended, CANCEL_GRACE) is None:
                        self._threads -= 1
                except queue.Empty:
                    return

    def _serve(self) -> None:
        try:
            while self.run_next():
                pass
        finally:
            self._ended.put(None)

    def _call(self, context: Context, index: int, item: T) -> Completed[R]:
        try:
            return Completed(index, value=context.run(self._function, item))
        except BaseException as error:
            return Completed(index, error=error)
