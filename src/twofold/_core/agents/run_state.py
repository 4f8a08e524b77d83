"""The life of a run beside its work: how it begins, ends, and goes on after it has stopped."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Mapping
from typing import Any

from ..display.logging import logger as standard_logger
from ..errors import (
    AgentError,
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    ConfigurationError,
    UsageLimitExceeded,
)
from ..telemetry import RunTrace
from ..usage import Timing, UsageLimits
from .checks import check_max_steps, check_usage_limits
from .memory import ActionStep, AgentMemory, TaskStep

__all__ = [
    "RunAtWork",
    "begin_run",
    "check_resumable",
    "condition_of",
    "end_run",
    "forget_failure",
    "keepable_variables",
    "left_behind",
    "note_failure",
    "prepare_resumption",
]

# what code defines belongs to the interpreter session in which it was defined
_BOUND_TO_SESSION = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type)


class RunAtWork:
    """Which run has an executor session: one, then the one that continues it, and so on.

    Owned by the session; what its code calls asks for whom that is.

    Attributes:
        run: The run.
        tools: The tools that code can call in the session, by name.
    """

    __slots__ = ("run", "tools")

    def __init__(self, run: Any, tools: Mapping[str, Any]) -> None:
        self.run = run
        self.tools = dict(tools)


def begin_run(run: Any) -> None:
    """Begin a run: start its clocks, take over what it continues, put its task into memory.

    Raises:
        ConfigurationError: It has begun already, or another run continues the same conversation.
    """
    previous = run._previous
    if run.has_begun:
        raise ConfigurationError("This run has been carried out already: start another one.")
    if previous is not None and previous._continued_by not in (None, run):
        raise ConfigurationError(
            "Another run is continuing this conversation right now. Wait for it, or use reset=True: "
            "two runs cannot write to one memory."
        )
    run.has_begun = True
    run.trace.begin(run)
    run.timing = Timing()
    run.usage.start_clock()
    if previous is not None:
        previous._continued_by = run
        previous.is_superseded = True
        run._session, previous._session = previous._session, None
        _take_over_calls(run, previous)
        run._code_variables = previous._code_variables
    run.memory.system_prompt.system_prompt = run._system_prompt
    run.memory.steps.append(TaskStep(task=run.task + run._announcement, task_images=run.images))
    run.logger.log_task(run.task, title=run.agent.name)
    standard_logger.debug("run of %s begins", type(run.agent).__name__)


def _take_over_calls(run: Any, previous: Any) -> None:
    """Let the calls of code in a session that goes over to a run be that run's."""
    run.at_work, previous.at_work = previous.at_work, None
    if run.at_work is not None:
        run.at_work.run = run


def prepare_resumption(
    run: Any, max_steps: int | None, usage_limits: UsageLimits | None
) -> Callable[[], None]:
    """Check what a run is to be resumed with, and return a function that lets it begin again.

    Raises:
        ConfigurationError: An argument is not what it has to be.
    """
    steps = run.max_steps if max_steps is None else check_max_steps(max_steps)
    limits = run.usage.limits if usage_limits is None else check_usage_limits(usage_limits)

    def begin_again() -> None:
        check_resumable(run, steps)
        run.max_steps = steps
        run.usage.limits = limits
        run.usage.start_clock()
        forget_failure(run.memory)
        run.outcome = "running"
        run.ending = None
        run.timing.end_time = None
        run.trace.begin(run)
        standard_logger.debug("run of %s resumes", type(run.agent).__name__)

    return begin_again


def note_failure(run: Any, error: AgentError) -> None:
    """Note how a run ended that an error ends, and on the error whose it is."""
    if isinstance(error, AgentInterrupted):
        run.outcome = "interrupted"
    elif run.outcome == "running":
        run.outcome = "failed"
    if error.run is None:
        error.run = run
    run.trace.failure = error


def end_run(run: Any) -> None:
    """Note that a run is over, however it came to that."""
    run.timing.finish()
    if run.outcome == "running":
        run.outcome = "interrupted"  # the stream was closed early, or the task was cancelled
    if run._previous is not None:
        # what it continued is over for good: from now on this run is the one to continue
        run._previous._continued_by = None
        run._previous = None
    run.logger.end_run(run)
    run.trace.end(run)
    standard_logger.debug(
        "run of %s ends: %s, %d steps", type(run.agent).__name__, run.outcome, run.step_number
    )


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


def left_behind(run: Any) -> Any:
    """Return a run to continue in place of one that was stopped and cannot end yet.

    Its thread may wait for long, for a reply over the network say, and writes to the run when it goes on:
    to a memory that is nobody's any more.
    """
    twin = copy.copy(run)
    twin.outcome, twin.is_active = "interrupted", False
    twin.trace = RunTrace(run.trace.conversation)  # the spans end with what they are about
    run.memory = copy.copy(run.memory)
    run.memory.steps = list(run.memory.steps)
    run._session = None
    _take_over_calls(twin, run)
    return twin
