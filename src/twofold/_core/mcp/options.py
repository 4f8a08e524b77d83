"""How connections to MCP servers behave: limits, and who is told and asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ConfigurationError

__all__ = ["McpOptions"]

Protocol = Literal["auto", "legacy"]


@dataclass(frozen=True)
class McpOptions:
    """The settings of an `MCPClient` that its connections need.

    Attributes:
        connect_timeout: Seconds for a server to be started or reached, and to list its tools.
        call_timeout: Seconds for one call; None is no limit. Time in which the user is asked does not count.
        reconnect_attempts: How often a lost connection is tried again, each time that it is needed.
        reconnect_delay: Seconds before the second attempt; doubled with each further one.
        max_event_size: The most bytes that one event of a streamable HTTP server may have.
        progress_handler: Called with each `McpProgress`, in order.
        log_handler: Called with each `McpLogMessage`, in order.
        tools_changed_handler: Called with a server's name when it says that its tools have changed.
        elicitation_handler: Called with each `McpElicitation`; what it returns is the answer.
        approver: Asked instead, like an agent's: with the tool, the question as a dict, and None for the run. If
            there is neither, the approver of the run that calls is asked.
        sampling_handler: Called with each `McpSamplingRequest`; returns the text.
    """

    connect_timeout: float | None = 30.0
    call_timeout: float | None = 300.0
    reconnect_attempts: int = 3
    reconnect_delay: float = 0.5
    max_event_size: int = 32 * 1024 * 1024
    progress_handler: Callable[..., Any] | None = None
    log_handler: Callable[..., Any] | None = None
    tools_changed_handler: Callable[..., Any] | None = None
    elicitation_handler: Callable[..., Any] | None = None
    approver: Callable[..., Any] | None = None
    sampling_handler: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        for field in ("connect_timeout", "call_timeout"):
            value = getattr(self, field)
            if value is not None and not _is_positive(value):
                raise ConfigurationError(
                    f"{field} must be a positive number of seconds or None, not {value!r}."
                )
        if not isinstance(self.reconnect_attempts, int) or self.reconnect_attempts < 0:
            raise ConfigurationError(
                f"reconnect_attempts must be 0 or more; got {self.reconnect_attempts!r}."
            )
        if self.reconnect_delay != 0 and not _is_positive(self.reconnect_delay):
            raise ConfigurationError(
                f"reconnect_delay must be a number of seconds, not {self.reconnect_delay!r}."
            )
        for field in ("progress", "log", "tools_changed", "elicitation", "sampling"):
            _check_callable(f"{field}_handler", getattr(self, f"{field}_handler"))
        _check_callable("approver", self.approver)


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _check_callable(field: str, value: object) -> None:
    if value is not None and not callable(value):
        raise ConfigurationError(f"{field} must be a function (def or async def), not {value!r}.")
