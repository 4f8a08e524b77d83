"""Models on Amazon Bedrock. boto3 blocks, so it works on threads."""

from __future__ import annotations

import importlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from ..._bridge import _async as bridge
from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.models.bedrock_format import chunk_of_event, completion_of_converse, converse_arguments
from ..._core.models.made_once import MadeOnce
from ..rate_limiter import AnySlot
from .api import ApiModel

__all__ = ["AmazonBedrockModel", "AmazonBedrockServerModel"]

_THREADS = 100
_SECRET_VARIABLES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK")


class AmazonBedrockModel(ApiModel):
    """A model on Amazon Bedrock, through the Converse API.

    Args:
        model_id: The model's id or the ARN of an inference profile, e.g. ``"us.amazon.nova-pro-v1:0"``.
        client: A client of boto3's ``bedrock-runtime``; made from ``client_kwargs`` if None.
        client_kwargs: Arguments of that client, e.g. ``{"region_name": "eu-central-1"}``.
        custom_role_conversions: Which role stands for which.
        **kwargs: As for ``ApiModel``; the rest are parameters of every request: those of the
            chat-completions protocol (``max_tokens``, ``temperature``) or of ``converse``
            (``guardrailConfig``).

    Example:
        >>> from twofold.aio import AmazonBedrockModel
        >>> model = AmazonBedrockModel("us.amazon.nova-pro-v1:0", client_kwargs={"region_name": "us-east-1"})
    """

    provider: ClassVar[str] = "Amazon Bedrock"
    image_urls: ClassVar[bool] = False

    def __init__(
        self,
        model_id: str,
        client: Any = None,
        client_kwargs: dict[str, Any] | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(model_id, custom_role_conversions, client, **kwargs)
        self._client_kwargs = dict(client_kwargs or {})
        self._made = MadeOnce(self.create_client)

    def create_client(self) -> Any:
        try:
            boto3 = importlib.import_module("boto3")
            config = importlib.import_module("botocore.config")
            exceptions = importlib.import_module("botocore.exceptions")
        except ImportError as error:
            raise MissingExtraError(type(self).__name__, "bedrock", "boto3") from error
        # retries are made here, once
        settings = config.Config(
            retries={"total_max_attempts": 1}, max_pool_connections=_THREADS, read_timeout=600
        )
        arguments = dict(self._client_kwargs)
        if "config" in arguments:
            settings = settings.merge(arguments.pop("config"))
        try:
            return boto3.client("bedrock-runtime", config=settings, **arguments)
        except (exceptions.BotoCoreError, ValueError) as error:
            raise ConfigurationError(
                f"boto3 cannot make a client for Bedrock: {error} Pass client_kwargs, for example "
                '{"region_name": "us-east-1"}, or set AWS_REGION and the credentials of AWS.'
            ) from error

    async def aclose(self) -> None:
        client = self._made.let_go()
        if client is not None:
            await bridge.call_blocking(client.close)

    async def _complete(self, request: dict[str, Any], slot: AnySlot | None) -> Any:
        return await bridge.call_blocking(self._converse, converse_arguments(request))

    async def _chunks(self, request: dict[str, Any], slot: AnySlot | None) -> AsyncIterator[Any]:
        events = await bridge.call_blocking(self._converse_stream, converse_arguments(request))
        async with bridge.closing(events):
            upcoming = iter(events)
            while (event := await bridge.call_blocking(next, upcoming, None)) is not None:
                yield chunk_of_event(event)

    # These run on a thread.

    def _converse(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return completion_of_converse(self._boto_client().converse(**arguments))

    def _converse_stream(self, arguments: dict[str, Any]) -> Any:
        return self._boto_client().converse_stream(**arguments)["stream"]

    def _boto_client(self) -> Any:
        # a client of boto3 belongs to no event loop, and may be used by all threads
        return self._client if self._client is not None else self._made.get()

    def _server(self) -> str | None:
        return self._client_kwargs.get("endpoint_url") or "AWS"

    def _secrets(self) -> Sequence[str | None]:
        return [os.environ.get(name) for name in _SECRET_VARIABLES]


AmazonBedrockServerModel = AmazonBedrockModel
