"""What agents tell each other and themselves: reports of managed agents, and plans."""

from __future__ import annotations

from .memory import AgentMemory
from .parsing import truncate_content

__all__ = ["describe_plan", "summarize_work"]

_SUMMARY_MESSAGE_LENGTH = 2_000


def describe_plan(text: str, *, is_update: bool) -> str:
    """Return a plan as it goes into memory."""
    heading = "I look at the task again and bring my plan up to date:" if is_update else "This is my plan:"
    return f"{heading}\n{text.removesuffix('<end_plan>').strip()}"


def summarize_work(memory: AgentMemory) -> str:
    """Return what a managed agent did, for its manager to look up."""
    messages = memory.to_messages(summary_mode=True)
    lines = [truncate_content(message.text, _SUMMARY_MESSAGE_LENGTH) for message in messages]
    return "\n\nIn case you need more, this is what was done:\n" + "\n---\n".join(lines)
