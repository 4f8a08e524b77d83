# Generated from src/twofold/_async/agents/turns.py by `nox -s codegen`. Do not edit.
"""The turns of a run: each plans if that is due and carries out one step, or answers when none is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.agents.callbacks import accepts_agent
from ..._core.agents.events import ActionOutput, StreamEvent
from ..._core.agents.memory import ActionStep, MemoryStep
from ..._core.display.logging import logger as standard_logger
from ..._core.errors import (
    AgentError,
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    UsageLimitExceeded,
)
from ..._core.messages import ChatMessage
from ..._core.telemetry import begin_step
from .answers import check_answer, take_text_as_answer
from .dynamic_tools import refresh_tools
from .planning import ask_for_answer, is_planning_due, make_plan

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["call_callbacks", "carry_out_by_hand", "take_turn"]


def take_turn(run: AgentRun[Any]) -> Iterator[StreamEvent]:
    """Plan if that is due, and carry out one step; or answer, if there are no steps left.

    Raises:
        AgentError: The run is to end.
    """
    if run.ending is not None:
        raise run.ending
    return _answer_without_steps(run) if run.step_number > run.max_steps else _plan_and_act(run)


def _plan_and_act(run: AgentRun[Any]) -> Iterator[StreamEvent]:
    refresh_tools(run)
    if is_planning_due(run):
        plan = make_plan(run)
        with bridge.closing(plan):
            for event in plan:
                yield event
    run.logger.begin_step(run.step_number, run.max_steps)
    step = ActionStep(step_number=run.step_number, observations_images=run.images)
    events = _carry_out(run, step)
    with bridge.closing(events):
        for event in events:
            yield event
    run.step_number += 1
    yield step


def _carry_out(run: AgentRun[Any], step: ActionStep) -> Iterator[StreamEvent]:
    """Carry out one step and put it into memory, whatever comes of it."""
    run.trace.step = begin_step(run)
    events = run.acting._step_stream(run, step)
    try:
        with bridge.closing(events):
            for event in events:
                if isinstance(event, ActionOutput) and event.is_final_answer:
                    event.output = run.output = check_answer(run, step, event.output)
                    run.outcome = "success"
                yield event
    except AgentError as error:
        _note_error(run, step, error)
    except BaseException as error:
        # closed early, cancelled, or an error of the program: remember what there is, and let it pass
        run.trace.end_step(error)
        _remember(run, step, AgentInterrupted("The step was not finished: the run was stopped."))
        raise
    _remember(run, step)
    call_callbacks(run, step)


def carry_out_by_hand(run: AgentRun[Any], step: ActionStep) -> Any:
    """Carry out a step that somebody else puts into memory; return the answer if it gave one.

    Raises:
        AgentError: The step failed. The error is noted on the step too.
    """
    run.step_number = step.step_number
    answer = None
    refresh_tools(run)
    run.trace.begin(run)
    run.trace.step = begin_step(run)
    events = run.acting._step_stream(run, step)
    try:
        with bridge.closing(events):
            for event in events:
                if isinstance(event, ActionOutput) and event.is_final_answer:
                    answer = check_answer(run, step, event.output)
    except BaseException as error:
        step.error = error if isinstance(error, AgentError) else step.error
        run.trace.failure = error
        run.trace.end_step(error)
        raise
    finally:
        step.timing.finish()
        run.trace.end_step()
        run.trace.end(run)
    return answer


def _note_error(run: AgentRun[Any], step: ActionStep, error: AgentError) -> None:
    """Note an error that the model can act on, or raise the one that ends the run."""
    if run.ending is not None:
        _remember(run, step, run.ending)
        raise run.ending from (None if error is run.ending else error)
    if isinstance(error, AgentGenerationError | UsageLimitExceeded):
        _remember(run, step, error)
        raise error
    standard_logger.debug("step %d failed: %s", step.step_number, type(error).__name__)
    step.error = error


def _remember(run: AgentRun[Any], step: ActionStep, error: AgentError | None = None) -> None:
    step.error = step.error or error
    step.timing.finish()
    run.trace.end_step(step.error)
    run.memory.steps.append(step)


def call_callbacks(run: AgentRun[Any], step: MemoryStep) -> None:
    """Call the callbacks that are due for a finished step."""
    for callback in run.agent.step_callbacks.due(step):
        with run.trace.current():
            if accepts_agent(callback):
                bridge.call_user(callback, step, agent=run)
            else:
                bridge.call_user(callback, step)


def _answer_without_steps(run: AgentRun[Any]) -> Iterator[StreamEvent]:
    """Ask the model for the best answer it can give now that the steps are used up."""
    error = AgentMaxStepsError(f"All {run.max_steps} steps were used without a final answer.")
    step = ActionStep(step_number=run.step_number, error=error)
    replies = ask_for_answer(run)
    with bridge.closing(replies):
        for reply in replies:
            if not isinstance(reply, ChatMessage):
                yield reply
                continue
            run.outcome = "max_steps_error"
            try:
                run.output = take_text_as_answer(run, step, reply, error)
            finally:
                _remember(run, step)
    call_callbacks(run, step)
    yield step
