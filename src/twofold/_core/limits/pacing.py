"""The arithmetic of rate limits: who may go when. Pure: every method is told what time it is.

``Pacer`` decides, and knows nothing of threads or waiting. ``Turnstile`` keeps one for any number of threads
and tells those who wait when to look again. How they wait is the business of ``rate_limiter`` in each half.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import ConfigurationError

__all__ = [
    "LATENESS",
    "MINUTE",
    "Pacer",
    "ProviderLimits",
    "Ticket",
    "Turnstile",
    "check_fits",
    "check_limits",
]

MINUTE = 60.0
LATENESS = 1.0
"""A timer that fires late by no more than this many seconds is caught up with."""


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """What a provider says is left of its own limits. None where it says nothing.

    Args:
        remaining_requests: Requests that may still be made ...
        reset_requests: ... within so many seconds.
        remaining_tokens: Tokens that may still be used ...
        reset_tokens: ... within so many seconds.
    """

    remaining_requests: int | None = None
    reset_requests: float | None = None
    remaining_tokens: int | None = None
    reset_tokens: float | None = None


@dataclass(eq=False, slots=True)
class Ticket:
    """One request's place: waiting in the queue, then going, then done."""

    tokens: int
    joined: float
    granted: float | None = None
    done: bool = False
    counted: bool = False  # among the tokens of the last minute


@dataclass(slots=True)
class _Allowance:
    """What a provider leaves to us until a time."""

    left: int
    until: float


class Pacer:
    """Grants places first come, first served, never more than the limits allow in any minute.

    Requests are spread evenly: ``burst`` at once, then one every ``60 / requests_per_minute`` seconds. Tokens
    are a budget: what the requests of the last 60 seconds have used is not there for the next one.

    Args:
        requests_per_minute: How many requests may begin within a minute.
        tokens_per_minute: How many tokens they may have.
        max_concurrency: How many may be under way at once.
        burst: How many may begin at once after a pause.

    Raises:
        ConfigurationError: A limit is not positive, or the burst is larger than the limit.
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: int | None = None,
        max_concurrency: int | None = None,
        burst: int = 1,
    ) -> None:
        check_limits(requests_per_minute, tokens_per_minute, max_concurrency, burst)
        self._tokens_per_minute = tokens_per_minute
        self._max_concurrency = max_concurrency
        self._interval = MINUTE / requests_per_minute if requests_per_minute else 0.0
        # no more than so many begin within the window, which is a minute for whole numbers
        self._most = max(1, int(requests_per_minute)) if requests_per_minute else 0
        self._window = self._most * self._interval
        self._burst_time = (burst - 1) * self._interval
        self._next_start = -math.inf
        self._queue: deque[Ticket] = deque()
        self._starts: deque[float] = deque()
        self._recent: deque[Ticket] = deque()
        self._recent_tokens = 0
        self._active: set[Ticket] = set()
        self._paused_until = -math.inf
        self._requests_left: _Allowance | None = None
        self._tokens_left: _Allowance | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @property
    def active(self) -> int:
        """How many are under way."""
        return len(self._active)

    @property
    def head(self) -> Ticket | None:
        """Whose turn is next."""
        return self._queue[0] if self._queue else None

    def join(self, now: float, tokens: int = 0) -> Ticket:
        """Take a place at the end of the queue.

        Raises:
            ConfigurationError: So many tokens are never allowed.
        """
        check_fits(tokens, self._tokens_per_minute)
        ticket = Ticket(tokens, now)
        self._queue.append(ticket)
        return ticket

    def grant(self, now: float) -> list[Ticket]:
        """Let those go whose time has come, and return them."""
        going = []
        while self._queue and self._free_at(now) <= now:
            ticket = self._queue.popleft()
            self._begin(ticket, now)
            going.append(ticket)
        return going

    def next_time(self, now: float) -> float | None:
        """Return when the next one may go; None if nobody waits, or it is not known yet."""
        if not self._queue:
            return None
        time = self._free_at(now)
        return None if time == math.inf else time

    def leave(self, ticket: Ticket, now: float) -> None:
        """Give a place back whose request was not made."""
        if ticket.granted is None:
            if ticket in self._queue:
                self._queue.remove(ticket)
            return
        if ticket.done:
            return
        if ticket.granted in self._starts:
            self._starts.remove(ticket.granted)
            self._next_start -= self._interval
        self.finish(ticket, now, 0)

    def finish(self, ticket: Ticket, now: float, tokens: int | None = None) -> None:
        """Note that a request is over, and how many tokens it really had, where that is known."""
        if ticket.done or ticket.granted is None:
            return
        ticket.done = True
        self._active.discard(ticket)
        if tokens is not None:
            if ticket.counted:
                self._recent_tokens += tokens - ticket.tokens
            ticket.tokens = tokens

    def pause(self, until: float) -> None:
        """Let nobody go before a time: the provider has asked for it."""
        self._paused_until = max(self._paused_until, until)

    def learn(self, limits: ProviderLimits, now: float, told: Ticket | None = None) -> None:
        """Take in what a provider says is left.

        Args:
            limits: What it says.
            now: The time.
            told: The request whose reply says so. The others that are under way count as used.
        """
        others = [ticket for ticket in self._active if ticket is not told]
        if limits.remaining_requests is not None and limits.reset_requests is not None:
            left = limits.remaining_requests - len(others)
            self._requests_left = _Allowance(left, now + limits.reset_requests)
        if limits.remaining_tokens is not None and limits.reset_tokens is not None:
            left = limits.remaining_tokens - sum(ticket.tokens for ticket in others)
            self._tokens_left = _Allowance(left, now + limits.reset_tokens)

    def _begin(self, ticket: Ticket, now: float) -> None:
        # a ticket that was late because a timer was is counted from when it could have gone
        due = max(self._next_start - self._burst_time, ticket.joined, now - LATENESS)
        self._next_start = max(self._next_start, min(due, now)) + self._interval
        ticket.granted = now
        self._active.add(ticket)
        if self._most:
            self._starts.append(now)
        if self._tokens_per_minute is not None:
            self._recent.append(ticket)
            self._recent_tokens += ticket.tokens
            ticket.counted = True
        if self._requests_left is not None:
            self._requests_left.left -= 1
        if self._tokens_left is not None:
            self._tokens_left.left -= ticket.tokens

    def _free_at(self, now: float) -> float:
        """Return when the head of the queue may go; infinity while that depends on somebody finishing."""
        if self._max_concurrency is not None and len(self._active) >= self._max_concurrency:
            return math.inf
        head = self._queue[0]
        return max(
            self._paused_until,
            self._provider_time(head, now),
            self._request_time(now),
            self._token_time(head.tokens, now),
        )

    def _provider_time(self, head: Ticket, now: float) -> float:
        time = -math.inf
        requests, tokens = self._requests_left, self._tokens_left
        if requests is not None and requests.left < 1 and now < requests.until:
            time = requests.until
        if tokens is not None and tokens.left < max(1, head.tokens) and now < tokens.until:
            time = max(time, tokens.until)
        return time

    def _request_time(self, now: float) -> float:
        if not self._most:
            return -math.inf
        while self._starts and self._starts[0] + self._window <= now:
            self._starts.popleft()
        time = self._next_start - self._burst_time
        if len(self._starts) >= self._most:
            time = max(time, self._starts[len(self._starts) - self._most] + self._window)
        return time

    def _token_time(self, tokens: int, now: float) -> float:
        limit = self._tokens_per_minute
        if limit is None:
            return -math.inf
        while self._recent and (self._recent[0].granted or 0.0) + MINUTE <= now:
            expired = self._recent.popleft()
            expired.counted = False
            self._recent_tokens -= expired.tokens
        used = self._recent_tokens
        if used + tokens <= limit:
            return -math.inf
        for ticket in self._recent:
            used -= ticket.tokens
            if used + tokens <= limit:
                return (ticket.granted or 0.0) + MINUTE
        return -math.inf


def check_fits(tokens: int, limit: int | None) -> None:
    """Refuse a request that would wait forever.

    Raises:
        ConfigurationError: So many tokens are never allowed.
    """
    if limit is not None and tokens > limit:
        raise ConfigurationError(
            f"A request of about {tokens:,} tokens can never begin: the rate limiter has "
            f"tokens_per_minute={limit:,}. Shorten the conversation, ask for fewer max_tokens, or raise "
            "the limit."
        )


def check_limits(requests: float | None, tokens: int | None, concurrency: int | None, burst: int) -> None:
    """Refuse limits that make no sense.

    Raises:
        ConfigurationError: One is not positive, or the burst is larger than the limit.
    """
    if requests is not None and (not _is_number(requests) or not 0 < requests < math.inf):
        raise ConfigurationError(f"requests_per_minute must be a positive number; got {requests!r}.")
    for name, value in (("tokens_per_minute", tokens), ("max_concurrency", concurrency), ("burst", burst)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigurationError(f"{name} must be a whole number of at least 1; got {value!r}.")
    if burst > 1 and (requests is None or burst > requests):
        raise ConfigurationError(
            f"burst={burst} is how many requests may begin at once, so it needs a requests_per_minute of at "
            f"least as many; got {requests!r}."
        )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Turnstile:
    """A pacer for any number of threads, tasks and models of one process.

    Those who wait ``enter`` and then ``look`` until they may go, each time with a bell to be rung when it is
    worth looking again. Whoever is at the head of the queue looks again by itself when its time comes.

    Args:
        pacer: Who decides.
        clock: Tells the time, in seconds.
    """

    def __init__(self, pacer: Pacer, clock: Callable[[], float]) -> None:
        self._pacer = pacer
        self._clock = clock
        self._lock = threading.Lock()
        self._bells: dict[Ticket, Callable[[], object]] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._pacer.waiting

    @property
    def active(self) -> int:
        """How many are under way."""
        return self._pacer.active

    def enter(self, tokens: int = 0) -> Ticket:
        """Take a place at the end of the queue.

        Raises:
            ConfigurationError: So many tokens are never allowed.
        """
        with self._lock:
            return self._pacer.join(self._clock(), tokens)

    def look(self, ticket: Ticket, ring: Callable[[], object]) -> tuple[bool, float | None]:
        """Return whether a ticket may go; if not, after how many seconds to look again (None: when it rings)."""
        with self._lock:
            self._bells[ticket] = ring
            now = self._clock()
            if going := self._pacer.grant(now):
                self._wake([*going, self._pacer.head], but=ticket)
            if ticket.granted is not None:
                del self._bells[ticket]
                return True, None
            time = self._pacer.next_time(now) if ticket is self._pacer.head else None
            return False, None if time is None else max(0.0, time - now)

    def leave(self, ticket: Ticket) -> None:
        """Give a place back whose request was not made."""
        with self._lock:
            self._bells.pop(ticket, None)
            self._pacer.leave(ticket, self._clock())
            self._advance()

    def finish(self, ticket: Ticket, tokens: int | None = None) -> None:
        """Note that a request is over, and how many tokens it really had, where that is known."""
        with self._lock:
            self._pacer.finish(ticket, self._clock(), tokens)
            self._advance()

    def pause(self, seconds: float) -> None:
        """Let nobody go for some time."""
        with self._lock:
            self._pacer.pause(self._clock() + seconds)

    def learn(self, limits: ProviderLimits, told: Ticket | None = None) -> None:
        """Take in what a provider says is left; ``told`` is the request whose reply says so."""
        with self._lock:
            self._pacer.learn(limits, self._clock(), told)
            self._advance()

    def _advance(self) -> None:
        """Let go who may, and have the head of the queue look again: its time may have changed."""
        self._wake([*self._pacer.grant(self._clock()), self._pacer.head])

    def _wake(self, tickets: list[Ticket | None], but: Ticket | None = None) -> None:
        for ticket in tickets:
            ring = self._bells.get(ticket) if ticket is not None and ticket is not but else None
            if ring is not None:
                ring()
