# Generated from src/twofold/_async/agents/live_events.py by `nox -s codegen`. Do not edit.
"""Events from the middle of an action, on their way to whoever streams the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

from ..._bridge import _sync as bridge
from ..._core.agents.events import PrintOutput, StreamEvent
from ..._core.concurrency import Returned

__all__ = ["LiveEvents", "TellsPrints"]

T = TypeVar("T")

# How many events of running code may wait for whoever streams: a program that prints in a loop has to wait.
_EVENTS_AHEAD = 1_000


@runtime_checkable
class TellsPrints(Protocol):
    """An executor session that can tell what code prints, as it prints it. Others tell it at the end."""

    on_print: Callable[[str], object] | None


class LiveEvents:
    """What happens inside a run's actions, if somebody wants to know. Owned by the run.

    When nobody streams, an action is called as it is, and nothing is collected.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._channel: bridge.EventChannel[StreamEvent] | None = None
        self._later: list[StreamEvent] = []

    @property
    def is_on(self) -> bool:
        """Whether an action is under way and somebody wants to know what happens in it."""
        return self._channel is not None

    def emit(self, event: StreamEvent) -> None:
        """Tell of an event, from any thread."""
        channel = self._channel
        if channel is not None:
            channel.put(event)

    def emit_later(self, event: StreamEvent) -> None:
        """Tell of an event with the next action: for what happens between two of them."""
        if self.wanted:
            self._later.append(event)

    def listen_to_prints(self, session: object) -> None:
        """Have an executor session tell what the code that it runs next prints."""
        if isinstance(session, TellsPrints):
            session.on_print = self._emit_print if self.is_on else None

    def _emit_print(self, text: str) -> None:
        self.emit(PrintOutput(text))

    def during(self, action: Callable[[], T]) -> Iterator[StreamEvent | Returned[T]]:
        """Carry an action out; yield the events that are emitted meanwhile, and last what it returned.

        An action in the middle of another one, as when an approver asks the model, tells through that one.
        """
        if not self.wanted or self.is_on:
            yield Returned(action())
            return
        later, self._later = self._later, []
        for told in later:
            yield told
        channel = self._channel = bridge.EventChannel(_EVENTS_AHEAD)
        try:
            events = bridge.run_with_events(action, channel)
            with bridge.closing(events):
                for event in events:
                    yield event
        finally:
            self._channel = None
