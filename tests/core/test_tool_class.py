"""The class Tool: what a definition must be, and calling a tool the plain way."""

from __future__ import annotations

import copy
import inspect
import pickle
import threading
from typing import Any

import pytest

from twofold._core.agents.final_answer import FinalAnswerTool
from twofold._core.errors import ConfigurationError
from twofold._core.tools.tool import Tool


class Repeat(Tool):
    name = "repeat"
    description = "Repeats a text."
    inputs = {
        "text": {"type": "string", "description": "What to repeat."},
        "times": {"type": "integer", "description": "How often.", "nullable": True},
    }
    output_type = "string"

    def forward(self, text: str, times: int = 2) -> str:
        return text * times


def make(**fields: Any) -> type[Tool]:
    """A class like Repeat, with other fields."""
    body: dict[str, Any] = {
        "name": "made",
        "description": "Made.",
        "inputs": {"x": {"type": "string", "description": "An x."}},
        "output_type": "string",
        "forward": lambda self, x: x,
    }
    body.update(fields)
    return type("Made", (Tool,), {key: value for key, value in body.items() if value is not ...})


# ------------------------------------------------------------------------------------- definition


@pytest.mark.parametrize("field", ["name", "description", "inputs", "output_type"])
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Made has no '{field}'"):
        make(**{field: ...})()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "two words", "name 'two words' must be a Python identifier"),
        ("name", "class", "name 'class'"),
        ("name", 3, "name 3"),
        ("description", None, "description must be a string, not None"),
        ("inputs", ["x"], r"inputs must be a dict with an entry for each argument, not \['x'\]"),
        ("inputs", {1: {}}, "inputs has the key 1, which is not the name"),
        ("inputs", {"x": "string"}, r"inputs\['x'\] must be a dict"),
        ("inputs", {"x": {"type": "string"}}, r"inputs\['x'\] needs a 'description'"),
        ("inputs", {"x": {"description": "d"}}, r"inputs\['x'\] needs a 'type'"),
        (
            "inputs",
            {"x": {"type": "str", "description": "d"}},
            r"inputs\['x'\]: type 'str' .* mean 'string'\?",
        ),
        ("inputs", {"x": {"type": ["string", "float"], "description": "d"}}, "type 'float'.* mean 'number'"),
        (
            "inputs",
            {"x": {"type": "array", "items": {"type": "int"}, "description": "d"}},
            "type 'int' .* mean 'integer'",
        ),
        ("inputs", {"x": {"type": "any", "description": "d", "nullable": "yes"}}, "nullable.*'yes'"),
        ("output_type", "text", "output_type 'text' is not one of string"),
        ("output_type", ["string"], r"output_type \['string'\]"),
        ("output_schema", "{}", "output_schema must be a JSON schema .* or None"),
        ("timeout", 0, "timeout must be a positive number of seconds or None, not 0"),
        ("timeout", True, "timeout .* not True"),
        ("timeout", float("nan"), "timeout .* not nan"),
        ("timeout", "5", "timeout .* not '5'"),
        ("requires_approval", 1, "requires_approval must be True or False, not 1"),
        ("blocking", None, "blocking must be True or False, not None"),
    ],
)
def test_a_wrong_field_is_refused_when_the_class_is_made(field: str, value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**{field: value})


def test_what_init_sets_is_checked_after_init() -> None:
    class Named(Tool):
        description = "d"
        inputs = {}
        output_type = "null"

        def __init__(self, name: str) -> None:
            self.name = name

        def forward(self) -> None: ...

    assert Named("good").name == "good"
    with pytest.raises(ConfigurationError, match="not good"):
        Named("not good")


def test_a_subclass_may_finish_what_its_base_began() -> None:
    class Base(Tool):
        output_type = "string"

        def __init__(self) -> None:
            self.ready = True

    class Whole(Base):
        def __init__(self) -> None:
            super().__init__()
            self.name = "whole"
            self.description = "d"
            self.inputs = {}

        def forward(self) -> str:
            return "done"

    assert Whole()() == "done"


def test_forward_must_exist() -> None:
    with pytest.raises(ConfigurationError, match="no 'forward'"):
        make(forward=...)()


def test_forward_and_inputs_must_match() -> None:
    def forward(self: Any, text: str, other: int) -> str:
        return text

    with pytest.raises(ConfigurationError) as caught:
        make(forward=forward)
    text = str(caught.value)
    assert "forward takes 'text', which inputs does not describe" in text
    assert "forward takes 'other'" in text
    assert "inputs describes 'x', which forward does not take" in text


def test_forward_may_take_any_keyword() -> None:
    def forward(self: Any, **kwargs: Any) -> Any:
        return kwargs

    inputs = {key: {"type": "any", "description": "d", "nullable": key == "b"} for key in "ab"}
    tool = make(forward=forward, inputs=inputs)()
    assert tool(1) == {"a": 1}
    assert tool(1, 2) == {"a": 1, "b": 2}
    assert tool.validate_arguments({"a": 1}) == {"a": 1}


def test_positional_only_arguments_are_refused() -> None:
    def forward(self: Any, x: str, /) -> str:
        return x

    with pytest.raises(ConfigurationError, match="'x' by position only"):
        make(forward=forward)


def test_the_check_of_the_signature_can_be_skipped() -> None:
    tool = make(forward=lambda self, *args, **kwargs: kwargs, skip_forward_signature_validation=True)()
    assert tool(x="1") == {"x": "1"}


def test_two_definitions_of_one_name_are_refused() -> None:
    def entry(kind: str) -> dict[str, Any]:
        return {"$ref": "#/$defs/N", "$defs": {"N": {"type": kind}}, "description": "d"}

    with pytest.raises(ConfigurationError, match="in two ways"):
        make(inputs={"x": entry("string"), "y": entry("integer")})


# ----------------------------------------------------------------------------------------- calling


def test_call_by_position_name_or_one_dict() -> None:
    tool = Repeat()
    assert tool("a") == "aa"
    assert tool("a", 3) == "aaa"
    assert tool(text="a", times=1) == "a"
    assert tool({"text": "a", "times": 4}) == "aaaa"


def test_a_dict_is_only_expanded_if_its_keys_are_inputs() -> None:
    tool = make()()
    assert tool({"x": 1}) == 1
    assert tool({"y": 1}) == {"y": 1}
    assert tool({}) == {}


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "needs a value for 'text'"),
        ((), {"txt": "a"}, "has no argument 'txt'. Did you mean 'text'?"),
        (("a",), {"text": "b"}, "two values for the argument 'text'"),
        (("a", 1, 2), {}, "at most 2 arguments, 3 were given"),
    ],
)
def test_wrong_calls_say_how_the_tool_is_called(args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        Repeat()(*args, **kwargs)
    assert message in str(caught.value)
    assert "repeat(text: str, times: int = 2)" in str(caught.value)


def test_values_from_code_are_taken_as_they_are() -> None:
    thing = object()
    assert make()()(thing) is thing


def test_a_nullable_input_without_default_is_none_when_left_out() -> None:
    inputs = {"x": {"type": "string", "description": "d", "nullable": True}}
    tool = make(inputs=inputs, forward=lambda self, x: x)()
    assert tool() is None
    assert tool.validate_arguments({}) == {"x": None}


def test_a_default_in_inputs_is_used_when_left_out() -> None:
    tool = make(inputs={"x": {"type": "string", "description": "d", "default": "hm"}})()
    assert tool() == "hm"
    assert tool.signature == "made(x: str = 'hm') -> str"


async def test_the_result_of_an_async_forward_is_to_be_awaited() -> None:
    async def forward(self: Any, x: str) -> str:
        return x + "!"

    tool = make(forward=forward)()
    assert tool.is_async
    assert not tool.may_block
    pending = tool("a")
    assert inspect.isawaitable(pending)
    assert await pending == "a!"


# ------------------------------------------------------------------------------------------- setup


def test_setup_runs_once_before_the_first_call() -> None:
    calls: list[str] = []
    tool = make(setup=lambda self: calls.append("setup"), forward=lambda self, x: calls.append(x))()
    assert not tool.is_initialized
    tool("a")
    tool("b")
    assert calls == ["setup", "a", "b"]
    assert tool.is_initialized


async def test_an_async_setup_is_awaited_with_the_call() -> None:
    calls: list[str] = []

    async def setup(self: Any) -> None:
        calls.append("setup")

    tool = make(setup=setup, forward=lambda self, x: calls.append(x))()
    await tool("a")
    tool("b")
    assert calls == ["setup", "a", "b"]


def test_a_failed_setup_is_tried_again() -> None:
    attempts: list[int] = []

    def setup(self: Any) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("not yet")

    tool = make(setup=setup)()
    with pytest.raises(OSError, match="not yet"):
        tool("a")
    assert not tool.is_initialized
    assert tool("a") == "a"
    assert len(attempts) == 2


def test_setup_may_call_its_own_tool() -> None:
    seen: list[str] = []

    def setup(self: Tool) -> None:
        seen.append(self("from setup"))

    tool = make(setup=setup)()
    assert tool("a") == "a"
    assert seen == ["from setup"]


def test_threads_that_call_first_together_share_one_setup() -> None:
    running = threading.Event()
    go_on = threading.Event()
    setups: list[int] = []
    results: list[str] = []

    def setup(self: Any) -> None:
        setups.append(1)
        running.set()
        assert go_on.wait(60)

    tool = make(setup=setup)()
    threads = [threading.Thread(target=lambda: results.append(tool("a"))) for _ in range(5)]
    threads[0].start()
    assert running.wait(60)
    for thread in threads[1:]:
        thread.start()
    assert results == []
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert results == ["a"] * 5
    assert setups == [1]


def test_threads_that_wait_for_a_setup_get_its_error() -> None:
    arrived = threading.Event()

    class Watched(make(setup=lambda self: None)):  # type: ignore[misc]
        def claim_setup(self) -> Any:
            found = super().claim_setup()
            arrived.set()
            return found

    tool = Watched()
    claim, is_mine = tool.claim_setup()
    assert is_mine
    assert tool.claim_setup() == (claim, False)
    arrived.clear()
    errors: list[BaseException] = []

    def call() -> None:
        try:
            tool("a")
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    failure = OSError("no disk")

    def set_up_in_vain() -> None:
        with tool.setting_up(claim):
            thread.start()
            assert arrived.wait(60)
            raise failure

    with pytest.raises(OSError, match="no disk"):
        set_up_in_vain()
    thread.join(10)
    assert errors == [failure]
    assert not tool.is_initialized


# ------------------------------------------------------------------------------------------- forms


def test_prompts_of_a_tool() -> None:
    tool = Repeat()
    assert tool.signature == "repeat(text: str, times: int = 2) -> str"
    assert tool.to_code_prompt() == (
        "def repeat(text: str, times: int = 2) -> str:\n"
        '    """Repeats a text.\n'
        "\n"
        "    Args:\n"
        "        text: What to repeat.\n"
        "        times: How often.\n"
        '    """'
    )
    prompt = tool.to_tool_calling_prompt()
    assert prompt.startswith("repeat: Repeats a text.\n")
    assert '"What to repeat."' in prompt
    assert "Returns: string" in prompt
    assert repr(tool) == "<Repeat repeat(text: str, times: int = 2) -> str>"


def test_the_output_schema_is_shown() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    made = make(output_type="object", output_schema=schema)()
    prompt = made.to_code_prompt()
    assert '"city"' in prompt
    assert "-> dict:" in prompt
    assert made.to_tool_calling_prompt().endswith(
        "    Returns: object\n"
        '        JSON schema: {"type": "object", "properties": {"city": {"type": "string"}}}'
    )


def test_quotes_in_a_description_leave_the_stub_python() -> None:
    prompt = make(description='Say """hello""" or "bye"')().to_code_prompt()
    compile(prompt, "stub", "exec")


def test_json_schema_has_no_types_that_json_lacks() -> None:
    inputs = {
        "picture": {"type": "image", "description": "A picture"},
        "data": {"type": "any", "description": "Data", "nullable": True},
        "sounds": {"type": "array", "items": {"type": "audio"}, "description": "Sounds"},
    }
    tool = make(inputs=inputs, forward=lambda self, picture, data, sounds: None)()
    assert tool.json_schema["function"]["parameters"] == {
        "type": "object",
        "properties": {
            "picture": {
                "type": "string",
                "description": "A picture (the name of a variable that holds an image)",
            },
            "data": {"description": "Data"},
            "sounds": {
                "type": "array",
                "items": {"type": "string", "description": "(the name of a variable that holds an audio)"},
                "description": "Sounds",
            },
        },
        "required": ["picture", "sounds"],
    }
    tool.json_schema["function"]["parameters"]["properties"]["data"]["description"] = "changed"
    assert tool.inputs["data"]["description"] == "Data"


def test_tools_can_be_copied_and_pickled_after_use() -> None:
    tool = Repeat()
    tool("a")
    tool.validate_arguments({"text": "a"})
    for other in (copy.copy(tool), copy.deepcopy(tool), pickle.loads(pickle.dumps(tool))):
        assert other is not tool
        assert other.validate_arguments({"text": "b"}) == {"text": "b"}
        assert other("b") == "bb"


def test_final_answer_returns_what_it_is_given() -> None:
    tool = FinalAnswerTool()
    assert tool([1, 2]) == [1, 2]
    assert tool.validate_arguments("plain text") == {"answer": "plain text"}
    assert tool.validate_arguments({"answer": None}) == {"answer": None}
