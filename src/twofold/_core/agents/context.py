"""Keeping a conversation within what its model can read: which steps are shown when not all of them fit.

The memory itself keeps every step. Only what the model is shown is shortened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError
from ..messages import ChatMessage, MessageRole
from .memory import MemoryStep, PlanningStep, SystemPromptStep, TaskStep, steps_to_messages

__all__ = [
    "ContextLimit",
    "ContextOverflow",
    "ContextStrategy",
    "SummaryStep",
    "check_context_limit",
    "drop_old_steps",
    "estimate_tokens",
]

_CHARACTERS_PER_TOKEN = 4  # roughly what tokenizers make of English text and code
_TOKENS_PER_IMAGE = 1_000


@dataclass
class SummaryStep(MemoryStep):
    """Stands for earlier steps that the model is no longer shown.

    Args:
        text: What the model is told in their place.
        replaced: How many steps it stands for.
    """

    text: str
    replaced: int

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        return [ChatMessage(role=MessageRole.USER, content=[{"type": "text", "text": self.text}])]


@dataclass(frozen=True)
class ContextOverflow:
    """What a strategy is told when a conversation has outgrown its limit.

    Attributes:
        max_tokens: What the steps that it returns may take together.
        count_tokens: Estimates what some steps take.
        run: The run; its model can be asked with ``run.ask``.
    """

    max_tokens: int
    count_tokens: Callable[[Sequence[MemoryStep]], int]
    run: Any


ContextStrategy = Callable[[list[MemoryStep], ContextOverflow], Any]
"""Returns the steps that the model is shown from now on in place of those given. May be asynchronous."""


def estimate_tokens(messages: Sequence[ChatMessage]) -> int:
    """Estimate how many tokens messages are, without the model's tokenizer."""
    tokens = 0
    for message in messages:
        content = message.content
        if isinstance(content, str):
            tokens += len(content) // _CHARACTERS_PER_TOKEN
        for block in content if isinstance(content, list) else ():
            text = block.get("text")
            tokens += _TOKENS_PER_IMAGE if text is None else len(text) // _CHARACTERS_PER_TOKEN
        for call in message.tool_calls or ():
            tokens += len(str(call.function.arguments)) // _CHARACTERS_PER_TOKEN
        tokens += 4  # what stands around a message
    return tokens


def drop_old_steps(steps: list[MemoryStep], overflow: ContextOverflow) -> list[MemoryStep]:
    """Keep the tasks, the latest plan and as many of the latest steps as fit, at least one; drop the others.

    Args:
        steps: The steps that the model was shown until now.
        overflow: What they may take.
    """
    kept = {index for index, step in enumerate(steps) if isinstance(step, TaskStep)}
    plans = [index for index, step in enumerate(steps) if isinstance(step, PlanningStep)]
    kept.update(plans[-1:])
    budget = overflow.max_tokens - overflow.count_tokens([steps[index] for index in kept])
    candidates = [index for index in range(len(steps)) if index not in kept]
    for position, index in enumerate(reversed(candidates)):
        budget -= overflow.count_tokens([steps[index]])
        if budget < 0 and position > 0:
            break
        if not isinstance(steps[index], SummaryStep):
            kept.add(index)
    return _with_note(steps, kept)


def _with_note(steps: list[MemoryStep], kept: set[int]) -> list[MemoryStep]:
    """Return the steps that are kept, with a note where the first one was left out."""
    dropped = [step for index, step in enumerate(steps) if index not in kept]
    count = sum(step.replaced if isinstance(step, SummaryStep) else 1 for step in dropped)
    if not dropped:
        return steps
    first = next(index for index in range(len(steps)) if index not in kept)
    note = SummaryStep(f"({count} earlier steps of the work are left out here.)", count)
    return [
        *(steps[index] for index in sorted(kept) if index < first),
        note,
        *(steps[index] for index in sorted(kept) if index > first),
    ]


@dataclass(frozen=True)
class ContextLimit:
    """How long a conversation may become, and what happens then.

    Args:
        max_tokens: What the model can read: prompt, conversation and reply.
        strategy: Chooses what is shown when it is more; ``drop_old_steps`` unless given. See
            ``SummarizeOldSteps`` for another.
        keep: How much of ``max_tokens`` is filled after that. The rest is room to grow, so that the beginning
            of the conversation, which providers cache, is changed rarely.
        count_tokens: Counts the tokens of messages; an estimate from their length unless given.

    Raises:
        ConfigurationError: An argument is not what it has to be.
    """

    max_tokens: int
    strategy: ContextStrategy = drop_old_steps
    keep: float = 0.6
    count_tokens: Callable[[Sequence[ChatMessage]], int] = estimate_tokens

    def __post_init__(self) -> None:
        tokens = self.max_tokens
        if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 1:
            raise ConfigurationError(f"context_limit is a positive number of tokens; got {tokens!r}.")
        if not 0 < self.keep < 1:
            raise ConfigurationError(f"keep must lie between 0 and 1; got {self.keep!r}.")
        for name in ("strategy", "count_tokens"):
            if not callable(getattr(self, name)):
                raise ConfigurationError(f"{name} must be callable; got {getattr(self, name)!r}.")


def check_context_limit(limit: Any) -> ContextLimit | None:
    """Return the limit that an agent's ``context_limit`` means.

    Raises:
        ConfigurationError: It is none.
    """
    if limit is None or isinstance(limit, ContextLimit):
        return limit
    return ContextLimit(limit)


class ShownSteps:
    """Which steps of a run's memory the model is shown. Owned by the run.

    Args:
        limit: How much that may be; None for all.
    """

    def __init__(self, limit: ContextLimit | None) -> None:
        self.limit = limit
        self._replaced: list[MemoryStep] = []
        self._by: list[MemoryStep] = []

    def of(self, steps: list[MemoryStep]) -> list[MemoryStep]:
        """Return what is shown of the steps: those that were replaced are not, if they are still there."""
        count = len(self._replaced)
        if count and (
            len(steps) < count
            or any(one is not other for one, other in zip(self._replaced, steps, strict=False))
        ):
            self._replaced, self._by = [], []  # somebody has edited the memory
            count = 0
        return [*self._by, *steps[count:]] if count else steps

    def replace(self, steps: list[MemoryStep], by: Sequence[MemoryStep]) -> None:
        """Show other steps from now on in place of all that there are."""
        self._replaced, self._by = list(steps), list(by)

    def overflow(self, steps: list[MemoryStep], run: Any) -> ContextOverflow | None:
        """Return what a strategy has to know if the steps are too much; None if they are not."""
        limit = self.limit
        if limit is None:
            return None
        prompt = SystemPromptStep(run.memory.system_prompt.system_prompt)

        def count(some: Sequence[MemoryStep]) -> int:
            return limit.count_tokens(steps_to_messages(some))

        fixed = count([prompt])
        if fixed + count(steps) <= limit.max_tokens:
            return None
        return ContextOverflow(max(int(limit.max_tokens * limit.keep) - fixed, 1), count, run)
