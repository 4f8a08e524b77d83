"""``ClientPool`` of the async half: one provider client for each event loop that asks for one.

An SDK's client belongs to the loop it was first used on. A script that calls ``asyncio.run`` twice, or a test
suite with a loop for each test, has several loops in its life, and gets a client for each.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, TypeVar

__all__ = ["ClientPool"]

T = TypeVar("T")


class ClientPool(Generic[T]):
    """Makes clients when they are needed and keeps one per event loop.

    A client that was not closed by ``aclose`` is closed when its loop shuts down, so that a script which
    ends without closing anything gives no warning.

    Args:
        create: Makes a client. Called on the loop that will use it.
    """

    def __init__(self, create: Callable[[], T]) -> None:
        self._create = create
        self._lock = threading.Lock()
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[T, AsyncIterator[None]]]
        self._clients = weakref.WeakKeyDictionary()

    def get(self) -> T:
        """Return the client of the running loop, made now if there is none yet."""
        loop = asyncio.get_running_loop()
        with self._lock:
            known = self._clients.get(loop)
            if known is None:
                client = self._create()
                known = self._clients[loop] = client, _close_with_loop(client)
        return known[0]

    async def aclose(self) -> None:
        """Close the client of the running loop. The next ``get`` makes another one."""
        with self._lock:
            known = self._clients.pop(asyncio.get_running_loop(), None)
        if known is not None:
            await known[1].aclose()  # type: ignore[attr-defined]


def _close_with_loop(client: Any) -> AsyncIterator[None]:
    """Return a generator that closes the client when it is closed: by us, or by the loop at its shutdown."""

    async def guard() -> AsyncIterator[None]:
        try:
            yield
        finally:
            closed = client.aclose() if hasattr(client, "aclose") else client.close()
            if inspect.isawaitable(closed):
                await closed

    generator = guard()
    # The first step runs to the yield without waiting, and registers the generator with the running loop,
    # which closes all its generators in shutdown_asyncgens().
    try:
        generator.__anext__().__await__().__next__()
    except StopIteration:
        pass
    return generator
