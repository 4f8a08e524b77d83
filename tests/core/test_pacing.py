"""Rate limits on a virtual clock: never more than the limit, first come first served, nothing wasted."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold._core.errors import ConfigurationError
from twofold._core.limits.pacing import Pacer, ProviderLimits, Ticket, Turnstile

TOLERANCE = 1e-6


class Simulation:
    """Clients that arrive, go when they may, take some time, and are done: on a clock of its own."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer = pacer
        self.now = 0.0
        self.granted: list[Ticket] = []
        self._ends: list[tuple[float, Ticket, int | None]] = []

    def run(
        self,
        arrivals: list[tuple[float, int]],
        *,
        duration: float = 0.0,
        lateness: float = 0.0,
        cancelled: frozenset[int] = frozenset(),
        used: dict[int, int] | None = None,
    ) -> None:
        """Let clients arrive, each at a time and with some tokens, and run until nobody waits."""
        pending = sorted(enumerate(arrivals), key=lambda item: item[1][0])
        tickets: dict[int, Ticket] = {}
        numbers: dict[Ticket, int] = {}
        while pending or self.pacer.waiting or self._ends:
            times = [pending[0][1][0]] if pending else []
            times += [end for end, _, _ in self._ends]
            if (time := self.pacer.next_time(self.now)) is not None:
                times.append(time + lateness)
            self.now = max(self.now, min(times))
            for end in [end for end in self._ends if end[0] <= self.now]:
                self._ends.remove(end)
                self.pacer.finish(end[1], self.now, end[2])
            while pending and pending[0][1][0] <= self.now:
                number, (_, tokens) = pending.pop(0)
                ticket = tickets[number] = self.pacer.join(self.now, tokens)
                numbers[ticket] = number
                if number in cancelled:
                    self.pacer.leave(ticket, self.now)
            for ticket in self.pacer.grant(self.now):
                self.granted.append(ticket)
                real = (used or {}).get(numbers[ticket])
                self._ends.append((self.now + duration, ticket, real))

    @property
    def starts(self) -> list[float]:
        return [ticket.granted or 0.0 for ticket in self.granted]


def most_in_a_window(starts: list[float], weights: list[int], window: float) -> int:
    """Return the largest sum of weights that any half-open window has in it."""
    most = total = first = 0
    for last, start in enumerate(starts):
        total += weights[last]
        while starts[first] + window <= start + TOLERANCE:
            total -= weights[first]
            first += 1
        most = max(most, total)
    return most


arrival_lists = st.lists(st.tuples(st.floats(0, 200), st.integers(1, 300)), min_size=1, max_size=120)


@settings(max_examples=150, deadline=None)
@given(
    arrivals=arrival_lists,
    limit=st.integers(1, 40),
    burst=st.integers(1, 40),
    lateness=st.sampled_from([0.0, 0.01, 0.7]),
    cancelled=st.frozensets(st.integers(0, 119), max_size=30),
)
def test_never_more_requests_than_the_limit(
    arrivals: list[tuple[float, int]],
    limit: int,
    burst: int,
    lateness: float,
    cancelled: frozenset[int],
) -> None:
    simulation = Simulation(Pacer(requests_per_minute=limit, burst=min(burst, limit)))
    simulation.run(arrivals, lateness=lateness, cancelled=cancelled)
    starts = simulation.starts
    assert most_in_a_window(starts, [1] * len(starts), 60.0) <= limit
    assert len(starts) == sum(number not in cancelled for number in range(len(arrivals)))


@settings(max_examples=150, deadline=None)
@given(
    arrivals=arrival_lists,
    limit=st.integers(300, 3_000),
    shares=st.lists(st.floats(0, 1), min_size=120, max_size=120),
)
def test_never_more_tokens_than_the_limit(
    arrivals: list[tuple[float, int]], limit: int, shares: list[float]
) -> None:
    used = {number: int(tokens * shares[number]) for number, (_, tokens) in enumerate(arrivals)}
    simulation = Simulation(Pacer(tokens_per_minute=limit))
    simulation.run(arrivals, duration=1.0, used=used)
    weights = [ticket.tokens for ticket in simulation.granted]
    assert most_in_a_window(simulation.starts, weights, 60.0) <= limit
    assert len(simulation.granted) == len(arrivals)


@settings(max_examples=60, deadline=None)
@given(arrivals=arrival_lists, most=st.integers(1, 5), duration=st.floats(0.01, 30))
def test_never_more_at_once_than_allowed(
    arrivals: list[tuple[float, int]], most: int, duration: float
) -> None:
    pacer = Pacer(max_concurrency=most)
    simulation = Simulation(pacer)
    simulation.run(arrivals, duration=duration)
    starts = simulation.starts
    assert most_in_a_window(starts, [1] * len(starts), duration) <= most
    assert pacer.active == 0


@settings(max_examples=60, deadline=None)
@given(arrivals=arrival_lists, limit=st.integers(1, 40))
def test_first_come_first_served(arrivals: list[tuple[float, int]], limit: int) -> None:
    simulation = Simulation(Pacer(requests_per_minute=limit, tokens_per_minute=2_000, max_concurrency=3))
    simulation.run(arrivals, duration=0.5)
    assert [t.joined for t in simulation.granted] == sorted(t.joined for t in simulation.granted)


@pytest.mark.parametrize("lateness", [0.0, 0.05])
def test_a_thousand_mixed_waiters_use_what_there_is(lateness: float) -> None:
    figures = random.Random(7)
    arrivals = [(figures.uniform(0, 5), figures.randint(50, 1_500)) for _ in range(1_000)]
    total = sum(tokens for _, tokens in arrivals)
    simulation = Simulation(Pacer(requests_per_minute=120, tokens_per_minute=100_000, burst=20))
    simulation.run(arrivals, duration=2.0, lateness=lateness)
    needed = max((1_000 - 20) / 120, total / 100_000 - 1) * 60
    assert needed / max(simulation.starts) >= 0.98


def test_late_timers_lose_no_throughput() -> None:
    simulation = Simulation(Pacer(requests_per_minute=6_000))
    simulation.run([(0.0, 0)] * 1_000, lateness=0.004)
    assert 1_000 / (max(simulation.starts) * 100) >= 0.98


def test_requests_are_spread_evenly() -> None:
    simulation = Simulation(Pacer(requests_per_minute=60))
    simulation.run([(0.0, 0)] * 4)
    assert simulation.starts == pytest.approx([0, 1, 2, 3])


def test_a_burst_comes_first() -> None:
    simulation = Simulation(Pacer(requests_per_minute=60, burst=3))
    simulation.run([(0.0, 0)] * 5)
    assert simulation.starts == pytest.approx([0, 0, 0, 1, 2])


def test_a_waiter_that_is_cancelled_makes_room_at_once() -> None:
    pacer = Pacer(requests_per_minute=60)
    _, second, third = (pacer.join(0.0) for _ in range(3))
    assert len(pacer.grant(0.0)) == 1
    pacer.leave(second, 0.5)
    assert pacer.grant(1.0) == [third]


def test_a_place_that_was_given_back_after_it_was_granted_is_there_for_the_next() -> None:
    pacer = Pacer(requests_per_minute=60, tokens_per_minute=100, max_concurrency=1)
    first, second = (pacer.join(0.0, 60) for _ in range(2))
    assert pacer.grant(0.0) == [first]
    pacer.leave(first, 0.0)
    assert pacer.grant(0.0) == [second]


def test_a_request_that_never_fits_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"about 1,001 tokens can never begin.*tokens_per_minute=1,000"
    ):
        Pacer(tokens_per_minute=1_000).join(0.0, 1_001)


@pytest.mark.parametrize(("real", "next_start"), [(10, 5.0), (100, 60.0), (None, 60.0)])
def test_real_usage_puts_estimates_right(real: int | None, next_start: float) -> None:
    pacer = Pacer(tokens_per_minute=100)
    first = pacer.join(0.0, 80)
    pacer.grant(0.0)
    pacer.join(0.0, 50)
    pacer.finish(first, 5.0, real)
    assert pacer.grant(5.0) == [] or next_start == 5.0
    assert pacer.next_time(5.0) in (None, next_start)


def test_a_pause_holds_everybody_back() -> None:
    pacer = Pacer()
    pacer.pause(7.0)
    ticket = pacer.join(0.0)
    assert (pacer.grant(6.9), pacer.next_time(6.9)) == ([], 7.0)
    assert pacer.grant(7.0) == [ticket]


def test_what_the_provider_says_is_left_is_not_exceeded() -> None:
    pacer = Pacer()
    first = pacer.join(0.0)
    pacer.grant(0.0)
    pacer.learn(ProviderLimits(remaining_requests=2, reset_requests=30.0), 0.0, first)
    waiting = [pacer.join(0.0) for _ in range(4)]
    assert pacer.grant(0.0) == waiting[:2]
    assert pacer.next_time(0.0) == 30.0
    assert pacer.grant(30.0) == waiting[2:]


def test_requests_under_way_count_as_used() -> None:
    pacer = Pacer()
    first, _, _ = (pacer.join(0.0) for _ in range(3))
    pacer.grant(0.0)
    pacer.learn(ProviderLimits(remaining_requests=2, reset_requests=30.0), 1.0, first)
    pacer.join(1.0)
    assert (pacer.grant(1.0), pacer.next_time(1.0)) == ([], 31.0)


def test_tokens_that_the_provider_has_left() -> None:
    pacer = Pacer()
    pacer.learn(ProviderLimits(remaining_tokens=100, reset_tokens=10.0), 0.0)
    pacer.join(0.0, 60), pacer.join(0.0, 60)
    assert len(pacer.grant(0.0)) == 1
    assert pacer.next_time(0.0) == 10.0


@pytest.mark.parametrize(
    "limits",
    [
        {"requests_per_minute": 0},
        {"requests_per_minute": float("nan")},
        {"requests_per_minute": "60"},
        {"tokens_per_minute": -1},
        {"tokens_per_minute": 1.5},
        {"max_concurrency": True},
        {"burst": 0},
        {"burst": 5},
        {"requests_per_minute": 4, "burst": 5},
    ],
)
def test_limits_that_make_no_sense(limits: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        Pacer(**limits)  # type: ignore[arg-type]


def test_a_fraction_of_a_request_per_minute() -> None:
    simulation = Simulation(Pacer(requests_per_minute=0.5))
    simulation.run([(0.0, 0)] * 3)
    assert simulation.starts == pytest.approx([0, 120, 240])


class Bell:
    """Somebody who waits, and remembers having been rung."""

    def __init__(self, turnstile: Turnstile, tokens: int = 0) -> None:
        self.rung = 0
        self.ticket = turnstile.enter(tokens)
        self._turnstile = turnstile

    def look(self) -> tuple[bool, float | None]:
        return self._turnstile.look(self.ticket, self.ring)

    def ring(self) -> None:
        self.rung += 1


def test_only_the_head_of_the_queue_watches_the_clock() -> None:
    now = 0.0
    turnstile = Turnstile(Pacer(requests_per_minute=60), lambda: now)
    first, second, third = (Bell(turnstile) for _ in range(3))
    assert first.look() == (True, None)
    assert second.look() == (False, 1.0)
    assert third.look() == (False, None)
    now = 1.0
    assert second.look() == (True, None)
    assert third.rung == 1
    assert third.look() == (False, 1.0)


def test_those_who_may_go_are_rung() -> None:
    turnstile = Turnstile(Pacer(max_concurrency=1), lambda: 0.0)
    first, second, third = (Bell(turnstile) for _ in range(3))
    assert [bell.look()[0] for bell in (first, second, third)] == [True, False, False]
    turnstile.finish(first.ticket)
    assert (second.rung, third.rung) == (1, 1)
    assert second.look() == (True, None)
    turnstile.leave(second.ticket)
    assert third.look() == (True, None)
    turnstile.finish(third.ticket)
    assert (turnstile.waiting, turnstile.active) == (0, 0)
