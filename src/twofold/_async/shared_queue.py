"""Waiting for one's turn where several processes share one limit."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from .._bridge import _async as bridge
from .._core.errors import RateLimiterUnavailable
from .._core.limits.headers import limits_in
from .._core.limits.pacing import Pacer, ProviderLimits, Ticket, Turnstile, check_fits
from .._core.limits.redis_pacing import SharedLimits
from .._core.limits.retries import pause_asked_for
from .redis_storage import RedisStorage

__all__ = ["SharedQueue", "SharedSlot", "wait_for_turn"]

logger = logging.getLogger("twofold")

_PATIENCE = 3.0
"""A process that does not ask again within so many seconds loses its place."""
_LONGEST_SLEEP = 1.0
_SHORTEST_SLEEP = 0.002
_UNKNOWN_SLEEPS = (0.01, 0.02, 0.05, 0.1)  # while a request of some process has to end first


class SharedSlot:
    """The permission for one request, while it is under way. What it learns is passed on at its end."""

    def __init__(self, started: float) -> None:
        self.started = started
        """When the request was let go, by the storage's clock."""
        self.tokens: int | None = None
        self.limits: ProviderLimits | None = None
        self.pause: float | None = None

    def learn(self, headers: Mapping[str, Any] | None) -> None:
        """Take in what the headers of the reply say of the provider's own limits."""
        self.limits = limits_in(headers) or self.limits

    def refused(self, error: Exception) -> None:
        """Take in that the request failed: all wait as long as the provider asks for."""
        self.pause = pause_asked_for(error)


class SharedQueue:
    """This process's part of a queue that is kept in a storage. Owned by a ``RateLimiter``.

    Within the process it is first come, first served; between processes it goes round.

    Args:
        storage: Where the queue is.
        limits: What all processes keep to together.
    """

    def __init__(self, storage: RedisStorage, limits: SharedLimits) -> None:
        self._storage = storage
        self._limits = limits
        # a process asks for one request at a time, so that the storage need not know of all that wait
        self.turnstile = Turnstile(Pacer(max_concurrency=1), bridge.monotonic)
        self._name = os.urandom(16).hex()
        self._active: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many requests of this process wait."""
        return self.turnstile.waiting + self.turnstile.active

    @property
    def active(self) -> int:
        """How many requests of this process are under way."""
        return len(self._active)

    @asynccontextmanager
    async def slot(self, tokens: int) -> AsyncIterator[SharedSlot]:
        """Wait for a turn, and keep it while the block runs.

        Raises:
            ConfigurationError: There are more tokens than ever allowed.
            RateLimiterUnavailable: The storage cannot be used.
        """
        check_fits(tokens, self._limits.tokens_per_minute)
        request = os.urandom(16).hex()
        slot = SharedSlot(await self._wait(request, tokens))
        self._active.add(request)
        try:
            yield slot
        except Exception as error:
            slot.refused(error)
            raise
        finally:
            self._active.discard(request)
            await bridge.shield(lambda: self._finish(request, slot))

    async def _wait(self, request: str, tokens: int) -> float:
        ticket = self.turnstile.enter()
        try:
            await wait_for_turn(self.turnstile, ticket)
            return await self._contend(request, tokens)
        except BaseException:
            if ticket.granted is not None:
                await bridge.shield(lambda: self._give_back(request))
            raise
        finally:
            self.turnstile.leave(ticket)

    async def _contend(self, request: str, tokens: int) -> float:
        sleeps = iter(_UNKNOWN_SLEEPS)
        while True:
            more = self.turnstile.waiting > 0
            arguments = self._limits.enter(self._contender(), request, tokens, more=more, patience=_PATIENCE)
            answer = await self._storage.enter(arguments)
            if answer.granted:
                return answer.time
            if answer.seconds is None:
                await bridge.sleep(next(sleeps, _UNKNOWN_SLEEPS[-1]))
            else:
                await bridge.sleep(min(max(answer.seconds, _SHORTEST_SLEEP), _LONGEST_SLEEP))

    async def _give_back(self, request: str) -> None:
        """Undo what may have been granted to a request that is not made."""
        try:
            finish = self._limits.finish(request, 0, undone=True, pause=None, limits=None)
            await self._storage.finish(finish)
            if self.turnstile.waiting == 0:
                await self._storage.leave(self._limits.leave(self._contender()))
        except RateLimiterUnavailable as error:
            logger.debug("a place in the queue could not be given back: %s", error)

    async def _finish(self, request: str, slot: SharedSlot) -> None:
        finish = self._limits.finish(request, slot.tokens, undone=False, pause=slot.pause, limits=slot.limits)
        try:
            await self._storage.finish(finish)
        except RateLimiterUnavailable as error:
            # the reply is there, and is not to be lost; the storage forgets the request by itself
            logger.warning("the end of a request could not be noted: %s", error)

    def _contender(self) -> str:
        return f"{self._name}-{os.getpid()}"  # a process that was forked is another one


async def wait_for_turn(turnstile: Turnstile, ticket: Ticket) -> None:
    """Wait until a ticket is granted."""
    while True:
        bell = bridge.Event()
        may_go, seconds = turnstile.look(ticket, bell.set)
        if may_go:
            return
        await bell.wait(seconds)
