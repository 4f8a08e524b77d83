"""How tools are told to a model: Python stubs for code agents, plain lines for tool-calling agents."""

from __future__ import annotations

import dataclasses
import enum
import json
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from .hints import classes_in, hint_text, is_model_like
from .schema import JsonSchema, is_structured, types_of, walk

__all__ = ["calling_prompt", "result_notes", "signature_text", "stub", "type_text"]

_TYPE_NAMES = {
    "string": "str",
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "array": "list",
    "object": "dict",
    "any": "Any",
    "null": "None",
    "image": "Image",
    "audio": "Audio",
}


def type_text(schema: JsonSchema) -> str:
    """Write a JSON schema as a Python type.

    Args:
        schema: A JSON schema, or an entry of a tool's ``inputs``.

    Returns:
        A type such as ``list[str] | None``; objects with known fields read ``dict``.
    """
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None:
        return f"Literal[{', '.join(repr(value) for value in values)}]"
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " | ".join(dict.fromkeys(type_text(option) for option in options))
    names = types_of(schema) or ["object" if "$ref" in schema else "any"]
    return " | ".join(dict.fromkeys(_named(name, schema) for name in names))


def _named(name: str, schema: JsonSchema) -> str:
    text = _TYPE_NAMES.get(name, "Any")
    if name == "array" and isinstance(schema.get("items"), dict) and schema["items"]:
        return f"{text}[{type_text(schema['items'])}]"
    others = schema.get("additionalProperties")
    if name == "object" and "properties" not in schema and isinstance(others, dict) and others:
        return f"{text}[str, {type_text(others)}]"
    return text


def signature_text(name: str, inputs: Mapping[str, JsonSchema], returns: str | None = None) -> str:
    """Write how a tool is called, e.g. ``search(query: str, limit: int = 10) -> list[str]``."""
    arguments = ", ".join(f"{key}: {_parameter(entry)}" for key, entry in inputs.items())
    return f"{name}({arguments})" + (f" -> {returns}" if returns else "")


def _parameter(entry: JsonSchema) -> str:
    text = type_text(entry)
    if "default" in entry:
        return f"{text} = {entry['default']!r}"
    if not entry.get("nullable"):
        return text
    return f"{text} = None" if text == "Any" or "None" in text.split(" | ") else f"{text} | None = None"


def stub(
    name: str, description: str, inputs: Mapping[str, JsonSchema], returns: str, result: list[str]
) -> str:
    """Write a tool as a Python function without a body.

    Args:
        name: The tool's name.
        description: What it does.
        inputs: Its ``inputs``.
        returns: The type of its result.
        result: Lines about its result.

    Returns:
        A ``def`` line and a docstring.
    """
    lines = [f"def {signature_text(name, inputs, returns)}:", *_docstring(description, inputs, result)]
    return "\n".join(lines)


def _docstring(description: str, inputs: Mapping[str, JsonSchema], result: list[str]) -> Iterator[str]:
    # quotes of its own would end the docstring early and make the stub something else than Python
    first, *rest = description.replace('"""', "'''").rstrip('"\\').splitlines() or [""]
    if not rest and not inputs and not result:
        yield f'    """{first}"""'
        return
    yield f'    """{first}'
    yield from (f"    {line}".rstrip() for line in rest)
    if inputs:
        yield from ("", "    Args:")
        yield from (f"        {key}: {_meaning(entry)}" for key, entry in inputs.items())
    if result:
        yield from ("", "    Returns:")
        yield from (f"        {line}" for line in result)
    yield '    """'


def _meaning(entry: JsonSchema) -> str:
    text = " ".join(str(entry.get("description", "")).split())
    if not any(part.get("properties") or "$ref" in part for part in walk(entry)):
        return text
    shape = {
        key: value
        for key, value in entry.items()
        if key not in ("description", "nullable", "default", "type")
    }
    return f"{text} JSON schema: {_compact({'type': entry.get('type', 'object'), **shape})}"


def result_notes(text: str, hint: Any, schema: JsonSchema | None) -> list[str]:
    """Write what code must know about a tool's result to use it.

    Args:
        text: What the tool's author says about it.
        hint: Its type hint, or Any. Fields of models and dataclasses are listed, since code reads them.
        schema: Its JSON schema, used where no class tells more.

    Returns:
        Lines, possibly none.
    """
    lines = [text] if text else []
    described = list(_class_lines(hint, {}))
    if described:
        return lines + described
    if schema is not None and is_structured(schema):
        lines.append(f"JSON schema: {_compact(schema)}")
    return lines


def _class_lines(hint: Any, seen: dict[type, None]) -> Iterator[str]:
    for cls in classes_in(hint):
        if cls in seen:
            continue
        seen[cls] = None
        if issubclass(cls, enum.Enum):
            members = ", ".join(f"{member.name} = {member.value!r}" for member in cls)
            yield f"{cls.__name__} is an enum: {members}"
        elif is_model_like(cls):
            fields = _fields(cls)
            yield f"{cls.__name__} has the attributes " + ", ".join(
                f"{name}: {hint_text(kind)}" for name, kind in fields.items()
            )
            for kind in fields.values():
                yield from _class_lines(kind, seen)


def _fields(cls: type) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(cls)
    except (NameError, TypeError):
        hints = {}
    names: list[str] = list(getattr(cls, "__pydantic_fields__", ()) or getattr(cls, "_fields", ()))
    if not names and dataclasses.is_dataclass(cls):
        names = [field.name for field in dataclasses.fields(cls)]
    return {name: hints.get(name, Any) for name in names}


def calling_prompt(
    name: str, description: str, inputs: Mapping[str, JsonSchema], output_type: str, result: list[str]
) -> str:
    """Write a tool as lines for an agent that calls tools by JSON; ``result`` has lines about its result."""
    lines = [f"{name}: {description}", f"    Takes: {_compact(inputs)}", f"    Returns: {output_type}"]
    return "\n".join(lines + [f"        {line}" for line in result])


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)
