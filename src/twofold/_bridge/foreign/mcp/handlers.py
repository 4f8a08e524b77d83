"""Calling the handlers of users: ``def`` on another thread, so that they may block, ``async def`` here."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

__all__ = ["Mailbox", "call_handler"]

logger = logging.getLogger("twofold.mcp")


async def call_handler(handler: Callable[..., Any], *args: Any) -> Any:
    """Call a user's function, which may be asynchronous, and may block if it is not."""
    from ..._async import call_blocking

    if inspect.iscoroutinefunction(handler):
        return await handler(*args)
    result = await call_blocking(handler, *args)
    return await result if inspect.isawaitable(result) else result


class Mailbox:
    """Hands messages to a handler one after the other, in the order they came, without holding up the sender.

    Args:
        handler: The user's function of one message.
        what: What it handles, for the log.
    """

    def __init__(self, handler: Callable[..., Any], what: str) -> None:
        self._handler = handler
        self._what = what
        self._waiting: deque[Any] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, message: Any) -> None:
        """Hand over a message."""
        self._waiting.append(message)
        if self._task is None:
            self._task = asyncio.create_task(self._work())

    async def drain(self) -> None:
        """Wait until everything handed over so far has been handled."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        try:
            while self._waiting:
                try:
                    await call_handler(self._handler, self._waiting.popleft())
                except Exception:
                    logger.exception("the %s failed", self._what)
        finally:
            self._task = None
