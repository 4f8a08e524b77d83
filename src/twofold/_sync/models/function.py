# Generated from src/twofold/_async/models/function.py by `nox -s codegen`. Do not edit.
"""``FunctionModel``: a function of yours as a model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError, MalformedReply
from ..._core.messages import ChatMessage, MessageRole
from ..._core.models.capabilities import remove_content_after_stop_sequences
from .base import Model

__all__ = ["FunctionModel", "as_model"]


class FunctionModel(Model):
    """A function as a model: it gets the messages, and returns the reply.

    Agents make one of a plain function that is given to them as ``model``.

    Args:
        function: Called with the messages, and with those of ``stop_sequences``, ``response_format``,
            ``tools_to_call_from`` and a call's other parameters that it takes. Returns a text, a
            ``ChatMessage``, or a dictionary with role and content. May be ``async def``.
        model_id: The name that the model goes by; the function's if None.
        **kwargs: Parameters of every request.

    Example:
        >>> from twofold import CodeAgent, FunctionModel
        >>> agent = CodeAgent(tools=[], model=FunctionModel(lambda messages: "<code>final_answer(1)</code>"))
        >>> agent.run("What is one?")
        1
    """

    def __init__(self, function: Callable[..., Any], model_id: str | None = None, **kwargs: Any) -> None:
        if not callable(function):
            raise ConfigurationError(f"FunctionModel needs a function of the messages; got {function!r}.")
        super().__init__(model_id=model_id or getattr(function, "__name__", None), **kwargs)
        self.function = function
        self._takes = _keyword_parameters(function)

    def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        offered = {
            "stop_sequences": stop_sequences,
            "response_format": response_format,
            "tools_to_call_from": tools_to_call_from,
            **kwargs,
            **self.kwargs,
        }
        taken = {name: value for name, value in offered.items() if self._takes is None or name in self._takes}
        reply = self._message(bridge.call_user(self.function, messages, **taken))
        if isinstance(reply.content, str):
            reply.content = remove_content_after_stop_sequences(reply.content, stop_sequences)
        return reply

    def _message(self, reply: Any) -> ChatMessage:
        if isinstance(reply, ChatMessage):
            return reply
        if isinstance(reply, str):
            return ChatMessage(role=MessageRole.ASSISTANT, content=reply)
        if isinstance(reply, Mapping):
            return ChatMessage.from_dict({"role": "assistant", **reply})
        raise MalformedReply(
            f"The function {self.model_id} was to return a text, a ChatMessage or a dictionary with role and "
            f"content, and returned {type(reply).__name__}.",
            model=self.model_id,
        )


def as_model(model: Any) -> Any:
    """Return what was given as a model; a plain function becomes a ``FunctionModel``."""
    is_function = callable(model) and not isinstance(model, type) and not hasattr(model, "generate")
    return FunctionModel(model) if is_function else model


def _keyword_parameters(function: Callable[..., Any]) -> frozenset[str] | None:
    """Return the names that a function takes beside the messages; None if it takes any."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return frozenset()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return frozenset(
        parameter.name for parameter in parameters[1:] if parameter.kind is not parameter.POSITIONAL_ONLY
    )
