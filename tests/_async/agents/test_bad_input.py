"""What users get wrong: each a clear error where the mistake is made."""

import pytest

from twofold.aio import CodeAgent, ConfigurationError, tool
from twofold.aio.testing import ScriptedModel


@tool
def ping() -> str:
    """Answers pong."""
    return "pong"


def make_agent(**kwargs) -> CodeAgent:
    return CodeAgent(**{"tools": [], "model": ScriptedModel(["<code>final_answer(1)</code>"]), **kwargs})


@pytest.mark.parametrize("task", ["", "   \n", None, 7, ["a"]])
async def test_a_task_that_is_none(task) -> None:
    with pytest.raises(ConfigurationError, match="task"):
        await make_agent().run(task)


@pytest.mark.parametrize("max_steps", [0, -1, 2.5, "3", True])
async def test_max_steps_that_cannot_be(max_steps) -> None:
    with pytest.raises(ConfigurationError, match="max_steps"):
        make_agent(max_steps=max_steps)
    with pytest.raises(ConfigurationError, match="max_steps"):
        await make_agent().run("Go", max_steps=max_steps)


def test_two_tools_of_one_name() -> None:
    with pytest.raises(ConfigurationError, match="ping"):
        make_agent(tools=[ping, ping.__class__(lambda: "other", name="ping", description="Another ping.")])


def test_something_that_is_no_tool() -> None:
    with pytest.raises(ConfigurationError, match="42"):
        make_agent(tools=[42])


@pytest.mark.parametrize("model", [None, "gpt-4o", 3])
def test_something_that_is_no_model(model) -> None:
    with pytest.raises(ConfigurationError, match="model"):
        make_agent(model=model)


def test_the_class_of_a_model_instead_of_an_instance() -> None:
    with pytest.raises(ConfigurationError, match="instance"):
        make_agent(model=ScriptedModel)


@pytest.mark.parametrize("name", ["two words", "class", "", "1st"])
def test_a_name_that_code_cannot_call(name: str) -> None:
    with pytest.raises(ConfigurationError, match="name"):
        make_agent(name=name)


@pytest.mark.parametrize("arguments", [["a list"], {"not an identifier": 1}, {3: 1}, {"final_answer": 1}])
async def test_additional_args_that_cannot_be_variables(arguments) -> None:
    with pytest.raises(ConfigurationError, match=r"additional_args|identifier"):
        await make_agent().run("Go", additional_args=arguments)


@pytest.mark.parametrize("tags", ["html", ("only one",), ("", ""), 5])
def test_code_block_tags_that_are_none(tags) -> None:
    with pytest.raises(ConfigurationError, match="code_block_tags"):
        make_agent(code_block_tags=tags)


def test_prompt_templates_that_lack_a_part() -> None:
    with pytest.raises(ConfigurationError, match=r"planning"):
        make_agent(prompt_templates={"system_prompt": "Hello"})


def test_imports_given_as_one_text() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        make_agent(additional_authorized_imports="numpy")


async def test_a_run_is_carried_out_once() -> None:
    run = make_agent().start("Go")
    async for _ in run.events():
        pass
    with pytest.raises(ConfigurationError, match="already"):
        async for _ in run.events():
            pass
