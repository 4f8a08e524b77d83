"""What generated code is allowed: the settings of one interpreter, as the user gave them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..errors import ConfigurationError
from .imports import ImportRules

__all__ = ["InterpreterPolicy"]


@dataclass(frozen=True)
class InterpreterPolicy:
    """The settings shared by all sessions of one executor.

    Attributes:
        authorized_imports: Modules that generated code may import besides the default ones: names, dotted
            names, ``package.*`` for a package with all its submodules, ``*`` for everything.
        timeout_seconds: How long one execution may run by itself; None for no limit.
        max_operations: How many loop turns and function calls one execution may make; None does not count.
        max_print_characters: How much of what one execution prints is kept, cut in the middle.
    """

    authorized_imports: tuple[str, ...] = ()
    timeout_seconds: float | None = 30.0
    max_operations: int | None = None
    max_print_characters: int = 50_000

    def __post_init__(self) -> None:
        given: object = self.authorized_imports
        if isinstance(given, str):
            raise ConfigurationError(
                f"authorized_imports must be a sequence of module names, not the string "
                f"{self.authorized_imports!r}. Write [{self.authorized_imports!r}]."
            )
        object.__setattr__(self, "authorized_imports", tuple(self.authorized_imports))
        for name in ("timeout_seconds", "max_operations"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise ConfigurationError(f"{name} must be a number or None, not {value!r}.")
            if value is not None and value <= 0:
                raise ConfigurationError(f"{name} must be greater than 0, not {value!r}.")
        if not isinstance(self.max_print_characters, int) or self.max_print_characters < 0:
            raise ConfigurationError(
                f"max_print_characters must be a whole number of at least 0, "
                f"not {self.max_print_characters!r}."
            )

    @cached_property
    def imports(self) -> ImportRules:
        """The rules that say which module may be imported."""
        return ImportRules(self.authorized_imports)
