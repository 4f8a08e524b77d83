"""Arbitrary values as JSON-able data."""

from __future__ import annotations

import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import json
import types
from numbers import Integral, Real
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import BaseModel

from twofold._core.errors import AgentToolCallError
from twofold._core.messages import ChatMessage, MessageRole
from twofold._core.serialization import make_json_serializable


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(make_json_serializable(value), allow_nan=False))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
hashables = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates()
any_values = st.recursive(
    hashables | st.complex_numbers() | st.decimals() | st.functions() | st.sets(hashables),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(hashables, inner),
)


@given(json_values)
def test_json_stays_what_it_is(value: Any) -> None:
    assert through_json(value) == value


@given(any_values)
def test_anything_can_be_written(value: Any) -> None:
    through_json(value)


@given(st.dictionaries(hashables, st.integers()))
def test_no_entry_of_a_mapping_is_lost(value: dict[Any, int]) -> None:
    data = through_json(value)
    numbers = [item for _, item in data["items"]] if data.get("_type") == "mapping" else list(data.values())
    assert sorted(numbers) == sorted(value.values())


def test_keys_that_json_cannot_tell_apart() -> None:
    assert through_json({1: "a", "1": "b"}) == {"_type": "mapping", "items": [[1, "a"], ["1", "b"]]}
    assert through_json({1: "a", "2": "b"}) == {"1": "a", "2": "b"}


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Point:
    x: int
    label: Any = None


class Answer(BaseModel):
    value: int
    when: datetime.date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, (2,)), [1, [2]]),
        ({3, 1, 2}, [1, 2, 3]),
        (collections.deque([1]), [1]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (range(3), [0, 1, 2]),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Point(1, Point(2)), {"x": 1, "label": {"x": 2, "label": None}}),
        (b"\x00\xff", {"_type": "bytes", "base64": "AP8="}),
        (bytearray(b"a"), {"_type": "bytes", "base64": "YQ=="}),
        (decimal.Decimal("1.10"), {"_type": "Decimal", "repr": "Decimal('1.10')"}),
        (fractions.Fraction(1, 3), {"_type": "Fraction", "repr": "Fraction(1, 3)"}),
        (float("nan"), {"_type": "float", "repr": "nan"}),
        (float("-inf"), {"_type": "float", "repr": "-inf"}),
        (int, {"_type": "type", "repr": "<class 'int'>"}),
        (Point, {"_type": "type", "repr": repr(Point)}),
        (AgentToolCallError("no"), {"type": "AgentToolCallError", "message": "no"}),
        (
            Answer(value=1, when=datetime.date(2024, 2, 29)),
            {"value": 1, "when": {"_type": "date", "repr": "datetime.date(2024, 2, 29)"}},
        ),
    ],
    ids=repr,
)
def test_forms(value: Any, expected: Any) -> None:
    assert through_json(value) == expected
    assert type(make_json_serializable(value)) is type(expected)


def test_numbers_of_other_libraries_are_numbers() -> None:
    class Int64:
        def __int__(self) -> int:
            return 7

    class Float32:
        def __float__(self) -> float:
            return 0.5

    Integral.register(Int64)
    Real.register(Float32)
    assert through_json([Int64(), Float32()]) == [7, 0.5]


def test_an_integer_too_long_for_decimal() -> None:
    assert through_json(10**5_000) == {"_type": "int", "repr": hex(10**5_000)}
    assert through_json(10**500) == 10**500


def test_an_image_is_its_png() -> None:
    image = Image.new("RGB", (2, 3), "red")
    data = through_json({"screen": image})["screen"]
    assert (data["_type"], data["format"]) == ("image", "png")
    assert Image.open(io.BytesIO(base64.b64decode(data["base64"]))).size == (2, 3)


def test_an_image_that_cannot_be_written_does_not_lose_the_rest() -> None:
    empty = Image.new("RGB", (0, 0))
    empty.close()
    data = through_json({"a": 1, "image": empty})
    assert data["a"] == 1
    assert "_type" in data["image"]


# What contains itself


def test_a_list_that_contains_itself() -> None:
    value: list[Any] = [1]
    value.append(value)
    assert through_json(value) == [1, {"_type": "list", "repr": "[1, [...]]"}]


def test_a_mapping_that_contains_itself_through_a_list() -> None:
    value: dict[str, Any] = {"a": 1}
    value["items"] = [value]
    data = through_json(value)
    assert data["a"] == 1
    assert data["items"][0]["_type"] == "dict"


def test_an_object_that_contains_itself() -> None:
    point = Point(1)
    point.label = [point]
    assert through_json(point)["label"][0]["_type"] == "Point"


def test_a_message_that_contains_itself() -> None:
    message = ChatMessage(MessageRole.USER, [{"type": "text", "text": "x"}])
    assert isinstance(message.content, list)
    message.content.append({"type": "message", "message": message})
    assert through_json(message)["content"][1]["message"]["_type"] == "ChatMessage"


def test_what_occurs_twice_without_a_cycle_is_written_twice() -> None:
    shared = [1]
    assert through_json([shared, shared, {"a": shared}]) == [[1], [1], {"a": [1]}]


def test_very_deep_nesting() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    assert through_json(value)[0][0][0]
    while value:  # a list this deep is taken apart by hand: CPython's own way down is recursive in places
        value = value.pop()


# What fails


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class HostileMapping(collections.UserDict[str, Any]):
    def __iter__(self) -> Any:
        raise RuntimeError("no keys")


class HostileModel:
    def model_dump(self) -> Any:
        raise RuntimeError("no dump")


class HostileAttributes:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no attributes")


class HostileKey:
    def __str__(self) -> str:
        raise RuntimeError("no str")


@pytest.mark.parametrize(
    "value",
    [Hostile(), HostileMapping(a=1), HostileModel(), HostileAttributes(), {HostileKey(): 1}],
    ids=type,
)
def test_what_cannot_be_read_does_not_lose_its_neighbours(value: Any) -> None:
    data = through_json({"before": 1, "value": value, "after": 2})
    assert (data["before"], data["after"]) == (1, 2)
    assert data["value"]


def test_classes_derived_from_ours_are_written_as_ours() -> None:
    class ModelsMistake(AgentToolCallError):
        pass

    class Noted(ChatMessage):
        pass

    assert through_json(ModelsMistake("x")) == {"type": "ModelsMistake", "message": "x"}
    assert through_json(Noted(MessageRole.USER, "x", raw=object())) == {"role": "user", "content": "x"}


def test_the_dict_method_of_strangers_is_not_called() -> None:
    class Query:
        def dict(self) -> Any:
            raise AssertionError("called")

    assert through_json(Query())["_type"] == "Query"
