"""Which variables of a run outlive the executor session in which its code has defined them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

__all__ = ["keepable_variables"]

# what code defines belongs to the interpreter session in which it was defined
_BOUND_TO_SESSION = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type)


def keepable_variables(variables: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return those variables of an executor session that can be used in another one."""
    return {
        name: value for name, value in (variables or {}).items() if not isinstance(value, _BOUND_TO_SESSION)
    }
