"""Models of any provider that litellm knows."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.models.chat_completions import broken_stream_error
from ..._core.models.redaction import checked_key
from ..._core.secrets import environment_secrets, secrets_in
from ..rate_limiter import AnySlot
from .api import ApiModel

__all__ = ["LiteLLMModel", "LiteLLMRouterModel"]

# litellm reaches these through interfaces that take plain strings only
_TEXT_ONLY = ("ollama", "groq", "cerebras")
# these speak the chat-completions protocol, in which every stream says why it ends
_SAY_HOW_THEY_END = frozenset({"openai", "azure", "hosted_vllm", "openrouter", "deepseek", "mistral"})


class LiteLLMModel(ApiModel):
    """A model of any provider that litellm knows.

    litellm keeps connections for the whole process, so closing the model closes none.

    Args:
        model_id: Provider and model as litellm writes them, e.g. ``"anthropic/claude-sonnet-4-5"``.
        api_base: The base URL of the provider, if it is not the usual one.
        api_key: The key. The environment variable that litellm reads for the provider if None.
        custom_role_conversions: Which role stands for which.
        flatten_messages_as_text: Send contents as plain strings; None to decide by the provider.
        **kwargs: As for ``ApiModel``; the rest are parameters of every request.

    Example:
        >>> from twofold.aio import LiteLLMModel
        >>> model = LiteLLMModel("anthropic/claude-sonnet-4-5", temperature=0)
    """

    provider: ClassVar[str] = "LiteLLM"

    def __init__(
        self,
        model_id: str,
        api_base: str | None = None,
        api_key: str | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        flatten_messages_as_text: bool | None = None,
        **kwargs: Any,
    ) -> None:
        if flatten_messages_as_text is None:
            flatten_messages_as_text = str(model_id).startswith(_TEXT_ONLY)
        super().__init__(
            model_id, custom_role_conversions, flatten_messages_as_text=flatten_messages_as_text, **kwargs
        )
        self.api_base = api_base
        self.api_key = checked_key(api_key, "api_key")

    def create_client(self) -> Any:
        return _Shared(self._sdk())

    def _sdk(self) -> Any:
        try:
            litellm: Any = importlib.import_module("litellm")
        except ImportError as error:
            raise MissingExtraError(type(self).__name__, "litellm", "litellm") from error
        litellm.suppress_debug_info = True  # or it prints advice beside every error
        return litellm

    async def _complete(self, request: dict[str, Any], slot: AnySlot | None) -> Any:
        reply = await self._get_client().acompletion(**self._arguments(request))
        _learn(slot, reply)
        return reply

    async def _chunks(self, request: dict[str, Any], slot: AnySlot | None) -> AsyncIterator[Any]:
        arguments = self._arguments({"stream_options": {"include_usage": True}, **request, "stream": True})
        chunks = await self._get_client().acompletion(**arguments)
        _learn(slot, chunks)
        async for chunk in chunks:
            yield chunk
        if self._is_broken_off(chunks):
            raise broken_stream_error(self.provider, self.model_id)

    def _is_broken_off(self, chunks: Any) -> bool:
        """Return whether a stream ended before the provider said so: litellm makes up a last chunk of its own."""
        # the router's streams are of a class derived from this, and do not know
        knows = type(chunks).__name__ == "CustomStreamWrapper"
        speaks_protocol = getattr(chunks, "custom_llm_provider", None) in _SAY_HOW_THEY_END
        return knows and speaks_protocol and getattr(chunks, "received_finish_reason", "unknown") is None

    def _arguments(self, request: dict[str, Any]) -> dict[str, Any]:
        # retries are made here, once
        own = {"api_base": self.api_base, "api_key": self.api_key, "num_retries": 0, "max_retries": 0}
        return {**own, **request}

    def _server(self) -> str | None:
        return self.api_base or "the provider"

    def _secrets(self) -> Sequence[str | None]:
        if self.api_key is not None:
            return (self.api_key,)
        # each provider has its own
        return environment_secrets()


class LiteLLMRouterModel(LiteLLMModel):
    """A group of deployments among which litellm's router chooses.

    Args:
        model_id: The name of a group in ``model_list``.
        model_list: The deployments, as litellm's ``Router`` takes them.
        client_kwargs: Further arguments of the ``Router``, e.g. ``{"routing_strategy": "least-busy"}``.
        custom_role_conversions: Which role stands for which.
        flatten_messages_as_text: Send contents as plain strings; None to decide by the provider.
        **kwargs: As for ``ApiModel``; the rest are parameters of every request.

    Raises:
        ConfigurationError: No deployment belongs to the group.

    Example:
        >>> from twofold.aio import LiteLLMRouterModel
        >>> deployments = [
        ...     {"model_name": "any", "litellm_params": {"model": "openai/gpt-4o-mini"}},
        ...     {"model_name": "any", "litellm_params": {"model": "anthropic/claude-sonnet-4-5"}},
        ... ]
        >>> model = LiteLLMRouterModel("any", deployments)
    """

    def __init__(
        self,
        model_id: str,
        model_list: list[dict[str, Any]],
        client_kwargs: dict[str, Any] | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        flatten_messages_as_text: bool | None = None,
        **kwargs: Any,
    ) -> None:
        groups = {deployment.get("model_name") for deployment in model_list}
        if model_id not in groups:
            raise ConfigurationError(
                f"model_list has no deployment with model_name={model_id!r}; "
                f"it has {sorted(map(str, groups))}."
            )
        super().__init__(
            model_id,
            custom_role_conversions=custom_role_conversions,
            flatten_messages_as_text=flatten_messages_as_text,
            **kwargs,
        )
        self._router_arguments = {"num_retries": 0, "model_list": model_list, **(client_kwargs or {})}
        self._keys = [
            key for each in model_list for key in secrets_in(each.get("litellm_params"), header=True)
        ]

    def create_client(self) -> Any:
        return _Shared(self._sdk().Router(**self._router_arguments))

    def _arguments(self, request: dict[str, Any]) -> dict[str, Any]:
        return request

    def _secrets(self) -> Sequence[str | None]:
        # the router reads those of deployments that have none
        return [*self._keys, *secrets_in(self._router_arguments), *environment_secrets()]


class _Shared:
    """Something of litellm that is not closed with one model."""

    def __init__(self, shared: Any) -> None:
        self.acompletion = shared.acompletion

    async def aclose(self) -> None:
        """Close nothing."""


def _learn(slot: AnySlot | None, reply: Any) -> None:
    if slot is not None:
        hidden = getattr(reply, "_hidden_params", None) or {}
        slot.learn(hidden.get("additional_headers") or hidden.get("headers"))
