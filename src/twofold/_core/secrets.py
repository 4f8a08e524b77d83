"""Telling secrets from settings, by their names and their looks: what is saved must hold no key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

__all__ = [
    "environment_secrets",
    "is_secret_name",
    "is_secret_text",
    "secrets_in",
    "secrets_in_url",
    "url_without_secrets",
]

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_ALWAYS = frozenset(
    (
        *(
            "apikey",
            "auth",
            "authorization",
            "bearer",
            "cookie",
            "cookies",
            "credential",
            "credentials",
            "jwt",
        ),
        *("passphrase", "passwd", "password", "secret", "secrets"),
    )
)
_KEYS = re.compile(
    r"(?:^|_)(?:access|account|api|auth|encryption|license|master|private|signing|subscription)_key"
)
# tokens of a vocabulary, which are no secrets
_VOCABULARY = frozenset(["bos", "cls", "eos", "image", "mask", "pad", "sep", "special", "stop", "unk"])

_LOOKS = re.compile(
    r"\b(?:sk-[\w-]{16,}|hf_\w{16,}|gsk_\w{16,}|xai-\w{16,}|gh[pousr]_\w{16,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{20,})"
    r"|^(?:Bearer|Basic)\s+\S+$"
)

# shorter ones ("local", "none") are there for servers that ask for no key, and are ordinary words
_SHORTEST_IN_ENVIRONMENT = 8
_VARIABLES = ("_API_KEY", "_ACCESS_KEY", "_SECRET_KEY", "_CLIENT_SECRET", "_TOKEN")


def is_secret_name(name: str, *, header: bool = False) -> bool:
    """Return whether what goes by a name is a secret.

    Args:
        name: The name of a parameter, of an entry in a mapping, or of a header.
        header: Whether it is a header's: there, every "...-key" is one.

    Example:
        >>> [is_secret_name(name) for name in ("api_key", "hf_token", "max_tokens", "tool_name_key")]
        [True, True, False, False]
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return False
    last = words[-1]
    if _ALWAYS & set(words) or words == ["key"] or (header and last == "key"):
        return True
    if last == "token":
        return len(words) == 1 or words[-2] not in _VOCABULARY
    return _KEYS.search("_".join(words)) is not None


def is_secret_text(text: str) -> bool:
    """Return whether a text looks like a key of one of the well-known providers."""
    return _LOOKS.search(text) is not None


def url_without_secrets(text: str) -> str:
    """Return a URL without user, password and secret parameters; any other text as it is.

    Example:
        >>> url_without_secrets("https://me:pass@host/v1?api_key=x&region=eu")
        'https://host/v1?region=eu'
    """
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    query = parts.query
    named = parse_qsl(query, keep_blank_values=True)
    if any(is_secret_name(name, header=True) for name, _ in named):
        query = urlencode([pair for pair in named if not is_secret_name(pair[0], header=True)])
    clean = parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query)
    return text if clean == parts else urlunsplit(clean)


def secrets_in_url(text: str) -> Iterator[str]:
    """Yield the password and the secret parameters of a URL.

    Example:
        >>> list(secrets_in_url("https://me:pass@host/v1?api_key=x&region=eu"))
        ['pass', 'x']
    """
    if "://" not in text:
        return
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    password = parts.netloc.rpartition("@")[0].partition(":")[2]
    if password:
        yield unquote(password)
    for name, value in parse_qsl(parts.query):
        if is_secret_name(name, header=True):
            yield value


def secrets_in(settings: Any, *, header: bool = False) -> Iterator[str]:
    """Yield the secrets in settings: texts that go by the name of one, and what is secret in URLs.

    Args:
        settings: Mappings and lists, in one another or not.
        header: Whether every "...-key" is one, as among headers.

    Example:
        >>> list(secrets_in({"api_key": "x", "default_headers": {"Authorization": "Bearer y"}, "timeout": 3}))
        ['x', 'Bearer y', 'y']
    """
    if isinstance(settings, (list, tuple)):
        for item in settings:
            yield from secrets_in(item, header=header)
    if not isinstance(settings, Mapping):
        return
    for name, value in settings.items():
        if not isinstance(value, str):
            yield from secrets_in(value, header=header or str(name).endswith("headers"))
        elif is_secret_name(str(name), header=header):
            yield value
            if value.startswith(("Bearer ", "Basic ")):
                yield value.partition(" ")[2]
        else:
            yield from secrets_in_url(value)


def environment_secrets() -> list[str]:
    """Return the values of environment variables that by their names are keys of providers."""
    return [
        value
        for name, value in os.environ.items()
        if name.endswith(_VARIABLES) and len(value.strip()) >= _SHORTEST_IN_ENVIRONMENT
    ]
