# Generated from src/twofold/_async/agents/asking.py by `nox -s codegen`. Do not edit.
"""Asking the model on behalf of a run: counted, bounded, streamed where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.errors import AgentGenerationError, ConfigurationError, ModelError
from ..._core.messages import ChatMessage, ChatMessageStreamDelta, agglomerate_stream_deltas

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["ask_model"]


def ask_model(
    run: AgentRun[Any], messages: Sequence[ChatMessage], stream: bool, parameters: dict[str, Any]
) -> Iterator[ChatMessageStreamDelta | ChatMessage]:
    """Ask a run's model; yield the deltas of its reply if it is streamed, and last the whole message.

    Raises:
        AgentGenerationError: The model could not be asked.
        UsageLimitExceeded: The run may ask no more.
    """
    model = run.agent.model
    run.usage.count_request()
    try:
        if stream:
            deltas: list[ChatMessageStreamDelta] = []
            replies = model.generate_stream(list(messages), **parameters)
            with bridge.closing(replies):
                for delta in replies:
                    deltas.append(delta)
                    yield delta
            message = agglomerate_stream_deltas(deltas)
        else:
            message = model.generate(list(messages), **parameters)
    except (AssertionError, ConfigurationError):
        raise  # the program's fault (no key, no SDK, a test's script that is used up), not the model's
    except Exception as error:
        what = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        raise AgentGenerationError(f"The model could not be asked: {what}") from error
    run.usage.count_tokens(message.token_usage)
    yield message
