"""What users hand to agents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold._core.agents.checks import (
    announce_variables,
    check_is_model_of,
    check_max_steps,
    check_task,
    check_variables,
)
from twofold._core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        (None, "not NoneType"),
        (3, "not int: 3"),
        (["a"], r"not list: \['a'\]"),
    ],
)
def test_wrong_tasks(task: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_task(task)


def test_a_task_is_not_changed() -> None:
    assert check_task(" Count. \n") == " Count. \n"


@pytest.mark.parametrize("steps", [0, -1, 1.0, "3", True, None])
def test_wrong_numbers_of_steps(steps: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"at least 1; got {steps!r}"):
        check_max_steps(steps)
    assert check_max_steps(1) == 1


# Models


def model_class(api_module: str, module: str, name: str = "OpenAIModel", base: type = object) -> type[Any]:
    body = {"api_module": api_module, "__module__": module, "generate": lambda self, messages: None}
    return type(name, (base,), body)


SyncModel = model_class("twofold", "twofold._sync.models.openai")
AsyncModel = model_class("twofold.aio", "twofold._async.models.openai")


def refusal(api_module: str, model: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check_is_model_of(api_module, model, agent="CodeAgent")
    return str(caught.value)


def test_models_of_the_same_api_pass() -> None:
    check_is_model_of("twofold", SyncModel(), agent="CodeAgent")
    check_is_model_of("twofold.aio", AsyncModel(), agent="CodeAgent")


def test_a_model_of_the_other_api_is_told_which_import_is_right() -> None:
    message = refusal("twofold", AsyncModel())
    assert "This OpenAIModel is the one of twofold.aio, but CodeAgent is the one of twofold." in message
    assert message.endswith("from twofold import OpenAIModel")
    assert refusal("twofold.aio", SyncModel()).endswith("from twofold.aio import OpenAIModel")


def test_a_model_for_tests_comes_from_another_module() -> None:
    scripted = model_class("twofold", "twofold._sync.testing.scripted_model", "ScriptedModel")
    assert refusal("twofold.aio", scripted()).endswith("from twofold.aio.testing import ScriptedModel")


def test_a_model_of_the_users_own_is_told_what_to_derive_from() -> None:
    own = model_class("twofold.aio", "shop.models", "ShopModel", base=AsyncModel)
    message = refusal("twofold", own())
    assert message.endswith("from twofold import OpenAIModel, and derive ShopModel from that")


def test_a_stranger_that_says_it_is_of_the_other_api() -> None:
    stranger = model_class("twofold.aio", "shop.models", "ShopModel")
    assert "ShopModel is the one of twofold.aio" in refusal("twofold", stranger())


def test_a_class_is_told_to_be_called() -> None:
    assert "write OpenAIModel(...)" in refusal("twofold", SyncModel)
    assert "write OpenAIModel(...)" in refusal("twofold", AsyncModel)


@pytest.mark.parametrize("model", [None, "gpt-4o", 3, print, object()])
def test_what_is_no_model(model: Any) -> None:
    assert "generate(messages, ...)" in refusal("twofold", model)


def test_any_object_with_generate_is_a_model() -> None:
    class Mine:
        def generate(self, messages: Any) -> None: ...

    check_is_model_of("twofold", Mine(), agent="CodeAgent")


# Variables


def test_variables_are_copied() -> None:
    given_variables = {"table": [1], "größe": 2}
    checked = check_variables(given_variables, {})
    assert checked == given_variables
    assert checked is not given_variables
    assert check_variables(None, {}) == {}


@pytest.mark.parametrize("name", ["2nd", "a b", "", "class", 3, None, "a.b"])
def test_names_that_code_cannot_use(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="identifiers"):
        check_variables({name: 1}, {})


@pytest.mark.parametrize("name", ["__builtins__", "__import__", "__name__"])
def test_names_that_belong_to_python(name: str) -> None:
    with pytest.raises(ConfigurationError, match="two underscores"):
        check_variables({name: 1}, {})


def test_a_name_that_is_taken() -> None:
    with pytest.raises(ConfigurationError, match="'search', which is the name of a tool"):
        check_variables({"search": 1}, {"search": object()})


@pytest.mark.parametrize("variables", [[("a", 1)], "a", 3])
def test_variables_are_a_mapping(variables: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"not {type(variables).__name__}"):
        check_variables(variables, {})


class NoRepr:
    def __repr__(self) -> str:
        raise RuntimeError


def test_variables_are_announced_by_name_type_and_a_look() -> None:
    text = announce_variables({"count": 3, "names": ["a", "b"]})
    assert "\n- count (int): 3\n" in text
    assert text.endswith("- names (list): ['a', 'b']")
    assert announce_variables({}) == ""


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, list(range(10**6)), {i: i for i in range(10**5)}, "a\n" * 10**5, b"x" * 10**6],
    ids=type,
)
def test_a_large_variable_is_not_dumped(value: Any) -> None:
    assert len(announce_variables({"big": value})) < 600


def test_a_variable_whose_repr_fails_is_announced_all_the_same() -> None:
    assert "- odd (NoRepr): " in announce_variables({"odd": NoRepr()})
    assert "- big (int): " in announce_variables({"big": 10**5_000})


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.tuples(inner)))
def test_any_variable_has_a_short_announcement(value: Any) -> None:
    assert len(announce_variables({"x": value})) < 1_500
