"""A ``LocalModel`` that notes how long each of its replies took. Importing it imports twofold."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from twofold import ChatMessage, ChatMessageStreamDelta, LocalModel

__all__ = ["MeteredModel", "Speeds", "speeds"]


@dataclass(slots=True)
class Reply:
    """One reply of the model, in seconds and tokens."""

    seconds_to_first: float = 0.0
    seconds_after: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0


class MeteredModel(LocalModel):
    """A local model that keeps a record of its replies in ``replies``."""

    def __init__(self, model_id: str) -> None:
        super().__init__(model_id)
        self.replies: list[Reply] = []

    def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatMessageStreamDelta]:
        """Do what ``LocalModel`` does, with a watch. (Its ``generate`` sums up this stream.)"""
        reply = Reply()
        start = first = time.perf_counter()
        stream: Any = super().generate_stream(
            messages, stop_sequences, response_format, tools_to_call_from, **kwargs
        )
        with closing(stream):
            for delta in stream:
                if first == start:
                    first = time.perf_counter()
                if delta.token_usage is not None:
                    reply.input_tokens = delta.token_usage.input_tokens
                    reply.output_tokens = delta.token_usage.output_tokens
                yield delta
        reply.seconds_to_first, reply.seconds_after = first - start, time.perf_counter() - first
        self.replies.append(reply)


@dataclass(frozen=True, slots=True)
class Speeds:
    """Tokens per second; None where nothing was measured.

    Args:
        first_prompt: The first prompt, nothing of which the model had seen before.
        prompts: All prompts; what they share with the one before is not read again.
        generated: Replies, from their first token on.
    """

    first_prompt: float | None
    prompts: float | None
    generated: float | None


def speeds(replies: Sequence[Reply]) -> Speeds:
    """Sum up how fast the replies were."""
    # the first token comes with the end of the prompt, so it is part of neither time
    written = sum(max(reply.output_tokens - 1, 0) for reply in replies)
    return Speeds(
        first_prompt=_rate(replies[0].input_tokens, replies[0].seconds_to_first) if replies else None,
        prompts=_rate(
            sum(reply.input_tokens for reply in replies), sum(reply.seconds_to_first for reply in replies)
        ),
        generated=_rate(written, sum(reply.seconds_after for reply in replies)),
    )


def _rate(count: int, seconds: float) -> float | None:
    return count / seconds if count and seconds > 0 else None
