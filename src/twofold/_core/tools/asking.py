"""Who answers what tools ask in the middle of a call, as those of MCP servers do: the run that called them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

__all__ = ["Answerer", "current_answerer", "nobody_answers"]


class Answerer:
    """Answers for a run while it calls a tool. A context manager: for calls that are made in its block.

    Attributes:
        run: The run.
        ask: Called with the tool, which may be unknown and then is None, and the question as a dict; asks the
            run's approver. May be called on any thread and any event loop; awaited where it is ``async def``.
    """

    __slots__ = ("_token", "ask", "run")

    def __init__(self, run: Any, ask: Callable[..., Any]) -> None:
        self.run = run
        self.ask = ask
        self._token: Token[Answerer | None] | None = None

    def __enter__(self) -> Answerer:
        self._token = current_answerer.set(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        assert self._token is not None
        current_answerer.reset(self._token)


current_answerer: ContextVar[Answerer | None] = ContextVar("twofold_answerer", default=None)
"""Who answers what is asked in the call in whose context the caller runs; None if nobody does."""


@contextmanager
def nobody_answers() -> Iterator[None]:
    """Let nobody answer what is asked in calls that are made in the block.

    Neither does the run whose tool the block is a part of: it is somebody else's approver.
    """
    token = current_answerer.set(None)
    try:
        yield
    finally:
        current_answerer.reset(token)
