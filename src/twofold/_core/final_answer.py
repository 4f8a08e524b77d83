"""The tool by which a run is ended. Agents and executors recognise it by its name."""

from __future__ import annotations

from typing import Any

from .tool import Tool

__all__ = ["FinalAnswerTool"]


class FinalAnswerTool(Tool):
    """Gives the answer to the task. Agents end the run when it is called; by itself it returns it."""

    name = "final_answer"
    description = "Gives the final answer to the task and ends the work on it."
    inputs = {"answer": {"type": "any", "description": "The answer, in the form that the task asks for."}}
    output_type = "any"
    blocking = False

    def forward(self, answer: Any) -> Any:
        """Return the answer."""
        return answer
