"""Which response a request gets: routes, keys, models, and the script.

Knows nothing of sockets. Called on the server's thread only; what it keeps is in ``records.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import ConfigurationError
from .chat_format import ChatRequest, model_card, model_list, prompt_tokens
from .http1 import HttpRequest, Response
from .records import Records
from .rendering import json_response, render
from .replies import Drop, Failure, Malformed, Reply, ScriptItem, Stall
from .script import Script, ScriptExhausted

__all__ = ["ChatHandler", "ChatScript"]

ChatScript = Sequence[ScriptItem] | Callable[[ChatRequest], ScriptItem]
"""What a server plays: items, one per request, or a function of the request."""

DEFAULT_MODEL = "scripted"
COMPLETIONS = re.compile(
    r"(?:/(?:openai/)?v1)?/chat/completions|/openai/deployments/(?P<deployment>[^/]+)/chat/completions"
)
MODELS = re.compile(r"/(?:openai/)?v1/models(?:/(?P<model>.+))?")
KEY_HEADERS = ("authorization", "api-key")  # OpenAI's, Azure's


class ChatHandler:
    """Answers requests from a script. Owned by a server, lives as long as it.

    Args:
        script: The script.
        records: Where requests and surprises are kept.
        api_key: The key that clients must send; ``None`` takes any.
        models: The models there are; ``None`` takes any.
        context_length: The longest prompt, in tokens as ``count_tokens`` counts them.
        latency: Seconds before the first byte of a reply.
    """

    def __init__(
        self,
        script: ChatScript,
        records: Records,
        *,
        api_key: str | None,
        models: Sequence[str] | None,
        context_length: int | None,
        latency: float,
    ) -> None:
        self.script: Script[ChatRequest, ScriptItem] = Script(script, player="ChatServer", describe=_describe)
        for index, item in enumerate(self.script.replies):
            if not isinstance(item, (str, Reply, Failure, Drop, Stall, Malformed)):
                raise ConfigurationError(
                    f"ChatServer: item {index} of the script is {item!r}; a script holds Reply, ToolCalls, "
                    "Failure, Drop, Stall, Malformed or str"
                )
        self._records = records
        self._api_key = api_key
        self._models = models
        self._context_length = context_length
        self._latency = latency

    def respond(self, http: HttpRequest, connection: int) -> Response:
        """Return the response to a request that came over a connection."""
        url = urlsplit(http.target)
        if http.method == "POST" and (match := COMPLETIONS.fullmatch(url.path)):
            return self._respond_chat(http, connection, url.path, url.query, match["deployment"])
        if http.method == "GET" and (match := MODELS.fullmatch(url.path)):
            return self._respond_models(http, match["model"])
        message = f"{http.method} {url.path} is nothing that this server answers"
        return self._surprise(message, Failure(404, message, code="unknown_url"))

    def reject(self, message: str, status: int) -> Response:
        """Return the response to bytes that are no request."""
        return self._surprise(f"a client sent no HTTP: {message}", Failure(status, message))

    def _respond_chat(
        self, http: HttpRequest, connection: int, path: str, query: str, deployment: str | None
    ) -> Response:
        body = _chat_body(http.body)
        if isinstance(body, str):
            return self._surprise(f"POST {path}: {body}", Failure(400, body))
        model = unquote(deployment) if deployment else str(body.get("model"))
        request = self._records.add_request(
            lambda number: ChatRequest(
                number, connection, path, dict(parse_qsl(query)), _masked(http.headers), body, model
            )
        )
        refusal = self._refusal(http, request)
        if refusal is not None:
            return render(refusal, request)
        return self._play(request)

    def _respond_models(self, http: HttpRequest, name: str | None) -> Response:
        if not self._has_key(http):
            return _error_response(Failure.wrong_key())
        models = (DEFAULT_MODEL,) if self._models is None else self._models
        if name is None:
            return json_response(200, model_list(models))
        name = unquote(name)
        if self._models is not None and name not in models:
            return _error_response(Failure.unknown_model(name))
        return json_response(200, model_card(name))

    def _refusal(self, http: HttpRequest, request: ChatRequest) -> Failure | None:
        """Return why a request is refused before the script is asked."""
        if not self._has_key(http):
            return Failure.wrong_key()
        if self._models is not None and request.model not in self._models:
            return Failure.unknown_model(request.model)
        if self._context_length is not None and (tokens := prompt_tokens(request)) > self._context_length:
            return Failure.context_length_exceeded(limit=self._context_length, requested=tokens)
        return None

    def _play(self, request: ChatRequest) -> Response:
        try:
            return render(self.script.next_reply(request), request, latency=self._latency)
        except ScriptExhausted as error:
            message = str(error)
        except Exception as error:  # the user's function, or what it returned
            message = f"the script failed on request {request.number}: {type(error).__name__}: {error}"
        return self._surprise(message, Failure(500, message))

    def _surprise(self, message: str, failure: Failure) -> Response:
        self._records.add_unexpected(message)
        return _error_response(failure)

    def _has_key(self, http: HttpRequest) -> bool:
        if self._api_key is None:
            return True
        bearer = http.headers.get("authorization", "")
        return bearer == f"Bearer {self._api_key}" or http.headers.get("api-key") == self._api_key


def _error_response(failure: Failure) -> Response:
    return json_response(failure.status, {"error": failure.error()}, failure.headers)


def _chat_body(data: bytes) -> dict[str, Any] | str:
    """Return the body of a request for a completion, or what is wrong with it."""
    try:
        body = json.loads(data)
    except ValueError as error:
        return f"the body is not JSON: {error}"
    if not isinstance(body, dict):
        return "the body is not a JSON object"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        return "'messages' must be a list of one or more messages"
    return body


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers without what is secret in them: they end up in test reports."""
    return {name: _mask(value) if name in KEY_HEADERS else value for name, value in headers.items()}


def _mask(value: str) -> str:
    scheme, space, _ = value.rpartition(" ")
    return f"{scheme}{space}***"


def _describe(request: ChatRequest) -> str:
    text = request.text
    return f"its last message is {text if len(text) <= 200 else text[:200] + '…'!r}"
