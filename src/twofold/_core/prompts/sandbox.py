"""The environment in which prompt templates are rendered. They may come from anybody: they can read, not act."""

from __future__ import annotations

from types import MethodType
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["make_environment"]

_PLAIN = (str, bytes, int, float, bool, list, tuple, dict, set, frozenset)
_DESCRIBING = frozenset({"to_code_prompt", "to_tool_calling_prompt"})


class _Environment(ImmutableSandboxedEnvironment):
    """Lets templates call what belongs to plain values and to the language, and what describes a tool.

    A tool has methods that run code (``from_code``, ``forward``); jinja's own sandbox would let them be called.
    """

    def is_safe_callable(self, obj: Any) -> bool:
        if not super().is_safe_callable(obj):
            return False
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, _PLAIN) or (isinstance(obj, MethodType) and obj.__name__ in _DESCRIBING):
            return True
        of_the_language = type(obj).__module__ if not isinstance(obj, type | MethodType) else obj.__module__
        return obj in (range, dict) or of_the_language.partition(".")[0] == "jinja2"


def make_environment() -> ImmutableSandboxedEnvironment:
    """Return an environment in which a variable that is missing is an error, never an empty text."""
    return _Environment(undefined=StrictUndefined, autoescape=False)
