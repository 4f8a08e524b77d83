"""Definitions of tools as MCP servers give them, turned into what a `Tool` has.

Servers are written by others, in other languages. What a schema says that is not understood is left out, and
the server has the last word on its arguments; no schema makes a server unusable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..tools.schema import AUTHORIZED_TYPES, JsonSchema, input_entry, tidy
from .naming import identifier, unique

__all__ = ["McpToolDefinition", "ToolInputs", "output_type_of", "read_inputs"]

WHOLE = "arguments"
"""The one argument of a tool that takes an object of any form."""


@dataclass(frozen=True)
class McpToolDefinition:
    """A tool as its server describes it.

    Attributes:
        name: What the server calls it.
        description: What it does.
        input_schema: The JSON schema of its arguments, an object.
        output_schema: The JSON schema of its structured result, if it has one.
        title: A name for people.
        annotations: Hints about what it does, such as ``readOnlyHint``. The server says so itself: whoever does
            not trust it must not trust them.
    """

    name: str
    description: str = ""
    input_schema: JsonSchema = field(default_factory=dict)
    output_schema: JsonSchema | None = None
    title: str | None = None
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wraps_result(self) -> bool:
        """Whether the structured result is an object made only to hold a value that is none, under ``result``."""
        schema = self.output_schema or {}
        properties = schema.get("properties")
        if not isinstance(properties, dict) or set(properties) != {"result"}:
            return False
        # the two Python SDKs mark such a schema by a key, or by a title made of the function's name
        return bool(schema.get("x-fastmcp-wrap-result")) or str(schema.get("title")).endswith("Output")

    @property
    def result_schema(self) -> JsonSchema | None:
        """The JSON schema of what a call returns; None if the server does not say."""
        if self.output_schema is None:
            return None
        schema = _cleaned(self.output_schema)
        if self.wraps_result:
            schema = {**schema["properties"]["result"], "$defs": schema.get("$defs", {})}
        return tidy(schema)


@dataclass(frozen=True)
class ToolInputs:
    """The arguments of a tool.

    Attributes:
        inputs: A `Tool`'s ``inputs``.
        originals: What the server calls each argument.
        optional: The arguments that are left out when they are None.
        whole: Whether the one argument is the whole object of arguments.
    """

    inputs: dict[str, JsonSchema]
    originals: dict[str, str]
    optional: frozenset[str]
    whole: bool = False

    def to_server(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call as the server wants them: by its names, and without those left out."""
        if self.whole:
            return dict(arguments.get(WHOLE) or {})
        return {
            self.originals[key]: value
            for key, value in arguments.items()
            if value is not None or key not in self.optional
        }


def read_inputs(schema: Any) -> ToolInputs:
    """Read the JSON schema of a tool's arguments."""
    schema = _cleaned(schema) if isinstance(schema, dict) else {}
    properties, required = _properties(schema)
    if not properties and (schema.get("additionalProperties") or _alternatives(schema)):
        entry = input_entry({**schema, "type": "object"}, _description(schema), optional=True)
        return ToolInputs({WHOLE: entry}, {WHOLE: WHOLE}, frozenset({WHOLE}), whole=True)
    inputs: dict[str, JsonSchema] = {}
    originals: dict[str, str] = {}
    optional = set()
    for name in sorted(properties, key=lambda key: key not in required):
        key = unique(identifier(name, prefix="argument"), inputs.__contains__)
        part = properties[name] if isinstance(properties[name], dict) else {}
        part = tidy({**part, "$defs": schema.get("$defs", {})})
        may_be_left_out = name not in required
        if may_be_left_out and not _allows_null(part):
            optional.add(key)
        inputs[key] = input_entry(
            part, _description(part), optional=may_be_left_out, default=part.get("default")
        )
        originals[key] = name
    return ToolInputs(inputs, originals, frozenset(optional))


def output_type_of(schema: JsonSchema | None) -> str:
    """Return the ``output_type`` of a tool whose results have a schema."""
    kind = (schema or {}).get("type")
    return kind if isinstance(kind, str) and kind in AUTHORIZED_TYPES else "any"


def _description(schema: JsonSchema) -> str:
    text = schema.get("description", schema.get("title", ""))
    return text if isinstance(text, str) else ""


def _alternatives(schema: JsonSchema) -> bool:
    return any(schema.get(key) for key in ("anyOf", "oneOf"))


def _properties(schema: JsonSchema) -> tuple[dict[str, Any], set[str]]:
    """Return the properties of an object and the names of those it must have, ``allOf`` included."""
    properties: dict[str, Any] = {}
    required: set[str] = set()
    for part in [*(schema.get("allOf") or ()), schema]:
        if isinstance(part, dict):
            found = part.get("properties")
            properties.update(found if isinstance(found, dict) else {})
            names = part.get("required")
            required.update(name for name in names if isinstance(name, str)) if isinstance(
                names, list
            ) else None
    return properties, required


def _allows_null(schema: JsonSchema) -> bool:
    kind = schema.get("type")
    if kind == "null" or (isinstance(kind, list) and "null" in kind) or "const" in schema:
        return schema.get("const", None) is None
    if isinstance(schema.get("enum"), list):
        return None in schema["enum"]
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    return any(isinstance(option, dict) and _allows_null(option) for option in options)


# ------------------------------------------------------------------- cleaning what others wrote

_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPS = ("properties", "patternProperties")
_ONE = ("items", "additionalProperties", "not", "contains", "propertyNames")
_DEFINITIONS = ("$defs", "definitions")  # older drafts of JSON schema have the second
_MAX_DEPTH = 24


def _cleaned(schema: JsonSchema) -> JsonSchema:
    """Copy a schema, with definitions in one place, without what cannot be followed or is not what it must be."""
    found: dict[str, JsonSchema] = {}
    for key in _DEFINITIONS:
        named = schema.get(key)
        if isinstance(named, dict):
            found.update({name: part for name, part in named.items() if isinstance(part, dict)})
    known = frozenset(found)
    cleaned = _mended(schema, known, 0)
    if found:
        cleaned["$defs"] = {name: _mended(part, known, 0) for name, part in found.items()}
    return cleaned


def _mended(schema: JsonSchema, known: frozenset[str], depth: int) -> JsonSchema:
    if depth > _MAX_DEPTH:
        return {}
    result: JsonSchema = {}
    for key, value in schema.items():
        kept = _kept(key, value, known, depth + 1)
        if kept is not None:
            result[key] = kept
    if "default" in schema and schema["default"] is None:
        result["default"] = None
    return result


def _kept(key: str, value: Any, known: frozenset[str], depth: int) -> Any:
    """Return what is kept of the value of one key of a schema; None to leave it out."""
    if key in (*_DEFINITIONS, "$schema", "discriminator"):
        return None
    if key in _LISTS:
        options = value if isinstance(value, list) else []
        return [_mended(option, known, depth) for option in options if isinstance(option, dict)] or None
    if key in _MAPS:
        named = value if isinstance(value, dict) else {}
        return {
            name: _mended(part, known, depth) if isinstance(part, dict) else {}
            for name, part in named.items()
        }
    if key in _ONE:
        if isinstance(value, dict):
            return _mended(value, known, depth)
        return value if isinstance(value, bool) and key == "additionalProperties" else None
    if key == "type":
        return _known_types(value)
    if key == "$ref":
        return _reference(value, known)
    if key in ("description", "title"):
        return value if isinstance(value, str) else None
    if key in ("nullable", "x-fastmcp-wrap-result"):
        return value if isinstance(value, bool) else None
    if key == "enum":
        return value if isinstance(value, list) and value else None
    if key == "required":
        return [name for name in value if isinstance(name, str)] if isinstance(value, list) else None
    return value


def _known_types(value: Any) -> str | list[str] | None:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name in AUTHORIZED_TYPES for name in names):
        return None
    return names[0] if len(names) == 1 else list(names)


def _reference(target: Any, known: frozenset[str]) -> str | None:
    if not isinstance(target, str):
        return None
    for key in _DEFINITIONS:
        name = target.removeprefix(f"#/{key}/")
        if name != target and name in known:
            return f"#/$defs/{name}"
    return None
