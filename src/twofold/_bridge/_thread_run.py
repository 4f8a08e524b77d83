"""Running programs in the sync colour: a thread per interpreter session, a host that waits by blocking it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

from .._core.concurrency import drop_awaitable
from .._core.interpreter.control import ProgramStopped
from .._core.interpreter.output import CodeOutput
from . import _scopes
from ._runs import ProgramRun, RunnableProgram, cancelled_error
from ._threads import WorkerThread

__all__ = ["ThreadHost", "ThreadRun"]

P = ParamSpec("P")
T = TypeVar("T")


class ThreadRun(ProgramRun):
    """One execution of a program on the thread of its session. The caller blocks in `outcome`."""

    __slots__ = ("_context", "_done", "_on_drop", "_scope", "_thread")

    def __init__(self, program: RunnableProgram, thread: WorkerThread, on_drop: Callable[[], object]) -> None:
        super().__init__(program)
        self._thread = thread
        self._on_drop = on_drop
        self._scope = _scopes.CancelScope()
        self._context = copy_context()
        self._done = _scopes.Event()

    def outcome(self) -> CodeOutput:
        """Start the program and wait for it; what interrupts this stops the program first.

        Returns:
            What the program returned; what it raised is raised.
        """
        scope = _scopes.current_scope()
        try:  # from here on: Ctrl-C may come as soon as the thread has been told
            self._clock_resumed()
            self._thread.submit(self._job)
            if scope is None:
                self._done.wait()
            else:
                with scope.calling(self._caller_cancelled), _scopes.shielded():
                    self._done.wait()
        except BaseException:
            self._caller_cancelled()
            with _scopes.shielded():
                self._done.wait()  # short: the watchdog gives up what does not stop
            raise
        _scopes.raise_if_cancelled(scope)
        return self.result()

    def _job(self) -> None:
        self._context.run(self._execute)

    def _execute(self) -> None:
        with self._scope.entered():
            self.execute(ThreadHost(self))

    def _caller_cancelled(self) -> None:
        self.stop(cancelled_error("its caller was interrupted"))

    def _clock_resumed(self) -> None:
        self.watch_limit()

    def _wake(self) -> None:
        self._scope.cancel()

    def _unwind(self) -> None:
        self._thread.interrupt(self._job, ProgramStopped)

    def _drop_thread(self) -> None:
        if self._thread.give_up(self._job, ProgramStopped):
            self._on_drop()

    def _deliver(self) -> None:
        self._done.set()


class ThreadHost:
    """The world outside, for a program in the sync colour."""

    __slots__ = ("_run",)

    def __init__(self, run: ThreadRun) -> None:
        self._run = run

    def resolve(self, awaitable: Awaitable[T], /) -> T:
        """Wait for an awaitable on the background loop."""
        from ._portal import run_awaitable

        if self._run.control.stopped is not None:
            drop_awaitable(awaitable)
        return self.call_blocking(run_awaitable, awaitable)

    def call_blocking(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function with the program's clock stopped."""
        run = self._run
        run.control.raise_if_stopped()
        run.leave()
        try:
            return function(*args, **kwargs)
        finally:
            run.enter()
            run.control.raise_if_stopped()

    def sleep(self, seconds: float, /) -> None:
        """Sleep; this counts as running."""
        self._run.control.raise_if_stopped()
        try:
            _scopes.sleep(seconds)
        finally:
            self._run.control.raise_if_stopped()

    def map_concurrent(
        self, function: Callable[[Any], T], items: Sequence[Any], limit: int | None, /
    ) -> list[T]:
        """Call a function of the program for each item, on threads."""
        from ._fan_out import map_concurrent

        def call(item: Any) -> T:
            self._run.enter()
            try:
                return function(item)
            finally:
                self._run.leave()

        return self.call_blocking(map_concurrent, call, items, limit=limit)

    def switch(self) -> None:
        """Do nothing: a program in the sync colour has no neighbours."""
