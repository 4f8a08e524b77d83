"""What a provider's error means, recognised by status, code and type, never by searching its text.

Works on the errors of the openai SDK and of the SDKs that imitate it, without importing any of them. The one
exception are contexts that are too long: their two numbers are in the text only, and several servers
have no code for them.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import (
    BrokenStream,
    ContentFiltered,
    ContextLengthExceeded,
    MalformedReply,
    ModelAuthenticationError,
    ModelError,
    ModelNotFoundError,
    ModelRequestError,
    ModelTimeout,
    ProviderUnavailable,
    RateLimited,
)
from ..parsing import truncate_content
from ..secrets import url_without_secrets
from .redaction import redacted

__all__ = ["error_in_reply", "model_error_from", "seconds_to_wait"]

_ADVICE: Mapping[int, str] = {
    400: "The provider refused the request.",
    401: "The key was refused: check that it is right, and that it belongs to this provider.",
    403: "This key may not use the model.",
    404: "Check the model's name, and api_base if you gave one.",
    408: "The provider took too long.",
    409: "The provider was busy with a conflicting request.",
    422: "The provider could not process the request.",
    429: "The rate limit or quota is used up: wait, or ask for less at once.",
}

_CLASS_ADVICE: Mapping[type[ModelError], str] = {
    ContentFiltered: "Word the task differently.",
    ContextLengthExceeded: "Send less, or give the agent a context_limit.",
}

_STATUS_CLASSES: Mapping[int, type[ModelError]] = {
    400: ModelRequestError,
    401: ModelAuthenticationError,
    403: ModelAuthenticationError,
    404: ModelNotFoundError,
    408: ModelTimeout,
    409: ProviderUnavailable,
    413: ModelRequestError,
    422: ModelRequestError,
    429: RateLimited,
}

_CODE_CLASSES: Mapping[str, type[ModelError]] = {
    "context_length_exceeded": ContextLengthExceeded,
    "exceed_context_size_error": ContextLengthExceeded,
    "content_filter": ContentFiltered,
    "content_policy_violation": ContentFiltered,
    "ResponsibleAIPolicyViolation": ContentFiltered,
    "invalid_api_key": ModelAuthenticationError,
    "authentication_error": ModelAuthenticationError,
    "permission_error": ModelAuthenticationError,
    "model_not_found": ModelNotFoundError,
    "DeploymentNotFound": ModelNotFoundError,
    "insufficient_quota": RateLimited,
    "billing_hard_limit_reached": RateLimited,
    "rate_limit_exceeded": RateLimited,
    "rate_limit_error": RateLimited,
    "server_error": ProviderUnavailable,
    "overloaded_error": ProviderUnavailable,
    # the names that Amazon Bedrock gives its errors
    "ThrottlingException": RateLimited,
    "ServiceQuotaExceededException": RateLimited,
    "AccessDeniedException": ModelAuthenticationError,
    "UnrecognizedClientException": ModelAuthenticationError,
    "InvalidSignatureException": ModelAuthenticationError,
    "ExpiredTokenException": ModelAuthenticationError,
    "ResourceNotFoundException": ModelNotFoundError,
    "ModelTimeoutException": ModelTimeout,
    "ModelNotReadyException": ProviderUnavailable,
    "ModelErrorException": ProviderUnavailable,
    "ServiceUnavailableException": ProviderUnavailable,
    "InternalServerException": ProviderUnavailable,
    "ModelStreamErrorException": BrokenStream,
    "ValidationException": ModelRequestError,
}
"""Providers' own names for errors. They say more than a status: context, filter and quota all have 400 or 429."""

# classes of SDKs that carry the meaning in their name
_NAMED_CLASSES: Mapping[str, type[ModelError]] = {
    "ContextWindowExceededError": ContextLengthExceeded,
    "ContentPolicyViolationError": ContentFiltered,
    "RouterRateLimitError": RateLimited,
    "JSONDecodeError": MalformedReply,
    "UnicodeDecodeError": MalformedReply,
}

_FINAL_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Errors that no waiting mends, whatever their status."""

_PASSING = (RateLimited, ProviderUnavailable, MalformedReply)

# names of classes of openai, httpx, aiohttp, requests, botocore and Python
_TIMEOUTS = frozenset(
    {"APITimeoutError", "TimeoutException", "TimeoutError", "Timeout", "InferenceTimeoutError"}
    | {"ConnectTimeoutError", "ReadTimeoutError"}
)
_CONNECTION_ERRORS = frozenset(
    {"APIConnectionError", "TransportError", "ClientConnectionError", "ClientPayloadError", "ConnectionError"}
    | {"EndpointConnectionError", "ConnectionClosedError", "HTTPClientError", "ChunkedEncodingError"}
)

_CONTEXT_TEXT = re.compile(
    r"maximum context length is (?P<limit>[\d,]+)|(?:input|prompt) is too long|exceeds? (?:the |its )?"
    r"(?:available |maximum |model'?s? )*context"
)
_REQUESTED_TEXT = re.compile(
    r"(?:resulted in|requested|request has|contains|prompt is too long:|given)\D{0,40}?(?P<requested>\d[\d,]*)"
)

_MAX_MESSAGE = 1_000


def model_error_from(
    error: Exception,
    *,
    provider: str,
    model: str | None,
    server: str | None,
    secrets: Sequence[str | None] = (),
) -> ModelError:
    """Return the ``ModelError`` for an error of a provider's SDK.

    Args:
        error: What the SDK raised.
        provider: The provider's name.
        model: The model that was asked.
        server: The base URL of the server, for errors of the connection.
        secrets: Keys, which the message must not have in it: some servers repeat the one they refuse.
    """
    status = _status(error)
    if status is None:
        return _error_without_status(error, provider, model, server, secrets)
    said = _said(error, secrets)
    kind = _class_of(error, status)
    advice = _CLASS_ADVICE.get(kind) or _ADVICE.get(status, "The provider failed." if status >= 500 else "")
    made = kind(
        f"{provider} answered {status} for the model {model!r}: {_sentence(said)} {advice}".rstrip(),
        provider=provider,
        model=model,
        status=status,
        request_id=_request_id(error),
        retryable=_is_retryable(error, status),
        retry_after=_retry_after(error),
    )
    return _with_numbers(made, _details(error), said)


def error_in_reply(
    failure: Any,
    *,
    provider: str,
    model: str | None,
    request_id: str | None = None,
    clean: Callable[[str], str] = str,
) -> ModelError:
    """Return the error for a failure that a reply of status 200 reports in its body.

    Args:
        failure: What the reply says of it.
        provider: The provider's name.
        model: The model that was asked.
        request_id: The provider's id of the request.
        clean: Takes keys out of a text, before it is cut: half a key would not be found.
    """
    details = failure if isinstance(failure, Mapping) else {"message": failure}
    code = details.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else None
    made = _by_code({code, details.get("type")} - {None})
    if made is None:
        made = _by_status(status) if status else MalformedReply
    said = truncate_content(clean(str(details.get("message") or failure)), _MAX_MESSAGE)
    error = made(
        f"{provider} sent a reply without a message for the model {model!r}: {said}",
        provider=provider,
        model=model,
        status=status or 200,
        request_id=request_id,
        retryable=issubclass(made, _PASSING) and code not in _FINAL_CODES,
    )
    return _with_numbers(error, details, said)


def seconds_to_wait(headers: Any) -> float | None:
    """Return the seconds that a response's headers ask to wait, in whichever form they say it."""
    milliseconds = _number(_header(headers, "retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    header = _header(headers, "retry-after")
    seconds = _number(header)
    return seconds if seconds is not None or header is None else _seconds_until(header)


# Which class ------------------------------------------------------------------------------------------


def _class_of(error: Exception, status: int) -> type[ModelError]:
    made = _named(error) or _by_code(_codes(error)) or _by_status(status)
    if made is ProviderUnavailable:  # what a status says is narrower than "server_error"
        made = _by_status(status)
    if made is ModelRequestError and _CONTEXT_TEXT.search(_provider_message(error).lower()):
        return ContextLengthExceeded
    return made


def _named(error: BaseException) -> type[ModelError] | None:
    """Return the class for an error whose own class, or that of an error behind it, carries the meaning."""
    behind = list(_behind(error))
    # on the way to reporting a status anything may have been tried
    meant = [error] if any(_response_status(each) for each in behind) else [error, *behind]
    names = (cls.__name__ for each in meant for cls in type(each).__mro__)
    return next((found for name in names if (found := _NAMED_CLASSES.get(name))), None)


def _by_code(codes: set[Any]) -> type[ModelError] | None:
    found = [_CODE_CLASSES[code] for code in codes if code in _CODE_CLASSES]
    # the narrowest: a context that is too long is also an invalid request
    return max(found, key=lambda made: len(made.__mro__), default=None)


def _by_status(status: int) -> type[ModelError]:
    if status == 200:
        return MalformedReply
    return _STATUS_CLASSES.get(status, ProviderUnavailable if status >= 500 else ModelRequestError)


def _with_numbers(error: ModelError, details: Mapping[str, Any], said: str) -> ModelError:
    """Note on an error about the context how long it is and how long it may be."""
    if isinstance(error, ContextLengthExceeded):
        limit, requested = details.get("n_ctx"), details.get("n_prompt_tokens")
        text = said.lower()
        if not isinstance(limit, int) and (found := _CONTEXT_TEXT.search(text)):
            limit = _whole(found["limit"])
        if not isinstance(requested, int) and (found := _REQUESTED_TEXT.search(text)):
            requested = _whole(found["requested"])
        error.limit, error.requested = limit, requested
    return error


def _whole(text: str | None) -> int | None:
    return int(text.replace(",", "")) if text else None


def _is_retryable(error: Exception, status: int) -> bool:
    advised = _header(_headers(error), "x-should-retry")
    if advised in ("true", "false"):
        return advised == "true"
    codes = _codes(error)
    if codes & _FINAL_CODES:
        return False
    return issubclass(_class_of(error, status), _PASSING) and status != 200


def _error_without_status(
    error: Exception, provider: str, model: str | None, server: str | None, secrets: Sequence[str | None]
) -> ModelError:
    names = {cls.__name__ for cls in type(error).__mro__}
    where = redacted(url_without_secrets(server), secrets) if server else "the server"
    if names & _TIMEOUTS and not _was_refused(error):
        message = f"{provider} at {where} did not answer in time."
        return ModelTimeout(message, provider=provider, model=model, retryable=True)
    if names & (_CONNECTION_ERRORS | _TIMEOUTS):
        cause = error.__cause__ or error
        why = redacted(str(cause), secrets) or type(cause).__name__
        message = (
            f"{provider} at {where} could not be reached ({truncate_content(why, _MAX_MESSAGE)}). "
            "Check that the server is running and that api_base is right."
        )
        return ProviderUnavailable(message, provider=provider, model=model, retryable=True)
    # the error of a stream that had begun with status 200 is among these
    made = _named(error) or _by_code(_codes(error)) or ModelError
    said = _said(error, secrets)
    malformed = made is MalformedReply
    failure = made(
        f"{provider} sent no JSON for the model {model!r}: {_sentence(said)} Ask again."
        if malformed
        else f"{provider} failed for the model {model!r}: {said}",
        provider=provider,
        model=model,
        status=200 if malformed else None,
        retryable=issubclass(made, _PASSING) and not _codes(error) & _FINAL_CODES,
    )
    return _with_numbers(failure, _details(error), said)


def _was_refused(error: BaseException) -> bool:
    """Return whether nobody listens at the other end: the aiohttp transport calls that a timeout, too."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, TimeoutError):
            return True
        cause = cause.__cause__
    return False


# What it says -----------------------------------------------------------------------------------------


def _details(error: Exception) -> Mapping[str, Any]:
    """Return the provider's own description of the error, as data."""
    body: Any = getattr(error, "body", None)
    if body is None:  # huggingface_hub before 1.0
        body = getattr(error, "response_error_payload", None)
    if body is None:  # botocore keeps it here
        response = getattr(error, "response", None)
        body = {"error": response.get("Error")} if isinstance(response, Mapping) else _json_body(response)
    if body is None and error.args:  # huggingface_hub, of a stream
        body = error.args[0]
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _json_body(response: Any) -> Any:
    """Return what a response says, if it has been read and is JSON: huggingface_hub leaves it there."""
    try:
        return json.loads(response.content)
    except (AttributeError, RuntimeError, TypeError, ValueError):
        return None


def _provider_message(error: Exception) -> str:
    body: Any = getattr(error, "body", None)
    inner: Any = body.get("error", body) if isinstance(body, Mapping) else body
    details = _details(error)
    if details:
        # "detail" is what servers built with FastAPI send
        inner = details.get("message") or details.get("Message") or details.get("detail")
    text = inner if isinstance(inner, str) and inner.strip() else str(getattr(error, "message", error))
    return text.strip() or type(error).__name__


def _said(error: Exception, secrets: Sequence[str | None]) -> str:
    # cut last: half a key would not be found
    return truncate_content(redacted(_provider_message(error), secrets), _MAX_MESSAGE)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def _codes(error: Exception) -> set[str]:
    """Return the provider's own names for the error."""
    details = _details(error)
    inner = details.get("innererror")
    found = [getattr(error, "code", None), getattr(error, "type", None)]
    found += [details.get("code"), details.get("type"), details.get("Code")]
    found += [inner.get("code")] if isinstance(inner, Mapping) else []
    return {code for code in found if isinstance(code, str)}


def _status(error: Exception) -> int | None:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore
        metadata = response.get("ResponseMetadata") or {}
        status = metadata.get("HTTPStatusCode")
        return status if isinstance(status, int) else None
    candidates = (
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "status", None),  # aiohttp
    )
    status = next((value for value in candidates if isinstance(value, int)), None)
    # litellm puts statuses of its own in the place of some
    return next((answered for each in _behind(error) if (answered := _response_status(each))), status)


def _response_status(error: BaseException) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) and status >= 400 else None


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors that one of litellm stands for, its own ones left out."""
    if not hasattr(error, "llm_provider"):
        return
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if not type(cause).__module__.startswith("litellm"):
            yield cause
        cause = cause.__cause__ or cause.__context__


def _headers(error: Exception) -> Any:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return (response.get("ResponseMetadata") or {}).get("HTTPHeaders")
    found = (
        (response, "headers"),
        (error, "litellm_response_headers"),
        (error, "headers"),
    )  # the last: aiohttp
    return next((headers for holder, name in found if (headers := getattr(holder, name, None))), None)


def _request_id(error: Exception) -> str | None:
    known = getattr(error, "request_id", None)
    headers = _headers(error)
    candidates = (known, *(_header(headers, name) for name in ("x-request-id", "x-amzn-requestid")))
    return next((value for value in candidates if isinstance(value, str)), None)


def _header(headers: Any, name: str) -> str | None:
    value = headers.get(name) if headers is not None else None
    return value if isinstance(value, str) else None


def _retry_after(error: Exception) -> float | None:
    return seconds_to_wait(_headers(error))


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _seconds_until(date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # takes 30 ms to import

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return None
