"""Functions as generated code is given them to call: what both halves of the bridge share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ["ProgramCallable", "Through"]

Through: TypeAlias = Callable[[Any, Sequence[Any], Mapping[str, Any]], Any]
"""Makes a call: gets the function, its arguments without names and those with."""


class ProgramCallable:
    """A function of the host that generated code calls like any other.

    Small, because a session may have many and there may be ten thousand sessions. Generated code gets a
    closure in front of it.

    Args:
        function: What is called in the end.
        through: Makes the call; if None, it is made as it is.
    """

    __slots__ = ("__wrapped__", "_through")

    def __init__(self, function: Callable[..., Any], through: Through | None = None) -> None:
        self.__wrapped__ = function
        self._through = through or _as_it_is

    @property
    def __name__(self) -> str:
        function = self.__wrapped__
        name = getattr(function, "__name__", None) or getattr(function, "name", None)
        return name if isinstance(name, str) else type(function).__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.packed(args, kwargs)

    def packed(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call the function with arguments that have been collected already: one C frame less to keep."""
        raise NotImplementedError


def _as_it_is(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return function(*args, **kwargs)
