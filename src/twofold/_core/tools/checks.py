"""What the definition of a tool must be. Every refusal names the tool, the field and the offending value."""

from __future__ import annotations

import functools
import inspect
import keyword
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from .schema import JsonSchema, check_input, check_type

if TYPE_CHECKING:
    from .base import Tool

__all__ = [
    "CHECKED_FIELDS",
    "check_class",
    "check_fields",
    "check_signature",
    "is_optional",
    "named_parameters",
]


def check_class(cls: type[Tool], base_forward: Callable[..., Any]) -> None:
    """Check what a class states itself; an ``__init__`` may still add or change things."""
    owner = f"The tool {cls.__name__}"
    stated = {}
    for field in CHECKED_FIELDS:
        value = inspect.getattr_static(cls, field, None)
        if field in cls.__dict__ and not hasattr(value, "__get__"):
            stated[field] = value
    check_fields(owner, stated)
    forward = inspect.getattr_static(cls, "forward")
    complete = "inputs" in stated and cls.__init__ is object.__init__
    if not complete or cls.skip_forward_signature_validation or forward is base_forward:
        return
    if inspect.isfunction(forward):
        check_signature(owner, functools.partial(forward, None), stated["inputs"])


def check_fields(owner: str, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        CHECKED_FIELDS[field](owner, value)


def _check_name(owner: str, value: Any) -> None:
    if not isinstance(value, str) or not value.isidentifier() or keyword.iskeyword(value):
        raise ConfigurationError(
            f"{owner}: name {value!r} must be a Python identifier and no keyword (letters, digits and '_', "
            f"no digit first): generated code calls the tool by it."
        )


def _check_description(owner: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ConfigurationError(f"{owner}: description must be a string, not {value!r}.")


def _check_inputs(owner: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{owner}: inputs must be a dict with an entry for each argument, not {value!r}."
        )
    definitions: dict[str, JsonSchema] = {}
    for key, entry in value.items():
        if not isinstance(key, str):
            raise ConfigurationError(
                f"{owner}: inputs has the key {key!r}, which is not the name of an argument."
            )
        check_input(owner, key, entry)
        for name, part in entry.get("$defs", {}).items():
            if definitions.setdefault(name, part) != part:
                raise ConfigurationError(
                    f"{owner}: inputs define {name!r} in two ways; rename one in '$defs'."
                )


def _check_output_type(owner: str, value: Any) -> None:
    check_type(owner, "output_type", value)


def _check_output_schema(owner: str, value: Any) -> None:
    if value is not None and not isinstance(value, dict):
        raise ConfigurationError(
            f"{owner}: output_schema must be a JSON schema (a dict) or None, not {value!r}."
        )


def _check_timeout(owner: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigurationError(
            f"{owner}: timeout must be a positive number of seconds or None, not {value!r}."
        )


def _check_flag(field: str) -> Callable[[str, Any], None]:
    def check(owner: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise ConfigurationError(f"{owner}: {field} must be True or False, not {value!r}.")

    return check


CHECKED_FIELDS: dict[str, Callable[[str, Any], None]] = {
    "name": _check_name,
    "description": _check_description,
    "inputs": _check_inputs,
    "output_type": _check_output_type,
    "output_schema": _check_output_schema,
    "timeout": _check_timeout,
    "requires_approval": _check_flag("requires_approval"),
    "blocking": _check_flag("blocking"),
}


def check_signature(owner: str, function: Callable[..., Any], inputs: Mapping[str, JsonSchema]) -> None:
    named, takes_any = named_parameters(function)
    bad = [key for key, parameter in named.items() if parameter.kind is parameter.POSITIONAL_ONLY]
    if bad:
        raise ConfigurationError(
            f"{owner}: forward takes {bad[0]!r} by position only, but tools are called by name; remove '/'."
        )
    extra = [
        key for key in named if key not in inputs and (not takes_any or named[key].default is inspect._empty)
    ]
    lacking = [] if takes_any else [key for key in inputs if key not in named]
    if not extra and not lacking:
        return
    problems = [f"forward takes {key!r}, which inputs does not describe" for key in extra]
    problems += [f"inputs describes {key!r}, which forward does not take" for key in lacking]
    raise ConfigurationError(
        f"{owner}: inputs and forward do not match: {'; '.join(problems)}. "
        f"inputs has {sorted(inputs)}, forward takes {sorted(named)}."
    )


def named_parameters(function: Callable[..., Any]) -> tuple[dict[str, inspect.Parameter], bool]:
    """Return the parameters that have a name, and whether any other name is taken too."""
    named = {}
    takes_any = False
    for key, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            takes_any = True
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            named[key] = parameter
    return named, takes_any


def is_optional(entry: JsonSchema) -> bool:
    return bool(entry.get("nullable")) or "default" in entry
