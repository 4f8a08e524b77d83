"""One execution of a program, as its caller, its thread and the watchdog share it.

Who waits for it and where it runs are added by the two halves: ``_thread_run`` and ``_hub_run``.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol, cast

from .._core.errors import ExecutionCancelled
from .._core.interpreter.control import Control
from .._core.interpreter.host import Host
from .._core.interpreter.output import CodeOutput
from ._watchdog import NEVER, watchdog

__all__ = ["ProgramRun", "RunnableProgram", "cancelled_error"]

# A program that was told to stop gets half of this to reach a checkpoint; then its thread is unwound from
# outside, and at the end the caller stops waiting. The grace of a timeout must fit into 10 % + 50 ms.
CANCEL_GRACE = 0.15
TIMEOUT_GRACE = 0.025
TIMEOUT_GRACE_SHARE = 0.05
MAX_GRACE = 1.0


class RunnableProgram(Protocol):
    """What the bridge uses of the interpreter's ``Program``."""

    @property
    def control(self) -> Control:
        """The reins of this execution."""
        ...

    def run(self, host: Host, /) -> CodeOutput:
        """Run to the end, where it is called."""
        ...

    def abandon(self) -> None:
        """Cut the session loose from what still runs."""
        ...


def cancelled_error(reason: str) -> ExecutionCancelled:
    """Return the error for a program that was stopped from outside."""
    return ExecutionCancelled(f"The code was stopped: {reason}.")


class ProgramRun:
    """One execution of one program: its clock, who may stop it, and its outcome, which is set once.

    Subclasses say how to wake what waits inside the program, how to reach its thread, and whom to tell.
    """

    __slots__ = (
        "_active",
        "_give_up_at",
        "_lock",
        "_settled",
        "_unwind_at",
        "control",
        "error",
        "program",
        "value",
    )

    def __init__(self, program: RunnableProgram) -> None:
        self.program = program
        self.control = program.control
        self.value: CodeOutput | None = None
        self.error: BaseException | None = None
        self._lock = threading.Lock()
        self._settled = False
        self._active = 1
        self._unwind_at = 0.0
        self._give_up_at = 0.0

    # -- the clock: it runs while at least one strand of the program does ---------------------------------

    def enter(self) -> None:
        """A strand of the program goes on running."""
        with self._lock:
            self._active += 1
            if self._active > 1:
                return
            self.control.resume()
        self._clock_resumed()

    def leave(self) -> None:
        """A strand of the program begins to wait."""
        with self._lock:
            self._active -= 1
            if self._active == 0:
                self.control.pause()

    @property
    def ticking(self) -> bool:
        """Whether the program's clock runs."""
        return self._active > 0

    def seconds_left(self) -> float:
        """Return how much longer the program may run."""
        remaining = self.control.remaining
        return NEVER if remaining is None else remaining

    # -- the end -----------------------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether the outcome stands."""
        return self._settled

    def execute(self, host: Host) -> None:
        """Run the program, on the thread or greenlet that was chosen for it."""
        value: CodeOutput | None = None
        error: BaseException | None = None
        try:
            if self.control.stopped is not None:  # before it began
                error = self.control.stopped
            else:
                value = self.program.run(host)
        except BaseException as caught:
            error = self._blame(caught)
        if self._claim():
            self._tell(value, error)

    def result(self) -> CodeOutput:
        """Return what the program returned, or raise what it raised. Once, after its end."""
        error, self.error = self.error, None
        if error is None:
            return cast("CodeOutput", self.value)
        try:
            raise error
        finally:
            del error  # no cycle through this frame

    def stop(self, error: BaseException, grace: float = CANCEL_GRACE) -> None:
        """Make the program raise an error at its next checkpoint; give up on it after the grace.

        From any thread. Only the first call counts.
        """
        with self._lock:
            if self._settled or self._give_up_at:
                return
            now = time.monotonic()
            self._unwind_at = now + grace / 2
            self._give_up_at = now + grace
        self.control.stop(error)
        self._wake()
        watchdog.watch(self, self._unwind_at)

    def time_out(self) -> None:
        """Stop the program because its time is over."""
        limit = self.control.timeout_seconds or 0.0
        self.stop(self.control.timeout_error(), min(TIMEOUT_GRACE + TIMEOUT_GRACE_SHARE * limit, MAX_GRACE))

    def give_up(self) -> None:
        """Stop waiting for the program: cut its session loose, tell the caller, drop the thread."""
        if self._claim():
            try:
                self.program.abandon()  # before the caller knows, who may go on with the session at once
                self._drop_thread()
            finally:
                self._tell(None, self.control.stopped)

    def watch_limit(self) -> None:
        """Have the watchdog stop the program when its time is over, while its clock runs."""
        if self.control.timeout_seconds is not None:
            watchdog.watch(self, time.monotonic() + self.seconds_left())

    def check(self, now: float) -> float:
        """Look at the program's limit, and at one that was told to stop (for the watchdog)."""
        if self._settled:
            watchdog.unwatch(self)
            return NEVER
        return self._check_stopped(now) if self._give_up_at else self._check_limit(now)

    def _resumed_while_unwatched(self, now: float) -> bool:
        """Take a program whose clock stands off the agenda, unless the clock is resumed in this moment."""
        watchdog.unwatch(self)
        if self.ticking:
            watchdog.watch(self, now)
        return self.ticking

    def _check_limit(self, now: float) -> float:
        if not (self.ticking or self._resumed_while_unwatched(now)):
            return NEVER
        left = self.seconds_left()
        if left > 0:
            return now + left
        self.time_out()
        return self._unwind_at

    def _check_stopped(self, now: float) -> float:
        """See whether it is time to unwind or give up a program that was told to stop."""
        if now >= self._give_up_at:
            self.give_up()
            return NEVER
        if now >= self._unwind_at:
            self._unwind_at = NEVER  # once: whoever swallowed it would swallow it again
            self._unwind()
        return min(self._unwind_at, self._give_up_at)

    def _claim(self) -> bool:
        with self._lock:
            if self._settled:
                return False
            self._settled = True
        watchdog.unwatch(self)
        return True

    def _tell(self, value: CodeOutput | None, error: BaseException | None) -> None:
        self.value, self.error = value, error
        self._deliver()

    def _blame(self, error: BaseException) -> BaseException:
        """Return the error that the caller is to see for what the program raised."""
        stopped = self.control.stopped
        if stopped is not None and not isinstance(error, Exception):
            return stopped  # how it was made to stop is our business
        return error

    # -- for the subclasses ------------------------------------------------------------------------------

    def _clock_resumed(self) -> None:
        """The clock runs again after a pause."""

    def _wake(self) -> None:
        """Interrupt whatever the program waits for in the bridge. From any thread."""
        raise NotImplementedError

    def _unwind(self) -> None:
        """Raise in the program's thread if it is running the program right now."""
        raise NotImplementedError

    def _drop_thread(self) -> None:
        """Give up the thread if the program holds it."""
        raise NotImplementedError

    def _deliver(self) -> None:
        """Tell the caller that the outcome stands. From any thread."""
        raise NotImplementedError
