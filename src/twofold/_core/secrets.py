"""Telling secrets from settings, by their names and their looks: what is saved must hold no key."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

__all__ = ["is_secret_name", "is_secret_text", "url_without_secrets"]

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
