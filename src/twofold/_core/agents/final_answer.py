"""The tool by which a run is ended. Agents and executors recognise it by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..tools.tool import Tool

if TYPE_CHECKING:
    from .answer_type import AnswerType

__all__ = ["FinalAnswerTool"]


class FinalAnswerTool(Tool):
    """Gives the answer to the task. Agents end the run when it is called; by itself it returns it.

    Args:
        answer_type: What the answer must be, where that matters. The agent checks it, not the tool.
    """

    name = "final_answer"
    description = "Gives the final answer to the task and ends the work on it."
    inputs = {"answer": {"type": "any", "description": "The answer, in the form that the task asks for."}}
    output_type = "any"
    blocking = False

    def __init__(self, answer_type: AnswerType | None = None) -> None:
        if answer_type is not None:
            meaning = f"The answer. It must fit {answer_type.describe()}"
            self.inputs = {"answer": {"type": "any", "description": meaning}}

    def forward(self, answer: Any) -> Any:
        """Return the answer."""
        return answer
