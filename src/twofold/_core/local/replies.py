"""Reading what the in-process server says: chunks of a reply, and errors that come as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ModelError
from ..messages import ChatMessageStreamDelta
from ..usage import TokenUsage

__all__ = ["PROVIDER", "delta_from", "error_from", "failure"]

PROVIDER = "local"


def delta_from(chunk: Mapping[str, Any]) -> ChatMessageStreamDelta | None:
    """Return what a chunk adds to the reply, or ``None`` if it adds nothing."""
    choices = chunk.get("choices") or [{}]
    delta = choices[0].get("delta") or {}
    content, reasoning = delta.get("content"), delta.get("reasoning_content")
    usage = _usage(chunk.get("usage"))
    if not content and not reasoning and usage is None:
        return None
    return ChatMessageStreamDelta(content=content or None, reasoning=reasoning or None, token_usage=usage)


def error_from(chunk: Mapping[str, Any], model: str) -> ModelError | None:
    """Return the error that a chunk is about, if it is about one."""
    error = chunk.get("error")
    if error is None:
        return None
    if isinstance(error, Mapping) and error.get("type") == "exceed_context_size_error":
        return _too_long(error, model)
    message = error.get("message", error) if isinstance(error, Mapping) else error
    status = error.get("code") if isinstance(error, Mapping) else None
    return ModelError(
        f"The local model {model!r} refused the request: {message}",
        provider=PROVIDER,
        model=model,
        status=status if isinstance(status, int) else None,
    )


def failure(error: Exception, model: str) -> ModelError:
    """Return the error for a request that the server could not make sense of."""
    return ModelError(
        f"The local model {model!r} could not take the request: {error}", provider=PROVIDER, model=model
    )


def _too_long(error: Mapping[str, Any], model: str) -> ModelError:
    prompt, context = error.get("n_prompt_tokens", 0), error.get("n_ctx", 0)
    roomy = 1 << max(prompt * 5 // 4, 1).bit_length()
    return ModelError(
        f"The conversation has {prompt:,} tokens, and the context of the local model {model!r} holds "
        f"{context:,}. Make it shorter, or give the model more room: LocalModel(..., context_size={roomy}).",
        provider=PROVIDER,
        model=model,
        status=400,
    )


def _usage(usage: Mapping[str, Any] | None) -> TokenUsage | None:
    if not usage:
        return None
    return TokenUsage(usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)
