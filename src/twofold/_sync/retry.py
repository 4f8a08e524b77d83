# Generated from src/twofold/_async/retry.py by `nox -s codegen`. Do not edit.
"""Making failed requests again: waiting, hooks and log lines around tenacity.

When to do so is data: ``RetryPolicy``. What may be retried, an error says of itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .._bridge import _sync as bridge
from .._core.errors import ModelError
from .._core.limits.retries import RetryEvent, RetryPolicy, retry_listener

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

__all__ = ["Retrier"]

T = TypeVar("T")

logger = logging.getLogger("twofold")


class Retrier:
    """Calls functions that may fail for a while. Owned by a model; keeps nothing between calls.

    Args:
        policy: When to call again.
        on_retry: Called with a ``RetryEvent`` before each wait; may be ``async def``.
        model: The model's id, for events.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        on_retry: Callable[[RetryEvent], Any] | None = None,
        model: str | None = None,
    ) -> None:
        self.policy = policy
        self._on_retry = on_retry
        self._model = model

    def call(self, function: Callable[[], T]) -> T:
        """Call a function, again and again while its errors may pass.

        Raises:
            ModelError: The last one.
        """
        started = bridge.monotonic()
        try:
            return function()
        except ModelError as error:
            if self.policy.attempts == 1 or not self.policy.applies_to(error):
                raise
            failed = [error]

        def attempt() -> T:
            # tenacity takes 50 ms to import and some time for each call, so it comes in after the first
            # failure, which counts as its first attempt
            if failed:
                raise failed.pop()
            return function()

        return self._retrying(started)(attempt)

    def _retrying(self, started: float) -> Retrying:
        from tenacity import Retrying, retry_if_exception, wait_random

        policy = self.policy
        jitter = wait_random(0, policy.jitter)

        def wait(retry_state: RetryCallState) -> float:
            upcoming = retry_state.attempt_number + 1
            return policy.wait_before(upcoming, _error_of(retry_state)) + jitter(retry_state)

        def is_enough(retry_state: RetryCallState) -> bool:
            spent = max(bridge.monotonic() - started, retry_state.idle_for)
            upcoming = spent + (retry_state.upcoming_sleep or 0.0)
            is_late = policy.total_seconds is not None and upcoming > policy.total_seconds
            return is_late or retry_state.attempt_number >= policy.attempts

        return Retrying(
            retry=retry_if_exception(policy.applies_to),
            wait=wait,
            stop=is_enough,
            sleep=bridge.sleep,
            before_sleep=self._tell,
            reraise=True,
        )

    def _tell(self, retry_state: RetryCallState) -> None:
        error = _error_of(retry_state)
        if not isinstance(error, ModelError):
            return
        event = RetryEvent(
            self._model,
            retry_state.attempt_number,
            self.policy.attempts,
            retry_state.upcoming_sleep or 0.0,
            error,
        )
        logger.warning("%s", event)
        if (listener := retry_listener.get()) is not None:
            listener(event)
        if self._on_retry is not None:
            bridge.call_user(self._on_retry, event)


def _error_of(retry_state: RetryCallState) -> BaseException | None:
    return retry_state.outcome.exception() if retry_state.outcome is not None else None
