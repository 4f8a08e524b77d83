"""``RateLimiter``: waiting for one's turn. Who may go when is worked out in ``_core.limits.pacing``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Self

from .._bridge import _async as bridge
from .._core.errors import ConfigurationError
from .._core.limits.headers import limits_in
from .._core.limits.pacing import Pacer, Ticket, Turnstile
from .._core.limits.redis_pacing import SharedLimits
from .._core.limits.retries import pause_asked_for
from .._core.models.saving import KeepsArguments, parameters_to_dict, read_parameters
from .redis_storage import RedisStorage
from .shared_queue import SharedQueue, SharedSlot, wait_for_turn

__all__ = ["AnySlot", "RateLimiter", "RequestSlot"]


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
        seconds = pause_asked_for(error)
        if seconds is not None:
            self._turnstile.pause(seconds)


AnySlot = RequestSlot | SharedSlot


class RateLimiter(KeepsArguments):
    """Keeps requests below a provider's limits, first come, first served.

    One limiter can be shared by any number of models, agents, tasks and threads of a process, of both APIs;
    with a storage, limiters of several processes are one, and each is of one API.
    Never more than the limit begins within any 60 seconds. It also learns from what the provider says:
    ``Retry-After`` holds everybody back, and so do ``x-ratelimit-*`` headers that leave nothing.

    Args:
        requests_per_minute: How many requests may begin within a minute. They are spread evenly.
        tokens_per_minute: How many tokens, prompts and replies, they may have. Estimated before a request
            and put right when its usage is known.
        max_concurrency: How many requests may be under way at once.
        burst: How many requests may begin at once before they are spread.
        storage: Where several processes share the limits, a ``RedisStorage``; None for this process alone.

    Raises:
        ConfigurationError: A limit is not positive, or the storage is of the other API.

    Example:
        >>> from twofold.aio import OpenAIModel, RateLimiter
        >>> limiter = RateLimiter(requests_per_minute=500, tokens_per_minute=200_000, burst=20)
        >>> small, large = (OpenAIModel(name, rate_limiter=limiter) for name in ("gpt-4o-mini", "gpt-4o"))
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: int | None = None,
        max_concurrency: int | None = None,
        burst: int = 1,
        *,
        storage: RedisStorage | None = None,
    ) -> None:
        self.requests_per_minute = requests_per_minute
        self.tokens_per_minute = tokens_per_minute
        self.max_concurrency = max_concurrency
        self.burst = burst
        self.storage = storage
        pacer = Pacer(requests_per_minute, tokens_per_minute, max_concurrency, burst)
        self.turnstile = Turnstile(pacer, bridge.monotonic)
        self.shared_queue: SharedQueue | None = None
        if storage is not None:
            _check_is_of(bridge.API_MODULE, storage)
            lease = storage.lease_seconds
            limits = SharedLimits(requests_per_minute, tokens_per_minute, max_concurrency, burst, lease)
            self.shared_queue = SharedQueue(storage, limits)

    saved_as: ClassVar[str] = "RateLimiter"
    """What kind of thing it is where it is part of a saved model."""

    def to_dict(self) -> dict[str, Any]:
        """Return the limits as JSON-able data."""
        return parameters_to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return a new limiter with the limits that ``to_dict`` made data of."""
        return cls(**read_parameters(data, {"RedisStorage": RedisStorage.from_dict}))

    @property
    def waiting(self) -> int:
        """How many requests of this process wait for their turn."""
        return (self.shared_queue or self.turnstile).waiting

    @property
    def active(self) -> int:
        """How many requests of this process are under way."""
        return (self.shared_queue or self.turnstile).active

    async def aclose(self) -> None:
        """Close the connections to the storage, if there is one. The limiter can be used again afterwards."""
        if self.storage is not None:
            await self.storage.aclose()

    @asynccontextmanager
    async def slot(self, tokens: int = 0) -> AsyncIterator[AnySlot]:
        """Wait for a turn, and keep it while the block runs.

        Args:
            tokens: How many tokens the request will have, as far as that is known.

        Raises:
            ConfigurationError: There are more tokens than ever allowed.
            RateLimiterUnavailable: The storage cannot be used.
        """
        async with request_slot(self, tokens) as slot:
            yield slot


@asynccontextmanager
async def request_slot(limiter: Any, tokens: int) -> AsyncIterator[AnySlot]:
    """Wait for a turn at a limiter, of either API, and keep it while the block runs."""
    if limiter.shared_queue is not None:
        async with limiter.shared_queue.slot(tokens) as shared_slot:
            yield shared_slot
        return
    turnstile: Turnstile = limiter.turnstile
    ticket = turnstile.enter(tokens)
    try:
        await wait_for_turn(turnstile, ticket)
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


def check_is_limiter(limiter: Any) -> RateLimiter | None:
    """Return what was given as a model's rate limiter, if it is one (or None).

    Raises:
        ConfigurationError: It is something else.
    """
    if limiter is None or isinstance(getattr(limiter, "turnstile", None), Turnstile):
        checked: RateLimiter | None = limiter
        if checked is not None and checked.storage is not None:
            _check_is_of(bridge.API_MODULE, checked.storage)
        return checked
    raise ConfigurationError(f"rate_limiter must be a RateLimiter(...); got {limiter!r}.")


def _check_is_of(api_module: str, storage: Any) -> None:
    found = getattr(storage, "api_module", None)
    if not isinstance(storage, KeepsArguments) or found is None:
        raise ConfigurationError(f"storage must be a RedisStorage(...); got {storage!r}.")
    if found != api_module:
        raise ConfigurationError(
            f"This rate limiter waits for Redis with the storage of {found}, but is used in {api_module}. Make "
            f"another one with {api_module}.RedisStorage: the same URL and name make them one limit."
        )
