"""A model's parameters as JSON-able data, and back. Nothing secret is ever in it.

How a parameter is written and read. Which class a name stands for is the business of ``Model`` in each half.
"""

from __future__ import annotations

import dataclasses
import inspect
import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from enum import Enum
from typing import Any, Self

from ..errors import ConfigurationError
from ..limits.retries import RetryPolicy
from ..secrets import is_secret_name, is_secret_text, url_without_secrets
from .capabilities import REMOVE_PARAMETER

__all__ = [
    "KeepsArguments",
    "check_arguments",
    "parameters_to_dict",
    "read_parameters",
    "read_saved_class",
    "subclass_named",
]

logger = logging.getLogger("twofold")

_TYPE = "_type"
# where a "password" is the name of a field in a schema
_SCHEMAS = ("response_format", "tools", "functions")
_ALIASES = {
    "AmazonBedrockServerModel": "AmazonBedrockModel",
    "AzureOpenAIServerModel": "AzureOpenAIModel",
    "HfApiModel": "InferenceClientModel",
    "OpenAIServerModel": "OpenAIModel",
}


class KeepsArguments:
    """Keeps what it was made with, so that it can be saved: a subclass's own parameters included."""

    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self._made_with = args, kwargs
        return self


class _CannotSave(Exception):
    """A value has no form in JSON."""


def parameters_to_dict(made: KeepsArguments, known_secrets: Sequence[str | None] = ()) -> dict[str, Any]:
    """Return the parameters of an object as JSON-able data, without secrets.

    An attribute with the name of a parameter counts as its value: it may have been changed since.

    Args:
        made: The object.
        known_secrets: Texts that are secrets, whatever their names.

    Raises:
        ConfigurationError: A parameter that has to be given cannot be saved.
    """
    writer = _Writer({secret for secret in known_secrets if secret})
    signature = inspect.signature(type(made).__init__)
    data: dict[str, Any] = {}
    for name, value, default in _parameters(made, signature):
        if value is default:
            continue
        try:
            if is_secret_name(name):
                writer.secrets.append(name)
                if default is inspect.Parameter.empty and name in signature.parameters:
                    continue
            else:
                data[name] = writer.write(value, name)
        except _CannotSave as reason:
            if default is inspect.Parameter.empty and name in signature.parameters:
                raise ConfigurationError(
                    f"This {type(made).__name__} cannot be saved: its {name} is {reason}, which has no form "
                    "in JSON. Save what is around it, and pass a model where that is loaded."
                ) from None
            writer.lost.append(name)
    _tell(type(made).__name__, writer)
    return data


def _parameters(made: KeepsArguments, signature: inspect.Signature) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, value and default of everything that an object was made with."""
    args, kwargs = made._made_with
    given = dict(signature.bind(made, *args, **kwargs).arguments)
    now = vars(made)
    for name, parameter in list(signature.parameters.items())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            further = {**given.pop(name, {}), **now.get("kwargs", {})}
            for further_name, value in further.items():
                yield further_name, now.get(further_name, value), parameter.empty
        elif name in given:
            yield name, now.get(name, given[name]), parameter.default
        elif name in now and now[name] != parameter.default and not name.startswith("_"):
            yield name, now[name], parameter.default


class _Writer:
    """Writes values, and notes what it has left out."""

    def __init__(self, known_secrets: set[str]) -> None:
        self._known_secrets = known_secrets
        # short ones ("key", for a local server) would be found in ordinary words
        self._long_secrets = [secret for secret in known_secrets if len(secret) >= 8]
        self.secrets: list[str] = []
        self.lost: list[str] = []

    def write(self, value: Any, path: str) -> Any:
        """Return a value as JSON-able data.

        Raises:
            _CannotSave: It has no such form.
        """
        if isinstance(value, Enum):
            value = value.value
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise _CannotSave(repr(value))
            return value
        if isinstance(value, (str, os.PathLike)):
            return self._text(os.fspath(value))
        if value is REMOVE_PARAMETER:
            return {_TYPE: "REMOVE_PARAMETER"}
        if isinstance(value, RetryPolicy):
            return {_TYPE: "RetryPolicy", **self._fields(value, path)}
        if isinstance(value, Mapping):
            return self._mapping(value, path)
        if isinstance(value, (list, tuple, Set)):
            return [self.write(item, f"{path}[{index}]") for index, item in enumerate(value)]
        to_dict = getattr(value, "to_dict", None)
        if callable(to_dict) and hasattr(type(value), "saved_as"):
            saved: Any = to_dict()
            return {_TYPE: type(value).saved_as, **saved}
        raise _CannotSave(_described(value))

    def _text(self, text: str | bytes) -> str:
        if isinstance(text, bytes):
            raise _CannotSave("a path of bytes")
        clean = url_without_secrets(text)
        if clean in self._known_secrets or any(secret in clean for secret in self._long_secrets):
            raise _CannotSave("a secret")
        if is_secret_text(clean):
            raise _CannotSave("a secret, by its looks")
        return clean

    def _mapping(self, value: Mapping[Any, Any], path: str) -> dict[str, Any]:
        data = {}
        are_headers = path.endswith("headers")
        are_names_free = path.startswith(_SCHEMAS)
        for key, item in value.items():
            name = str(key.value if isinstance(key, Enum) else key)
            where = f"{path}.{name}"
            is_secret = not are_names_free and is_secret_name(name, header=are_headers)
            if is_secret and not (item is None or isinstance(item, bool)):
                self.secrets.append(where)
                continue
            try:
                data[name] = self.write(item, where)
            except _CannotSave:
                self.lost.append(where)
        if _TYPE in data:  # a user's own entry must not look like ours
            return {_TYPE: "mapping", "entries": data}
        return data

    def _fields(self, value: Any, path: str) -> dict[str, Any]:
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return self._mapping(fields, path)


def _described(value: Any) -> str:
    if inspect.isroutine(value):
        return "a function"
    return f"an object of the class {type(value).__name__}"


def _tell(name: str, writer: _Writer) -> None:
    if writer.secrets:
        logger.info(
            "%s was saved without its secrets (%s): give them again, in the environment or to from_dict",
            name,
            ", ".join(writer.secrets),
        )
    if writer.lost:
        logger.warning(
            "%s was saved without %s, for which JSON has no form: pass it to from_dict",
            name,
            ", ".join(writer.lost),
        )


def read_parameters(
    data: Mapping[str, Any], readers: Mapping[str, Callable[[Mapping[str, Any]], Any]]
) -> dict[str, Any]:
    """Return the parameters that ``parameters_to_dict`` made data of.

    Args:
        data: The data.
        readers: What makes an object of its data, by the name of its kind.

    Raises:
        ConfigurationError: There is something in it that is not known here.
    """

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        kind = value.get(_TYPE)
        rest = {key: item for key, item in value.items() if key != _TYPE}
        if kind is None:
            return {key: read(item) for key, item in value.items()}
        if kind == "mapping":
            return {key: read(item) for key, item in value["entries"].items()}
        if kind == "REMOVE_PARAMETER":
            return REMOVE_PARAMETER
        if kind == "RetryPolicy":
            return RetryPolicy(**rest)
        if kind in readers:
            return readers[kind](rest)
        raise ConfigurationError(f"The saved model has a part of the kind {kind!r}, which is not known here.")

    return {name: read(value) for name, value in data.items()}


def read_saved_class(data: Any) -> tuple[str | None, dict[str, Any]]:
    """Return the name of a saved model's class, None if it has none, and its parameters.

    smolagents writes ``{"class": ..., "data": {...}}``; that is understood too.

    Raises:
        ConfigurationError: It is no saved model.
    """
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise ConfigurationError(
            f"A saved model is a dictionary, as to_dict() returns it; got {type(data).__name__}."
        )
    parameters = dict(data)
    name = parameters.pop("class", None)
    if name is not None and not isinstance(name, str):
        raise ConfigurationError(f"A saved model names its class; got {name!r}.")
    if set(parameters) == {"data"} and isinstance(parameters["data"], Mapping):
        parameters = dict(parameters["data"])
    return (None if name is None else _ALIASES.get(name, name)), parameters


def subclass_named(base: type, name: str) -> type:
    """Return the class of a name among a class and its subclasses; the one that was defined last.

    Raises:
        ConfigurationError: There is none.
    """
    known = {known_class.__name__: known_class for known_class in _family(base)}
    if name in known:
        return known[name]
    raise ConfigurationError(
        f"There is no {base.__name__} class {name!r} to load the saved model with: import the module that "
        f"defines it first. Known are {', '.join(sorted(known))}."
    )


def _family(base: type) -> Iterator[type]:
    yield base
    subclasses: list[type] = base.__subclasses__()
    for subclass in subclasses:
        yield from _family(subclass)


def check_arguments(made_class: type, arguments: Mapping[str, Any]) -> None:
    """See that a class can be made with arguments, by their names.

    Raises:
        ConfigurationError: One is missing, or not known.
    """
    try:
        inspect.signature(made_class).bind(**arguments)
    except TypeError as error:
        raise ConfigurationError(
            f"A {made_class.__name__} cannot be made of what was saved: {error}. What is not in the data, such "
            "as a key or a function, can be passed to from_dict by its name."
        ) from error
