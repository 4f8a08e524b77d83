"""Which hub computes: one at a time, because one interpreter lock is all they have.

Threads that compute Python at once gain nothing by it, and every one more keeps the event loop waiting
longer: CPython takes the lock from a thread after 5 ms, and then gives it to any of those that want it. So a
hub runs strands while it has the *baton*; the other hubs wait for it without touching the interpreter lock,
and the loop has at most one thread to compete with. That one lets the lock go for a moment, now and then, so
that a loop that wants it need not wait until it is taken away.

Strands that have just begun or been woken go first, those that compute without end follow, as on one hub.
Calls that leave the interpreter lock to others (input and output, numpy) are to run side by side. So whoever
has the baton and is in a long call of that kind soon loses it to one who wants it; and while those that wait for
it find the interpreter lock free most of the time, nobody needs it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._hub import Hub

__all__ = ["Baton", "baton"]

# How long a hub whose strands do little keeps it while others want it: a change of hands costs about 0.1 ms.
TURN = 0.002
# A hub that only has strands that compute without end gets it after this long, whoever else wants it.
LONGEST_WAIT = 0.02
# After how long without a sign one that has it is away, if the interpreter lock is free, and if it is not.
AWAY_AFTER, AWAY_IN_ANY_CASE = 0.001, 0.02
# How often a hub that waits looks whether the one that has it is away.
GLANCE, FIRST_GLANCE = 0.005, 0.001
# Who looks and is late by more than this has had to wait for the interpreter lock.
LATE = 0.0003
# How much one look counts beside the earlier ones, in what share of them the lock must have been free for the
# baton not to be needed, and for how long it is not before that is looked at again.
WEIGHT, FREE_SHARE, FREE_FOR = 0.125, 0.75, 0.05
# How often the lock is let go, and for how long: about what another thread takes to wake up. (Windows does not
# sleep for so short a time; there it is left to the scheduler.)
BREATH_EVERY, BREATH = 0.002, 0.0 if os.name == "nt" else 0.00005


class Baton:
    """The right to compute. One for the process; hubs ask for it before they run a strand.

    Args:
        clock: Says what time it is, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._holder: Hub | None = None
        self._fresh = False  # whether it has not been used since it was handed over
        self._since = 0.0
        self._breath = 0.0
        self._free_share = 0.0
        self._free_until = 0.0
        # In the order in which they asked, and when that was.
        self._eager: dict[Hub, float] = {}
        self._patient: dict[Hub, float] = {}

    def take(self, hub: Hub, *, eager: bool, late: float | None = None) -> bool:
        """Return whether the hub may run a strand now; if not, it gets a message when it may.

        Args:
            hub: Who asks.
            eager: Whether it has a strand that has just begun or been woken.
            late: If it has waited and was not told, how much later than it wanted it looks.
        """
        now = self._clock()
        if now < self._free_until:
            self._leave(hub)
            return True
        if self._holder is hub and not (self._eager or self._patient):
            self._fresh = False
            if now - self._breath >= BREATH_EVERY:
                self.breathe()
            return True
        with self._lock:
            if late is not None and self._is_free(late, now):
                return True
            if self._may_go_on(hub, eager, now):
                self._fresh = False
                return True
            holder = self._holder
            if holder is None or (holder is not hub and self._is_away(holder, now, late)):
                self._give(hub, now)
                self._fresh = False
                return True
            self._enter(hub, eager, now)
            if holder is hub:
                self._pass_on(now)
                return False
        holder.nudge()
        return False

    def give_up(self, hub: Hub) -> None:
        """The hub has nothing to run: it neither keeps the baton nor wants it."""
        if self._holder is hub or hub in self._eager or hub in self._patient:
            with self._lock:
                self._leave(hub)
                if self._holder is hub:
                    self._pass_on(self._clock())

    def patience(self, hub: Hub) -> float | None:
        """Return how long to wait before asking again; None if the hub does not wait for it."""
        if hub in self._eager:
            return FIRST_GLANCE if next(iter(list(self._eager)), None) is hub else GLANCE
        return GLANCE if hub in self._patient else None

    def wanted(self, hub: Hub) -> bool:
        """Return whether a hub that runs a strand should come to an end."""
        return (self._holder is not hub or bool(self._eager or self._patient)) and (
            self._clock() >= self._free_until
        )

    def nudge(self) -> None:
        """Ask the strand that computes to hand over."""
        holder = self._holder
        if holder is not None:
            holder.nudge()

    def breathe(self) -> None:
        """Let the interpreter lock go for a moment, for a loop that may be waiting for it."""
        time.sleep(BREATH)
        self._breath = self._clock()

    # -- under the lock ----------------------------------------------------------------------------------

    def _may_go_on(self, hub: Hub, eager: bool, now: float) -> bool:
        if self._holder is not hub:
            return False
        if self._fresh:
            return True
        if eager:
            return now - self._since < TURN or not (self._eager or self._overdue(now))
        return not (self._eager or self._patient)

    def _overdue(self, now: float) -> bool:
        """Whether one that computes without end has waited long enough."""
        return bool(self._patient) and now - next(iter(self._patient.values())) >= LONGEST_WAIT

    def _enter(self, hub: Hub, eager: bool, now: float) -> None:
        if not eager:
            if hub not in self._eager:
                self._patient.setdefault(hub, now)
        elif hub not in self._eager:
            self._patient.pop(hub, None)
            self._eager[hub] = now

    def _leave(self, hub: Hub) -> None:
        self._eager.pop(hub, None)
        self._patient.pop(hub, None)

    def _pass_on(self, now: float) -> None:
        queue = self._eager if self._eager and not self._overdue(now) else self._patient
        following = next(iter(queue), None)
        if following is None:
            self._holder = None
        else:
            self._give(following, now)
            following.call()

    def _give(self, hub: Hub, now: float) -> None:
        self._leave(hub)
        self._holder = hub
        self._fresh = True
        self._since = self._breath = now  # the change of hands is a breath

    def _is_free(self, late: float, now: float) -> bool:
        """Learn from a look; return whether nobody needs the baton from now on."""
        self._free_share += WEIGHT * ((late < LATE) - self._free_share)
        if self._free_share < FREE_SHARE:
            return False
        self._free_until = now + FREE_FOR
        for hub in [*self._eager, *self._patient]:
            hub.call()
        self._eager.clear()
        self._patient.clear()
        return True

    def _is_away(self, holder: Hub, now: float, late: float | None) -> bool:
        silence = now - max(holder.seen, self._since)
        if late is not None and late < LATE:
            return silence >= AWAY_AFTER
        return silence >= AWAY_IN_ANY_CASE


baton = Baton()


def _after_fork() -> None:
    baton.__init__()  # type: ignore[misc]  # the hubs exist in the parent only


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
