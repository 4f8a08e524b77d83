"""Models behind Hugging Face's Inference Providers and endpoints."""

from __future__ import annotations

import copy
import functools
import inspect
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..._bridge import _async as bridge
from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.models.redaction import checked_key
from ..rate_limiter import AnySlot
from .api import ApiModel

if TYPE_CHECKING:
    from huggingface_hub import AsyncInferenceClient

__all__ = ["InferenceClientModel"]


class InferenceClientModel(ApiModel):
    """A model served by one of Hugging Face's Inference Providers, or by an endpoint of your own.

    Args:
        model_id: The model's name on the Hub.
        provider: The provider's name, e.g. ``"together"``; the first of your settings if None.
        token: The token; if None, the environment variable ``HF_TOKEN`` or what ``hf auth login`` has stored.
        timeout: How many seconds the provider may take.
        client_kwargs: Further arguments of the SDK's client.
        custom_role_conversions: Which role stands for which.
        api_key: Another name of ``token``.
        bill_to: The organization that pays.
        base_url: The address of an endpoint to ask instead of a provider.
        **kwargs: As for ``ApiModel``; the rest are parameters of every request.

    Raises:
        ConfigurationError: Both ``token`` and ``api_key`` were given.

    Example:
        >>> from twofold.aio import InferenceClientModel
        >>> model = InferenceClientModel("Qwen/Qwen3-Coder-30B-A3B-Instruct", provider="nebius")
    """

    provider: ClassVar[str] = "Hugging Face"

    def __init__(
        self,
        model_id: str = "Qwen/Qwen3-Next-80B-A3B-Thinking",
        provider: str | None = None,
        token: str | None = None,
        timeout: float = 120,
        client_kwargs: dict[str, Any] | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        api_key: str | None = None,
        bill_to: str | None = None,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        if token is not None and api_key is not None:
            raise ConfigurationError("token and api_key are two names of one thing: give one of them.")
        super().__init__(model_id, custom_role_conversions, **kwargs)
        self.base_url = base_url
        self._client_kwargs = {
            "provider": provider,
            "token": checked_key(token if token is not None else api_key, "token"),
            "timeout": timeout,
            "bill_to": bill_to,
            "base_url": base_url,
            **(client_kwargs or {}),
        }

    def create_client(self) -> AsyncInferenceClient:
        try:
            client: AsyncInferenceClient = self._sdk()(**self._client_kwargs)
            return client
        except ValueError as error:
            raise ConfigurationError(f"The client of huggingface_hub cannot be made: {error}") from error

    def _sdk(self) -> Any:
        try:
            from huggingface_hub import AsyncInferenceClient
        except ImportError as error:
            raise MissingExtraError(type(self).__name__, "huggingface", "huggingface_hub") from error
        return AsyncInferenceClient

    async def _complete(self, request: dict[str, Any], slot: AnySlot | None) -> Any:
        return await self._get_client().chat_completion(**_arguments(request))

    async def _chunks(self, request: dict[str, Any], slot: AnySlot | None) -> AsyncIterator[Any]:
        client = copy.copy(self._get_client())
        if hasattr(client, "exit_stack"):
            # the SDK keeps every stream until its client is closed: let this one's end with the stream
            client.exit_stack = type(client.exit_stack)()
        async with bridge.closing(getattr(client, "exit_stack", None)):
            arguments = _arguments({"stream_options": {"include_usage": True}, **request, "stream": True})
            chunks = await client.chat_completion(**arguments)
            async with bridge.closing(chunks):
                async for chunk in chunks:
                    yield chunk

    def _server(self) -> str | None:
        return self.base_url or "the provider"

    def _secrets(self) -> Sequence[str | None]:
        token = self._client_kwargs["token"]
        return (token if isinstance(token, str) else os.environ.get("HF_TOKEN"),)


def _arguments(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request as the SDK takes it: what it has no parameter for goes beside the others."""
    known = {name: value for name, value in request.items() if name in _parameters()}
    more = {name: value for name, value in request.items() if name not in known}
    more.update(known.get("extra_body") or {})
    return {**known, "extra_body": more} if more else known


@functools.cache
def _parameters() -> frozenset[str]:
    from huggingface_hub import AsyncInferenceClient

    return frozenset(inspect.signature(AsyncInferenceClient.chat_completion).parameters)
