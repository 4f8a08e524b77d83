"""Looking for keys and tokens in what is about to be written to files that others will read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigurationError
from ..secrets import is_secret_name, is_secret_text

__all__ = ["check_no_secrets", "holds_secret", "without_secrets"]

_LEAST_LENGTH = 8  # a shorter value of an environment variable may stand in any text
_NAMES_OF_NAMES = ("_env", "_name", "_variable", "_file", "_path")
_LOOKS = {
    "what looks like a key of a provider": re.compile(
        r"\b(?:sk-[\w-]{16,}|hf_\w{16,}|gsk_\w{16,}|xai-\w{16,}|gh[pousr]_\w{16,}|github_pat_\w{16,}"
        r"|xox[abprs]-[\w-]{10,}|A[KS]IA[0-9A-Z]{12,}|AIza[\w-]{20,})"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a bearer token": re.compile(r"\bBearer +[A-Za-z0-9._~+/-]{16,}"),
    "a URL with a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"{}]+:[^\s/@'\"{}]+@"),
}


def holds_secret(name: str, value: Any) -> bool:
    """Say whether a value is a secret, by the name it has or by its looks."""
    if not isinstance(value, str | bytes) or not value:
        return False
    if is_secret_name(name) and not name.lower().endswith(_NAMES_OF_NAMES):
        return True
    return isinstance(value, str) and (is_secret_text(value) or _kind(value) is not None)


def _kind(text: str) -> str | None:
    return next((kind for kind, look in _LOOKS.items() if look.search(text)), None)


def _is_ordinary(value: str) -> bool:
    """Say whether the value of an environment variable may as well be a word or the path of a socket."""
    return value.startswith("/") or (value.isalpha() and value.islower())


def without_secrets(data: Any, path: str = "") -> tuple[Any, list[str]]:
    """Return JSON-able data without the entries that hold secrets, and where those were.

    Args:
        data: Dicts, lists and plain values.
        path: Where the data is, for what is returned about it.
    """
    dropped: list[str] = []
    if isinstance(data, Mapping):
        kept: dict[Any, Any] = {}
        for key, value in data.items():
            where = f"{path}.{key}" if path else str(key)
            if holds_secret(str(key), value):
                dropped.append(where)
                continue
            kept[key], more = without_secrets(value, where)
            dropped += more
        return kept, dropped
    if isinstance(data, list | tuple):
        items = []
        for index, value in enumerate(data):
            item, more = without_secrets(value, f"{path}[{index}]")
            items.append(item)
            dropped += more
        return items, dropped
    return data, dropped


def check_no_secrets(text: str, where: str, known: Iterable[str] = ()) -> None:
    """Refuse a text that holds a secret.

    Args:
        text: What is to be written.
        where: What it is, for the error.
        known: Secrets that are known to be in use. The values of environment variables with names of
            secrets are known too.

    Raises:
        ConfigurationError: There is one. The message has its line, and never the secret.
    """
    found: list[tuple[str, int]] = [
        (kind, match.start()) for kind, look in _LOOKS.items() if (match := look.search(text))
    ]
    values = {value: "a key that is in use" for value in known if len(value) >= _LEAST_LENGTH}
    for name, value in os.environ.items():
        if holds_secret(name, value) and len(value) >= _LEAST_LENGTH and not _is_ordinary(value):
            values[value] = f"the value of the environment variable {name}"
    found += [(what, text.index(value)) for value, what in values.items() if value in text]
    if found:
        what, position = min(found, key=lambda entry: entry[1])
        line = text.count("\n", 0, position) + 1
        raise ConfigurationError(
            f"{where} is not written: its line {line} holds {what}. Read it from the environment, "
            f"e.g. os.environ['NAME'], where it is used."
        )
