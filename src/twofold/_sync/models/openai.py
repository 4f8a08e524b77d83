# Generated from src/twofold/_async/models/openai.py by `nox -s codegen`. Do not edit.
"""Models behind OpenAI's chat-completions API, and behind every server that speaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.chat_completions import (
    broken_stream_error,
    is_last_chunk,
    message_from_completion,
    stream_delta_from_chunk,
)
from ..._core.errors import ConfigurationError, MissingExtraError, ModelError
from ..._core.messages import ChatMessage, ChatMessageStreamDelta
from ..._core.model_capabilities import StopSequenceCutter, remove_content_after_stop_sequences
from ..._core.provider_errors import model_error_from
from .base import Model

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["OpenAIModel", "OpenAIServerModel"]


class OpenAIModel(Model):
    """A model of OpenAI, or of any server that speaks the same protocol.

    The client of the ``openai`` package is made at the first request and pooled; close it with ``close``
    or use the model as a context manager.

    Args:
        model_id: The model's name, e.g. ``"gpt-4o-mini"``.
        api_base: The base URL of another server, e.g. ``"http://127.0.0.1:8000/v1"``.
        api_key: The key. The environment variable ``OPENAI_API_KEY`` if None.
        organization: OpenAI's organization, if the key belongs to several.
        project: OpenAI's project, likewise.
        client_kwargs: Further arguments of the SDK's client, e.g. ``{"timeout": 30}``.
        custom_role_conversions: Which role stands for which, e.g. ``{"system": "user"}``.
        flatten_messages_as_text: Send contents as plain strings.
        **kwargs: Parameters of every request, e.g. ``temperature=0``.

    Example:
        >>> from twofold import OpenAIModel
        >>> model = OpenAIModel("gpt-4o-mini", temperature=0)
        >>> reply = model.generate([{"role": "user", "content": "Hello"}])  # doctest: +SKIP
    """

    provider = "OpenAI"

    def __init__(
        self,
        model_id: str,
        api_base: str | None = None,
        api_key: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        client_kwargs: dict[str, Any] | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        flatten_messages_as_text: bool = False,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model_id, str) or not model_id.strip():
            raise ConfigurationError(
                f"model_id must be the name of a model, such as 'gpt-4o-mini'; got {model_id!r}."
            )
        super().__init__(model_id=model_id, flatten_messages_as_text=flatten_messages_as_text, **kwargs)
        self.api_base = api_base
        self.custom_role_conversions = custom_role_conversions
        self._client_kwargs = {
            "base_url": api_base,
            "api_key": api_key,
            "organization": organization,
            "project": project,
            **(client_kwargs or {}),
        }
        self._clients = bridge.ClientPool(self.create_client)

    def create_client(self) -> OpenAI:
        """Return a new client of the SDK.

        Raises:
            MissingExtraError: The package ``openai`` is not installed.
            ConfigurationError: There is no key.
        """
        try:
            import openai
        except ImportError as error:
            raise MissingExtraError(type(self).__name__, "openai", "openai") from error
        arguments = dict(self._client_kwargs)
        if "http_client" not in arguments:
            arguments["http_client"] = openai.DefaultHttpxClient()
        try:
            return openai.OpenAI(**arguments)
        except openai.OpenAIError as error:
            raise ConfigurationError(
                f"{type(self).__name__} has no key. Set the environment variable OPENAI_API_KEY, or pass "
                "api_key (any text will do for a local server that asks for none)."
            ) from error

    def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        request = self._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        client = self._clients.get()
        try:
            completion = client.chat.completions.create(**request)
        except Exception as error:
            raise self._model_error(error) from error
        message = message_from_completion(completion, provider=self.provider, model=self.model_id)
        if stop_sequences and not self.supports_stop_parameter and isinstance(message.content, str):
            message.content = remove_content_after_stop_sequences(message.content, stop_sequences)
        return message

    def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatMessageStreamDelta]:
        request = self._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        request.setdefault("stream_options", {"include_usage": True})
        cutter = StopSequenceCutter([] if self.supports_stop_parameter else stop_sequences or [])
        client = self._clients.get()
        complete = False
        try:
            with client.chat.completions.create(**request, stream=True) as chunks:
                for chunk in chunks:
                    complete = complete or is_last_chunk(chunk)
                    delta = stream_delta_from_chunk(chunk)
                    if delta.content:
                        delta.content = cutter.feed(delta.content)
                    yield delta
        except Exception as error:
            raise self._model_error(error) from error
        if not complete:
            # the SDK takes a stream that breaks off between two chunks for one that has ended
            raise broken_stream_error(self.provider, self.model_id)
        if rest := cutter.flush():
            yield ChatMessageStreamDelta(content=rest)

    def close(self) -> None:
        self._clients.close()

    def _request(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None,
        response_format: dict[str, Any] | None,
        tools_to_call_from: Sequence[Any] | None,
        kwargs: dict[str, Any],
    ) -> dict[str, Any]:
        return self._prepare_completion_kwargs(
            messages,
            stop_sequences=stop_sequences,
            response_format=response_format,
            tools_to_call_from=tools_to_call_from,
            custom_role_conversions=self.custom_role_conversions,
            convert_images_to_image_urls=True,
            model=self.model_id,
            **kwargs,
        )

    def _model_error(self, error: Exception) -> ModelError:
        if isinstance(error, ModelError):
            return error
        server = self.api_base or "api.openai.com"
        return model_error_from(error, provider=self.provider, model=self.model_id, server=server)


OpenAIServerModel = OpenAIModel
