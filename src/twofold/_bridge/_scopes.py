"""Cancellation for synchronous code: scopes that whatever waits in the bridge listens to.

A thread cannot be cancelled, but nearly everything that waits in the sync colour waits in the bridge. A
scope lives in a context variable, so it reaches the functions that run below it, also in other threads.
Cancelling it makes each wait below it raise `Cancelled`, as asyncio does at an ``await``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

__all__ = [
    "CancelScope",
    "Cancelled",
    "Event",
    "acquire",
    "check",
    "current_scope",
    "raise_if_cancelled",
    "receive",
    "shielded",
    "sleep",
    "wait",
]

# Ctrl-C is handled by the main thread, between bytecodes. On Windows it does not end a wait, and elsewhere
# one that comes just before the wait begins does not either, so the main thread waits in slices.
_MAIN_SLICE = 0.1
_SCOPED_SLICE = 0.05


T = TypeVar("T")


class Cancelled(BaseException):
    """What waited was cancelled, because whoever asked for it no longer wants it."""


class Acquirable(Protocol):
    """What `acquire` can wait for: a lock or a semaphore of `threading`."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...


class CancelScope:
    """Something that can be cancelled from any thread, once.

    Owned by what starts the work; entered with `entered` by the code that does the work.
    """

    __slots__ = ("_callbacks", "_lock", "_parent", "cancelled")

    def __init__(self, parent: CancelScope | None = None) -> None:
        self.cancelled = False
        self._callbacks: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._parent = parent
        if parent is not None:
            parent.add_callback(self.cancel)

    def cancel(self) -> None:
        """Make everything that waits in this scope raise `Cancelled`, now and later."""
        with self._lock:
            if self.cancelled:
                return
            self.cancelled = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def close(self) -> None:
        """Forget the parent scope: the work has ended."""
        if self._parent is not None:
            self._parent.remove_callback(self.cancel)
            self._parent = None

    def add_callback(self, callback: Callable[[], object]) -> None:
        """Call a function when the scope is cancelled, at once if it is already."""
        with self._lock:
            if not self.cancelled:
                self._callbacks.append(callback)
                return
        callback()

    def remove_callback(self, callback: Callable[[], object]) -> None:
        """Do not call the function any more."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def become_current(self) -> None:
        """Make this the scope of all waits in the caller's context."""
        _current.set(self)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Make this the scope of the block's waits."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def calling(self, callback: Callable[[], object]) -> Iterator[None]:
        """Call the function if the scope is cancelled during the block."""
        self.add_callback(callback)
        try:
            yield
        finally:
            self.remove_callback(callback)


_current: ContextVar[CancelScope | None] = ContextVar("twofold_cancel_scope", default=None)


def current_scope() -> CancelScope | None:
    """Return the scope that the caller runs in."""
    return _current.get()


@contextmanager
def shielded() -> Iterator[None]:
    """Let the block's waits run to their end although the scope around it is cancelled."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def check() -> None:
    """Raise `Cancelled` if the caller's scope is cancelled."""
    raise_if_cancelled(_current.get())


def raise_if_cancelled(scope: CancelScope | None) -> None:
    """Raise `Cancelled` if a scope is cancelled."""
    if scope is not None and scope.cancelled:
        raise Cancelled


def acquire(lock: Acquirable, timeout: float | None = None) -> bool:
    """Acquire a lock, interruptible by Ctrl-C and by the caller's scope.

    Returns:
        Whether it was acquired before the timeout.
    """
    check()
    if timeout is None and lock.acquire(False):
        return True
    deadline = None if timeout is None else time.monotonic() + timeout
    longest = _longest_slice()
    while True:
        piece = longest
        if deadline is not None:
            left = max(0.0, deadline - time.monotonic())
            piece = left if piece < 0 else min(piece, left)
        if lock.acquire(True, piece):
            return True
        check()
        if deadline is not None and time.monotonic() >= deadline:
            return False


def _longest_slice() -> float:
    """Return how long the caller may wait before it has to look around; -1 is without end."""
    if _current.get() is not None:
        return _SCOPED_SLICE
    return _MAIN_SLICE if threading.current_thread() is threading.main_thread() else -1.0


class Event:
    """Something that happens once; `set` may be called from any thread, any number of times."""

    __slots__ = ("_free", "_set")

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._free.acquire()
        self._set = False

    def is_set(self) -> bool:
        """Return whether it has happened."""
        return self._set

    def set(self) -> None:
        """Let all who wait go on, now and later."""
        self._set = True
        try:
            self._free.release()
        except RuntimeError:  # it is free already
            pass

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has happened; return whether it has."""
        if self._set or acquire(self._free, timeout):
            self.set()  # pass it on to the next who waits
        return self._set


def sleep(seconds: float) -> None:
    """Sleep, interruptible by Ctrl-C and at once by the caller's scope."""
    scope = _current.get()
    if scope is None:
        time.sleep(max(0.0, seconds))
    else:
        wait(Event(), max(0.0, seconds))


def wait(event: Event, timeout: float | None = None) -> bool:
    """Wait for an event that only the caller waits for; the caller's scope interrupts it at once.

    Returns:
        Whether it has happened.
    """
    scope = _current.get()
    if scope is None:
        return event.wait(timeout)
    with scope.calling(event.set), shielded():
        happened = event.wait(timeout)
    raise_if_cancelled(scope)
    return happened


def receive(messages: SimpleQueue[T], timeout: float | None = None) -> T:
    """Take the next message, interruptible by Ctrl-C and by the caller's scope.

    Raises:
        queue.Empty: None came before the timeout.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    piece = _longest_slice()
    while True:
        check()
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        wait = left if piece < 0 else piece if left is None else min(piece, left)
        try:
            return messages.get(timeout=wait)
        except Empty:
            if left is not None and (wait is None or left <= wait):
                raise
