"""What is known of models by their names: which parameters they accept. Data and pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

__all__ = [
    "REMOVE_PARAMETER",
    "StopSequenceCutter",
    "remove_content_after_stop_sequences",
    "supports_stop_parameter",
    "with_completion_limit",
]


class _RemoveParameter:
    def __repr__(self) -> str:
        return "REMOVE_PARAMETER"


REMOVE_PARAMETER: Final[Any] = _RemoveParameter()
"""Give a request parameter this value to leave it out, e.g. ``Model(..., stop=REMOVE_PARAMETER)``."""

# reasoning models refuse requests that have a stop parameter
_WITHOUT_STOP = re.compile(r"(?:^|/)(?:o3(?!-mini)|o4|gpt-5|grok-)[^/]*$", re.IGNORECASE)

# the same models, and their predecessors, know max_tokens under another name only
_WITHOUT_MAX_TOKENS = re.compile(r"(?:^|/)(?:o1|o3|o4|gpt-5)[^/]*$", re.IGNORECASE)


def supports_stop_parameter(model_id: str) -> bool:
    """Return whether a model accepts the parameter ``stop``.

    Example:
        >>> supports_stop_parameter("gpt-4o"), supports_stop_parameter("openai/o4-mini")
        (True, False)
    """
    return _WITHOUT_STOP.search(model_id) is None


def with_completion_limit(request: dict[str, Any], model_id: str) -> dict[str, Any]:
    """Return a request whose ``max_tokens`` goes by the name that the model wants.

    Example:
        >>> with_completion_limit({"max_tokens": 9}, "gpt-5-mini")
        {'max_completion_tokens': 9}
    """
    if "max_tokens" not in request or _WITHOUT_MAX_TOKENS.search(model_id) is None:
        return request
    request = dict(request)
    limit = request.pop("max_tokens")
    return {"max_completion_tokens": limit, **request}


def remove_content_after_stop_sequences(
    content: str | None, stop_sequences: Sequence[str] | None
) -> str | None:
    """Cut a reply at the first stop sequence in it."""
    if content is None or not stop_sequences:
        return content
    ends = [content.find(stop) for stop in stop_sequences if stop]
    ends = [end for end in ends if end >= 0]
    return content[: min(ends)] if ends else content


class StopSequenceCutter:
    """Cuts a streamed reply at the first stop sequence, even one that is spread over several chunks.

    Args:
        stop_sequences: The texts at which the reply ends.
    """

    def __init__(self, stop_sequences: Sequence[str]) -> None:
        self._stops = [stop for stop in stop_sequences if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Take a chunk and return what of it can already be passed on."""
        if self.stopped:
            return ""
        pending = self._held + text
        cut = remove_content_after_stop_sequences(pending, self._stops) or ""
        undecided = len(pending) - self._possible_beginning(pending)
        # a stop sequence that is still arriving counts if it began before the one that is there already
        if len(cut) < len(pending) and len(cut) <= undecided:
            self.stopped, self._held = True, ""
            return cut
        self._held = pending[undecided:]
        return pending[:undecided]

    def flush(self) -> str:
        """Return what was held back because it might have begun a stop sequence."""
        held, self._held = self._held, ""
        return remove_content_after_stop_sequences(held, self._stops) or ""

    def _possible_beginning(self, text: str) -> int:
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stops):
                return length
        return 0
