"""Runs that have stopped: whether they can go on, from where, and with which variables."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

from .errors import (
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    ConfigurationError,
    UsageLimitExceeded,
)
from .memory import ActionStep, AgentMemory

__all__ = ["check_resumable", "condition_of", "forget_failure", "keepable_variables"]

# what code defines belongs to the interpreter session in which it was defined
_BOUND_TO_SESSION = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type)


def keepable_variables(variables: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return those variables of an executor session that can be used in another one."""
    return {
        name: value for name, value in (variables or {}).items() if not isinstance(value, _BOUND_TO_SESSION)
    }


def check_resumable(run: Any, max_steps: int) -> None:
    """Check that a run can go on.

    Args:
        run: The run.
        max_steps: How many steps it may have in all.

    Raises:
        ConfigurationError: It has not begun, is under way, is answered, was continued, or has no step left.
    """
    if not run.has_begun or run.is_active or run.outcome == "success":
        raise ConfigurationError(f"This run cannot be resumed: it is {condition_of(run)}.")
    if run.is_superseded:
        raise ConfigurationError(
            "This run cannot be resumed: a later run has continued its conversation. Resume that one."
        )
    if run.outcome == "max_steps_error" and run.step_number > max_steps:
        raise ConfigurationError(
            f"All {run.max_steps} steps of this run are used up: pass a larger max_steps to resume it."
        )


def condition_of(run: Any) -> str:
    """Say where a run stands, for messages."""
    if not run.has_begun:
        return "not begun yet"
    return "under way" if run.is_active else f"over ({run.outcome})"


def forget_failure(memory: AgentMemory) -> None:
    """Take the last step back if it was not carried out, because the run ended in its middle."""
    last = memory.steps[-1] if memory.steps else None
    ends = AgentGenerationError | AgentInterrupted | UsageLimitExceeded | AgentMaxStepsError
    if isinstance(last, ActionStep) and isinstance(last.error, ends):
        memory.steps.pop()
