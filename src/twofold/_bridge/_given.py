"""A value in the form of an awaitable."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Generic, TypeVar

__all__ = ["Given"]

T = TypeVar("T")


class Given(Generic[T]):
    """Awaiting it gives the value at once. Whoever knows it may take the value and save the way."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, T]:
        yield from ()
        return self.value
