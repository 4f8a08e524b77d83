# Generated from tests/_async/tools/test_collection.py by `nox -s codegen`. Do not edit.
"""Tools that come together, and the helpers for tools of functions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pytest

from twofold import (
    AUTHORIZED_TYPES,
    AgentImage,
    AgentToolCallError,
    AgentToolExecutionError,
    BaseTool,
    ConfigurationError,
    Tool,
    ToolCollection,
    get_json_schema,
    tool,
    validate_tool_arguments,
)
from twofold._sync.tools.calling import call_tool


@tool
def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


def shout(text: Annotated[str, "What."], how: Annotated[Literal["loud", "louder"], "How."] = "loud") -> str:
    """Write in capital letters."""
    return text.upper()


def test_a_collection_is_a_list_of_tools() -> None:
    collection = ToolCollection([add, shout])
    assert [one.name for one in collection] == ["add", "shout"]
    assert (len(collection), collection[0], collection[1:]) == (2, add, collection.tools[1:])
    assert add in collection
    assert repr(collection) == "ToolCollection(['add', 'shout'])"
    with pytest.raises(ConfigurationError, match="Two tools have the name 'add'"):
        ToolCollection([add, add.function])


def test_tools_of_servers_and_hubs_need_trust() -> None:
    with pytest.raises(ConfigurationError, match="trust_remote_code=True"):
        with ToolCollection.from_mcp({"command": "true"}):
            pass
    with pytest.raises(ConfigurationError, match="trust_remote_code"):
        ToolCollection.from_hub("someone/some-tools")


def test_a_function_has_a_schema() -> None:
    schema = get_json_schema(shout)
    assert schema == {
        "type": "function",
        "function": {
            "name": "shout",
            "description": "Write in capital letters.",
            "parameters": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "What."},
                    "how": {
                        "type": "string",
                        "description": "How.",
                        "enum": ["loud", "louder"],
                        "default": "loud",
                    },
                },
                "required": ["text"],
            },
            "return": {"type": "string"},
        },
    }
    with pytest.raises(ConfigurationError, match="no type hint"):
        get_json_schema(lambda x: x)


def test_arguments_can_be_checked() -> None:
    validate_tool_arguments(add, {"a": 1})
    with pytest.raises(AgentToolCallError, match="b = 'x'"):
        validate_tool_arguments(add, {"a": 1, "b": "x"})
    assert isinstance(add, BaseTool)
    assert "image" in AUTHORIZED_TYPES


def test_the_image_of_a_tool_is_one_for_agents() -> None:
    class Draw(Tool):
        name = "draw"
        description = "Draws."
        inputs = {"what": {"type": "string", "description": "What."}}
        output_type = "image"

        def forward(self, what: str) -> Any:
            return np.zeros((20, 30)) if what == "a square" else what

    image = call_tool(Draw(), ("a square",))
    assert isinstance(image, AgentImage)
    assert image.size == (30, 20)
    with pytest.raises(AgentToolExecutionError, match="There is no file 'nothing' for an image"):
        call_tool(Draw(), ("nothing",))


def test_an_object_with_a_method_run_becomes_a_tool() -> None:
    class Old:
        name = "Old tool!"
        description = "Repeats."

        def run(self, text: str, times: int = 2) -> str:
            return text * times

    old = Tool.from_gradio(Old())
    assert old.signature == "Old_tool(text: str, times: int = 2) -> Any"
    assert old("a") == "aa"
    assert old(**old.validate_arguments({"text": "a", "times": 3})) == "aaa"
    with pytest.raises(ConfigurationError, match="with name, description and run"):
        Tool.from_gradio(object())
