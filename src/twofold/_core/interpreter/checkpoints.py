"""What generated code does when its flag is down: stop, hand over, count, end with a final answer.

A :class:`Gate` belongs to one namespace. Its flag lives in the private builtins of that namespace, where
generated code tests it as a global name; the functions here are what it calls when the flag is down.
"""

from __future__ import annotations

import sys
import time
from contextvars import ContextVar
from typing import Any, Protocol

from ..errors import OperationLimitExceeded
from .control import Control, ControlException, FinalAnswer, ProgramStopped
from .host import current_host
from .names import Reserved

__all__ = ["Execution", "Gate", "control_exceptions", "current_execution"]

# How many checkpoints code may pass per window while no program runs: a __del__ or __repr__ that fires later.
LATE_CHECKPOINTS = 300_000
LATE_WINDOW_SECONDS = 10.0


class Execution(Protocol):
    """The side of a running program that checkpoints look at."""

    control: Control
    answer: FinalAnswer | None
    operations: int


current_execution: ContextVar[Execution | None] = ContextVar("twofold_current_execution", default=None)
"""The program that is running in this context."""


def control_exceptions() -> tuple[type[BaseException], ...]:
    """The exceptions that generated code never catches."""
    greenlet = sys.modules.get("greenlet")
    killed = getattr(greenlet, "GreenletExit", None)
    return (ControlException,) if killed is None else (ControlException, killed)


class LateStop(OperationLimitExceeded, ControlException):
    """Code that runs while no program does has used up its budget. An error to its caller, not to itself."""


class Gate:
    """The flag of one namespace and what lies behind it.

    Owned by a session's environment; lives as long as any code compiled for it.

    Args:
        flags: The private builtins of the namespace.
        max_operations: The limit on counted checkpoints.
    """

    __slots__ = ("_late", "_window", "abandoned", "execution", "flags", "max_operations")

    def __init__(self, flags: dict[str, Any], max_operations: int | None) -> None:
        self.flags = flags
        self.max_operations = max_operations
        self.execution: Execution | None = None
        self.abandoned = False
        self._late = 0
        self._window = 0.0
        flags[Reserved.GO] = False

    def signal(self) -> None:
        """Put the flag down: the next checkpoint takes a look."""
        self.flags[Reserved.GO] = False

    def enter(self, execution: Execution) -> None:
        """A program begins to run."""
        self.execution = execution
        self.flags[Reserved.GO] = execution.control.stopped is None

    def leave(self) -> None:
        """The program has ended; code that still runs is held to a small budget."""
        self.execution = None
        self._late = 0
        self.signal()

    def abandon(self) -> None:
        """The namespace is given up: whatever still runs in it never gets past a checkpoint unseen."""
        self.abandoned = True
        self.signal()

    def running(self) -> Execution | None:
        """The program that the calling code belongs to."""
        return current_execution.get() or self.execution

    # -- called by generated code --------------------------------------------------------------------------

    def checkpoint(self) -> bool:
        """What every checkpoint calls when the flag is down.

        Returns:
            True, so that it can stand in conditions.

        Raises:
            ProgramStopped: The program was stopped.
            FinalAnswer: The program has given its answer and something kept it from ending.
        """
        execution = self.running()
        if execution is None:
            return self._late_checkpoint()
        control = execution.control
        if not self.abandoned:
            self.flags[Reserved.GO] = True
        if control.stopped is not None:
            self.signal()
            raise ProgramStopped(control.stopped)
        if execution.answer is not None:
            self.signal()
            if not _ending(sys.exception()):
                raise FinalAnswer(execution.answer.value)
        if control.take_switch_request():
            host = current_host.get(None)
            if host is not None:
                host.switch()
                control.raise_if_stopped()
        return True

    def count(self) -> bool:
        """The checkpoint of code whose operations are limited."""
        execution = self.running()
        if execution is not None and self.max_operations is not None:
            execution.operations += 1
            if execution.operations > self.max_operations:
                execution.control.stop(
                    OperationLimitExceeded(
                        f"The code made more than {self.max_operations} operations (loop turns and function "
                        f"calls), which is the limit. Is there an endless loop?"
                    )
                )
        return self.flags[Reserved.GO] or self.checkpoint()

    def finally_entry(self) -> bool:
        """On entry to a ``finally``: it does not run once the program is stopped."""
        execution = self.running()
        current = sys.exception()
        if (
            execution is not None
            and execution.control.stopped is not None
            and isinstance(current, GeneratorExit)
        ):
            # A generator that is collected: CPython could only print any other exception.
            raise current
        return self.checkpoint()

    def leaving(self) -> None:
        """Before a jump or an error leaves a ``finally``: a stop or a final answer is not dropped."""
        execution = self.running()
        if execution is None or isinstance(sys.exception(), GeneratorExit):
            return
        execution.control.raise_if_stopped()
        if execution.answer is not None:
            raise FinalAnswer(execution.answer.value)

    def in_finaliser(self) -> bool:
        """On entry to ``__del__``: whether to skip it."""
        if self.flags[Reserved.GO]:
            return False
        try:
            self.checkpoint()
        except ControlException:
            return True
        return False

    def _late_checkpoint(self) -> bool:
        """Code that runs while no program does (``__del__``, ``__eq__``, a callback): bounded."""
        now = time.monotonic()
        if now - self._window > LATE_WINDOW_SECONDS:
            self._window, self._late = now, 0
        self._late += 1
        if self._late > LATE_CHECKPOINTS:
            raise LateStop(
                "Code that was left behind by an earlier step ran for too long after the step had ended."
            )
        return True

    @staticmethod
    def not_control(caught: Any) -> Any:
        """The types of an ``except*`` clause, or none at all while a control exception passes by."""
        return () if isinstance(sys.exception(), control_exceptions()) else caught


def _ending(exception: BaseException | None) -> bool:
    """Whether a final answer is on its way: clean-up code may run."""
    for _ in range(50):
        if exception is None:
            return False
        if isinstance(exception, FinalAnswer):
            return True
        exception = exception.__context__
    return False
