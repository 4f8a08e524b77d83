"""Daemon threads that are kept for reuse.

A thread runs one job after another and can be given up while it is stuck. They are daemons, unlike those of
`concurrent.futures` and anyio, because a tool that hangs must not keep the interpreter from ending. Waiting
for a job is not done here: a job tells its caller itself.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable

from ._abandon import Abandoned, clear_unwind, unwind

__all__ = ["Job", "WorkerThread", "lease", "start", "start_thread"]

Job = Callable[[], object]

# Generated code may recurse through C (sorted(key=...), repr, json): CPython 3.12 and 3.13 allow 10,000 such
# levels whatever the stack holds. Address space only; untouched pages cost nothing.
STACK_SIZE = 64 * 1024 * 1024 if os.name == "posix" else 16 * 1024 * 1024
IDLE_SECONDS = 10.0
MAX_IDLE = 16

_numbers = itertools.count(1)
_idle: list[WorkerThread] = []
_idle_lock = threading.Lock()
_stack_lock = threading.Lock()


def start_thread(target: Callable[[], None], name: str, *, stack_size: int = 0) -> threading.Thread:
    """Start a daemon thread, with a stack of its own size if asked for."""
    thread = threading.Thread(target=target, name=name, daemon=True)
    if not stack_size:
        thread.start()
        return thread
    with _stack_lock:  # the size is a setting of the process
        before = threading.stack_size(stack_size)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    return thread


class WorkerThread:
    """A thread that runs jobs in the order they come, for whoever holds its lease.

    Made by `lease`; goes back to the idle threads by `release`, or ends after `give_up`.
    """

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # Reentrant: an interruption may hit the thread between acquiring it and the block that releases it.
        self._lock = threading.RLock()
        self._job: Job | None = None
        self._unwinding = False
        self._given_up = False
        self._free = False
        self._thread = start_thread(self._serve, f"twofold-thread-{next(_numbers)}", stack_size=STACK_SIZE)

    @property
    def alive(self) -> bool:
        """Whether a job that is submitted now will be run."""
        return not self._given_up and self._thread.is_alive()

    def submit(self, job: Job) -> None:
        """Run a job after those that are waiting already. What it raises is dropped."""
        self._messages.put(job)

    def release(self) -> None:
        """Free the thread for others after the jobs submitted so far. Safe in ``__del__``."""
        self._messages.put(None)

    def interrupt(self, job: Job, error: type[BaseException] = Abandoned) -> bool:
        """Raise an error in the thread; return whether it is running this very job."""
        with self._lock:
            ident = self._thread.ident
            if self._job != job or ident is None:
                return False
            self._unwinding = True
            unwind(ident, error)
            return True

    def give_up(self, job: Job, error: type[BaseException] = Abandoned) -> bool:
        """Interrupt the job and never use the thread again; it ends when the job has ended.

        Returns:
            Whether it was running the job. If not, nothing was done.
        """
        with self._lock:
            if not self.interrupt(job, error):
                return False
            self._given_up = True
            return True

    def _serve(self) -> None:
        while True:
            try:
                if not self._step():
                    return
            except BaseException:  # an interruption that came when the job had just ended
                continue

    def _step(self) -> bool:
        """Take one message; return whether to go on. Called again after an interruption cut it off."""
        if self._job is not None:
            self._settle()
        if self._given_up:
            return False
        try:
            job = self._next_message()
        except queue.Empty:
            return False
        if job is None:
            return not self._given_up and self._become_idle()
        self._job = job
        try:
            job()
        except BaseException:  # the job reports for itself
            pass
        self._settle()
        return not self._given_up

    def _next_message(self) -> Job | None:
        if not self._free:
            return self._messages.get()
        try:
            message = self._messages.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            with _idle_lock:
                if self in _idle:
                    _idle.remove(self)
                    raise
            message = self._messages.get()  # leased in this very moment
        self._free = False
        return message

    def _become_idle(self) -> bool:
        with _idle_lock:
            if len(_idle) >= MAX_IDLE:
                return False
            _idle.append(self)
        self._free = True
        return True

    def _settle(self) -> None:
        with self._lock:
            self._job = None
            if self._unwinding:
                self._unwinding = False
                clear_unwind(threading.get_ident())


def lease() -> WorkerThread:
    """Return a thread for the caller's use, an idle one if there is one."""
    with _idle_lock:
        if _idle:
            return _idle.pop()
    return WorkerThread()


def start(job: Job) -> WorkerThread:
    """Run one job on a thread; the thread serves others afterwards."""
    thread = lease()
    thread.submit(job)
    thread.release()
    return thread


def _after_fork() -> None:
    global _idle_lock, _stack_lock
    _idle.clear()  # those threads exist in the parent only
    _idle_lock = threading.Lock()
    _stack_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
