"""What a run has used: tokens, requests and time. Plain numbers; nothing here measures or waits."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RunUsage", "Timing", "TokenUsage", "sum_token_usage"]


@dataclass(slots=True)
class TokenUsage:
    """Tokens that one or more model calls read and wrote.

    Args:
        input_tokens: Tokens of the prompts.
        output_tokens: Tokens of the replies, reasoning included.
    """

    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)

    def dict(self) -> dict[str, int]:
        """Return the counts, the total included, as JSON-able data."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": self.total_tokens,
        }


def sum_token_usage(usages: Iterable[TokenUsage | None]) -> TokenUsage:
    """Add up token counts; a call whose provider reported none counts as nothing."""
    total = TokenUsage()
    for usage in usages:
        if usage is not None:
            total = total + usage
    return total


@dataclass(slots=True)
class Timing:
    """When something started and ended, in seconds since the epoch.

    Args:
        start_time: When it started.
        end_time: When it ended; None while it goes on.
    """

    start_time: float = field(default_factory=time.time)
    end_time: float | None = None

    @property
    def duration(self) -> float | None:
        """Seconds between start and end; None while it goes on."""
        return None if self.end_time is None else self.end_time - self.start_time

    def finish(self) -> None:
        """Note the end, once: a second call changes nothing."""
        if self.end_time is None:
            self.end_time = time.time()

    def dict(self) -> dict[str, Any]:
        """Return start, end and duration as JSON-able data."""
        return {"start_time": self.start_time, "end_time": self.end_time, "duration": self.duration}


@dataclass(slots=True)
class RunUsage:
    """What one run has used so far.

    Args:
        tokens: Tokens of all model calls: action steps, planning, the answer after the last step.
        requests: How many times a model was asked.
        tool_calls: How many times a tool or managed agent was called.
        manager: The usage of the managing run, for which everything counts as well.
    """

    tokens: TokenUsage = field(default_factory=TokenUsage)
    requests: int = 0
    tool_calls: int = 0
    manager: RunUsage | None = field(default=None, repr=False, compare=False)

    def count_request(self, tokens: TokenUsage | None) -> None:
        """Count one model call and what it used."""
        self.requests += 1
        if tokens is not None:
            self.tokens = self.tokens + tokens
        if self.manager is not None:
            self.manager.count_request(tokens)

    def count_tool_call(self) -> None:
        """Count one call of a tool or managed agent."""
        self.tool_calls += 1
        if self.manager is not None:
            self.manager.count_tool_call()
