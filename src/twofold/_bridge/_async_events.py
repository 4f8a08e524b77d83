"""Event channels of the async colour: the consumer iterates on its loop, the producers are anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from .._core.concurrency import Returned
from ._async_fan_out import cancel_and_wait
from ._channels import BaseChannel

__all__ = ["EventChannel", "run_with_events"]

E = TypeVar("E")
T = TypeVar("T")

# A consumer that never waits for anything itself would keep the loop busy as long as events come.
BATCH = 64


class EventChannel(BaseChannel[E]):
    """A queue of events that any thread may `put` into and one consumer iterates over until `close`."""

    def __init__(self, max_size: int | None = None) -> None:
        super().__init__(max_size)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._ringing = False

    async def __aiter__(self) -> AsyncGenerator[E, None]:
        self._consumer_thread = threading.get_ident()
        self._loop = asyncio.get_running_loop()
        taken = 0
        while True:
            self._bell.clear()
            try:
                event = self._take()
            except IndexError:
                if self._closed and not self._events:
                    return
                await self._bell.wait()
            else:
                yield event
                taken += 1
                if taken % BATCH == 0:
                    await asyncio.sleep(0)

    def _notify(self) -> None:
        loop = self._loop
        if loop is None or self._ringing:  # nobody listens yet, or it is on its way
            return
        self._ringing = True
        try:
            loop.call_soon_threadsafe(self._ring)
        except RuntimeError:  # the consumer's loop is closed
            self._closed = True

    def _ring(self) -> None:
        self._ringing = False
        self._bell.set()


async def run_with_events(
    function: Callable[[], Awaitable[T]], channel: EventChannel[E]
) -> AsyncGenerator[E | Returned[T], None]:
    """Call a function and yield what arrives in the channel meanwhile.

    The channel is closed when the function ends. Closing the iterator early cancels the function.

    Args:
        function: What produces the events, directly or by what it calls.
        channel: Where they arrive.

    Yields:
        The events, and last a `Returned` with the function's value.

    Raises:
        BaseException: What the function raised, after the events.
    """

    async def call() -> T:
        return await function()

    task = asyncio.create_task(call())
    task.add_done_callback(lambda _: channel.close())
    try:
        async for event in channel:
            yield event
        yield Returned(await task)
    finally:
        channel.close()
        await cancel_and_wait(task)
