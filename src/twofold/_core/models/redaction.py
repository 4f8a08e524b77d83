"""Keeping keys out of errors: out of what they say, their notes, and the errors that led to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from ..errors import ConfigurationError

__all__ = ["checked_key", "has_secret", "redact_error", "redacted"]

_SHORTEST = 4
"""What is shorter is no key, and would be found in ordinary words."""

Secrets = Sequence[str | None]
Key = TypeVar("Key")


def checked_key(key: Key, name: str) -> Key:
    """Return a key as it can be sent: without the white space around it, such as the end of a line of a file.

    Args:
        key: The key; what is no text, such as a function that returns one, is returned as it is.
        name: Where it is from, for the error.

    Raises:
        ConfigurationError: There are characters in it that no header of a request can have.

    Example:
        >>> checked_key("sk-1234\\n", "api_key")
        'sk-1234'
    """
    if not isinstance(key, str):
        return key
    text: Any = key.strip()
    wrong = next((i for i, character in enumerate(text) if not " " <= character <= "~"), None)
    if wrong is not None:
        what = f"U+{ord(text[wrong]):04X}"
        raise ConfigurationError(
            f"{name} cannot be a key: its character {wrong + 1} of {len(text)} is {what}, which no request can "
            "carry. Is it more than one line, or was it copied from formatted text?"
        )
    return text  # type: ignore[no-any-return]


def redacted(text: str, secrets: Secrets) -> str:
    """Return a text without secrets, in whatever form they are written there."""
    for form in _forms(secrets):
        text = text.replace(form, "***")
    return text


def has_secret(error: BaseException, secrets: Secrets) -> bool:
    """Return whether an error, or one that led to it, shows a secret."""
    forms = _forms(secrets)
    return any(form in text for each in _connected(error) for text in _texts(each) for form in forms)


def redact_error(error: Exception, secrets: Secrets) -> None:
    """Take secrets out of what an error says, and leave no error behind it that shows one."""
    error.args = tuple(redacted(arg, secrets) if isinstance(arg, str) else arg for arg in error.args)
    if notes := getattr(error, "__notes__", None):
        error.__notes__ = [redacted(str(note), secrets) for note in notes]
    if error.__cause__ is not None and has_secret(error.__cause__, secrets):
        error.__cause__ = None
    if error.__context__ is not None and has_secret(error.__context__, secrets):
        error.__context__ = None


def _forms(secrets: Secrets) -> list[str]:
    """Return every form in which secrets may be written, the longest first: one may be part of another."""
    forms = {
        form
        for secret in secrets
        if secret
        for written in (secret, secret.strip())
        for form in (written, repr(written)[1:-1], json.dumps(written)[1:-1], quote(written, safe=""))
    }
    return sorted((form for form in forms if len(form) >= _SHORTEST), key=len, reverse=True)


def _texts(error: BaseException) -> Iterator[str]:
    yield str(error)
    yield repr(error)
    for part in (*error.args, *getattr(error, "__notes__", ())):
        yield part if isinstance(part, str) else repr(part)


def _connected(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, those that led to it, and those in its groups."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
