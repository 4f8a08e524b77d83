"""What a run has used, and what it may use: tokens, requests, tool calls and time.

Plain numbers; nothing here waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from .errors import ConfigurationError, UsageLimitExceeded

__all__ = ["RunUsage", "Timing", "TokenUsage", "UsageLimits", "sum_token_usage"]


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


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """What a run may use, its managed agents included. None is no limit.

    Looked at before each model request and each tool call: what is under way is not cut off.

    Args:
        requests: Model requests.
        input_tokens: Tokens of the prompts.
        output_tokens: Tokens of the replies.
        total_tokens: Both together.
        tool_calls: Calls of tools and managed agents.
        seconds: Wall time since the run began, or was resumed.

    Raises:
        ConfigurationError: A limit is not a positive number.

    Example:
        >>> UsageLimits(requests=10, total_tokens=50_000, seconds=120).requests
        10
    """

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    tool_calls: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for entry in fields(self):
            limit = getattr(self, entry.name)
            is_number = isinstance(limit, int | float if entry.name == "seconds" else int)
            if limit is not None and (not is_number or isinstance(limit, bool) or limit <= 0):
                raise ConfigurationError(
                    f"The usage limit {entry.name} must be a positive number, or None; got {limit!r}."
                )


@dataclass(slots=True)
class RunUsage:
    """What one run has used so far.

    Args:
        tokens: Tokens of all model calls: action steps, planning, the answer after the last step.
        requests: How many times a model was asked.
        tool_calls: How many times a tool or managed agent was called.
        cost: What the model calls cost whose prices are known; None if none is. See ``instrument``.
        manager: The usage of the managing run, for which everything counts as well.
        limits: What the run may use.
        started: When the clock of the limits began to run.
    """

    tokens: TokenUsage = field(default_factory=TokenUsage)
    requests: int = 0
    tool_calls: int = 0
    cost: float | None = None
    manager: RunUsage | None = field(default=None, repr=False, compare=False)
    limits: UsageLimits | None = field(default=None, repr=False, compare=False)
    started: float = field(default_factory=time.monotonic, repr=False, compare=False)
    # managed agents that work at the same time count in threads of their own; one lock for a run and its team
    _lock: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._lock is None:
            self._lock = threading.Lock() if self.manager is None else self.manager._lock

    def __reduce__(self) -> tuple[Any, ...]:
        # figures can leave the process; who manages whom, and locks, stay
        return type(self), (self.tokens, self.requests, self.tool_calls, self.cost, None, self.limits)

    def start_clock(self) -> None:
        """Let the time that limits speak of begin now."""
        self.started = time.monotonic()

    def count_request(self) -> None:
        """Count a model call that is about to be made.

        Raises:
            UsageLimitExceeded: The run, or one that manages it, may make no more.
        """
        with self._lock:
            for usage in self._with_managers():
                usage._check_requests()
            for usage in self._with_managers():
                usage.requests += 1

    def count_tokens(self, tokens: TokenUsage | None, cost: float | None = None) -> None:
        """Count the tokens that a model call has used, and what they cost, where that is known."""
        if tokens is not None:
            with self._lock:
                for usage in self._with_managers():
                    usage.tokens = usage.tokens + tokens
                    if cost is not None:
                        usage.cost = (usage.cost or 0.0) + cost

    def count_tool_call(self, *, ends_run: bool = False) -> None:
        """Count a call of a tool or managed agent that is about to be made.

        Args:
            ends_run: Whether it gives the final answer: that is always allowed.

        Raises:
            UsageLimitExceeded: The run, or one that manages it, may make no more.
        """
        with self._lock:
            for usage in self._with_managers():
                if usage.limits is not None and not ends_run:
                    usage._check("tool_calls", usage.tool_calls, usage.limits.tool_calls)
                    usage._check_time(usage.limits)
            for usage in self._with_managers():
                usage.tool_calls += 1

    def dict(self) -> dict[str, Any]:
        """Return the figures as JSON-able data."""
        return {
            "tokens": self.tokens.dict(),
            "requests": self.requests,
            "tool_calls": self.tool_calls,
            "cost": self.cost,
        }

    def _with_managers(self) -> Iterator[RunUsage]:
        usage: RunUsage | None = self
        while usage is not None:
            yield usage
            usage = usage.manager

    def _check_requests(self) -> None:
        limits = self.limits
        if limits is None:
            return
        self._check("requests", self.requests, limits.requests)
        self._check("input_tokens", self.tokens.input_tokens, limits.input_tokens)
        self._check("output_tokens", self.tokens.output_tokens, limits.output_tokens)
        self._check("total_tokens", self.tokens.total_tokens, limits.total_tokens)
        self._check_time(limits)

    def _check_time(self, limits: UsageLimits) -> None:
        if limits.seconds is not None:
            self._check("seconds", time.monotonic() - self.started, limits.seconds)

    def _check(self, name: str, used: float, limit: float | None) -> None:
        if limit is not None and used >= limit:
            tokens, shown = self.tokens, round(used, 1) if isinstance(used, float) else used
            raise UsageLimitExceeded(
                f"The run has reached its limit {name}={limit:,} ({shown:,} used). So far: "
                f"{self.requests:,} requests, {tokens.input_tokens:,} tokens in, "
                f"{tokens.output_tokens:,} tokens out, {self.tool_calls:,} tool calls.",
                self,
            )
