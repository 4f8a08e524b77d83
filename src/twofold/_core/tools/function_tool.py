"""Tools made of functions. What is read from a function is in `signature`; the decorator is in `tool`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from .base import Tool
from .checks import check_fields, named_parameters

if TYPE_CHECKING:
    from .arguments import ArgumentChecker

__all__ = ["FunctionTool"]

P = ParamSpec("P")
R = TypeVar("R")


class FunctionTool(Tool, Generic[P, R]):
    """A tool made from a function by `tool`. Called like the function, it does what the function does.

    Attributes:
        function: The function.
    """

    _keeps_arguments = False

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | None = None,
        requires_approval: bool = False,
        blocking: bool = True,
        local_names: Mapping[str, Any] | None = None,
    ) -> None:
        from .signature import describe_function

        if name is not None:
            check_fields("The tool", {"name": name})
        self._described = describe_function(
            function, name=name, description=description, local_names=local_names
        )
        functools.update_wrapper(self, function, updated=())
        self.function = function
        self.name = self._described.name
        self.description = self._described.description
        self.inputs = self._described.inputs
        self.output_type = self._described.output_type
        self.output_schema = self._described.output_schema
        self.timeout = timeout
        self.requires_approval = requires_approval
        self.blocking = blocking

    # checkers see the function's own parameters, and not those that tools have besides
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # type: ignore[override]
        """Call the function. The result of an ``async def`` is to be awaited."""
        result: R = super().__call__(*args, **kwargs)  # type: ignore[arg-type]
        return result

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, past everything that the tool adds."""
        return self.function(*args, **kwargs)

    @property
    def _implementation(self) -> Callable[..., Any]:
        return self.function

    def _make_checker(self) -> ArgumentChecker:
        from .arguments import ArgumentChecker

        return ArgumentChecker(
            tool=self.name,
            usage=self.signature,
            inputs=self.inputs,
            adapters=self._described.adapters,
            required=frozenset(self._required()),
            hints=self._described.hints,
            order=[
                key
                for key, parameter in named_parameters(self.function)[0].items()
                if parameter.kind is not parameter.KEYWORD_ONLY
            ],
        )

    def _returns_text(self) -> str:
        from .hints import hint_text

        return hint_text(self._described.returns)

    def _result_notes(self) -> list[str]:
        from .text import result_notes

        return result_notes(self._described.returns_text, self._described.returns, self.output_schema)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # by name, like the function: pickling the function itself would find this tool in its place
        return vars(self)["__qualname__"] if _is_found_by_name(self) else super().__reduce_ex__(protocol)


def _is_found_by_name(one: FunctionTool[..., Any]) -> bool:
    path = vars(one).get("__qualname__", "")
    found: Any = sys.modules.get(one.__module__)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found is one
