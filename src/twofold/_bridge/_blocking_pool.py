"""Blocking functions called from asynchronous code: threads, at most so many at once in the process."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar, cast

from . import _scopes
from ._threads import WorkerThread, start

__all__ = ["PooledCall"]

T = TypeVar("T")

MAX_THREADS = int(os.environ.get("TWOFOLD_TOOL_THREADS", "40"))

_lock = threading.RLock()
_waiting: deque[PooledCall[object]] = deque()
_running = 0


class PooledCall(Generic[T]):
    """One call of a blocking function, with the context variables of whoever makes it.

    Args:
        function: What to call.
        on_done: Called on the thread at the end, unless the call was abandoned.
    """

    __slots__ = ("_context", "_error", "_function", "_over", "_scope", "_thread", "_value", "on_done")

    def __init__(self, function: Callable[[], T], on_done: Callable[[], object]) -> None:
        self._function = function
        self.on_done = on_done
        self._context = copy_context()
        self._scope = _scopes.CancelScope()
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread: WorkerThread | None = None
        self._over = False

    def begin(self) -> None:
        """Run the function as soon as there is a place."""
        _waiting.append(cast("PooledCall[object]", self))
        _start_waiting()

    def abandon(self) -> None:
        """Forget the call: its thread is unwound and its place is free for others."""
        with _lock:
            if self._over:
                return
            thread = self._thread
            if thread is None:
                self._over = True
                _waiting.remove(cast("PooledCall[object]", self))
                return
        self._scope.cancel()
        if self._end():
            thread.give_up(self._run)

    def result(self) -> T:
        """Return what the function returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    def _start(self) -> None:
        self._thread = start(self._run)

    def _run(self) -> None:
        try:
            self._value = self._context.run(self._call)
        except BaseException as error:
            self._error = error
        if self._end():
            self.on_done()

    def _call(self) -> T:
        with self._scope.entered():
            return self._function()

    def _end(self) -> bool:
        global _running
        with _lock:
            if self._over:
                return False
            self._over = True
            _running -= 1
        _start_waiting()
        return True


def _start_waiting() -> None:
    global _running
    with _lock:
        while _waiting and _running < MAX_THREADS:
            _running += 1
            _waiting.popleft()._start()


def _after_fork() -> None:
    global _lock, _running
    _lock = threading.RLock()
    _waiting.clear()
    _running = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
