"""From a JSON schema to a type hint, so that pydantic checks values for tools that are described by schemas.

Kinds, alternatives, members and bounds are checked. What is not known here (formats, patterns, conditions)
is not checked: whoever runs the tool has the last word on its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union

from .schema import JsonSchema, types_of

__all__ = ["hint_of_schema"]

_BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
}
_BOUNDS_OF = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
_MAX_DEPTH = 32  # of references; a recursive schema is checked down to here


def hint_of_schema(entry: JsonSchema) -> Any:
    """Return the type hint that accepts what a schema accepts.

    Args:
        entry: A JSON schema, or an entry of a tool's ``inputs``.

    Returns:
        A type hint for pydantic's strict mode.
    """
    hint = _hint(entry, entry.get("$defs", {}), 0)
    return hint | None if entry.get("nullable") and hint is not Any else hint


def _hint(schema: Any, definitions: Mapping[str, JsonSchema], depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return Any
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        return _hint(definitions.get(name), definitions, depth + 1)
    if "const" in schema:
        return _one_of([schema["const"]])
    if isinstance(schema.get("enum"), list):
        return _one_of(schema["enum"])
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return _union([_hint(option, definitions, depth) for option in options])
    names = types_of(schema)
    return _union([_of_type(name, schema, definitions, depth) for name in names]) if names else Any


def _union(hints: Sequence[Any]) -> Any:
    return Any if Any in hints else Union[tuple(hints)]  # noqa: UP007 - the members are known only now


def _of_type(name: str, schema: JsonSchema, definitions: Mapping[str, JsonSchema], depth: int) -> Any:
    simple = {"string": str, "boolean": bool, "integer": int, "number": int | float, "null": None}
    if name in simple:
        return _bounded(simple[name], name, schema)
    if name == "array":
        return _bounded(list[_hint(schema.get("items"), definitions, depth)], name, schema)  # type: ignore[misc]
    if name == "object":
        return _object(schema, definitions, depth)
    return Any  # any, image, audio


def _bounded(hint: Any, name: str, schema: JsonSchema) -> Any:
    from pydantic import Field

    bounds = {
        _BOUNDS[key]: schema[key]
        for key in _BOUNDS_OF.get(name, ())
        if isinstance(schema.get(key), (int, float)) and not isinstance(schema[key], bool)
    }
    return Annotated[hint, Field(**bounds)] if bounds else hint


def _object(schema: JsonSchema, definitions: Mapping[str, JsonSchema], depth: int) -> Any:
    from typing import NotRequired, Required

    from typing_extensions import TypedDict

    properties = schema.get("properties")
    others = schema.get("additionalProperties")
    if not isinstance(properties, dict) or not properties:
        return dict[str, _hint(others, definitions, depth)]  # type: ignore[misc]
    needed = schema.get("required", ())
    fields: dict[str, Any] = {
        key: (Required if key in needed else NotRequired)[_hint(part, definitions, depth + 1)]
        for key, part in properties.items()
    }
    make: Any = TypedDict
    shape = make("shape", fields)
    shape.__pydantic_config__ = {"extra": "forbid" if others is False else "allow"}
    return shape


def _one_of(values: list[Any]) -> Any:
    """Accept exactly these values; unlike ``Literal``, with floats and dicts, and True is not 1."""
    from pydantic import AfterValidator
    from pydantic_core import PydanticCustomError

    listed = ", ".join(repr(value) for value in values[:20]) + (", …" if len(values) > 20 else "")

    def check(value: Any) -> Any:
        if any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in values):
            return value
        raise PydanticCustomError("one_of", "Input should be {listed}", {"listed": listed})

    return Annotated[Any, AfterValidator(check)]
