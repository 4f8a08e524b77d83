"""JSON schemas: tidying, and that what a hint accepts is what its schema accepts."""

from __future__ import annotations

import dataclasses
import enum
import json
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from twofold._core.errors import AgentToolCallError
from twofold._core.tools.arguments import is_json
from twofold._core.tools.schema import function_schema, input_entry, tidy, types_of, without_null
from twofold._core.tools.text import type_text
from twofold._core.tools.tool import Tool, tool


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    name: str
    colour: Colour = Colour.RED
    tags: list[str] = []


@dataclasses.dataclass
class Size:
    width: int
    unit: Literal["cm", "in"] = "cm"


# ------------------------------------------------------------------------------------------ tidying


def test_references_are_replaced() -> None:
    schema = {"items": {"$ref": "#/$defs/A", "description": "mine"}, "type": "array"}
    definitions = {
        "A": {"title": "A", "properties": {"b": {"$ref": "#/$defs/B"}}, "description": "theirs"},
        "B": {"type": "string", "title": "B"},
    }
    assert tidy(schema, definitions) == {
        "type": "array",
        "items": {"properties": {"b": {"type": "string"}}, "description": "mine"},
    }


def test_recursive_references_stay() -> None:
    definitions = {"A": {"anyOf": [{"$ref": "#/$defs/B"}]}, "B": {"items": {"$ref": "#/$defs/A"}}}
    found = tidy({"$ref": "#/$defs/A"}, definitions)
    assert found["$ref"] == "#/$defs/A"
    assert set(found["$defs"]) == {"A", "B"}


def test_unknown_references_stay() -> None:
    assert tidy({"$ref": "#/$defs/Nowhere"}) == {"$ref": "#/$defs/Nowhere"}


def test_values_are_not_taken_for_schemas() -> None:
    schema = {
        "enum": [{"title": "a"}],
        "default": {"title": "b"},
        "properties": {"title": {"const": {"title": "c"}}},
    }
    assert tidy(schema) == schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, ({"type": "string"}, True)),
        ({"type": "null"}, ({"type": "null"}, False)),
        (
            {"anyOf": [{"type": "null"}, {"enum": [1]}], "description": "d"},
            ({"enum": [1], "description": "d"}, True),
        ),
        (
            {"anyOf": [{"type": "string"}, {"enum": [1]}]},
            ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, False),
        ),
    ],
)
def test_without_null(schema: dict[str, Any], expected: tuple[dict[str, Any], bool]) -> None:
    assert without_null(schema) == expected


def test_types_of_values() -> None:
    assert types_of({"enum": [True, 1, 2.5, "a", None, [], {}]}) == [
        "boolean",
        "integer",
        "number",
        "string",
        "null",
        "array",
        "object",
    ]
    assert types_of({"const": 1}) == ["integer"]
    assert types_of({"oneOf": [{"type": "string"}, {}]}) == ["string", "any"]
    assert types_of({}) == []


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "array", "items": {"type": ["integer", "null"]}}, "list[int | None]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"const": "a"}, "Literal['a']"),
        ({"anyOf": [{"type": "string"}, {"type": "image"}, {"type": "string"}]}, "str | Image"),
        ({"$ref": "#/$defs/N"}, "dict"),
        ({}, "Any"),
    ],
)
def test_types_in_prompts(schema: dict[str, Any], text: str) -> None:
    assert type_text(schema) == text


# ---------------------------------------------------------------------- tools described by schemas


def described(entry: dict[str, Any]) -> Tool:
    class Described(Tool):
        name = "described"
        description = "d"
        inputs = {"x": {"description": "d", **entry}}
        output_type = "any"

        def forward(self, x: Any) -> Any:
            return x

    return Described()


@pytest.mark.parametrize(
    ("entry", "good", "bad"),
    [
        ({"type": "string"}, ["a", ""], [1, None, ["a"]]),
        ({"type": "integer"}, [1, -5, 10**30], [1.0, "1", True]),
        ({"type": "number"}, [1, 2.5], ["1", False, None]),
        ({"type": "boolean"}, [True], [1, "true"]),
        ({"type": "null"}, [None], [0, ""]),
        ({"type": "any"}, [None, 1, {"a": []}], []),
        ({"type": "image"}, ["path.png"], []),
        ({"type": "object"}, [{}, {"a": 1}], [[], "a", 1]),
        ({"type": "array"}, [[], [1, "a"]], [{}, "a"]),
        ({"type": "string", "nullable": True}, ["a", None], [1]),
        ({"type": ["string", "integer"]}, ["a", 1], [1.5, None]),
        ({"type": "string", "enum": ["a", "b"]}, ["a"], ["c", 1]),
        ({"enum": [1, 2.5, {"k": 1}, None]}, [1, 2.5, {"k": 1}, None], [True, "1", 3]),
        ({"const": 0}, [0], [False, 1]),
        ({"type": "integer", "minimum": 1, "exclusiveMaximum": 5}, [1, 4], [0, 5]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab"], ["a", "abcd"]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 1}, [[1]], [[], ["a"]]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "b"}]),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            [{"a": "x"}, {"a": "x", "more": 1}],
            [{}, {"a": 1}],
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
            [{}, {"a": "x"}],
            [{"b": 1}],
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
            [1, [1]],
            ["a", ["a"]],
        ),
        (
            {"$ref": "#/$defs/N", "$defs": {"N": {"type": "array", "items": {"$ref": "#/$defs/N"}}}},
            [[], [[], [[]]]],
            [1, [[1]]],
        ),
    ],
    ids=str,
)
def test_values_are_checked_by_the_schema(entry: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    made = described(entry)
    for value in good:
        assert made.validate_arguments({"x": value}) == {"x": value}
    for value in bad:
        with pytest.raises(AgentToolCallError, match="x = "):
            made.validate_arguments({"x": value})


def test_unknown_keywords_are_left_to_the_tool() -> None:
    entry = {"type": "string", "pattern": "(?<=a)b", "format": "date", "if": {}, "minLength": "odd"}
    assert described(entry).validate_arguments({"x": "zz"}) == {"x": "zz"}


def test_objects_of_the_run_pass_where_objects_are_taken() -> None:
    thing = object()
    for kind in ("object", "array", "any", "image"):
        assert described({"type": kind}).validate_arguments({"x": thing})["x"] is thing
    with pytest.raises(AgentToolCallError):
        described({"type": "string"}).validate_arguments({"x": thing})


def test_provider_schemas_hoist_definitions() -> None:
    entry = {"$ref": "#/$defs/N", "description": "d", "$defs": {"N": {"type": "any", "nullable": True}}}
    assert function_schema("f", "d", {"x": entry}, ["x"])["function"]["parameters"] == {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/N", "description": "d"}},
        "required": ["x"],
        "$defs": {"N": {}},
    }


def test_input_entries_always_have_a_type() -> None:
    assert input_entry({}, "d")["type"] == "any"
    assert input_entry({"$ref": "#/$defs/N"}, "d")["type"] == "object"
    assert input_entry({"enum": [1, "a"]}, "d")["type"] == ["integer", "string"]


# ------------------------------------------------------------------------------------- round trips

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)

items = st.fixed_dictionaries(
    {"name": st.text(max_size=5)},
    optional={"colour": st.sampled_from(["red", "blue"]), "tags": st.lists(st.text(max_size=3), max_size=2)},
)
sizes = st.fixed_dictionaries({"width": st.integers()}, optional={"unit": st.sampled_from(["cm", "in"])})

HINTS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, st.integers()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (str, st.text()),
    (bool, st.booleans()),
    (str | None, st.none() | st.text()),
    (list[int], st.lists(st.integers())),
    (dict[str, int], st.dictionaries(st.text(), st.integers())),
    (int | list[str], st.integers() | st.lists(st.text())),
    (Literal["a", "b", None], st.sampled_from(["a", "b", None])),
    (Colour, st.sampled_from(["red", "blue"])),
    (Item, items),
    (Size, sizes),
    (list[Item | Size], st.lists(items | sizes, max_size=3)),
    (Any, json_values),
]


def function_tool(hint: Any) -> Tool:
    def take(x: Any) -> Any:
        """Take.

        Args:
            x: It.
        """
        return x

    take.__annotations__["x"] = hint
    return tool(take)


TOOLS = [(function_tool(hint), strategy) for hint, strategy in HINTS]
BY_SCHEMA = [
    described({k: v for k, v in made.inputs["x"].items() if k != "description"}) for made, _ in TOOLS
]


@pytest.mark.parametrize("index", range(len(HINTS)), ids=[str(hint) for hint, _ in HINTS])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_fits_a_hint_fits_its_schema_and_survives_a_round_trip(index: int, data: st.DataObject) -> None:
    made, strategy = TOOLS[index]
    value = data.draw(strategy)
    sent = json.loads(json.dumps(value))
    built = made.validate_arguments({"x": sent})["x"]
    assert BY_SCHEMA[index].validate_arguments({"x": sent}) == {"x": value}
    returned = made._described.adapters["x"].dump_python(built, mode="json")  # type: ignore[attr-defined]
    assert made.validate_arguments({"x": returned})["x"] == built
    # what was built is taken as it is, when code passes it on
    assert made(built) == built


@pytest.mark.parametrize("index", range(len(HINTS)), ids=[str(hint) for hint, _ in HINTS])
@settings(max_examples=40, deadline=None)
@given(value=json_values)
def test_any_json_is_accepted_or_refused_alike(index: int, value: Any) -> None:
    """A hint and its schema agree on everything a model may send."""
    made, _ = TOOLS[index]
    assert _accepts(made, value) == _accepts(BY_SCHEMA[index], value)


def _accepts(made: Tool, value: Any) -> bool:
    try:
        made.validate_arguments({"x": value})
    except AgentToolCallError:
        return False
    return True


@given(value=json_values)
def test_json_is_recognised(value: Any) -> None:
    assert is_json(value)
    assert not is_json([value, (1,)])
    assert not is_json({1: value})
    assert not is_json({"a": object()})
