"""A function that runs on a thread of the pool while its caller waits for it or for something else."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar, cast

from . import _scopes
from ._threads import WorkerThread, lease

__all__ = ["ThreadCall"]

T = TypeVar("T")

# What has been cancelled gets this long to clean up before its caller goes on without it.
CANCEL_GRACE = 0.25


class ThreadCall(Generic[T]):
    """One call of a function on another thread, with the caller's context variables.

    The function runs in a cancel scope of its own, below that of the caller. Whoever calls `start` calls
    `cancel` in the end, also when Ctrl-C cuts `start` itself off.
    """

    def __init__(self, function: Callable[[], T], on_done: Callable[[], object] | None = None) -> None:
        self._function = function
        self._on_done = on_done
        self._value: T | None = None
        self._error: BaseException | None = None
        self._scope = _scopes.CancelScope(_scopes.current_scope())
        self._done = _scopes.Event()
        self._context = copy_context()
        self._thread: WorkerThread | None = None
        self._leases: list[WorkerThread] = []  # that thread, until it is released; whoever takes it does that
        self._submitted = False

    def start(self) -> None:
        """Begin the call."""
        self._leases.append(lease())
        self._thread = self._leases[0]
        self._thread.submit(self._run)
        self._submitted = True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, interruptibly; return whether it came."""
        return self._done.wait(timeout)

    def result(self) -> T:
        """Return what the function returned, or raise what it raised. Only after its end."""
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    def cancel(self) -> None:
        """Make the function's waits raise, and give up its thread if that does not end it soon."""
        self._scope.cancel()
        if not self._submitted:  # cut off before it began; if it does begin now, it sees the scope
            self._scope.close()
            self._release()
            return
        with _scopes.shielded():
            ended = self.wait(CANCEL_GRACE)
        if not ended and self._thread is not None:
            self._thread.give_up(self._run)

    def _run(self) -> None:
        try:
            _scopes.raise_if_cancelled(self._scope)
            self._value = self._context.run(self._call)
        except BaseException as error:
            self._error = error
        finally:
            self._scope.close()
            self._done.set()
            self._release()
            if self._on_done is not None:
                self._on_done()

    def _release(self) -> None:
        try:
            thread = self._leases.pop()
        except IndexError:
            return
        thread.release()

    def _call(self) -> T:
        with self._scope.entered():
            return self._function()
