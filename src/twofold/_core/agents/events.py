"""What a run's stream yields, in the order in which things happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import AgentError
from ..limits.retries import RetryEvent
from ..messages import ChatMessage, ChatMessageStreamDelta, ChatMessageToolCall
from .memory import ActionStep, FinalAnswerStep, PlanningStep, ToolCall

__all__ = ["ActionOutput", "ManagedAgentEvent", "ModelEvent", "PrintOutput", "StreamEvent", "ToolOutput"]


@dataclass(slots=True)
class ActionOutput:
    """What an action came to; the last event of a step before the step itself.

    Args:
        output: The value.
        is_final_answer: Whether it is the run's answer.
    """

    output: Any
    is_final_answer: bool


@dataclass(slots=True)
class ToolOutput:
    """What one tool call returned.

    Args:
        id: The id of the call.
        output: The value.
        is_final_answer: Whether the tool gave the run's answer.
        observation: What the model is shown of it.
        tool_call: The call.
        error: Why there is no value, where the call failed or was refused.
    """

    id: str
    output: Any
    is_final_answer: bool
    observation: str
    tool_call: ToolCall
    error: AgentError | None = None


@dataclass(slots=True)
class PrintOutput:
    """What running code has just printed.

    Args:
        text: The text, line ends included.
    """

    text: str


@dataclass(slots=True)
class ManagedAgentEvent:
    """An event of an agent that works for the one whose stream this is.

    Args:
        agent: The name of the agent whose event it is.
        parent: The name of its manager, where that has one.
        run_id: The id of the agent's run: one agent can be given several tasks at once.
        event: The event.
    """

    agent: str
    parent: str | None
    run_id: str
    event: StreamEvent


StreamEvent = (
    ChatMessageStreamDelta
    | ChatMessageToolCall
    | RetryEvent
    | ToolCall
    | ToolOutput
    | PrintOutput
    | ActionOutput
    | PlanningStep
    | ActionStep
    | FinalAnswerStep
    | ManagedAgentEvent
)

ModelEvent = StreamEvent | ChatMessage
"""What asking a model yields: deltas if its reply is streamed, retries, and last the whole message."""
