# Generated from src/twofold/_async/models/transformers.py by `nox -s codegen`. Do not edit.
"""``TransformersModel``: a model of the library ``transformers``, in this process, on a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..._bridge import _sync as bridge
from ..._bridge._threads import start_thread
from ..._core.errors import ConfigurationError
from ..._core.messages import ChatMessage, ChatMessageStreamDelta, agglomerate_stream_deltas
from ..._core.models.made_once import MadeOnce
from ..._core.models.transformers_engine import TransformersChat, TransformersEngine, TransformersSettings
from ..._core.usage import TokenUsage
from .base import Model

__all__ = ["TransformersModel"]


class TransformersModel(Model):
    """A model of the Hub, or of a folder, that ``transformers`` runs in this process.

    It is loaded at the first request. Requests are answered one after the other; an event loop is never
    held up. Tool calls come as text, as the model writes them.

    Args:
        model_id: The model's name on the Hub, or the path of a folder.
        device_map: Where it runs, e.g. ``"auto"`` or ``"cuda"``.
        torch_dtype: The type of its numbers, e.g. ``"bfloat16"``.
        trust_remote_code: Whether code that comes with the model may run here.
        model_kwargs: Further arguments of ``from_pretrained``.
        max_new_tokens: How long a reply may be, where a request does not say.
        max_tokens: Another name of that; it wins.
        apply_chat_template_kwargs: Further arguments of the chat template, such as
            ``{"enable_thinking": False}``.
        **kwargs: Parameters of every request: those of ``generate`` of transformers.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold import TransformersModel
        >>> model = TransformersModel("Qwen/Qwen2.5-Coder-7B-Instruct", device_map="auto")
    """

    def __init__(
        self,
        model_id: str,
        device_map: str | None = None,
        torch_dtype: str | None = None,
        trust_remote_code: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        max_new_tokens: int = 4096,
        max_tokens: int | None = None,
        apply_chat_template_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model_id, str) or not model_id.strip():
            raise ConfigurationError(
                f"model_id must be the name of a model on the Hub or the path of a folder; got {model_id!r}."
            )
        super().__init__(model_id=model_id, **kwargs)
        self._max_new_tokens = max_new_tokens if max_tokens is None else max_tokens
        self._template_arguments = dict(apply_chat_template_kwargs or {})
        settings = TransformersSettings(
            model_id, device_map, torch_dtype, trust_remote_code, dict(model_kwargs or {})
        )
        self._engine = MadeOnce(lambda: TransformersEngine(settings))

    def load(self) -> None:
        """Load the model now, instead of at the first request.

        Raises:
            MissingExtraError: transformers or torch is not installed.
            WeightsError: The model could not be loaded.
        """
        bridge.call_blocking(self._engine.get)

    def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        stream = self.generate_stream(messages, stop_sequences, response_format, tools_to_call_from, **kwargs)
        with bridge.closing(stream):
            deltas = [delta for delta in stream]
        return agglomerate_stream_deltas(deltas)

    def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatMessageStreamDelta]:
        request = self._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        engine = bridge.call_blocking(self._engine.get)
        channel: bridge.EventChannel[str] = bridge.EventChannel()
        chat = TransformersChat(engine, request, self._template_arguments, channel.put, channel.close)
        start_thread(chat.run, "twofold-transformers")
        try:
            for text in channel:
                yield ChatMessageStreamDelta(content=text)
        finally:
            chat.stop()
        chat.check()
        yield ChatMessageStreamDelta(token_usage=TokenUsage(chat.input_tokens, chat.output_tokens))

    def close(self) -> None:
        self._engine.let_go()

    @property
    def supports_stop_parameter(self) -> bool:
        """True: replies end here, whatever the model."""
        return True

    def _request(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None,
        response_format: dict[str, Any] | None,
        tools: Sequence[Any] | None,
        kwargs: dict[str, Any],
    ) -> dict[str, Any]:
        kwargs.setdefault("tool_choice", None)
        request = self._prepare_completion_kwargs(
            messages,
            stop_sequences=stop_sequences,
            response_format=response_format,
            tools_to_call_from=tools,
            model=self.model_id,
            **kwargs,
        )
        known = {"max_new_tokens", "max_tokens", "max_completion_tokens"}
        return request if known & set(request) else {**request, "max_new_tokens": self._max_new_tokens}
