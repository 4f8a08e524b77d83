"""``FallbackModel``: several models, of which the next is asked when one fails."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ..._bridge import _async as bridge
from ..._core.agents.checks import check_is_model_of
from ..._core.errors import ConfigurationError, ModelError
from ..._core.messages import ChatMessage, ChatMessageStreamDelta
from .base import Model
from .function import as_model

__all__ = ["FallbackModel"]

logger = logging.getLogger("twofold")

ReplyT = TypeVar("ReplyT", ChatMessage, ChatMessageStreamDelta)


class FallbackModel(Model):
    """Asks the first of several models, and the next one when that fails.

    A model is given up for one request when it raises a ``ModelError``, after its own retries. A stream
    changes over only before its first delta. Which model answered, and what that costs, is known by the
    ``model_id`` of the reply. Closing it closes the models.

    Args:
        models: The models, in the order in which they are asked.

    Raises:
        ConfigurationError: There are none, or one is of the other API.

    Example:
        >>> from twofold.aio import FallbackModel, LocalModel, OpenAIModel
        >>> model = FallbackModel([OpenAIModel("gpt-4o-mini"), LocalModel()])
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self.models = [as_model(model) for model in models]
        if not self.models:
            raise ConfigurationError("FallbackModel needs at least one model.")
        for model in self.models:
            check_is_model_of(bridge.API_MODULE, model, agent=type(self).__name__)
        super().__init__(model_id=getattr(self.models[0], "model_id", None))
        self.native_tool_history = all(getattr(model, "native_tool_history", False) for model in self.models)

    @property
    def can_stream(self) -> bool:
        """Whether all of the models stream."""
        return all(getattr(model, "can_stream", True) for model in self.models)

    async def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        arguments = (messages, stop_sequences, response_format, tools_to_call_from)
        for model in self.models[:-1]:
            try:
                message: ChatMessage = await model.generate(*arguments, **kwargs)
                return _from(model, message)
            except ModelError as error:
                _log(model, error)
        last: ChatMessage = await self.models[-1].generate(*arguments, **kwargs)
        return _from(self.models[-1], last)

    async def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatMessageStreamDelta]:
        for model in self.models:
            deltas = model.generate_stream(
                messages, stop_sequences, response_format, tools_to_call_from, **kwargs
            )
            begun = False
            async with bridge.closing(deltas):
                try:
                    async for delta in deltas:
                        begun, is_first = True, not begun
                        yield _from(model, delta) if is_first else delta
                    return
                except ModelError as error:
                    if begun or model is self.models[-1]:
                        raise
                    _log(model, error)

    async def aclose(self) -> None:
        for model in self.models:
            async with bridge.closing(model):
                pass


def _from(model: Any, reply: ReplyT) -> ReplyT:
    """Return a reply, or the beginning of one, that says which model it is from."""
    if reply.model_id is not None:  # of one of several again
        return reply
    return replace(reply, model_id=getattr(model, "model_id", None) or "")


def _log(model: Any, error: ModelError) -> None:
    logger.warning(
        "the model %r failed (%s), the next one is asked: %s",
        getattr(model, "model_id", model),
        type(error).__name__,
        error,
    )
