"""What the tokens of a model call cost, where that is known."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import ConfigurationError
from ..usage import TokenUsage

__all__ = ["ModelPrice", "cost_of"]

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What a model costs, in one currency of your choice (US dollars, say).

    Args:
        input: The price of a million tokens of prompts.
        output: The price of a million tokens of replies.

    Raises:
        ConfigurationError: A price is not a number of at least 0.

    Example:
        >>> ModelPrice(input=0.25, output=2).of(TokenUsage(1_000_000, 500_000))
        1.25
    """

    input: float
    output: float

    def __post_init__(self) -> None:
        for entry in fields(self):
            price = getattr(self, entry.name)
            is_number = isinstance(price, int | float) and not isinstance(price, bool)
            if not is_number or not math.isfinite(price) or price < 0:
                raise ConfigurationError(
                    f"The {entry.name} price of a model must be a number of at least 0, for a million tokens; "
                    f"got {price!r}."
                )

    def of(self, usage: TokenUsage) -> float:
        """Return what these tokens cost."""
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / _MILLION


def cost_of(model_id: str | None, usage: TokenUsage, prices: Mapping[str, ModelPrice]) -> float | None:
    """Return what a model call cost; None where no price is known.

    Args:
        model_id: The model's name at its provider.
        usage: Its tokens.
        prices: Known prices, by model name. LiteLLM's table in US dollars, if litellm is in use, comes after them.
    """
    if model_id is None:
        return None
    price = prices.get(model_id) or _price_of_litellm(model_id)
    return None if price is None else price.of(usage)


def _price_of_litellm(model_id: str) -> ModelPrice | None:
    # never imported for this: it takes seconds
    table: Any = getattr(sys.modules.get("litellm"), "model_cost", None)
    entry = table.get(model_id) if isinstance(table, Mapping) else None
    if not isinstance(entry, Mapping):
        return None
    try:
        return ModelPrice(
            float(entry["input_cost_per_token"]) * _MILLION, float(entry["output_cost_per_token"]) * _MILLION
        )
    except (KeyError, TypeError, ValueError):  # a price that is missing, or none (ConfigurationError is one)
        return None
