"""Reading what providers say of their rate limits in the headers of every reply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .pacing import ProviderLimits

__all__ = ["limits_in"]

_PREFIX = "x-ratelimit-"
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_LONGEST = 24 * 3600.0


def limits_in(headers: Mapping[str, Any] | None) -> ProviderLimits | None:
    """Return what headers say is left; None if they say nothing that can be used.

    Example:
        >>> limits_in({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"})
        ProviderLimits(remaining_requests=0, reset_requests=360.0, remaining_tokens=None, reset_tokens=None)
    """
    if headers is None:
        return None
    limits = ProviderLimits(
        _count(headers.get(f"{_PREFIX}remaining-requests")),
        _seconds(headers.get(f"{_PREFIX}reset-requests")),
        _count(headers.get(f"{_PREFIX}remaining-tokens")),
        _seconds(headers.get(f"{_PREFIX}reset-tokens")),
    )
    usable = (limits.remaining_requests, limits.remaining_tokens) != (None, None)
    return limits if usable else None


def _count(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.strip().isdecimal() else None


def _seconds(text: Any) -> float | None:
    """Return the seconds in ``"1.5s"``, ``"20ms"``, ``"6m0s"``, ``"1h2m3s"`` or ``"12"``."""
    if not isinstance(text, str) or not text.strip():
        return None
    text = text.strip()
    if _PLAIN.fullmatch(text):
        seconds = float(text)
    else:
        found = _DURATION.fullmatch(text)
        if found is None:
            return None
        hours, minutes, whole, milliseconds = (float(part or 0) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + whole + milliseconds / 1000
    # a point in time instead of a duration, say
    return seconds if seconds <= _LONGEST else None
