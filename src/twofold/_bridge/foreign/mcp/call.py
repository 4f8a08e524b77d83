"""One call of a tool that is under way, and which of them a server's question belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ...._core.tools.asking import Answerer

__all__ = ["Call", "current_call"]


class Call:
    """A call of a tool.

    Attributes:
        tool: The `Tool` that is called.
        limit: The clock of the call.
        answerer: Who answers what is asked meanwhile, on behalf of the run that calls; None if nobody does.
        over: Whether it has ended. It may, while a question is answered that could have been another call's.
    """

    def __init__(self, tool: Any, limit: asyncio.Timeout, answerer: Answerer | None) -> None:
        self.tool = tool
        self.limit = limit
        self.answerer = answerer
        self.over = False
        self._pauses = 0
        self._left: float | None = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock while the user is asked."""
        loop = asyncio.get_running_loop()
        due = self.limit.when()
        if self._pauses == 0 and due is not None:
            self._left = due - loop.time()
            self.limit.reschedule(None)
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            if self._pauses == 0 and self._left is not None and not (self.over or self.limit.expired()):
                self.limit.reschedule(loop.time() + self._left)
                self._left = None


current_call: ContextVar[Call | None] = ContextVar("twofold_mcp_call", default=None)
"""The call in whose context the caller runs."""
