# Generated from src/twofold/_async/agents/answers.py by `nox -s codegen`. Do not edit.
"""Answers of a run: held against their type and the checks of the user before they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.agents.memory import ActionStep
from ..._core.errors import AgentError, AgentMaxStepsError
from ..._core.messages import ChatMessage

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["check_answer", "take_text_as_answer"]


def check_answer(run: AgentRun[Any], step: ActionStep, answer: Any) -> Any:
    """Return an answer in the form that was asked for, and note it on its step.

    Raises:
        AgentError: It does not have that form, or a check refuses it. The run goes on.
    """
    step.action_output = None
    if run.agent.answer_type is not None:
        answer = run.agent.answer_type.validate(answer)
    for check in run.agent.final_answer_checks:
        name = getattr(check, "__name__", repr(check))
        try:
            with run.trace.current():
                accepted = bridge.call_user(check, answer, run.memory, agent=run)
        except Exception as error:
            raise AgentError(f"The final answer was refused: the check {name} failed: {error}.") from error
        if not accepted:
            raise AgentError(f"The final answer was refused: the check {name} does not accept it.")
    step.is_final_answer = True
    step.action_output = answer
    return answer


def take_text_as_answer(
    run: AgentRun[Any], step: ActionStep, message: ChatMessage, steps_error: AgentMaxStepsError
) -> Any:
    """Return the answer that the model gave when the steps were used up, and note it on the last step.

    Raises:
        AgentMaxStepsError: What it said does not fit the type that was asked for.
    """
    step.model_output_message = message
    step.token_usage = message.token_usage
    if run.agent.answer_type is None:
        step.action_output = message.text
    else:
        try:
            step.action_output = run.agent.answer_type.validate(message.text)
        except AgentError as error:
            raise AgentMaxStepsError(f"{steps_error} {error}") from error
    return step.action_output
