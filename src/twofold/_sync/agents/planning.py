# Generated from src/twofold/_async/agents/planning.py by `nox -s codegen`. Do not edit.
"""The two requests of a run besides its steps: plans, and the answer when the steps are used up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.agents.events import ModelEvent, StreamEvent
from ..._core.agents.managed import describe_plan
from ..._core.agents.memory import PlanningStep
from ..._core.messages import ChatMessage, MessageRole
from ..._core.prompts import populate_template
from ..._core.telemetry import begin_planning
from ..._core.usage import Timing
from .context import conversation

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["ask_for_answer", "is_planning_due", "make_plan"]


def is_planning_due(run: AgentRun[Any]) -> bool:
    """Say whether a plan is to be made, or brought up to date, before the next step."""
    interval = run.agent.planning_interval
    if interval is None or (run.step_number - 1) % interval != 0:
        return False
    # a run that is resumed may have its plan already
    return not (run.memory.steps and isinstance(run.memory.steps[-1], PlanningStep))


def make_plan(run: AgentRun[Any]) -> Iterator[StreamEvent]:
    """Make a plan, or bring it up to date, and put it into memory."""
    timing = Timing()
    messages = _planning_messages(run)
    run.trace.step = begin_planning(run)
    replies = run.ask(messages, stop_sequences=["<end_plan>"])
    try:
        with bridge.closing(replies):
            for reply in replies:
                if isinstance(reply, ChatMessage):
                    step = _planning_step(run, messages, reply, timing)
                    run.memory.steps.append(step)
                    run.call_callbacks(step)
                    yield step
                else:
                    yield reply
    except BaseException as error:
        run.trace.end_step(error)
        raise
    run.trace.end_step()


def _planning_step(
    run: AgentRun[Any], messages: list[ChatMessage], reply: ChatMessage, timing: Timing
) -> PlanningStep:
    timing.finish()
    return PlanningStep(
        model_input_messages=messages,
        model_output_message=reply,
        plan=describe_plan(reply.text, is_update=run.step_number > 1),
        timing=timing,
        token_usage=reply.token_usage,
    )


def _planning_messages(run: AgentRun[Any]) -> list[ChatMessage]:
    templates = run.agent.prompt_templates["planning"]
    variables = {
        "task": run.task,
        "tools": run.acting.tools,
        "managed_agents": run.agent.managed_agents,
        "remaining_steps": run.max_steps - run.step_number + 1,
    }
    if run.step_number == 1:
        return [_message(MessageRole.USER, populate_template(templates["initial_plan"], variables))]
    return [
        _message(MessageRole.SYSTEM, populate_template(templates["update_plan_pre_messages"], variables)),
        *conversation(run, summary_mode=True),
        _message(MessageRole.USER, populate_template(templates["update_plan_post_messages"], variables)),
    ]


def ask_for_answer(run: AgentRun[Any], task: str | None = None) -> Iterator[ModelEvent]:
    """Ask the model for an answer from what the run has done so far; yield its whole message last.

    Args:
        run: The run.
        task: What the answer is to be about; None for the run's task.

    Raises:
        AgentGenerationError: The model could not be asked.
    """
    templates = run.agent.prompt_templates["final_answer"]
    variables = {"task": run.task if task is None else task}
    before = populate_template(templates["pre_messages"], variables)
    after = populate_template(templates["post_messages"], variables)
    answer_type = run.agent.answer_type
    if answer_type is not None:
        after += f"\nReply with JSON and nothing else. It must fit {answer_type.describe()}"
    messages = [
        _message(MessageRole.SYSTEM, before),
        *conversation(run),
        _message(MessageRole.USER, after),
    ]
    replies = run.ask(messages, stream=False)
    with bridge.closing(replies):
        for reply in replies:
            yield reply


def _message(role: MessageRole, text: str) -> ChatMessage:
    return ChatMessage(role=role, content=text)
