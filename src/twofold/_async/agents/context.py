"""What a run's model is shown of its memory, shortened where that has outgrown the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.agents.context import ContextOverflow, SummaryStep, drop_old_steps
from ..._core.agents.memory import MemoryStep, PlanningStep, TaskStep, steps_to_messages
from ..._core.errors import ConfigurationError
from ..._core.messages import ChatMessage, MessageRole
from ..._core.parsing import truncate_content

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["SummarizeOldSteps", "conversation"]

_SUMMARIZE = (
    "Sum up the work above for somebody who goes on with it and will not see it: what was found out (with "
    "all figures and names that may still matter), what was tried and failed, and which variables hold what. "
    "Do not go on with the work."
)


async def conversation(run: AgentRun[Any], summary_mode: bool = False) -> list[ChatMessage]:
    """Return what the model is shown of a run after the system prompt."""
    shown = run.shown_steps.of(run.memory.steps)
    overflow = run.shown_steps.overflow(shown, run)
    if overflow is not None and run.shown_steps.limit is not None:
        with run.trace.current():
            shown = await bridge.call_user(run.shown_steps.limit.strategy, list(shown), overflow)
        _check_steps(shown)
        run.shown_steps.replace(run.memory.steps, shown)
    native = bool(getattr(run.agent.model, "native_tool_history", False))
    if summary_mode:
        return steps_to_messages(shown, summary_mode)
    return run.rendered_steps.messages(shown, native_tool_calls=native)


def _check_steps(steps: Any) -> None:
    if not isinstance(steps, Sequence) or not all(isinstance(step, MemoryStep) for step in steps):
        raise ConfigurationError(f"A context strategy returns a list of memory steps; got {steps!r}.")


class SummarizeOldSteps:
    """A strategy for ``ContextLimit``: the model sums up the old steps, and is shown that in their place.

    Args:
        keep_latest: How many of the latest steps are kept as they are.
        prompt: What the model is asked.
        max_characters: How much of the old steps' text the model is given to sum up.
    """

    def __init__(self, keep_latest: int = 4, prompt: str = _SUMMARIZE, max_characters: int = 100_000) -> None:
        if not isinstance(keep_latest, int) or keep_latest < 1:
            raise ConfigurationError(
                f"keep_latest must be a whole number of at least 1; got {keep_latest!r}."
            )
        self.keep_latest = keep_latest
        self.prompt = prompt
        self.max_characters = max_characters

    async def __call__(self, steps: list[MemoryStep], overflow: ContextOverflow) -> list[MemoryStep]:
        """Return the tasks, the latest plan, the summary, and the latest steps."""
        plans = [step for step in steps if isinstance(step, PlanningStep)]
        fixed = [step for step in steps if isinstance(step, TaskStep) or step in plans[-1:]]
        others = [step for step in steps if not any(step is one for one in fixed)]
        old, latest = others[: -self.keep_latest], others[-self.keep_latest :]
        if not old:
            return drop_old_steps(steps, overflow)
        count = sum(step.replaced if isinstance(step, SummaryStep) else 1 for step in old)
        summary = await self._sum_up(old, overflow)
        shown = [*fixed, SummaryStep(f"What {count} earlier steps came to:\n{summary}", count), *latest]
        if overflow.count_tokens(shown) > overflow.max_tokens:
            return drop_old_steps(shown, overflow)
        return shown

    async def _sum_up(self, steps: Sequence[MemoryStep], overflow: ContextOverflow) -> str:
        work = "\n".join(message.text for message in steps_to_messages(steps))
        text = f"{truncate_content(work, self.max_characters)}\n\n{self.prompt}"
        replies = overflow.run.ask([ChatMessage(role=MessageRole.USER, content=text)], stream=False)
        summary = ""
        async with bridge.closing(replies):
            async for reply in replies:
                if isinstance(reply, ChatMessage):
                    summary = reply.text
                else:  # a retry: whoever streams the run hears of it with the next request
                    overflow.run.emit_later(reply)
        return summary
