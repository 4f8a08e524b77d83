# Generated from src/twofold/_async/rate_limiter.py by `nox -s codegen`. Do not edit.
"""``RateLimiter``: waiting for one's turn. Who may go when is worked out in ``_core.pacing``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._bridge import _sync as bridge
from .._core.errors import ConfigurationError, RateLimited
from .._core.pacing import Pacer, Ticket, Turnstile
from .._core.rate_limit_headers import limits_in

__all__ = ["RateLimiter", "RequestSlot"]


class RequestSlot:
    """The permission for one request, while it is under way."""

    def __init__(self, turnstile: Turnstile, ticket: Ticket) -> None:
        self._turnstile = turnstile
        self._ticket = ticket
        self.tokens: int | None = None
        """How many tokens the request really had: set it when the reply says so."""

    def learn(self, headers: Mapping[str, Any] | None) -> None:
        """Take in what the headers of the reply say of the provider's own limits."""
        limits = limits_in(headers)
        if limits is not None:
            self._turnstile.learn(limits, self._ticket)

    def refused(self, error: Exception) -> None:
        """Take in that the request failed: all wait as long as the provider asks for."""
        if isinstance(error, RateLimited) and error.retryable and error.retry_after:
            self._turnstile.pause(error.retry_after)


class RateLimiter:
    """Keeps requests below a provider's limits, first come, first served.

    One limiter can be shared by any number of models, agents, tasks and threads of a process, of both APIs.
    Never more than the limit begins within any 60 seconds. It also learns from what the provider says:
    ``Retry-After`` holds everybody back, and so do ``x-ratelimit-*`` headers that leave nothing.

    Args:
        requests_per_minute: How many requests may begin within a minute. They are spread evenly.
        tokens_per_minute: How many tokens, prompts and replies, they may have. Estimated before a request
            and put right when its usage is known.
        max_concurrency: How many requests may be under way at once.
        burst: How many requests may begin at once before they are spread.

    Raises:
        ConfigurationError: A limit is not positive.

    Example:
        >>> from twofold import OpenAIModel, RateLimiter
        >>> limiter = RateLimiter(requests_per_minute=500, tokens_per_minute=200_000, burst=20)
        >>> small, large = (OpenAIModel(name, rate_limiter=limiter) for name in ("gpt-4o-mini", "gpt-4o"))
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: int | None = None,
        max_concurrency: int | None = None,
        burst: int = 1,
    ) -> None:
        pacer = Pacer(requests_per_minute, tokens_per_minute, max_concurrency, burst)
        self.turnstile = Turnstile(pacer, bridge.monotonic)

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return self.turnstile.waiting

    @property
    def active(self) -> int:
        """How many requests are under way."""
        return self.turnstile.active

    @contextmanager
    def slot(self, tokens: int = 0) -> Iterator[RequestSlot]:
        """Wait for a turn, and keep it while the block runs.

        Args:
            tokens: How many tokens the request will have, as far as that is known.

        Raises:
            ConfigurationError: There are more tokens than ever allowed.
        """
        with request_slot(self, tokens) as slot:
            yield slot


@contextmanager
def request_slot(limiter: Any, tokens: int) -> Iterator[RequestSlot]:
    """Wait for a turn at a limiter, of either API, and keep it while the block runs."""
    turnstile: Turnstile = limiter.turnstile
    ticket = turnstile.enter(tokens)
    try:
        _wait_for_turn(turnstile, ticket)
    except BaseException:
        turnstile.leave(ticket)
        raise
    slot = RequestSlot(turnstile, ticket)
    try:
        yield slot
    except Exception as error:
        slot.refused(error)
        raise
    finally:
        turnstile.finish(ticket, slot.tokens)


def _wait_for_turn(turnstile: Turnstile, ticket: Ticket) -> None:
    while True:
        bell = bridge.Event()
        may_go, seconds = turnstile.look(ticket, bell.set)
        if may_go:
            return
        bell.wait(seconds)


def check_is_limiter(limiter: Any) -> RateLimiter | None:
    """Return what was given as a model's rate limiter, if it is one (or None).

    Raises:
        ConfigurationError: It is something else.
    """
    if limiter is None or isinstance(getattr(limiter, "turnstile", None), Turnstile):
        checked: RateLimiter | None = limiter
        return checked
    raise ConfigurationError(f"rate_limiter must be a RateLimiter(...); got {limiter!r}.")
