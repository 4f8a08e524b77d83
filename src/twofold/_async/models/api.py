"""``ApiModel``: what models behind a provider's API have in common.

Clients, retries, rate limits, reading replies. How a provider is spoken to is in the module of each.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from ..._bridge import _async as bridge
from ..._core.errors import ConfigurationError, ModelError
from ..._core.limits.retries import RetryEvent, RetryPolicy
from ..._core.limits.token_estimate import TokenEstimate
from ..._core.messages import ChatMessage, ChatMessageStreamDelta
from ..._core.models.capabilities import StopSequenceCutter, remove_content_after_stop_sequences
from ..._core.models.chat_completions import (
    as_data,
    broken_stream_error,
    is_last_chunk,
    message_from_completion,
    stream_delta_from_chunk,
)
from ..._core.models.provider_errors import model_error_from
from ..._core.models.redaction import has_secret, redact_error, redacted
from ..._core.secrets import secrets_in, secrets_in_url
from ..._core.usage import TokenUsage
from ..rate_limiter import AnySlot, RateLimiter, check_is_limiter, request_slot
from ..retry import Retrier
from .base import Model

__all__ = ["ApiModel"]


class ApiModel(Model):
    """A model behind a provider's API, asked through the provider's own SDK.

    The SDK's client is made at the first request and pooled; close it with ``aclose`` or use the model as a
    context manager. Subclasses implement ``create_client``, ``_complete`` and ``_chunks``.

    Args:
        model_id: The provider's name of the model.
        custom_role_conversions: Which role stands for which, e.g. ``{"system": "user"}``.
        client: A client of the SDK to use instead of one that the model makes. It is never closed here.
        requests_per_minute: Begin no more requests than this within a minute; short for a ``rate_limiter``.
        rate_limiter: A limiter, which other models may share.
        retry: Whether failed requests are made again, or a ``RetryPolicy`` that says when.
        on_retry: Called with a ``RetryEvent`` before each of them; may be ``async def``.
        flatten_messages_as_text: Send contents as plain strings.
        native_tool_history: Show the model its own tool calls and their results as the protocol has them,
            instead of as text.
        **kwargs: Parameters of every request, e.g. ``temperature=0``.

    Raises:
        ConfigurationError: An argument is not what it has to be.
    """

    provider: ClassVar[str] = "The provider"
    """The provider's name, in errors."""

    image_urls: ClassVar[bool] = True
    """Whether images are sent as data URLs."""

    def __init__(
        self,
        model_id: str | None,
        custom_role_conversions: Mapping[str, str] | None = None,
        client: Any = None,
        requests_per_minute: float | None = None,
        *,
        rate_limiter: RateLimiter | None = None,
        retry: bool | RetryPolicy = True,
        on_retry: Callable[[RetryEvent], Any] | None = None,
        flatten_messages_as_text: bool = False,
        native_tool_history: bool = True,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model_id, str) or not model_id.strip():
            raise ConfigurationError(
                f"model_id must be the name of a model, such as 'gpt-4o-mini'; got {model_id!r}."
            )
        super().__init__(model_id=model_id, flatten_messages_as_text=flatten_messages_as_text, **kwargs)
        self.native_tool_history = native_tool_history
        self.custom_role_conversions = custom_role_conversions
        self.rate_limiter = _limiter(requests_per_minute, rate_limiter)
        self._retrier = Retrier(RetryPolicy.of(retry), on_retry, model_id)
        self._estimate = TokenEstimate()
        self._client = client
        self._sdk_loaded = False
        self._clients = bridge.ClientPool(self.create_client)

    def create_client(self) -> Any:
        """Return a new client of the provider's SDK.

        Raises:
            MissingExtraError: The SDK is not installed.
            ConfigurationError: There is no key.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement create_client().")

    async def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        request = self._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        message = await self._retrier.call(lambda: self._ask(request))
        if stop_sequences and not self.supports_stop_parameter and isinstance(message.content, str):
            message.content = remove_content_after_stop_sequences(message.content, stop_sequences)
        return message

    async def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatMessageStreamDelta]:
        request = self._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        cutter = StopSequenceCutter([] if self.supports_stop_parameter else stop_sequences or [])
        # what has been yielded cannot be taken back: only the way to the first delta is tried again
        first, rest = await self._retrier.call(lambda: self._begin_stream(request))
        async with bridge.closing(rest):
            yield _cut(first, cutter)
            async for delta in rest:
                yield _cut(delta, cutter)
        if held := cutter.flush():
            yield ChatMessageStreamDelta(content=held)

    async def aclose(self) -> None:
        await self._clients.aclose()

    # What providers differ in ---------------------------------------------------------------------------

    async def _complete(self, request: dict[str, Any], slot: AnySlot | None) -> Any:
        """Make a request and return the completion, as data or as the SDK's object."""
        raise NotImplementedError(f"{type(self).__name__} does not implement _complete().")

    def _chunks(self, request: dict[str, Any], slot: AnySlot | None) -> AsyncIterator[Any]:
        """Make a request and return the chunks of its reply, as data or as the SDK's objects."""
        raise NotImplementedError(f"{type(self).__name__} does not implement _chunks().")

    def _sdk(self) -> Any:
        """Import the provider's SDK and return it.

        Raises:
            MissingExtraError: It is not installed.
        """
        return None

    def _server(self) -> str | None:
        """Return the server's address, for errors of the connection."""
        return None

    # What they have in common ---------------------------------------------------------------------------

    async def _load_sdk(self) -> None:
        # importing takes a second or two, in which an event loop is not to stand still
        await bridge.call_blocking(self._sdk)
        self._sdk_loaded = True

    def _get_client(self) -> Any:
        return self._clients.get() if self._client is None else self._client

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
            convert_images_to_image_urls=self.image_urls,
            model=self.model_id,
            **kwargs,
        )

    async def _ask(self, request: dict[str, Any]) -> ChatMessage:
        """Make one attempt at a request."""
        if self.rate_limiter is None:
            return await self._ask_now(request, None)
        async with request_slot(self.rate_limiter, self._estimate.of(request)) as slot:
            message = await self._ask_now(request, slot)
            self._note_usage(request, slot, message.token_usage)
            return message

    async def _ask_now(self, request: dict[str, Any], slot: AnySlot | None) -> ChatMessage:
        if not self._sdk_loaded:
            await self._load_sdk()
        message = failure = None
        try:
            message = self._message_of(await self._complete(request, slot))
        except Exception as error:
            failure = self._model_error(error)
        if failure is not None:  # raised here, so that it does not carry the SDK's error in its context
            try:
                raise failure
            finally:
                del failure  # or it keeps itself alive, by way of this frame
        assert message is not None
        return message

    async def _begin_stream(
        self, request: dict[str, Any]
    ) -> tuple[ChatMessageStreamDelta, AsyncIterator[ChatMessageStreamDelta]]:
        """Make one attempt at a streamed request; return the first delta and the iterator of the rest."""
        deltas = self._deltas(request)
        try:
            return await deltas.__anext__(), deltas
        except StopAsyncIteration:
            raise broken_stream_error(self.provider, self.model_id) from None
        except BaseException:
            async with bridge.closing(deltas):
                raise

    async def _deltas(self, request: dict[str, Any]) -> AsyncIterator[ChatMessageStreamDelta]:
        if not self._sdk_loaded:
            await self._load_sdk()
        async with self._slot(request) as slot:
            chunks = self._chunks(request, slot)
            failure, complete, data = None, False, None
            try:
                async with bridge.closing(chunks):
                    async for chunk in chunks:
                        data = as_data(chunk)
                        complete = complete or is_last_chunk(data)
                        delta = stream_delta_from_chunk(
                            data, provider=self.provider, model=self.model_id, clean=self._clean
                        )
                        if delta.token_usage is not None:
                            self._note_usage(request, slot, delta.token_usage)
                        if _says_something(delta):
                            yield delta
            except Exception as error:
                failure = self._model_error(error)
            if failure is not None:
                try:
                    raise failure
                finally:
                    del failure
            if not complete:
                # SDKs take a stream that breaks off between two chunks for one that has ended
                request_id = data.get("_request_id") if data else None
                raise broken_stream_error(self.provider, self.model_id, request_id)

    @asynccontextmanager
    async def _slot(self, request: dict[str, Any]) -> AsyncIterator[AnySlot | None]:
        if self.rate_limiter is None:
            yield None
            return
        async with request_slot(self.rate_limiter, self._estimate.of(request)) as slot:
            yield slot

    def _note_usage(self, request: dict[str, Any], slot: AnySlot | None, usage: TokenUsage | None) -> None:
        if slot is not None and usage is not None:
            slot.tokens = usage.total_tokens
            self._estimate.learn(request, usage.input_tokens, usage.output_tokens)

    def _message_of(self, completion: Any) -> ChatMessage:
        return message_from_completion(
            completion, provider=self.provider, model=self.model_id, clean=self._clean
        )

    def _hidden(self) -> list[str | None]:
        """Return what no error may show."""
        settings = (self.kwargs, getattr(self, "_client_kwargs", None))
        return [*self._secrets(), *secrets_in(settings), *secrets_in_url(self._server() or "")]

    def _clean(self, text: str) -> str:
        return redacted(text, self._hidden())

    def _model_error(self, error: Exception) -> Exception:
        secrets = self._hidden()
        if isinstance(error, (ModelError, ConfigurationError)):
            redact_error(error, secrets)
            return error
        made = model_error_from(
            error, provider=self.provider, model=self.model_id, server=self._server(), secrets=secrets
        )
        if not has_secret(error, secrets):
            made.__cause__ = error
        return made


def _limiter(requests_per_minute: float | None, rate_limiter: Any) -> RateLimiter | None:
    if requests_per_minute is None:
        return check_is_limiter(rate_limiter)
    if rate_limiter is not None:
        raise ConfigurationError(
            "Give either requests_per_minute or rate_limiter: "
            f"RateLimiter(requests_per_minute={requests_per_minute!r}, ...) is both."
        )
    return RateLimiter(requests_per_minute)


def _says_something(delta: ChatMessageStreamDelta) -> bool:
    # many servers begin with a chunk that only names the role, and end with one that only says why
    return bool(delta.content or delta.reasoning or delta.tool_calls or delta.token_usage)


def _cut(delta: ChatMessageStreamDelta, cutter: StopSequenceCutter) -> ChatMessageStreamDelta:
    if delta.content:
        delta.content = cutter.feed(delta.content)
    return delta
