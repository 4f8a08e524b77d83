"""How many tokens a request will have, roughly: a rate limiter has to know before the provider says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["TokenEstimate"]

_CHARACTERS_PER_TOKEN = 4
_PER_MESSAGE = 4
_PER_IMAGE = 800
_FIRST_OUTPUT = 256
_SMOOTHING = 0.1


class TokenEstimate:
    """Guesses at the tokens of requests, and learns from what they really had.

    Owned by a model. The text is counted; the reply is taken to be as long as ``max_tokens`` allows, or as
    recent ones were.
    """

    def __init__(self) -> None:
        self._scale = 1.0
        self._output = float(_FIRST_OUTPUT)

    def of(self, request: Mapping[str, Any]) -> int:
        """Return the tokens that a request, its reply included, will have."""
        return round(self._scale * _input_tokens(request)) + self._output_tokens(request)

    def learn(self, request: Mapping[str, Any], input_tokens: int, output_tokens: int) -> None:
        """Take in what a request really had."""
        guessed = _input_tokens(request)
        if guessed and input_tokens:
            self._scale += _SMOOTHING * (min(8.0, input_tokens / guessed) - self._scale)
        self._output += _SMOOTHING * (output_tokens - self._output)

    def _output_tokens(self, request: Mapping[str, Any]) -> int:
        most = request.get("max_completion_tokens") or request.get("max_tokens")
        return most if isinstance(most, int) else round(self._output)


def _input_tokens(request: Mapping[str, Any]) -> int:
    messages = request.get("messages") or ()
    characters = len(str(request["tools"])) if request.get("tools") else 0
    images = 0
    for message in messages:
        content = message.get("content")
        if isinstance(content, str):
            characters += len(content)
            continue
        for block in content or ():
            text = block.get("text")
            if isinstance(text, str):
                characters += len(text)
            else:
                images += 1
    return characters // _CHARACTERS_PER_TOKEN + len(messages) * _PER_MESSAGE + images * _PER_IMAGE
