# Generated from tests/_async/agents/test_surface.py by `nox -s codegen`. Do not edit.
"""Parameters and methods that users of smolagents look for, beyond those that have tests of their own."""

import pytest

from twofold import (
    BASE_TOOLS,
    ActionStep,
    AgentParsingError,
    CallbackRegistry,
    CodeAgent,
    ConfigurationError,
    LocalPythonExecutor,
    TaskStep,
    ToolCallingAgent,
    tool,
)
from twofold.testing import ScriptedModel
from twofold.utils import (
    extract_code_from_text,
    is_valid_name,
    make_json_serializable,
    parse_code_blobs,
    parse_json_blob,
    truncate_content,
)


def test_base_tools_are_added_on_request() -> None:
    model = ScriptedModel([])
    assert set(CodeAgent([], model).tools) == {"final_answer"}
    calling = ToolCallingAgent([], model, add_base_tools=True)
    assert set(calling.tools) == {"final_answer", *BASE_TOOLS}
    writing = CodeAgent([], model, add_base_tools=True)
    assert set(writing.tools) == {"final_answer", *BASE_TOOLS} - {"python_interpreter"}
    assert writing.tools["web_search"] is not calling.tools["web_search"]


def test_own_tools_replace_base_tools_of_their_name() -> None:
    @tool
    def web_search(query: str) -> str:
        """Searches in a better place.

        Args:
            query: What for.
        """
        return query

    agent = CodeAgent([web_search], ScriptedModel([]), add_base_tools=True)
    assert agent.tools["web_search"] is web_search
    assert "Searches in a better place." in agent.system_prompt


def test_the_executor_is_made_as_it_is_described() -> None:
    agent = CodeAgent(
        tools=[],
        model=ScriptedModel(["<code>while True: pass</code>", "<code>final_answer(1)</code>"]),
        executor_type="local",
        executor_kwargs={"timeout_seconds": 0.05},
        additional_authorized_imports=["json"],
    )
    assert agent.run("Loop") == 1
    assert "0.05" in str(agent.memory.steps[1].error)
    another = agent.create_python_executor()
    assert isinstance(another, LocalPythonExecutor)
    assert another is not agent.executor
    assert another.policy == agent.executor.policy
    agent.cleanup()


@pytest.mark.parametrize("kind", ["docker", "e2b", "", None])
def test_executors_that_have_to_be_passed(kind) -> None:
    with pytest.raises(ConfigurationError, match="passed as executor="):
        CodeAgent([], ScriptedModel([]), executor_type=kind)


def test_executor_kwargs_that_are_none() -> None:
    with pytest.raises(ConfigurationError, match="speed"):
        CodeAgent([], ScriptedModel([]), executor_kwargs={"speed": 3})


def test_an_executor_of_ones_own_is_used() -> None:
    executor = LocalPythonExecutor(timeout_seconds=5)
    agent = CodeAgent([], ScriptedModel(["<code>final_answer(2)</code>"]), executor=executor)
    assert agent.executor is executor
    assert agent.run("Two") == 2
    agent.close()


def test_asking_for_an_answer_from_what_has_been_done() -> None:
    model = ScriptedModel(["<code>print('42 found')</code>", "<code>final_answer(0)</code>", "It was 42."])
    agent = CodeAgent([], model)
    agent.run("Look for it.")
    message = agent.provide_final_answer("What was found?")
    assert message.text == "It was 42."
    assert "42 found" in model.requests[-1].text
    assert "What was found?" in model.requests[-1].text
    agent.close()


def test_splitting_a_reply() -> None:
    agent = ToolCallingAgent([], ScriptedModel([]))
    assert agent.extract_action("Thought: I look.\nAction:\nlook()", "Action:") == (
        "Thought: I look.",
        "look()",
    )
    with pytest.raises(AgentParsingError, match="Action:"):
        agent.extract_action("look()", "Action:")


def test_calling_callbacks_by_hand() -> None:
    told = []
    registry = CallbackRegistry({ActionStep: told.append})
    registry.register(TaskStep, lambda step, agent: told.append(agent))
    registry.callback(ActionStep(1))
    registry.callback(TaskStep("Go"), agent="the run")
    assert [getattr(one, "step_number", one) for one in told] == [1, "the run"]


def test_helpers_for_models_and_agents_of_ones_own() -> None:
    assert parse_code_blobs("Thought\n<code>\nx = 1\n</code>", ("<code>", "</code>")) == "x = 1"
    assert parse_code_blobs("```python\nx = 1\n```", "markdown") == "x = 1"
    with pytest.raises(AgentParsingError):
        parse_code_blobs("I do not know what to write, sorry!")
    assert extract_code_from_text("<<a>> and <<b>>", ("<<", ">>")) == "a\n\nb"
    assert extract_code_from_text("nothing") is None
    assert parse_json_blob('Action: {"a": {"b": "line\nbreak"}} and more') == (
        {"a": {"b": "line\nbreak"}},
        "Action: ",
    )
    assert parse_json_blob('{not json} {"a": 1}')[0] == {"a": 1}
    with pytest.raises(AgentParsingError, match="no JSON object"):
        parse_json_blob("no braces")
    assert [is_valid_name(name) for name in ("search", "class", "a b")] == [True, False, False]
    assert make_json_serializable({1: (2, {3})}) == {"1": [2, [3]]}
    assert len(truncate_content("x" * 100, 20)) < 100
