"""Whether telemetry is on, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, MissingExtraError
from ..usage import TokenUsage
from ..version import __version__
from .costs import ModelPrice, cost_of

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram, MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider

__all__ = ["Telemetry", "active", "instrument", "known_cost", "uninstrument"]

CONTENT_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
# what the conventions advise
_TOKEN_BUCKETS = [4**exponent for exponent in range(14)]
_SECONDS_BUCKETS = [0.01 * 2**exponent for exponent in range(14)]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where spans and measurements go, and what is told.

    Args:
        trace: The package ``opentelemetry.trace``, imported once.
        context: The package ``opentelemetry.context``.
        tracer: Makes spans.
        tokens: Tokens of model calls.
        first_chunk: How long it took until a reply that is streamed began to arrive.
        seconds: How long operations took, by the name of the operation.
        captures_content: Whether prompts, replies, arguments, results and code are told.
        prices: What models cost.
    """

    trace: Any
    context: Any
    tracer: Tracer
    tokens: Histogram
    first_chunk: Histogram
    seconds: Mapping[str, Histogram]
    captures_content: bool
    prices: Mapping[str, ModelPrice] = field(default_factory=dict)


_active: Telemetry | None = None


def active() -> Telemetry | None:
    """Return what ``instrument`` has set up; None while telemetry is off."""
    return _active


def instrument(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    capture_content: bool | None = None,
    prices: Mapping[str, ModelPrice] | None = None,
) -> None:
    """Tell OpenTelemetry what agents do: spans of runs, steps, plans, model calls, tools and code, and metrics.

    Names and attributes follow OpenTelemetry's conventions for generative AI. It holds for all agents of the
    process, of both APIs, and for runs that begin after the call. Where it goes is set up with OpenTelemetry's SDK.

    Args:
        tracer_provider: Where spans go; OpenTelemetry's global provider if None.
        meter_provider: Where measurements go; the global provider if None.
        capture_content: Whether prompts, replies, arguments, results and code are told too. They may hold secrets
            and personal data. If None, what the environment variable
            ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says, which is no if it is not set.
        prices: What models cost, by model name, for the attribute ``twofold.usage.cost`` and for ``usage.cost`` of
            runs. If litellm is in use, models that are not among them get its prices.

    Raises:
        MissingExtraError: OpenTelemetry's API is not installed.
        ConfigurationError: A price is none.

    Example:
        >>> instrument(prices={"gpt-5-mini": ModelPrice(input=0.25, output=2.0)})
        >>> uninstrument()
    """
    global _active
    try:
        from opentelemetry import context, metrics, trace
    except ImportError as error:
        raise MissingExtraError("instrument()", "telemetry", "opentelemetry-api") from error
    for name, price in (prices or {}).items():
        if not isinstance(price, ModelPrice):
            raise ConfigurationError(f"The price of {name!r} must be a ModelPrice; got {price!r}.")
    meter = metrics.get_meter("twofold", __version__, meter_provider, schema_url=_SCHEMA)

    def make_seconds(name: str, description: str) -> Histogram:
        return meter.create_histogram(
            name, "s", description, explicit_bucket_boundaries_advisory=_SECONDS_BUCKETS
        )

    seconds = {
        operation: make_seconds(name, description)
        for operation, name, description in (
            ("chat", "gen_ai.client.operation.duration", "How long model calls took."),
            ("invoke_agent", "gen_ai.invoke_agent.duration", "How long runs of agents took."),
            ("execute_tool", "gen_ai.execute_tool.duration", "How long tools took."),
            ("execute_code", "twofold.execute_code.duration", "How long generated code took."),
        )
    }
    _active = Telemetry(
        trace,
        context,
        trace.get_tracer("twofold", __version__, tracer_provider, schema_url=_SCHEMA),
        meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Tokens that model calls read and wrote.",
            explicit_bucket_boundaries_advisory=_TOKEN_BUCKETS,
        ),
        make_seconds(
            "gen_ai.client.operation.time_to_first_chunk", "How long it took until replies began to arrive."
        ),
        seconds,
        _from_environment() if capture_content is None else capture_content,
        dict(prices or {}),
    )


def uninstrument() -> None:
    """Switch telemetry off. Runs that have begun are still told to their end."""
    global _active
    _active = None


def known_cost(model_id: str | None, usage: TokenUsage | None) -> float | None:
    """Return what a model call cost, by the prices that ``instrument`` was given; None where none is known."""
    if usage is None:
        return None
    telemetry = _active
    return cost_of(model_id, usage, {} if telemetry is None else telemetry.prices)


def _from_environment() -> bool:
    return os.environ.get(CONTENT_VARIABLE, "").strip().lower() in (
        "1",
        "true",
        "span_only",
        "span_and_event",
    )
