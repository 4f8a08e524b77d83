"""What agents tell each other and themselves: how a managed agent is offered, reports, and plans."""

from __future__ import annotations

from typing import Any

from ..parsing import truncate_content
from ..tools.tool import Tool
from .checks import MANAGED_AGENT_INPUTS
from .memory import AgentMemory

__all__ = ["ManagedAgentTool", "describe_plan", "summarize_work"]

_SUMMARY_MESSAGE_LENGTH = 2_000


class ManagedAgentTool(Tool):
    """How a managed agent is offered to a model that calls tools. It is called by the run, not by itself.

    Args:
        name: The agent's name.
        description: What it is good for.
    """

    name = "managed_agent"
    description = "Another agent."
    inputs = MANAGED_AGENT_INPUTS
    output_type = "string"

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description

    def forward(self, task: str, additional_args: dict[str, Any] | None = None) -> str:
        """Refuse: giving a managed agent a task is the business of its manager's run."""
        raise NotImplementedError(f"The managed agent {self.name!r} is called by a run of its manager.")


def describe_plan(text: str, *, is_update: bool) -> str:
    """Return a plan as it goes into memory."""
    heading = "I look at the task again and bring my plan up to date:" if is_update else "This is my plan:"
    return f"{heading}\n{text.removesuffix('<end_plan>').strip()}"


def summarize_work(memory: AgentMemory) -> str:
    """Return what a managed agent did, for its manager to look up."""
    messages = memory.to_messages(summary_mode=True)
    lines = [truncate_content(message.text, _SUMMARY_MESSAGE_LENGTH) for message in messages]
    return "\n\nIn case you need more, this is what was done:\n" + "\n---\n".join(lines)
