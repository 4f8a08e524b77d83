"""What the openai SDK raises, and what twofold makes of it."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any

import openai
import pytest

from twofold._core.errors import ModelError
from twofold._core.models import provider_errors
from twofold._core.models.provider_errors import model_error_from

try:
    import httpx2  # what openai 3 is built on
except ImportError:
    import httpx as httpx2  # and openai 2

REQUEST = httpx2.Request("POST", "http://127.0.0.1:9/v1/chat/completions")
CLIENT = openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1")
CLIENT.close()  # it is only asked to make errors

NOW = 1_700_000_000.0


def sdk_error(status: int, body: Any = None, headers: dict[str, str] | None = None) -> openai.APIStatusError:
    """Return the error that the SDK makes of a response."""
    text = body if isinstance(body, str) else json.dumps(body or {"error": {"message": "went wrong"}})
    response = httpx2.Response(status, headers=headers, text=text, request=REQUEST)
    return CLIENT._make_status_error_from_response(response)


def translated(error: Exception) -> ModelError:
    return model_error_from(error, provider="OpenAI", model="gpt-x", server="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (408, True),
        (409, True),
        (418, False),
        (422, False),
        (429, True),
        (500, True),
        (502, True),
        (503, True),
        (529, True),
    ],
)
def test_statuses(status: int, retryable: bool) -> None:
    error = translated(sdk_error(status, headers={"x-request-id": "req-1"}))
    assert (error.status, error.retryable, error.request_id) == (status, retryable, "req-1")
    assert (error.provider, error.model) == ("OpenAI", "gpt-x")
    assert f"OpenAI answered {status} for the model 'gpt-x': went wrong" in str(error)


def test_every_class_of_the_sdk_is_told_by_its_status() -> None:
    classes = {type(sdk_error(status)) for status in (400, 401, 403, 404, 409, 422, 429, 500)}
    assert len(classes) == 8


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "no such model"}}, "no such model"),
        ({"error": "model 'x' not found"}, "model 'x' not found"),
        ({"message": "plain"}, "plain"),
        ({"detail": "Not Found"}, "Not Found"),
        ("upstream is down", "upstream is down"),
    ],
)
def test_the_providers_words_are_kept(body: Any, message: str) -> None:
    assert f": {message}. " in str(translated(sdk_error(404, body)))


def test_advice_says_what_to_do() -> None:
    assert "api_base" in str(translated(sdk_error(404)))
    assert "key" in str(translated(sdk_error(401)))


def test_a_page_of_html_is_cut() -> None:
    error = translated(sdk_error(502, "<html>" + "x" * 100_000))
    assert len(str(error)) < 1_500
    assert "<html>" in str(error)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": formatdate(NOW + 90, usegmt=True)}, 90.0),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(
    headers: dict[str, str], expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_errors.time, "time", lambda: NOW)
    assert translated(sdk_error(429, headers=headers)).retry_after == expected


def test_an_empty_account_is_not_asked_again() -> None:
    body = {
        "error": {
            "message": "You have no credit.",
            "type": "insufficient_quota",
            "code": "insufficient_quota",
        }
    }
    error = translated(sdk_error(429, body))
    assert error.status == 429
    assert not error.retryable
    assert "You have no credit." in str(error)


@pytest.mark.parametrize(("status", "advised", "expected"), [(500, "false", False), (400, "true", True)])
def test_what_the_provider_says_about_retrying_wins(status: int, advised: str, expected: bool) -> None:
    assert translated(sdk_error(status, headers={"x-should-retry": advised})).retryable is expected


def test_a_timeout() -> None:
    error = translated(openai.APITimeoutError(request=REQUEST))
    assert str(error) == "OpenAI at http://127.0.0.1:9/v1 did not answer in time."
    assert (error.retryable, error.status) == (True, None)


def test_a_server_that_cannot_be_reached() -> None:
    try:
        try:
            raise httpx2.ConnectError("connection refused")
        except httpx2.ConnectError as cause:
            raise openai.APIConnectionError(request=REQUEST) from cause
    except openai.APIConnectionError as caught:
        error = translated(caught)
    assert error.retryable
    assert "http://127.0.0.1:9/v1 could not be reached (connection refused)" in str(error)
    assert "api_base" in str(error)


def test_a_real_refused_connection() -> None:
    client = openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", max_retries=0)
    with pytest.raises(openai.APIConnectionError) as caught:
        client.models.list()
    client.close()
    assert translated(caught.value).retryable


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ReadError("broken"),
        httpx2.RemoteProtocolError("closed early"),
        ConnectionResetError("reset"),
        httpx2.ReadTimeout("slow"),
        TimeoutError(),
    ],
    ids=type,
)
def test_a_stream_that_breaks_off_may_work_next_time(error: Exception) -> None:
    # once a stream has begun, the SDK passes on the errors of its transport as they are
    assert translated(error).retryable


@pytest.mark.parametrize(
    ("body", "retryable"),
    [
        ({"message": "busy", "type": "server_error", "code": None}, True),
        ({"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}, True),
        ({"message": "bad words", "type": "invalid_request_error", "code": "content_filter"}, False),
    ],
)
def test_an_error_inside_a_stream(body: dict[str, Any], retryable: bool) -> None:
    error = translated(openai.APIError("An error occurred during streaming", request=REQUEST, body=body))
    assert (error.status, error.retryable) == (None, retryable)
    assert body["message"] in str(error)


def test_a_reply_that_breaks_the_protocol() -> None:
    response = httpx2.Response(200, text="[]", request=REQUEST)
    error = translated(openai.APIResponseValidationError(response, body=[]))
    assert (error.status, error.retryable) == (200, False)


def test_the_status_of_sdks_that_keep_it_on_the_response() -> None:
    error = httpx2.HTTPStatusError(
        "Server error",
        request=REQUEST,
        response=httpx2.Response(503, request=REQUEST, headers={"retry-after": "2"}),
    )
    assert (translated(error).status, translated(error).retry_after) == (503, 2.0)


def test_the_text_of_an_error_decides_nothing() -> None:
    error = translated(RuntimeError("429 rate limit timeout connection error 503"))
    assert (error.status, error.retryable) == (None, False)
    assert "429 rate limit" in str(error)


def test_an_error_without_words_has_its_class() -> None:
    assert "KeyError" in str(translated(KeyError()))
