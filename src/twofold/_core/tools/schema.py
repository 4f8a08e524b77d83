"""JSON schemas of tools: the form that a tool's ``inputs`` have, and the form that providers want.

An entry of ``inputs`` is a JSON schema with a ``description``, with three more types than JSON has
(``any``, ``image``, ``audio``) and ``nullable`` for an argument that may be left out. Here such entries are
checked, made from type hints, and turned into the function schema of chat-completions APIs. Checking values
is in `arguments`, text for prompts in `tool_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ..errors import ConfigurationError

__all__ = [
    "AUTHORIZED_TYPES",
    "JsonSchema",
    "check_input",
    "check_type",
    "function_schema",
    "input_entry",
    "is_structured",
    "tidy",
    "types_of",
    "walk",
    "without_null",
]

JsonSchema: TypeAlias = dict[str, Any]

AUTHORIZED_TYPES = (
    "string",
    "boolean",
    "integer",
    "number",
    "image",
    "audio",
    "array",
    "object",
    "any",
    "null",
)
"""What ``type`` may be in a tool's ``inputs`` and ``output_type``."""

_PYTHON_NAMES = {
    "str": "string",
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "list": "array",
    "tuple": "array",
    "dict": "object",
    "none": "null",
    "nonetype": "null",
}
_SCHEMA_KEYS = ("anyOf", "oneOf", "allOf", "enum", "const", "$ref")
_ONE = ("items", "additionalProperties", "not", "contains", "propertyNames")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPS = ("properties", "patternProperties", "$defs", "dependentSchemas")


# ---------------------------------------------------------------------- checking what was written


def check_input(owner: str, name: str, entry: object) -> None:
    """Refuse an entry of ``inputs`` that is not one.

    Args:
        owner: The tool, for the error, e.g. ``"The tool 'search'"``.
        name: The argument's name.
        entry: What stands in ``inputs`` under that name.

    Raises:
        ConfigurationError: It is not a schema with a description.
    """
    where = f"{owner}: inputs[{name!r}]"
    if not isinstance(entry, dict):
        raise ConfigurationError(
            f"{where} must be a dict with 'type' and 'description', e.g. "
            f"{{'type': 'string', 'description': '…'}}, not {entry!r}."
        )
    if not isinstance(entry.get("description"), str):
        found = repr(entry["description"]) if "description" in entry else "it is missing"
        raise ConfigurationError(f"{where} needs a 'description' that is a string; {found}.")
    if not any(key in entry for key in ("type", *_SCHEMA_KEYS)):
        raise ConfigurationError(
            f"{where} needs a 'type': one of {', '.join(AUTHORIZED_TYPES)}; got {entry!r}."
        )
    if not isinstance(entry.get("nullable", False), bool):
        raise ConfigurationError(f"{where}['nullable'] must be True or False, not {entry['nullable']!r}.")
    for part in walk(entry):
        if "type" in part:
            check_type(where, "type", part["type"], several=True)


def check_type(where: str, field: str, value: object, *, several: bool = False) -> None:
    """Refuse a type that JSON schemas of tools do not have.

    Args:
        where: What the type belongs to, for the error.
        field: The name of the field it stands in.
        value: The type.
        several: Whether a list of types will do.

    Raises:
        ConfigurationError: It is none of `AUTHORIZED_TYPES`.
    """
    names = value if several and isinstance(value, list) and value else [value]
    for name in names:
        if isinstance(name, str) and name in AUTHORIZED_TYPES:
            continue
        text = name.__name__ if isinstance(name, type) else str(name)
        meant = _PYTHON_NAMES.get(text.lower())
        hint = f" Did you mean {meant!r}?" if meant else ""
        raise ConfigurationError(
            f"{where}: {field} {name!r} is not one of {', '.join(AUTHORIZED_TYPES)}.{hint}"
        )


# ------------------------------------------------------------------------ walking through schemas


def _parts(schema: Mapping[str, Any]) -> Iterator[Any]:
    for key in _ONE:
        yield schema.get(key)
    for key in _LISTS:
        options = schema.get(key)
        yield from options if isinstance(options, list) else ()
    for key in _MAPS:
        named = schema.get(key)
        yield from named.values() if isinstance(named, dict) else ()


def walk(schema: JsonSchema) -> Iterator[JsonSchema]:
    """Yield a schema and every schema inside it (not what its ``$ref`` point at)."""
    yield schema
    for part in _parts(schema):
        if isinstance(part, dict):
            yield from walk(part)


def _rebuilt(schema: JsonSchema, change: Any) -> JsonSchema:
    """Copy a schema with `change` applied to the schemas directly inside it; everything else is kept."""
    result: JsonSchema = {}
    for key, value in schema.items():
        if key in _ONE and isinstance(value, dict):
            result[key] = change(value)
        elif key in _LISTS and isinstance(value, list):
            result[key] = [change(option) if isinstance(option, dict) else option for option in value]
        elif key in _MAPS and isinstance(value, dict):
            result[key] = {
                name: change(part) if isinstance(part, dict) else part for name, part in value.items()
            }
        else:
            result[key] = value
    return result


def types_of(schema: JsonSchema) -> list[str]:
    """Return the names of the types that a schema's own level allows; empty where it does not say."""
    stated = schema.get("type")
    if stated is not None:
        return [stated] if isinstance(stated, str) else list(stated)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return list(dict.fromkeys(name for option in options for name in types_of(option) or ["any"]))
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return list(dict.fromkeys(_type_name(value) for value in values))


def _type_name(value: object) -> str:
    if value is None:
        return "null"
    for kind, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (dict, "object"),
    ):
        if isinstance(value, kind):
            return name
    return "any"


# -------------------------------------------------------------------------- tidying what was made


def tidy(schema: JsonSchema, definitions: Mapping[str, JsonSchema] | None = None) -> JsonSchema:
    """Make a schema short and self-contained.

    References are replaced by what they point at (some providers do not follow them), titles go, unions of
    plain types become a list of types. Only recursive definitions stay references, with their ``$defs``.

    Args:
        schema: The schema.
        definitions: What its references point at, in addition to its own ``$defs``.

    Returns:
        A new schema.
    """
    own = schema.get("$defs", {})
    tidier = _Tidier({**(definitions or {}), **own})
    result = tidier.tidied({key: value for key, value in schema.items() if key != "$defs"})
    if tidier.kept:
        result["$defs"] = tidier.kept
    return result


class _Tidier:
    """One run of `tidy`: the definitions, and those that had to stay."""

    def __init__(self, definitions: Mapping[str, JsonSchema]) -> None:
        self.definitions = definitions
        self.kept: dict[str, JsonSchema] = {}
        direct = {name: set(_references(schema)) for name, schema in definitions.items()}
        self.recursive = {name for name in direct if name in _reachable(name, direct)}

    def tidied(self, schema: JsonSchema) -> JsonSchema:
        name = _reference(schema)
        if name is not None and name in self.definitions:
            return self._dereferenced(name, schema)
        plain = {key: value for key, value in schema.items() if not _is_noise(key, value)}
        return _collapsed(_rebuilt(plain, self.tidied))

    def _dereferenced(self, name: str, schema: JsonSchema) -> JsonSchema:
        beside = {key: value for key, value in schema.items() if key not in ("$ref", "title")}
        if name not in self.recursive:
            return {**self.tidied(self.definitions[name]), **beside}
        if name not in self.kept:
            self.kept[name] = {}  # marks it as under way: it refers to itself
            self.kept[name] = self.tidied(self.definitions[name])
        return {"$ref": f"#/$defs/{name}", **beside}


def _is_noise(key: str, value: object) -> bool:
    # a discriminator's mapping would point at definitions that are no longer there
    return (key == "title" and isinstance(value, str)) or key == "discriminator"


def _reference(schema: JsonSchema) -> str | None:
    target = schema.get("$ref")
    return target.removeprefix("#/$defs/") if isinstance(target, str) else None


def _references(schema: JsonSchema) -> Iterator[str]:
    for part in walk(schema):
        name = _reference(part)
        if name is not None:
            yield name


def _reachable(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(direct.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(direct.get(name, ()))
    return seen


def _collapsed(schema: JsonSchema) -> JsonSchema:
    """Write a union of plain types as a list of types."""
    options = schema.get("anyOf")
    if not options or "type" in schema:
        return schema
    if not all(set(option) == {"type"} and isinstance(option["type"], str) for option in options):
        return schema
    names = list(dict.fromkeys(option["type"] for option in options))
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {"type": names[0] if len(names) == 1 else names, **rest}


def without_null(schema: JsonSchema) -> tuple[JsonSchema, bool]:
    """Take ``null`` out of a schema's alternatives.

    Returns:
        The schema without it, and whether it was there.
    """
    names = schema.get("type")
    if isinstance(names, list) and "null" in names and len(names) > 1:
        rest = [name for name in names if name != "null"]
        return {**schema, "type": rest[0] if len(rest) == 1 else rest}, True
    options = schema.get("anyOf", [])
    rest_options = [option for option in options if option != {"type": "null"}]
    if not rest_options or len(rest_options) == len(options):
        return schema, False
    rest_schema = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(rest_options) == 1:
        return {**rest_options[0], **rest_schema}, True
    return _collapsed({"anyOf": rest_options, **rest_schema}), True


def is_structured(schema: JsonSchema) -> bool:
    """Say whether a schema tells more than the name of a type."""
    return any(key in schema for key in (*_MAPS, *_ONE, *_LISTS, *_SCHEMA_KEYS))


# ------------------------------------------------------------------------------ the two end forms


def input_entry(
    schema: JsonSchema, description: str, *, optional: bool = False, default: object = None
) -> JsonSchema:
    """Make the entry that a tool's ``inputs`` has for one argument.

    Args:
        schema: The tidy JSON schema of the argument's values.
        description: What the argument means.
        optional: Whether it may be left out.
        default: Its value when it is left out, as JSON data; None is not written down.

    Returns:
        The entry. It always has ``type`` and ``description``.
    """
    if optional:
        schema, _ = without_null(schema)
    names = types_of(schema) or ["object" if "$ref" in schema else "any"]
    rest = {key: value for key, value in schema.items() if key not in ("type", "description", "default")}
    entry: JsonSchema = {"type": names[0] if len(names) == 1 else names, "description": description, **rest}
    if optional:
        if default is not None:
            entry["default"] = default
        entry["nullable"] = True
    return entry


def function_schema(
    name: str, description: str, inputs: Mapping[str, JsonSchema], required: Iterable[str]
) -> JsonSchema:
    """Make the function schema that chat-completions APIs take as a tool.

    Args:
        name: The tool's name.
        description: What it does.
        inputs: Its ``inputs``.
        required: The names of the arguments that cannot be left out.

    Returns:
        A new dict: ``{"type": "function", "function": {"name", "description", "parameters"}}``.
    """
    parameters: JsonSchema = {
        "type": "object",
        "properties": {key: _for_provider(entry) for key, entry in inputs.items()},
        "required": [key for key in inputs if key in set(required)],
    }
    definitions: dict[str, JsonSchema] = {}
    for entry in inputs.values():
        definitions.update({key: _for_provider(part) for key, part in entry.get("$defs", {}).items()})
    if definitions:
        # references start at the root, and inside a request the root is the whole of `parameters`
        parameters["$defs"] = definitions
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


def _for_provider(schema: JsonSchema) -> JsonSchema:
    """Translate what is ours alone: ``any``, ``image``, ``audio`` and ``nullable`` are no JSON schema."""
    result = _rebuilt({key: value for key, value in schema.items() if key != "$defs"}, _for_provider)
    result.pop("nullable", None)
    names = types_of({"type": result["type"]}) if "type" in result else []
    if "any" in names:
        del result["type"]
    elif "image" in names or "audio" in names:
        kinds = " or ".join(name for name in names if name in ("image", "audio"))
        others = [name for name in names if name not in ("image", "audio", "string")]
        result["type"] = ["string", *others] if others else "string"
        note = f"(the name of a variable that holds an {kinds})"
        result["description"] = f"{result.get('description', '')} {note}".strip()
    return result
