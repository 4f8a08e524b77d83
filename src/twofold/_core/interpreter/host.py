"""How a running program reaches the world outside: the one seam between the interpreter and the bridge.

The interpreter never waits by itself. Whatever has to wait (an async tool, ``time.sleep``, ``parallel``) is
asked of the :class:`Host` that the bridge gave to ``Program.run``. No implementation lives here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any, ParamSpec, Protocol, TypeVar

__all__ = ["Host", "current_host"]

T = TypeVar("T")
P = ParamSpec("P")


class Host(Protocol):
    """What a program may ask of the thread or greenlet that it runs on.

    Made by the bridge, one per running program; every method is called from inside the program. A method
    that was waiting when the program's control was stopped ends by ``control.raise_if_stopped()``.
    """

    def resolve(self, awaitable: Awaitable[T], /) -> T:
        """Wait for an awaitable and return its result; the program's clock stands still meanwhile."""
        ...

    def call_blocking(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that may block, without holding up the neighbours on this worker."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """What ``time.sleep`` in generated code does; counts as the program's own running time."""
        ...

    def map_concurrent(
        self, function: Callable[[Any], T], items: Sequence[Any], limit: int | None, /
    ) -> list[T]:
        """Call ``function`` for every item at once; results in order, the first error raised."""
        ...

    def switch(self) -> None:
        """Let the neighbours on this worker have a turn; called from a checkpoint."""
        ...


current_host: ContextVar[Host] = ContextVar("twofold_current_host")
"""The host of the program that is running in this context. Set by ``Program.run`` for its duration."""
