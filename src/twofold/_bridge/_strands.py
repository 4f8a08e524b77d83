"""A strand: one greenlet of a program, and the things that a greenlet may wait for.

A program has one strand, and one more for each call of ``parallel`` that is under way. Strands are resumed by
their hub (``_hub``) and only ever touched on its thread.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

from greenlet import greenlet  # type: ignore[import-untyped, unused-ignore]

from .._core.interpreter.control import ControlException

if TYPE_CHECKING:
    from ._hub import Hub
    from ._hub_run import HubRun

__all__ = ["Discarded", "Strand", "Wait"]


class Discarded(ControlException):
    """Unwinds a strand whose result is no longer wanted, because a sibling failed."""


class Wait(Protocol):
    """What a strand waits for. It ends by a call of `Strand.wake` with the ticket of that wait."""

    def cancel(self) -> None:
        """Nobody waits any more. Called on the hub's thread."""
        ...


class Strand:
    """A function running in a greenlet of a hub.

    Args:
        hub: Where it runs.
        run: The program that it belongs to; its clock runs while the strand does.
        context: The context variables it sees.
        function: What it calls. Must not raise.
    """

    __slots__ = (
        "_context",
        "_function",
        "_greenlet",
        "departures",
        "discarded",
        "hub",
        "outcome",
        "run",
        "ticket",
        "ticking",
        "waits_for",
    )

    def __init__(self, hub: Hub, run: HubRun, context: Context, function: Callable[[], object]) -> None:
        self.hub = hub
        self.run = run
        self._context = context
        self._function: Callable[[], object] | None = function
        self._greenlet: greenlet | None = None
        self.departures = (
            0  # how often it handed over to the hub: tells a hub that was interrupted where it stood
        )
        self.discarded = False
        self.ticket = 0
        self.ticking = False  # whether its program's clock goes on although it does not run
        self.waits_for: Wait | None = None
        self.outcome: Any = None

    # -- called by the hub -------------------------------------------------------------------------------

    def resume(self) -> None:
        """Run until it hands over or ends."""
        if self._greenlet is None:
            assert self._function is not None
            self._greenlet = greenlet(self._function)  # its parent is the hub, where it returns at its end
            self._greenlet.gr_context = self._context
        self._greenlet.switch()

    @property
    def dead(self) -> bool:
        """Whether its function has returned."""
        return self._function is None or (self._greenlet is not None and self._greenlet.dead)

    def is_current(self, running: object) -> bool:
        """Return whether a greenlet is that of this strand."""
        return self._greenlet is running

    def forget(self) -> None:
        """Drop what a dead strand refers to."""
        self._greenlet = None
        self._function = None

    # -- called by the program ---------------------------------------------------------------------------

    def wait(
        self, begin: Callable[[int], Wait], *, ticking: bool = False, unconditional: bool = False
    ) -> Any:
        """Park until what is waited for has happened, and return its outcome.

        Args:
            begin: Starts what is waited for; gets the ticket that wakes this wait.
            ticking: Whether the program's clock goes on meanwhile.
            unconditional: Whether to wait, and not to raise, although the strand is unwinding.

        Raises:
            ProgramStopped: The program was stopped meanwhile or before.
            Discarded: Nobody wants the strand's result any more.
        """
        if not unconditional:
            self.raise_if_unwanted()
        self.ticket += 1
        self.ticking = ticking
        try:
            self.waits_for = begin(self.ticket)
            self.hand_over()
            return self.outcome
        finally:
            self.ticket += 1
            self.ticking = False
            self.waits_for = None
            self.outcome = None
            if not unconditional:
                self.raise_if_unwanted()

    def hand_over(self) -> None:
        """Switch to the hub; returns when the hub resumes the strand."""
        self.departures += 1
        self.hub.greenlet.switch()

    def raise_if_unwanted(self) -> None:
        """Unwind if the program was stopped or the strand discarded."""
        self.run.control.raise_if_stopped()
        if self.discarded:
            raise Discarded
