"""Asking the model on behalf of a run: counted, bounded, streamed where that is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.errors import AgentGenerationError, ConfigurationError, ModelError
from ..._core.messages import ChatMessage, ChatMessageStreamDelta, agglomerate_stream_deltas

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["ask_model"]


async def ask_model(
    run: AgentRun[Any], messages: Sequence[ChatMessage], stream: bool, parameters: dict[str, Any]
) -> AsyncIterator[ChatMessageStreamDelta | ChatMessage]:
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
            async with bridge.closing(replies):
                async for delta in replies:
                    deltas.append(delta)
                    yield delta
            message = agglomerate_stream_deltas(deltas)
        else:
            message = await model.generate(list(messages), **parameters)
    except (AssertionError, ConfigurationError):
        raise  # the program's fault (no key, no SDK, a test's script that is used up), not the model's
    except Exception as error:
        what = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        raise AgentGenerationError(f"The model could not be asked: {what}") from error
    run.usage.count_tokens(message.token_usage)
    yield message
