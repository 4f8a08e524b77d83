"""Models behind OpenAI's chat-completions API, and behind every server that speaks it."""

from __future__ import annotations

import functools
import importlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..._bridge import _async as bridge
from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.messages import ChatMessage
from ..._core.models.capabilities import with_completion_limit
from ..._core.models.chat_completions import decode_completion
from ..._core.models.event_stream import EventDecoder
from ..._core.models.redaction import checked_key
from ..rate_limiter import AnySlot
from .api import ApiModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["OpenAIModel", "OpenAIServerModel"]

_READ_ON_SECONDS = 1.0
# parameters of the SDK's methods which are not part of the request's body
_OPTIONS = {"extra_headers": "headers", "extra_query": "params", "timeout": "timeout"}


class OpenAIModel(ApiModel):
    """A model of OpenAI, or of any server that speaks the same protocol.

    Args:
        model_id: The model's name, e.g. ``"gpt-4o-mini"``.
        api_base: The base URL of another server, e.g. ``"http://127.0.0.1:8000/v1"``.
        api_key: The key. The environment variable ``OPENAI_API_KEY`` if None.
        organization: OpenAI's organization, if the key belongs to several.
        project: OpenAI's project, likewise.
        client_kwargs: Further arguments of the SDK's client, e.g. ``{"timeout": 30}``.
        custom_role_conversions: Which role stands for which, e.g. ``{"system": "user"}``.
        flatten_messages_as_text: Send contents as plain strings.
        max_connections: How many connections are open at once at most; requests beyond wait for one.
        **kwargs: ``rate_limiter``, ``retry`` and the like, see ``ApiModel``; the rest are parameters of every
            request, e.g. ``temperature=0``.

    Example:
        >>> from twofold.aio import OpenAIModel
        >>> model = OpenAIModel("gpt-4o-mini", temperature=0)
        >>> reply = await model.generate([{"role": "user", "content": "Hello"}])  # doctest: +SKIP
    """

    provider: ClassVar[str] = "OpenAI"
    _key_variable: ClassVar[str] = "OPENAI_API_KEY"

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
        *,
        max_connections: int = 500,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            model_id,
            custom_role_conversions,
            flatten_messages_as_text=flatten_messages_as_text,
            **kwargs,
        )
        self.max_connections = max_connections
        self.api_base = api_base
        self._client_kwargs = {
            "base_url": api_base,
            "api_key": api_key,
            "organization": organization,
            "project": project,
            **(client_kwargs or {}),
        }
        self._client_kwargs["api_key"] = checked_key(self._client_kwargs["api_key"], "api_key")

    def create_client(self) -> AsyncOpenAI:
        openai = self._sdk()
        try:
            return openai.AsyncOpenAI(**self._client_arguments(openai))  # type: ignore[no-any-return]
        except openai.OpenAIError as error:
            raise ConfigurationError(
                f"{type(self).__name__} has no key. Set the environment variable OPENAI_API_KEY, or pass "
                "api_key (any text will do for a local server that asks for none)."
            ) from error

    async def _complete(self, request: dict[str, Any], slot: AnySlot | None) -> Any:
        # The SDK sends the request as it stands and hands over the bytes of the reply. Having it check every
        # part of both against its schema, as chat.completions.create does, takes more time than all the rest.
        client = self._get_client()
        body, options = self._body(request, client)
        response = await client.post(
            self._address(client), cast_to=_http_module().Response, body=body, options=options
        )
        if slot is not None:
            slot.learn(response.headers)
        request_id = response.headers.get("x-request-id")
        completion = decode_completion(
            response.content,
            content_type=response.headers.get("content-type"),
            provider=self.provider,
            model=self.model_id,
            request_id=request_id,
            clean=self._clean,
        )
        completion["_request_id"] = request_id  # as in the SDK's objects
        return completion

    async def _chunks(self, request: dict[str, Any], slot: AnySlot | None) -> AsyncIterator[Any]:
        client = self._get_client()
        body, options = self._body(
            {"stream_options": {"include_usage": True}, **request, "stream": True}, client
        )
        response = await client.post(
            self._address(client), cast_to=_http_module().Response, body=body, options=options, stream=True
        )
        async with bridge.closing(response):
            if slot is not None:
                slot.learn(response.headers)
            request_id = response.headers.get("x-request-id")
            events = EventDecoder()
            pieces = response.aiter_bytes()
            async for piece in pieces:
                for data in events.feed(piece):
                    chunk = json.loads(data)
                    if request_id is not None and type(chunk) is dict:
                        chunk["_request_id"] = request_id
                    yield chunk
                if events.done:
                    break
            try:
                await bridge.run_with_timeout(lambda: _read_on(pieces), _READ_ON_SECONDS, TimeoutError)
            except TimeoutError:
                pass

    def _address(self, client: Any) -> str:
        """Return where requests go: in full, so that the SDK need not put it together for each."""
        return f"{str(client.base_url).rstrip('/')}/chat/completions"

    def _body(self, request: dict[str, Any], client: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a request's body, and the options that go beside it."""
        body = {name: value for name, value in request.items() if name not in _OPTIONS}
        body.update(body.pop("extra_body", None) or {})
        # what the SDK would have to copy for each request if it were not told
        options: dict[str, Any] = {"headers": {}, "params": {}, "max_retries": client.max_retries}
        options.update((to, request[name]) for name, to in _OPTIONS.items() if request.get(name) is not None)
        if "timeout" in options:
            options["timeout"] = _timeout(options["timeout"])
        return body, options

    def _request(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None,
        response_format: dict[str, Any] | None,
        tools_to_call_from: Sequence[Any] | None,
        kwargs: dict[str, Any],
    ) -> dict[str, Any]:
        request = super()._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        return with_completion_limit(request, self.model_id or "")

    def _sdk(self) -> Any:
        try:
            import openai
        except ImportError as error:
            raise MissingExtraError(type(self).__name__, "openai", "openai") from error
        return openai

    def _client_arguments(self, openai: Any) -> dict[str, Any]:
        """Return the arguments of a client that thousands of requests may use at once."""
        arguments = {"max_retries": 0, **self._client_kwargs}  # retries are made here, once
        if arguments["api_key"] is None and self._key_variable in os.environ:
            arguments["api_key"] = checked_key(os.environ[self._key_variable], self._key_variable)
        timeout = arguments["timeout"] = _timeout(arguments.get("timeout"))
        if "http_client" not in arguments:
            arguments["http_client"] = bridge.make_http_client(
                openai, timeout=timeout, max_connections=self.max_connections
            )
        return arguments

    def _server(self) -> str | None:
        return str(
            self._client_kwargs.get("base_url") or os.environ.get("OPENAI_BASE_URL") or "api.openai.com"
        )

    def _secrets(self) -> Sequence[str | None]:
        key = self._client_kwargs.get("api_key")
        return (key if isinstance(key, str) else os.environ.get(self._key_variable),)


async def _read_on(pieces: AsyncIterator[bytes]) -> None:
    """Read what comes after the last event, which is nothing: then the connection can be used again."""
    async for _ in pieces:
        pass


@functools.cache
def _http_module() -> Any:
    """Return the HTTP library under the SDK: httpx for openai 2, httpx2 for openai 3."""
    from openai import DEFAULT_CONNECTION_LIMITS

    return importlib.import_module(type(DEFAULT_CONNECTION_LIMITS).__module__.partition(".")[0])


def _timeout(timeout: Any) -> Any:
    """Return a timeout whose clock does not run while a request waits for one of the connections.

    A busy machine needs longer for a connection than the 5 s that are usual.
    """
    from openai import Timeout

    if timeout is None:
        return Timeout(600.0, connect=60.0, pool=None)
    if isinstance(timeout, (int, float)):
        return Timeout(float(timeout), pool=None)
    return timeout


OpenAIServerModel = OpenAIModel
