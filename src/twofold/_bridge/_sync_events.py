"""Event channels of the sync colour: the consumer iterates on its own thread, the producers run on others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from .._core.concurrency import Returned
from . import _scopes
from ._channels import BaseChannel
from ._thread_call import ThreadCall

__all__ = ["EventChannel", "run_with_events"]

E = TypeVar("E")
T = TypeVar("T")


class EventChannel(BaseChannel[E]):
    """A queue of events that any thread may `put` into and one consumer iterates over until `close`."""

    def __init__(self, max_size: int | None = None) -> None:
        super().__init__(max_size)
        self._bell = threading.Lock()
        self._bell.acquire()

    def __iter__(self) -> Iterator[E]:
        self._consumer_thread = threading.get_ident()
        while True:
            try:
                event = self._take()
            except IndexError:
                if self._closed and not self._events:
                    return
                _scopes.acquire(self._bell)
            else:
                yield event

    def _notify(self) -> None:
        try:
            self._bell.release()
        except RuntimeError:  # it rings already
            pass


def run_with_events(function: Callable[[], T], channel: EventChannel[E]) -> Iterator[E | Returned[T]]:
    """Call a function on another thread and yield what arrives in the channel meanwhile.

    The channel is closed when the function ends. Closing the iterator early cancels the function.

    Args:
        function: What produces the events, directly or by what it calls.
        channel: Where they arrive.

    Yields:
        The events, and last a `Returned` with the function's value.

    Raises:
        BaseException: What the function raised, after the events.
    """
    call = ThreadCall(function, on_done=channel.close)
    try:
        call.start()
        yield from channel
        call.wait()
        yield Returned(call.result())
    finally:
        channel.close()
        call.cancel()
