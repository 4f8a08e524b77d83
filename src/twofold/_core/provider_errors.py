"""What a provider's error means, recognised by status, code and type, never by searching its text.

Works on the errors of the openai SDK and of the SDKs that imitate it, without importing any of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from .errors import ModelError
from .parsing import truncate_content

__all__ = ["model_error_from"]

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


_FINAL_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Errors that no waiting mends, whatever their status."""

_PASSING_CODES = frozenset({"server_error", "rate_limit_exceeded", "rate_limit_error", "overloaded_error"})
"""Errors that may be gone at the next attempt, where there is no status to tell."""

# names of classes of openai, httpx, aiohttp and Python
_TIMEOUTS = frozenset({"APITimeoutError", "TimeoutException", "TimeoutError"})
_CONNECTION_ERRORS = frozenset(
    {"APIConnectionError", "TransportError", "ClientConnectionError", "ClientPayloadError", "ConnectionError"}
)

_MAX_MESSAGE = 1_000


def model_error_from(error: Exception, *, provider: str, model: str | None, server: str | None) -> ModelError:
    """Return the ``ModelError`` for an error of a provider's SDK.

    Args:
        error: What the SDK raised.
        provider: The provider's name.
        model: The model that was asked.
        server: The base URL of the server, for errors of the connection.
    """
    status = _status(error)
    if status is None:
        return _error_without_status(error, provider, model, server)
    advice = _ADVICE.get(status, "The provider failed." if status >= 500 else "")
    return ModelError(
        f"{provider} answered {status} for the model {model!r}: {_provider_message(error)} {advice}".rstrip(),
        provider=provider,
        model=model,
        status=status,
        request_id=getattr(error, "request_id", None),
        retryable=_is_retryable(error, status),
        retry_after=_retry_after(error),
    )


def _is_retryable(error: Exception, status: int) -> bool:
    advised = _header(error, "x-should-retry")
    if advised in ("true", "false"):
        return advised == "true"
    if _codes(error) & _FINAL_CODES:
        return False
    return status in (408, 409, 429) or status >= 500


def _error_without_status(
    error: Exception, provider: str, model: str | None, server: str | None
) -> ModelError:
    names = {cls.__name__ for cls in type(error).__mro__}
    where = server or "the server"
    if names & _TIMEOUTS and not _was_refused(error):
        message = f"{provider} at {where} did not answer in time."
    elif names & (_CONNECTION_ERRORS | _TIMEOUTS):
        cause = error.__cause__ or error
        message = (
            f"{provider} at {where} could not be reached ({str(cause) or type(cause).__name__}). "
            "Check that the server is running and that api_base is right."
        )
    else:
        # the error of a stream that had begun with status 200 is among these
        return ModelError(
            f"{provider} failed for the model {model!r}: {_provider_message(error)}",
            provider=provider,
            model=model,
            retryable=bool(_codes(error) & _PASSING_CODES),
        )
    return ModelError(message, provider=provider, model=model, retryable=True)


def _was_refused(error: BaseException) -> bool:
    """Return whether nobody listens at the other end: the aiohttp transport calls that a timeout, too."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, TimeoutError):
            return True
        cause = cause.__cause__
    return False


def _provider_message(error: Exception) -> str:
    body: Any = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(inner, Mapping):
        # "detail" is what servers built with FastAPI send
        inner = inner.get("message") or inner.get("detail")
    text = inner if isinstance(inner, str) and inner.strip() else str(getattr(error, "message", error))
    return truncate_content(text.strip(), _MAX_MESSAGE) or type(error).__name__


def _codes(error: Exception) -> set[str]:
    """Return the provider's own names for the error."""
    body: Any = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    found = [getattr(error, "code", None), getattr(error, "type", None)]
    if isinstance(inner, Mapping):
        found += [inner.get("code"), inner.get("type")]
    return {code for code in found if isinstance(code, str)}


def _status(error: Exception) -> int | None:
    response = getattr(error, "response", None)
    for value in (getattr(error, "status_code", None), getattr(response, "status_code", None)):
        if isinstance(value, int):
            return value
    return None


def _header(error: Exception, name: str) -> str | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get(name) if headers is not None else None
    return value if isinstance(value, str) else None


def _retry_after(error: Exception) -> float | None:
    """Return the seconds that the provider asks to wait, from whichever form of the header it sent."""
    milliseconds = _number(_header(error, "retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    header = _header(error, "retry-after")
    seconds = _number(header)
    return seconds if seconds is not None or header is None else _seconds_until(header)


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
