"""What belongs to one event loop, used from any thread and any loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

__all__ = ["HomeLoop", "run_on"]

P = ParamSpec("P")
T = TypeVar("T")


class HomeLoop:
    """The loop on which something lives: that on which it was first used, until it is left.

    Args:
        gone: Makes the error that says that the loop has ended.
    """

    def __init__(self, gone: Callable[[], Exception]) -> None:
        self._gone = gone
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop; None if there is none, or if it was closed."""
        return None if self._loop is None or self._loop.is_closed() else self._loop

    def settle(self) -> None:
        """Make the current loop the home, unless there is one."""
        if self.loop is None:
            self._loop = asyncio.get_running_loop()

    def leave(self) -> None:
        """Forget the loop."""
        self._loop = None

    async def run(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a coroutine function at home, wherever the caller is."""
        home = self.loop
        if home is None or not home.is_running():
            raise self._gone()
        return await run_on(home, function, *args, **kwargs)


async def run_on(
    home: asyncio.AbstractEventLoop, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a coroutine function on a loop that runs, wherever the caller is."""
    if home is asyncio.get_running_loop():
        return await function(*args, **kwargs)

    async def run() -> T:
        return await function(*args, **kwargs)

    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), home))
