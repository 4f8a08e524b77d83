"""What a run's stream yields, in the order in which things happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .memory import ActionStep, FinalAnswerStep, PlanningStep, ToolCall
from .messages import ChatMessageStreamDelta, ChatMessageToolCall

__all__ = ["ActionOutput", "StreamEvent", "ToolOutput"]


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
    """

    id: str
    output: Any
    is_final_answer: bool
    observation: str
    tool_call: ToolCall


StreamEvent = (
    ChatMessageStreamDelta
    | ChatMessageToolCall
    | ToolCall
    | ToolOutput
    | ActionOutput
    | PlanningStep
    | ActionStep
    | FinalAnswerStep
)
