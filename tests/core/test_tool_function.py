"""Tools made of functions: what hints and docstrings become, and what is refused."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import functools
import inspect
import logging
import pickle
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, Optional, TypedDict

import pytest
from annotated_types import Interval
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from twofold._core.agents.final_answer import FinalAnswerTool
from twofold._core.errors import AgentToolCallError, ConfigurationError
from twofold._core.tools.tool import FunctionTool, Tool, as_tool, tool, tool_mapping

if TYPE_CHECKING:
    from decimal import Context


class Op(enum.Enum):
    EQ = "eq"
    LT = "lt"


class Filter(BaseModel):
    field: str
    op: Op = Op.EQ


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Box(TypedDict):
    width: int
    label: NotRequired[str]


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0


class Opaque:
    def __repr__(self) -> str:
        return "Opaque()"  # in the names of tests, which are the same in every run


@tool
def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


def one(hint: Any, *default: Any) -> FunctionTool[..., Any]:
    """A tool with one argument, x, of the given type."""

    def take(x: Any) -> Any:
        """Take.

        Args:
            x: It.
        """
        return x

    take.__annotations__["x"] = hint
    if default:
        take.__defaults__ = default
    return tool(take)


# ------------------------------------------------------------------------------- what is described


def test_a_plain_function() -> None:
    assert isinstance(add, FunctionTool)
    assert (add.name, add.description, add.output_type) == ("add", "Add two numbers.", "integer")
    assert add.inputs == {
        "a": {"type": "integer", "description": "One."},
        "b": {"type": "integer", "description": "The other.", "default": 1, "nullable": True},
    }
    assert add.json_schema == {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add two numbers.",
            "parameters": {
                "type": "object",
                "properties": {
                    "a": {"type": "integer", "description": "One."},
                    "b": {"type": "integer", "description": "The other.", "default": 1},
                },
                "required": ["a"],
            },
        },
    }
    assert add.signature == "add(a: int, b: int = 1) -> int"
    assert (add(1), add(1, 2), add(a=1, b=3), add({"a": 2})) == (2, 3, 4, 3)
    assert inspect.signature(add).parameters["b"].default == 1


def test_options_of_the_decorator() -> None:
    @tool(name="other", description="Does.", timeout=2.5, requires_approval=True, blocking=False)
    def something(x: Annotated[int, "An x."]) -> int:
        return x

    assert (something.name, something.description) == ("other", "Does.")
    assert (something.timeout, something.requires_approval, something.blocking) == (2.5, True, False)
    assert something(3) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "not a name"}, "'not a name'"),
        ({"name": ""}, "name ''"),
        ({"timeout": -1}, "timeout .* -1"),
        ({"blocking": "no"}, "blocking .* 'no'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        tool(**options)(add.function)


@pytest.mark.parametrize(
    ("hint", "entry"),
    [
        (str, {"type": "string"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (Any, {"type": "any"}),
        (object, {"type": "any"}),
        (dict, {"type": "object", "additionalProperties": True}),
        (list[str], {"type": "array", "items": {"type": "string"}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (int | str, {"type": ["integer", "string"]}),
        (Optional[int], {"type": ["integer", "null"]}),  # noqa: UP045
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[1, "b", None], {"type": ["integer", "string", "null"], "enum": [1, "b", None]}),
        (Op, {"type": "string", "enum": ["eq", "lt"]}),
        (Annotated[int, Field(ge=1, le=9)], {"type": "integer", "minimum": 1, "maximum": 9}),
        (datetime.date, {"type": "string", "format": "date"}),
        (Opaque, {"type": "any"}),
        (
            Filter,
            {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "op": {"enum": ["eq", "lt"], "type": "string", "default": "eq"},
                },
                "required": ["field"],
            },
        ),
        (
            Box,
            {
                "type": "object",
                "properties": {"width": {"type": "integer"}, "label": {"type": "string"}},
                "required": ["width"],
            },
        ),
        (
            Point,
            {
                "type": "object",
                "properties": {"x": {"type": "number"}, "y": {"default": 0.0, "type": "number"}},
                "required": ["x"],
            },
        ),
        (
            list[int] | str,
            {
                "type": ["array", "string"],
                "anyOf": [{"items": {"type": "integer"}, "type": "array"}, {"type": "string"}],
            },
        ),
    ],
    ids=str,
)
def test_hints_become_schemas(hint: Any, entry: dict[str, Any]) -> None:
    assert one(hint).inputs["x"] == {**entry, "description": "It."}


@pytest.mark.parametrize(
    ("hint", "default", "entry"),
    [
        (int, 3, {"type": "integer", "default": 3}),
        (int | None, None, {"type": "integer"}),
        (list[str] | None, None, {"type": "array", "items": {"type": "string"}}),
        (Op, Op.LT, {"type": "string", "enum": ["eq", "lt"], "default": "lt"}),
        (Opaque, Opaque(), {"type": "any"}),
        (str, None, {"type": "string"}),
    ],
    ids=str,
)
def test_defaults_make_arguments_optional(hint: Any, default: Any, entry: dict[str, Any]) -> None:
    made = one(hint, default)
    assert made.inputs["x"] == {**entry, "description": "It.", "nullable": True}
    assert made.json_schema["function"]["parameters"]["required"] == []
    assert made() is default


def test_recursive_models_keep_their_reference() -> None:
    made = one(Node)
    entry = made.inputs["x"]
    assert entry["$ref"] == "#/$defs/Node"
    assert entry["$defs"]["Node"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    parameters = made.json_schema["function"]["parameters"]
    assert "$defs" not in parameters["properties"]["x"]
    assert parameters["$defs"] == entry["$defs"]
    value = made.validate_arguments({"x": {"value": 1, "children": [{"value": 2}]}})["x"]
    assert value == Node(value=1, children=[Node(value=2)])


def test_a_property_called_title_stays() -> None:
    class Book(BaseModel):
        title: str

    assert one(Book).inputs["x"]["properties"] == {"title": {"type": "string"}}


def test_classes_of_the_surrounding_function_can_be_used() -> None:
    class Local(BaseModel):
        n: int

    @tool
    def plain(x: Local) -> int:
        """Take.

        Args:
            x: It.
        """
        return x.n

    @tool(timeout=1)
    def with_options(x: Local) -> int:
        """Take.

        Args:
            x: It.
        """
        return x.n

    assert plain(**plain.validate_arguments({"x": {"n": 3}})) == 3
    assert with_options(**with_options.validate_arguments({"x": {"n": 4}})) == 4


# ------------------------------------------------------------------------------------------ results


def test_results_are_described() -> None:
    @tool
    def find() -> list[Point]:
        """Find points.

        Returns:
            The points,
            nearest first.
        """
        return []

    assert find.output_type == "array"
    assert find.output_schema is not None
    assert find.output_schema["items"]["properties"]["x"] == {"type": "number"}
    prompt = find.to_code_prompt()
    assert prompt.startswith("def find() -> list[Point]:")
    assert "The points, nearest first." in prompt
    assert "Point has the attributes x: float, y: float" in prompt
    assert find.to_tool_calling_prompt() == (
        "find: Find points.\n"
        "    Takes: {}\n"
        "    Returns: array\n"
        "        The points, nearest first.\n"
        "        Point has the attributes x: float, y: float"
    )


@pytest.mark.parametrize(
    ("hint", "output_type"),
    [
        (str, "string"),
        (None, "null"),
        (int | str, "any"),
        (Awaitable[int], "integer"),
        (Opaque, "object"),
        (Any, "any"),
        (Box, "object"),
        (Node, "object"),
        (dict[str, int], "object"),
        (Op, "string"),
    ],
    ids=str,
)
def test_output_types(hint: Any, output_type: str) -> None:
    def work() -> Any:
        """Work."""

    work.__annotations__["return"] = hint
    made = tool(work)
    assert made.output_type == output_type
    made.to_code_prompt()


def test_a_result_without_a_hint_may_be_anything() -> None:
    @tool
    def work():  # type: ignore[no-untyped-def]
        """Work."""

    assert work.output_type == "any"
    assert work.to_code_prompt() == 'def work() -> Any:\n    """Work."""'


# --------------------------------------------------------------------------------------- docstrings


GOOGLE = """Find things.

    A longer text: with a colon.

    Args:
        query (str): What to look for,
            over two lines.
        limit: How many.

    Returns:
        list: The things.

    Raises:
        ValueError: never.
    """
GOOGLE_WITHOUT_GAPS = """Find things.

    A longer text: with a colon.
    Args:
        query: What to look for, over two lines.
        limit: How many.
    Returns:
        list: The things.
    """
NUMPY = """Find things.

    A longer text: with a colon.

    Parameters
    ----------
    query : str
        What to look for,
        over two lines.
    limit : int, optional
        How many.

    Returns
    -------
    list
        The things.
    """
SPHINX = """Find things.

    A longer text: with a colon.

    :param query: What to look for,
        over two lines.
    :param int limit: How many.
    :return: The things.
    :rtype: list
    """


@pytest.mark.parametrize("doc", [GOOGLE, GOOGLE_WITHOUT_GAPS, NUMPY, SPHINX])
def test_docstring_styles(doc: str, caplog: pytest.LogCaptureFixture) -> None:
    def find(query: str, limit: int) -> list[str]:
        return []

    find.__doc__ = doc
    with caplog.at_level(logging.DEBUG):
        made = tool(find)
    assert made.description == "Find things.\n\nA longer text: with a colon."
    assert made.inputs["query"]["description"] == "What to look for, over two lines."
    assert made.inputs["limit"]["description"] == "How many."
    assert "The things." in made.to_code_prompt()
    assert caplog.records == []


@pytest.mark.parametrize(
    "entry",
    [
        "a: the a",
        "a : the a",
        "`a`: the a",
        "a (str): the a",
        "a (:obj:`str`, optional): the a",
        "a (:class:`~x.Y`): the a",
        'a (str or None, default: "x"): the a',
        "a (int, default: 1): the a",
        "a (Literal['a: b', 'c']): the a",
        "a (dict(str, int)) : the a",
    ],
)
@pytest.mark.parametrize("heading", ["Args", "Parameters", "Keyword Args"])
def test_types_in_a_docstring_may_hold_anything(entry: str, heading: str) -> None:
    def find(a: str, b: str) -> str:
        return a + b

    find.__doc__ = f"Find.\n\n    {heading}:\n        {entry},\n            c (d): e.\n        b: the b: it\n"
    inputs = tool(find).inputs
    assert inputs["a"]["description"] == "the a, c (d): e."
    assert inputs["b"]["description"] == "the b: it"


@pytest.mark.parametrize(
    "entry",
    [
        ":param a: the a",
        ":param a : the a",
        ":param str a: the a",
        ":param Dict[str, Tuple[int, str]] a: the a",
        ":param :class:`~x.Y` a: the a",
        ":param Literal['x: y'] a: the a",
        "@param a: the a",
        "@param str a: the a",
    ],
)
def test_fields_of_a_docstring_may_hold_any_type(entry: str) -> None:
    def find(a: str, b: str) -> str:
        return a + b

    mark = entry[0]
    find.__doc__ = (
        f"Find.\n\n    {entry}\n    {mark}param b: the b: it is b: so\n    {mark}return: The thing.\n"
    )
    made = tool(find)
    assert made.description == "Find."
    assert made.inputs["a"]["description"] == "the a"
    assert made.inputs["b"]["description"] == "the b: it is b: so"
    assert "The thing." in made.to_code_prompt()


def test_examples_in_a_docstring_are_for_the_model_too() -> None:
    @tool
    def shout(text: Annotated[str, "What."]) -> str:
        """Shout.

        Example:
            shout("a") gives "A"
        """
        return text.upper()

    assert 'shout("a") gives "A"' in shout.description


def test_a_description_in_the_hint_wins() -> None:
    @tool
    def work(
        a: Annotated[int, "From the hint."],
        b: Annotated[int, Field(description="From the field.")],
    ) -> int:
        """Work.

        Args:
            a: From the docstring.
        """
        return a + b

    assert work.inputs["a"]["description"] == "From the hint."
    assert work.inputs["b"]["description"] == "From the field."


# ------------------------------------------------------------------------------------------ refusals


def no_docstring(a: int) -> int:
    return a


def no_hint(a, b: int) -> int:  # type: ignore[no-untyped-def]
    """Work."""
    return b


def no_descriptions(a: int, b: int) -> int:
    """Work."""
    return a


def with_args(*a: int) -> int:
    """Work."""
    return 0


def with_kwargs(**a: int) -> int:
    """Work."""
    return 0


def positional_only(a: int, /) -> int:
    """Work."""
    return a


def field_as_default(a: int = Field(3, description="An a.")) -> int:
    """Work."""
    return a


def only_for_checkers(a: Annotated[Context, "A context."]) -> int:
    """Work."""
    return 0


def impossible(a: Annotated[str, Field(description="A text.", gt=lambda: 0)]) -> int:
    """Work."""
    return 0


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_docstring, "'no_docstring': the function needs a docstring"),
        (no_hint, "'no_hint': no type hint for 'a'; write e.g. 'a: str'"),
        (no_descriptions, "no description for 'a', 'b'"),
        (with_args, r"'\*a' cannot be described"),
        (with_kwargs, r"'\*\*a' cannot be described"),
        (positional_only, "'a' is taken by position only"),
        (field_as_default, "default of 'a' is a pydantic Field"),
        (only_for_checkers, "type hint of 'a' cannot be resolved.*Context"),
        (impossible, "'impossible': the argument 'a'"),
        (Repeat := type("Repeat", (), {"work": lambda self: 1}).work, "docstring|method"),
    ],
)
def test_functions_that_cannot_be_tools(function: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        tool(function)


def test_a_method_works_when_it_is_bound() -> None:
    class Counter:
        total = 0

        def count(self, by: Annotated[int, "How much."]) -> int:
            """Count up."""
            self.total += by
            return self.total

    with pytest.raises(ConfigurationError, match="it is a method"):
        tool(Counter.count)
    counted = tool(Counter().count)
    assert (counted(2), counted(3)) == (2, 5)
    assert list(counted.inputs) == ["by"]


def test_wrapped_functions_keep_their_description() -> None:
    def passing(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs) * 10

        return wrapper

    made = tool(passing(add.function))
    assert made.inputs == add.inputs
    assert made(1) == 20


async def test_async_functions_are_tools() -> None:
    @tool
    async def double(n: Annotated[int, "A number."]) -> int:
        """Double it."""
        return n * 2

    assert double.is_async
    assert double.output_type == "integer"
    assert double.signature == "double(n: int) -> int"
    assert await double(4) == 8


# ------------------------------------------------------------------------------ calls made by code


def test_code_may_pass_dicts_where_models_are_asked_for() -> None:
    @tool
    def work(
        filters: Annotated[list[Filter], "Filters."],
        op: Annotated[Op, "An op."],
        on: Annotated[datetime.date, "."],
    ) -> Any:
        """Work."""
        return filters, op, on

    day = datetime.date(2024, 5, 6)
    expected = ([Filter(field="a", op=Op.LT)], Op.EQ, day)
    assert work([{"field": "a", "op": "lt"}], "eq", "2024-05-06") == expected  # type: ignore[list-item, arg-type]
    assert work([Filter(field="a", op=Op.LT)], Op.EQ, day) == expected
    with pytest.raises(TypeError, match=r"cannot use filters = .*at \[0\].field: Field required"):
        work([{}], Op.EQ, day)  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("hint", "good", "bad", "message"),
    [
        (Literal["a", "b"], "a", "zzz", "'a' or 'b'"),
        (Literal["a"] | None, "a", "b", "'a'"),
        (list[Literal["a", "b"]], ["a"], ["b", "c"], r"at \[1\]"),
        (Annotated[int, Field(ge=0)], 0, -4, "greater than or equal to 0"),
        (Annotated[int, Field(description="So many.", ge=0)], 5, "5", "valid integer"),
        (dict[str, Annotated[str, Field(max_length=2)]], {"a": "bc"}, {"a": "bcd"}, "at most 2"),
        (Annotated[str, StringConstraints(pattern="^a")], "a", "b", "match"),
        (Literal["a"] | Annotated[int, Interval(gt=0, lt=5)], 4, 5, "less than 5"),
        (tuple[int, str], (1, "a"), [1], "required"),
        (set[int], {1, 2}, ["a"], "valid integer"),
    ],
)
def test_limits_hold_for_code_too(hint: Any, good: Any, bad: Any, message: str) -> None:
    assert one(hint)(good) == good
    with pytest.raises(TypeError, match=message):
        one(hint)(bad)


@pytest.mark.parametrize(
    ("hint", "given", "got"),
    [
        (tuple[int, str], [1, "a"], (1, "a")),
        (list[tuple[int, ...]], [[1, 2], []], [(1, 2), ()]),
        (set[int], [1, 1, 2], {1, 2}),
        (frozenset[str], ["a"], frozenset("a")),
    ],
)
def test_lists_of_code_become_tuples_and_sets(hint: Any, given: Any, got: Any) -> None:
    result = one(hint)(given)
    assert (type(result), result) == (type(got), got)


def test_what_a_hint_only_describes_is_taken_as_it_is() -> None:
    assert one(Annotated[int, Field(description="So many.")])("5") == "5"
    assert one(Annotated[list[int], "Numbers."])(["5"]) == ["5"]


def test_a_validator_is_applied_once() -> None:
    shout = one(Annotated[str, Field(min_length=2), AfterValidator(lambda text: f"{text}!")])
    assert shout(**shout.validate_arguments({"x": "Oh"})) == "Oh!"
    assert shout("Oh") == "Oh"


def test_code_may_pass_what_only_resembles_a_class() -> None:
    assert one(Opaque)("like it") == "like it"
    assert one(int)("not a number") == "not a number"
    assert one(Opaque | Filter)("like it") == "like it"


# ----------------------------------------------------------------------------- tools from whatever


def test_as_tool() -> None:
    assert as_tool(add) is add
    made = as_tool(add.function)
    assert isinstance(made, FunctionTool)
    assert made.inputs == add.inputs


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (FinalAnswerTool, r"FinalAnswerTool is a class; make an instance of it: FinalAnswerTool\(\)"),
        ("search", "'search' is of type str"),
        (None, "None is of type NoneType"),
        (functools.partial(no_docstring, 1), "is of type partial"),
    ],
)
def test_what_is_no_tool_is_refused(thing: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        as_tool(thing)
    assert "an instance of Tool, or a function" in str(caught.value)


def test_a_tool_is_not_made_twice() -> None:
    with pytest.raises(ConfigurationError, match="'add' is a tool already"):
        tool(add)


def test_tools_by_name() -> None:
    answer = FinalAnswerTool()
    assert tool_mapping([add, answer]) == {"add": add, "final_answer": answer}
    assert tool_mapping([add, add]) == {"add": add}


def test_two_tools_of_one_name_are_refused() -> None:
    @tool(name="add")
    def another(x: Annotated[int, "x"]) -> int:
        """Another."""
        return x

    with pytest.raises(ConfigurationError) as caught:
        tool_mapping([add, another])
    assert "Two tools have the name 'add'" in str(caught.value)
    assert ".add and " in str(caught.value)
    assert ".another." in str(caught.value)


@pytest.mark.parametrize("tools", [add, "add", {"add": add}, 5])
def test_tools_are_given_as_a_list(tools: Any) -> None:
    with pytest.raises(ConfigurationError, match="given as a list"):
        tool_mapping(tools)


def test_function_tools_are_found_again_by_name() -> None:
    assert copy.deepcopy(add) is add


def test_function_tools_of_functions_can_be_copied() -> None:
    made = as_tool(add.function)
    made.validate_arguments({"a": 1})
    other = copy.copy(made)
    assert other is not made
    assert other(1) == 2


def test_pickled_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, add.__module__, sys.modules.get(add.__module__) or _module_with(add))
    assert pickle.loads(pickle.dumps(add)) is add


def _module_with(thing: Tool) -> Any:
    import types

    module = types.ModuleType(thing.__module__)
    module.add = thing  # type: ignore[attr-defined]
    return module


# ------------------------------------------------------------------------------ what a model sends


def test_what_a_model_sends_is_built() -> None:
    made = one(list[Filter])
    built = made.validate_arguments({"x": [{"field": "a", "op": "lt"}]})
    assert built == {"x": [Filter(field="a", op=Op.LT)]}


def test_null_stands_for_a_left_out_argument() -> None:
    assert add.validate_arguments({"a": 1, "b": None}) == {"a": 1}
    assert one(int | None).validate_arguments({"x": None}) == {"x": None}
    with pytest.raises(AgentToolCallError, match="a = None: Input should be a valid integer"):
        add.validate_arguments({"a": None})


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (int, "5", "x = '5': Input should be a valid integer. Accepted: int"),
        (int, 5.0, "x = 5.0: Input should be a valid integer"),
        (int, True, "x = True: Input should be a valid integer"),
        (float, "5", "valid number"),
        (float, False, "valid number"),
        (str, 5, "valid string"),
        (bool, 1, "valid boolean"),
        (bool, "true", "valid boolean"),
        (list[str], "a", "valid array. Accepted: list"),
        (list[int], [1, "b"], r"at \[1\]: Input should be a valid integer"),
        (Op, "gt", "'eq' or 'lt'"),
        (Filter, {"field": 1}, "at field: Input should be a valid string"),
        (Filter, {}, "at field: Field required"),
        (Box, {"label": "a"}, "at width: Field required"),
        (Opaque, "a", "instance of Opaque"),
        (int | list[int], ["a"], "x = .*valid integer.*Accepted: int | list"),
        (Annotated[int, Field(ge=1)], 0, "greater than or equal to 1"),
    ],
    ids=str,
)
def test_nothing_is_coerced(hint: Any, value: Any, message: str) -> None:
    with pytest.raises(AgentToolCallError, match=message):
        one(hint).validate_arguments({"x": value})


def test_an_integer_will_do_for_a_number() -> None:
    assert one(float).validate_arguments({"x": 5}) == {"x": 5.0}


def test_objects_of_the_run_are_checked_by_their_class() -> None:
    thing = Opaque()
    assert one(Opaque).validate_arguments({"x": thing})["x"] is thing
    assert one(list[Opaque]).validate_arguments({"x": [thing]})["x"][0] is thing
    with pytest.raises(AgentToolCallError, match="instance of Opaque"):
        one(Opaque).validate_arguments({"x": object()})


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(AgentToolCallError) as caught:
        add.validate_arguments({"aa": 1, "b": "two"})
    text = str(caught.value)
    assert "The tool 'add'" in text
    assert "aa = 1: unknown. Did you mean 'a'?" in text
    assert "a: missing. Accepted: int (One)." in text
    assert "b = 'two': Input should be a valid integer. Accepted: int (The other)." in text
    assert "add(a: int, b: int = 1)" in text


def test_long_values_are_cut_in_messages() -> None:
    with pytest.raises(AgentToolCallError) as caught:
        add.validate_arguments({"a": "x" * 100_000})
    assert len(str(caught.value)) < 1000


def test_one_bare_value_for_a_tool_with_one_argument() -> None:
    assert one(int).validate_arguments(5) == {"x": 5}
    with pytest.raises(AgentToolCallError, match="the arguments are 5"):
        add.validate_arguments(5)
    with pytest.raises(AgentToolCallError, match="the arguments are None"):
        add.validate_arguments(None)


def test_deep_and_huge_values_do_not_break_the_check() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    huge = 10**5000
    assert one(Any).validate_arguments({"x": huge}) == {"x": huge}
    assert one(Any).validate_arguments({"x": deep})["x"] is deep


def test_cached_functions_are_tools() -> None:
    @tool
    @functools.cache
    def work(n: Annotated[int, "A number."]) -> list[int]:
        """Work."""
        return [n]

    assert work(1) is work(1)
