"""OpenAI's models on Azure, where a deployment stands for a model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..._core.errors import ConfigurationError
from .openai import OpenAIModel

if TYPE_CHECKING:
    from openai import AsyncAzureOpenAI

__all__ = ["AzureOpenAIModel", "AzureOpenAIServerModel"]


class AzureOpenAIModel(OpenAIModel):
    """A deployment of one of OpenAI's models on Azure.

    Args:
        model_id: The deployment's name.
        azure_endpoint: The resource's address. The environment variable ``AZURE_OPENAI_ENDPOINT`` if None.
        api_key: The key. The environment variable ``AZURE_OPENAI_API_KEY`` if None.
        api_version: The version of the API. The environment variable ``OPENAI_API_VERSION`` if None.
        client_kwargs: Further arguments of the SDK's client, e.g. ``azure_ad_token_provider``.
        custom_role_conversions: Which role stands for which.
        **kwargs: As for ``OpenAIModel``.

    Example:
        >>> from twofold.aio import AzureOpenAIModel
        >>> model = AzureOpenAIModel(
        ...     "my-gpt-4o", azure_endpoint="https://me.openai.azure.com", api_version="2024-10-21"
        ... )
    """

    provider: ClassVar[str] = "Azure OpenAI"
    _key_variable: ClassVar[str] = "AZURE_OPENAI_API_KEY"

    def __init__(
        self,
        model_id: str,
        azure_endpoint: str | None = None,
        api_key: str | None = None,
        api_version: str | None = None,
        client_kwargs: dict[str, Any] | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            model_id,
            api_key=api_key,
            client_kwargs=client_kwargs,
            custom_role_conversions=custom_role_conversions,
            **kwargs,
        )
        self.azure_endpoint = azure_endpoint
        self._client_kwargs.update(azure_endpoint=azure_endpoint, api_version=api_version)
        further = {name: value for name, value in (client_kwargs or {}).items() if name != "api_key"}
        self._client_kwargs.update(further)

    def create_client(self) -> AsyncAzureOpenAI:
        openai = self._sdk()
        arguments = self._client_arguments(openai)
        if arguments["base_url"] is None:  # a client takes an endpoint or a base URL, even if that is None
            del arguments["base_url"]
        try:
            return openai.AsyncAzureOpenAI(**arguments)  # type: ignore[no-any-return]
        except (openai.OpenAIError, ValueError) as error:
            raise ConfigurationError(
                f"{type(self).__name__} needs an endpoint, an API version and a key: pass azure_endpoint, "
                "api_version and api_key, or set AZURE_OPENAI_ENDPOINT, OPENAI_API_VERSION and "
                f"AZURE_OPENAI_API_KEY. What the SDK says: {error}"
            ) from error

    def _address(self, client: Any) -> str:
        return "/chat/completions"  # the SDK puts the deployment into it

    def _server(self) -> str | None:
        return self.azure_endpoint or os.environ.get("AZURE_OPENAI_ENDPOINT") or "Azure"

    def _secrets(self) -> Sequence[str | None]:
        return (*super()._secrets(), os.environ.get("AZURE_OPENAI_AD_TOKEN"))


AzureOpenAIServerModel = AzureOpenAIModel
