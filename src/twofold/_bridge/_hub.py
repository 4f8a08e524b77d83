"""A hub: one worker thread that runs many programs in turns, each in greenlets.

A strand runs until it waits, ends, or is asked to hand over at a checkpoint; then the next that is ready
runs. Other threads reach a hub by its messages only, so what it knows needs no locks. Which hub a session
gets is decided in ``_hubs``, which hub may run its strands now in ``_baton``.

Who has just begun or has just been woken goes first, and a strand that computes hands over to it at once;
one that was *preempted*, because it used up its slice, goes on when nobody else wants to, and now and then
in any case. So what asks for little gets it quickly, beside however many programs that compute without end.
The clock of a preempted program goes on, as it does for a thread that waits for a processor: its limit
holds whatever its neighbours do. The clock of one that was woken starts with its turn.

A strand that blocks the thread in a system call holds up its neighbours: greenlets cannot change threads.
Tools and ``time.sleep`` never do (they park), so this takes raw blocking calls in generated code. Programs
that wait for their first turn on such a hub, of sessions that are not bound to it, move to another. When the
program that blocks is given up, the hub is *retired*: no new program comes to it, and its thread ends when
its last program has ended. Its neighbours stay, because the call usually returns one day and they go on as
if nothing had happened. A neighbour that is ready and could not go on for as long as its own limit fails
with a clear error.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped, unused-ignore]

from .._core.interpreter.control import ProgramStopped
from ._abandon import clear_unwind, unwind
from ._baton import baton
from ._runs import cancelled_error
from ._strands import Strand
from ._threads import STACK_SIZE, start_thread
from ._watchdog import NEVER, watchdog

if TYPE_CHECKING:
    from ._hub_run import HubRun

__all__ = ["Hub"]

# How long a program may compute while others are ready.
TIME_SLICE = 0.005
# How long the watchdog sleeps between looks at a program that computes. It then waits for the interpreter
# lock as well, which CPython takes from the program after 5 ms: who wants it at any time of this cycle, such as
# the event loop, waits for the rest of it only.
LOOK_EVERY = 0.002
# How long it may compute at least, before one that was woken takes its turn.
SHORTEST_SLICE = 0.001
# A preempted strand gets a turn after this long, however many others have been woken meanwhile.
LONGEST_WAIT = 0.02
# A strand that has not reacted to a request to hand over for this long sits in a blocking call.
STUCK_AFTER = 0.05
IDLE_SECONDS = 10.0
DEFAULT_PATIENCE = 30.0

_numbers = itertools.count(1)
Message = tuple[Callable[[Any], object], Any]


class Hub:
    """One worker thread and the programs that live on it.

    Args:
        may_end: Asked when the hub has had nothing to do for a while: whether its thread may end.
    """

    greenlet: greenlet

    def __init__(self, may_end: Callable[[Hub], bool]) -> None:
        self._may_end = may_end
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._ready: deque[Strand] = deque()
        self._preempted: deque[Strand] = deque()
        self._preemption = 0.0  # when the last of those had its turn
        # Not strands yet, and not among those that are ready: another hub may still take them.
        self._newcomers: deque[HubRun] = deque()
        self._newcomer_next = True
        self._sleepers: list[tuple[float, int, Strand, int]] = []
        self._woken_early = 0  # how many of those may be stale
        self._runs: set[HubRun] = set()
        self._current: Strand | None = None
        self._since = 0.0  # when the current strand was resumed
        self._filling = False  # whether it was, because nobody else wanted to run
        self.seen = 0.0  # when it passed its last checkpoint that was asked to hand over
        self._late: float | None = None  # if it was not told that it may run: how late it looked by itself
        self._departures = 0
        self._watched = False
        # Reentrant: an interruption may hit the thread between acquiring it and the block that releases it.
        self._lock = threading.RLock()
        self._unwinding = False
        self.retired = False
        self._ended = False
        self._halted: threading.Event | None = None  # set when it stands still, once it was told to
        self._thread = start_thread(self._serve, f"twofold-hub-{next(_numbers)}", stack_size=STACK_SIZE)

    # -- for other threads -------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether a program that is given to it now will be run."""
        return not (self.retired or self._ended)

    @property
    def load(self) -> int:
        """How many programs it has."""
        return len(self._runs) + len(self._newcomers)

    @property
    def demand(self) -> int:
        """How many there are who run, or want to."""
        waiting = len(self._newcomers) + len(self._ready) + len(self._preempted) + self._messages.qsize()
        return waiting + (self._current is not None)

    @property
    def stuck(self) -> bool:
        """Whether it sits in a call that does not come back to a checkpoint."""
        return self._current is not None and time.monotonic() - self.seen > STUCK_AFTER

    def post(self, function: Callable[[Any], object], argument: Any) -> None:
        """Call a function on the hub's thread, soon."""
        self._messages.put((function, argument))

    def begin(self, run: HubRun) -> bool:
        """Run a program; return whether that will be done. If not, the hub was retired meanwhile."""
        self._newcomers.append(run)
        self.call()
        self._ask_for_turn()
        if self.retired:
            try:
                self._newcomers.remove(run)
            except ValueError:  # it was begun or moved
                return True
            return False
        return True

    def call(self) -> None:
        """Have the thread look at what there is to do."""
        self._messages.put((_nothing, None))

    def wake(self, strand: Strand, ticket: int, outcome: object) -> None:
        """End a strand's wait, if it is still that wait."""
        self.post(self._wake, (strand, ticket, outcome))
        self._ask_for_turn()
        if self.retired:
            _Patience(self, strand.run)

    def interrupt(self, run: HubRun) -> None:
        """End all waits of a program that was stopped."""
        self.post(self._interrupt, run)
        self._ask_for_turn()

    def halt(self) -> threading.Event:
        """Run nothing any more, because the interpreter is about to end; the event is set when that is so.

        CPython then ends a thread that wants its lock where it stands. In the middle of a greenlet that
        would bring the process down.
        """
        self._halted = threading.Event()
        self.call()
        strand = self._current
        if strand is not None:
            strand.run.control.request_switch()
        return self._halted

    def _ask_for_turn(self) -> None:
        if self._current is not None:
            self.nudge()
        else:
            baton.nudge()

    def nudge(self) -> None:
        """Ask the strand that is running to hand over, unless its turn has just begun."""
        strand = self._current
        if strand is not None and (self._filling or time.monotonic() - self._since >= SHORTEST_SLICE):
            strand.run.control.request_switch()

    def unwind(self, run: HubRun) -> bool:
        """Raise in the thread; return whether it is running this program right now."""
        with self._lock:
            ident = self._thread.ident
            if ident is None or self._current is None or self._current.run is not run:
                return False
            self._unwinding = True
            unwind(ident, ProgramStopped)
            return True

    def give_up(self, run: HubRun) -> bool:
        """Retire the hub if this program holds it; return whether it does."""
        with self._lock:
            if not self.unwind(run):
                return False
            self.retired = True
        self._limit_patience()
        return True

    @property
    def turn(self) -> float:
        """When the strand that is running now was resumed."""
        return self._since

    def check(self, now: float) -> float:
        """See whether the running program must stop or hand over (for the watchdog)."""
        strand = self._current
        if strand is None:
            self._watched = False  # whoever is resumed from now on calls for attention
            strand = self._current
            if strand is None:
                return NEVER
        run = strand.run
        if run.seconds_left() <= 0:
            run.time_out()
        elif now - self.seen >= TIME_SLICE:
            run.control.request_switch()  # also without neighbours: it shows that the hub is not stuck
            if self.stuck:
                self._move_newcomers()
        return now + LOOK_EVERY

    # -- for strands -------------------------------------------------------------------------------------

    def current_strand(self) -> Strand | None:
        """Return the caller's strand; ``None`` if the caller is not one of this hub's greenlets."""
        strand = self._current
        return strand if strand is not None and strand.is_current(getcurrent()) else None

    def spawn(self, strand: Strand) -> None:
        """Let a new strand run when its turn comes."""
        strand.run.strands.append(strand)
        self._ready.append(strand)

    def yield_turn(self, strand: Strand) -> None:
        """Let the others that are ready run before the caller's strand goes on."""
        self.seen = time.monotonic()
        if not (self._crowded() or baton.wanted(self) or self._halted):
            baton.breathe()
        else:
            self._preemption = self.seen
            self._preempted.append(strand)
            strand.ticking = True
            try:
                strand.run.watch_limit()
                strand.hand_over()
            except BaseException:
                if strand in self._preempted:  # unwound before it had handed over
                    self._preempted.remove(strand)
                    strand.ticking = False
                raise

    def wake_at(self, when: float, strand: Strand, ticket: int) -> None:
        """End a strand's wait at a time."""
        heapq.heappush(self._sleepers, (when, next(_numbers), strand, ticket))

    def forget_timer(self) -> None:
        """One of the sleepers was woken before its time."""
        self._woken_early += 1
        if self._woken_early > 16 and self._woken_early > len(self._sleepers) // 2:
            self._sleepers = [each for each in self._sleepers if each[2].ticket == each[3]]
            heapq.heapify(self._sleepers)
            self._woken_early = 0

    def discard(self, strand: Strand) -> None:
        """Unwind a strand of the caller's program at the place where it waits."""
        strand.discarded = True
        self._release(strand)

    def wake_now(self, strand: Strand) -> None:
        """End a strand's wait, from another strand of the hub."""
        self._wake((strand, strand.ticket, None))

    # -- the thread --------------------------------------------------------------------------------------

    def _serve(self) -> None:
        self.greenlet = getcurrent()
        while True:
            try:
                if not self._step():
                    break
            except BaseException:  # an interruption that came when its strand had just left
                continue
        self._ended = True
        baton.give_up(self)
        watchdog.unwatch(self)

    def _step(self) -> bool:
        """Run the next strand; return whether to go on. Called again after an interruption cut it off."""
        if self._current is not None:
            self._settle()
        if not self._receive():
            return False
        if self._halted is not None:
            self._stand_still(self._halted)
        if self._sleepers:
            self._wake_sleepers()
        eager = bool(self._ready or self._newcomers)
        if not (eager or self._preempted):
            return True
        late, self._late = self._late, None
        if baton.take(self, eager=eager, late=late):
            strand = self._next_strand()
            if strand is not None:
                self._resume(strand)
        return True

    def _stand_still(self, halted: threading.Event) -> None:
        baton.give_up(self)
        for_ever = threading.Lock()
        for_ever.acquire()
        halted.set()
        for_ever.acquire()

    def _next_strand(self) -> Strand | None:
        """Take a program that has not begun and a strand that is ready by turns; else a preempted one."""
        if self._preempted and self._is_their_turn():
            self._filling = not (self._ready or self._newcomers or baton.wanted(self))
            return self._preempted.popleft()
        self._filling = False
        newcomer, self._newcomer_next = self._newcomer_next, True
        if self._newcomers and (newcomer or not self._ready):
            try:
                run = self._newcomers.popleft()
            except IndexError:  # the watchdog has moved it
                return None
            self._newcomer_next = False
            strand = run.first_strand(self)
            self._runs.add(run)
            run.strands.append(strand)
            return strand
        return self._ready.popleft() if self._ready else None

    def _is_their_turn(self) -> bool:
        """Whether a preempted strand is to go on now."""
        if not self._ready and not self._newcomers:
            return True
        return time.monotonic() - self._preemption >= LONGEST_WAIT

    def _resume(self, strand: Strand) -> None:
        if strand.dead:
            return
        if not strand.ticking:
            strand.run.enter()
        strand.ticking = False
        strand.run.control.take_switch_request()  # it was for an earlier turn
        self._departures = strand.departures
        self._since = self.seen = time.monotonic()
        self._current = strand
        if not self._watched:
            self._watched = True
            watchdog.watch(self, self._since + TIME_SLICE)
        try:
            strand.resume()
        except BaseException:  # an interruption; strands themselves do not raise
            pass
        self._settle()

    def _settle(self) -> None:
        """Take over from the strand that was running."""
        with self._lock:
            strand = self._current
            if self._unwinding:
                clear_unwind(threading.get_ident())
                self._unwinding = False
            self._current = None
        # From here on nobody interrupts this thread.
        if strand is None:
            return
        if not strand.ticking:
            strand.run.leave()
            if strand.run.seconds_left() <= 0:  # used in pieces that the watchdog never came to see
                strand.run.time_out()
        if strand.dead:
            self._bury(strand)
        elif strand.departures == self._departures:  # interrupted before it could run
            self._ready.appendleft(strand)

    def _bury(self, strand: Strand) -> None:
        run = strand.run
        strand.forget()
        run.strands.remove(strand)
        if not run.strands:
            self._runs.discard(run)

    def _receive(self) -> bool:
        """Handle the messages that are there; wait for one if there is nothing else to do."""
        messages = self._messages
        if self.retired and not self._runs and not self._newcomers:
            return False
        idle = not self._ready and not self._newcomers and not self._preempted
        if idle:
            baton.give_up(self)
        patience = baton.patience(self)
        if idle or patience is not None:
            pause = self._pause(idle, patience)
            due = NEVER if pause is None else time.monotonic() + pause
            try:
                function, argument = messages.get(timeout=pause)
            except queue.Empty:
                if idle:
                    return bool(self._runs or self._sleepers) or not self._may_end(self)
                self._late = time.monotonic() - due
                return True
            function(argument)
        for _ in range(messages.qsize()):
            function, argument = messages.get()
            function(argument)
        return True

    def _pause(self, idle: bool, patience: float | None) -> float | None:
        """Return how long to wait for a message."""
        if self._sleepers:
            left = max(0.0, self._sleepers[0][0] - time.monotonic())
            return left if patience is None else min(left, patience)
        return patience if self._runs or not idle else IDLE_SECONDS

    def _crowded(self) -> bool:
        """Return whether anyone else could run now."""
        if self._ready or self._newcomers or self._preempted or not self._messages.empty():
            return True
        sleepers = self._sleepers
        return bool(sleepers) and sleepers[0][0] <= time.monotonic()

    def _wake_sleepers(self) -> None:
        now = time.monotonic()
        while self._sleepers and self._sleepers[0][0] <= now:
            _, _, strand, ticket = heapq.heappop(self._sleepers)
            self._wake((strand, ticket, None))

    def _limit_patience(self) -> None:
        """Bound the time that the neighbours wait which are ready to go on."""
        for strand in [*self._ready, *self._preempted]:
            _Patience(self, strand.run)
        for function, argument in self._waiting_messages():
            self.post(function, argument)
            if function == self._wake:
                _Patience(self, argument[0].run)
        for run in list(self._newcomers):
            _Patience(self, run)

    def _move_newcomers(self) -> None:
        """Let the programs that have not begun, and need not stay here, go to another hub."""
        for _ in range(len(self._newcomers)):
            try:
                run = self._newcomers.popleft()
            except IndexError:  # it does go on
                return
            if not run.move():
                self._newcomers.append(run)

    def _waiting_messages(self) -> Iterator[Message]:
        """Take the messages that the thread has not come to. From any thread."""
        for _ in range(self._messages.qsize()):
            try:
                yield self._messages.get_nowait()
            except queue.Empty:  # it does go on
                return

    # -- messages ----------------------------------------------------------------------------------------

    def _wake(self, message: tuple[Strand, int, object]) -> None:
        strand, ticket, outcome = message
        if strand.ticket == ticket and strand.waits_for is not None:
            strand.outcome = outcome
            strand.waits_for = None
            self._ready.append(strand)

    def _interrupt(self, run: HubRun) -> None:
        for strand in list(run.strands):
            self._release(strand)

    def _release(self, strand: Strand) -> None:
        """Let a strand that is to unwind run next."""
        wait, strand.waits_for = strand.waits_for, None
        if wait is not None:
            wait.cancel()
        elif strand in self._ready:
            self._ready.remove(strand)
        elif strand in self._preempted:
            self._preempted.remove(strand)
        else:
            return  # it is running, or dead
        self._ready.appendleft(strand)


def _nothing(_: None) -> None:
    """The message that only wakes the thread."""


class _Patience:
    """How long a program that is ready waits for a retired hub: its own limit. Watched by the watchdog."""

    def __init__(self, hub: Hub, run: HubRun) -> None:
        self._hub = hub
        self._turn = hub.turn
        self._run = run
        self._end = time.monotonic() + (run.control.timeout_seconds or DEFAULT_PATIENCE)
        watchdog.watch(self, self._end)

    def check(self, now: float) -> float:
        blocked = self._run.hub is self._hub and self._hub.turn == self._turn and not self._run.settled
        if blocked and now < self._end:
            return self._end
        watchdog.unwatch(self)
        if blocked:
            self._run.stop(cancelled_error("another program's system call has blocked the thread it runs on"))
        return NEVER
