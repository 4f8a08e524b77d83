"""When a request is made again, as data. Waiting and asking again is for ``retry`` in each half."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError, ModelError, RateLimited

__all__ = ["RetryEvent", "RetryPolicy", "pause_asked_for", "retry_listener"]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failed request is made again, and how long to wait before.

    Only errors that say of themselves that they may pass (``ModelError.retryable``) are retried: rate limits,
    timeouts, dropped connections, statuses 408, 409, 429 and 5xx. A provider's ``Retry-After`` is obeyed.

    Args:
        attempts: How often a request is made at most, the first time included.
        initial_wait: Seconds before the second attempt.
        multiplier: How many times longer each wait is than the one before.
        max_wait: The longest wait in seconds, where the provider does not ask for a longer one.
        jitter: Up to so many seconds are added to every wait, so that not all come back at once.
        total_seconds: No attempt begins later than this after the first; None for no such limit.
        retry_on: Decides instead of ``ModelError.retryable`` which errors are retried.

    Raises:
        ConfigurationError: A figure makes no sense.

    Example:
        >>> RetryPolicy(attempts=3, total_seconds=30).attempts
        3
    """

    attempts: int = 5
    initial_wait: float = 1.0
    multiplier: float = 2.0
    max_wait: float = 60.0
    jitter: float = 1.0
    total_seconds: float | None = 300.0
    retry_on: Callable[[ModelError], bool] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.attempts, int) or isinstance(self.attempts, bool) or self.attempts < 1:
            raise ConfigurationError(
                f"RetryPolicy: attempts must be a whole number of at least 1 (1: never retry); "
                f"got {self.attempts!r}."
            )
        for name in ("initial_wait", "multiplier", "max_wait", "jitter", "total_seconds"):
            value = getattr(self, name)
            if name == "total_seconds" and value is None:
                continue
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < math.inf:
                raise ConfigurationError(
                    f"RetryPolicy: {name} must be a number that is not negative; got {value!r}."
                )

    @classmethod
    def of(cls, retry: Any) -> RetryPolicy:
        """Return the policy that a model's argument ``retry`` stands for.

        Raises:
            ConfigurationError: It is neither a bool nor a policy.
        """
        if isinstance(retry, cls):
            return retry
        if isinstance(retry, bool):
            return cls() if retry else cls(attempts=1)
        raise ConfigurationError(f"retry must be True, False or a RetryPolicy(...); got {retry!r}.")

    def applies_to(self, error: BaseException) -> bool:
        """Return whether a request that failed with an error may be made again."""
        if not isinstance(error, ModelError):
            return False
        return error.retryable if self.retry_on is None else self.retry_on(error)

    def wait_before(self, attempt: int, error: BaseException | None) -> float:
        """Return the seconds to wait, jitter aside, before an attempt (2 is the first that comes again)."""
        exponent = min(attempt - 2, 64)  # beyond, a float overflows
        backoff = min(self.max_wait, self.initial_wait * self.multiplier**exponent)
        return max(backoff, getattr(error, "retry_after", None) or 0.0)


@dataclass(frozen=True, slots=True)
class RetryEvent:
    """A request failed and will be made again.

    Args:
        model: The model's id.
        attempt: The attempt that failed, from 1.
        attempts: How many there are at most.
        wait_seconds: How long is waited before the next one.
        error: Why it failed.
    """

    model: str | None
    attempt: int
    attempts: int
    wait_seconds: float
    error: ModelError

    def __str__(self) -> str:
        return (
            f"attempt {self.attempt} of {self.attempts} to ask the model {self.model!r} failed "
            f"({type(self.error).__name__}); the next one in {self.wait_seconds:.1f} s: {self.error}"
        )


def pause_asked_for(error: Exception) -> float | None:
    """Return for how many seconds a provider wants to be left alone, if an error says so."""
    if isinstance(error, RateLimited) and error.retryable and error.retry_after:
        return error.retry_after
    return None


retry_listener: ContextVar[Callable[[RetryEvent], object] | None] = ContextVar(
    "twofold_retry_listener", default=None
)
"""Told of every retry in its context, beside the model's own ``on_retry``: how a run hears of them."""
