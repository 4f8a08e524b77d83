"""Names and schemas of MCP servers, as others write them, made usable for agents."""

import keyword
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold import FunctionModel, ToolCallingAgent
from twofold._core.mcp.definitions import McpToolDefinition, read_inputs
from twofold._core.mcp.naming import identifier, server_names, tool_names
from twofold._core.mcp.requests import McpElicitation, read_elicitation_answer
from twofold._core.mcp.results import read_result
from twofold._sync.mcp.tool import McpTool
from twofold.aio import ConfigurationError, McpToolError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("search", "search"),
        ("get-weather", "get_weather"),
        ("files/read.all", "files_read_all"),
        ("2d_plot", "tool_2d_plot"),
        ("class", "class_"),
        ("", "tool"),
        ("--", "tool__"),
        ("größe", "größe"),
    ],
)
def test_names_become_identifiers(name, expected):
    assert identifier(name) == expected


names = st.lists(st.text(max_size=8), unique=True, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(names, max_size=4), st.sampled_from(["clash", "always"]))
def test_all_names_are_usable_and_no_two_are_the_same(tools, prefix):
    servers = server_names(f"s{n % 2}" for n in range(len(tools)))
    found = tool_names(list(zip(servers, tools, strict=True)), prefix)
    assert len(found) == sum(map(len, tools)) == len(set(found.values()))
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in found.values())
    assert not {"final_answer", "print", "open"} & set(found.values())


def test_the_order_of_servers_does_not_matter():
    one, two = ("a", ["x", "y"]), ("b", ["y", "z"])
    forward, backward = tool_names([one, two]), tool_names([two, one])
    assert sorted(forward.values()) == sorted(backward.values()) == ["a_y", "b_y", "x", "z"]


def test_exact_names_win_within_a_server():
    assert tool_names([("s", ["a-b", "a_b"])]) == {(0, "a-b"): "a_b_2", (0, "a_b"): "a_b"}


def test_arguments_get_names_that_code_can_write():
    inputs = read_inputs(
        {
            "type": "object",
            "properties": {
                "user-id": {"type": "integer", "description": "Who."},
                "from": {"type": ["string", "null"]},
                "tags": {"type": "array", "items": {"$ref": "#/definitions/Tag"}},
                "odd": {"type": "file", "$ref": "http://elsewhere/x"},
                "any": True,
            },
            "required": ["user-id", "from"],
            "definitions": {"Tag": {"type": "string", "enum": ["a", "b"]}},
        }
    )
    assert list(inputs.inputs) == ["user_id", "from_", "tags", "odd", "any"]
    assert inputs.inputs["tags"]["items"] == {"type": "string", "enum": ["a", "b"]}
    assert inputs.to_server({"user_id": 1, "from_": None, "tags": None}) == {"user-id": 1, "from": None}


def test_a_tool_that_takes_any_object_takes_one():
    inputs = read_inputs({"type": "object", "additionalProperties": True})
    assert list(inputs.inputs) == ["arguments"]
    assert inputs.to_server({"arguments": {"x": 1}}) == {"x": 1}
    assert read_inputs(None).inputs == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
schema_keys = st.sampled_from(
    [
        "type",
        "properties",
        "required",
        "items",
        "anyOf",
        "allOf",
        "enum",
        "$ref",
        "$defs",
        "definitions",
        "default",
    ]
)
schemas = st.recursive(
    st.dictionaries(schema_keys, json_values, max_size=4),
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["object", "array", "string", "file", ["string", "null"]])},
        optional={
            "properties": st.dictionaries(st.text(max_size=4), inner, max_size=3),
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "required": st.lists(st.text(max_size=4), max_size=2),
            "$defs": st.dictionaries(st.text(max_size=4), inner, max_size=2),
        },
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(schemas, st.none() | schemas)
def test_no_schema_of_a_server_makes_its_tool_unusable(inputs, output):
    definition = McpToolDefinition("odd", "", inputs, output)
    tool = McpTool("odd", definition, None, 0, "s", structured_output=True, requires_approval=False)
    assert tool.signature.startswith("odd(")
    assert tool.to_code_prompt()
    assert tool.json_schema["function"]["name"] == "odd"
    ToolCallingAgent(tools=[tool], model=FunctionModel(lambda messages: "")).initialize_system_prompt()


def test_a_result_made_only_to_hold_a_value_is_unwrapped():
    schema = {
        "type": "object",
        "properties": {"result": {"type": "array", "items": {"type": "integer"}}},
        "required": ["result"],
        "title": "countOutput",
    }
    definition = McpToolDefinition("count", output_schema=schema)
    assert definition.result_schema == {"type": "array", "items": {"type": "integer"}}
    result = SimpleNamespace(is_error=False, structured_content={"result": [1]}, content=[])
    assert read_result(result, definition, "s") == [1]
    own = McpToolDefinition("count", output_schema={**schema, "title": "Count"})
    assert read_result(result, own, "s") == {"result": [1]}


def test_what_is_no_base64_is_an_error_of_the_tool():
    block = SimpleNamespace(type="image", data="a", mime_type="image/png")
    result = SimpleNamespace(is_error=False, structured_content=None, content=[block])
    with pytest.raises(McpToolError, match="not base64"):
        read_result(result, McpToolDefinition("x"), "s")


def test_yes_is_no_answer_to_a_question_for_values():
    question = McpElicitation("s", "Who?", {"properties": {"name": {"type": "string"}}, "required": ["name"]})
    with pytest.raises(ConfigurationError, match="asks for values of name"):
        read_elicitation_answer(True, question)
    visit = McpElicitation("s", "Log in", url="https://a.b")
    assert read_elicitation_answer(True, visit).action == "accept"
