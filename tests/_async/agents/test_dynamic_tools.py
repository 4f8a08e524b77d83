"""Tools that a function of the run gives before each step."""

from __future__ import annotations

from typing import Any

import pytest

from twofold.aio import ActionStep, CodeAgent, ConfigurationError, ToolCallingAgent, ToolCollection, tool
from twofold.aio.testing import ScriptedModel


@tool
async def unlock(word: str) -> str:
    """Unlock the door.

    Args:
        word: The word.
    """
    return f"unlocked by {word}"


@tool
def open_door() -> str:
    """Open the door."""
    return "the door is open"


def whisper(text: str) -> str:
    """Whisper.

    Args:
        text: What.
    """
    return text.lower()


def by_step(run: Any) -> list[Any]:
    return [unlock] if run.step_number == 1 else [open_door]


def offered(model: ScriptedModel) -> list[list[str]]:
    return [[one.name for one in request.tools_to_call_from or ()] for request in model.requests]


async def test_each_step_has_the_tools_that_the_function_returns() -> None:
    model = ScriptedModel(
        [
            '{"name": "unlock", "arguments": {"word": "please"}}',
            '{"name": "unlock", "arguments": {"word": "again"}}',
            '{"name": "open_door", "arguments": {}}',
            '{"name": "final_answer", "arguments": {"answer": "done"}}',
        ]
    )
    agent = ToolCallingAgent(tools=by_step, model=model)
    assert await agent.run("Open the door.") == "done"
    steps = agent.memory.steps[1:]
    assert steps[0].observations == "unlocked by please"
    assert "There is no tool 'unlock'." in str(steps[1].error)
    assert "The tools are: final_answer, open_door." in str(steps[1].error)
    assert steps[2].observations == "the door is open"
    assert list(agent.tools) == ["final_answer"]
    assert offered(model) == [["final_answer", "unlock"], *[["final_answer", "open_door"]] * 3]


async def test_code_calls_the_tools_of_its_step() -> None:
    async def tools(run: Any) -> Any:
        return by_step(run)

    model = ScriptedModel(
        [
            "<code>x = unlock('please')\nprint(x)</code>",
            "<code>print(open_door())</code>",
            "<code>unlock('again')</code>",
            "<code>final_answer(x)</code>",
        ]
    )
    agent = CodeAgent(tools=tools, model=model)
    assert await agent.run("Open the door.") == "unlocked by please"
    steps = agent.memory.steps[1:]
    assert "the door is open" in (steps[1].observations or "")
    assert "'unlock' is not available in this step" in str(steps[2].error)
    prompts = [request.messages[0].text for request in model.requests]
    assert ["def unlock" in prompt for prompt in prompts] == [True, False, False, False]
    assert ["def open_door" in prompt for prompt in prompts] == [False, True, True, True]


async def test_runs_of_one_agent_have_tools_of_their_own() -> None:
    def tools(run: Any) -> list[Any]:
        return [unlock] if run.task == "a" else [whisper]

    def reply(messages: Any) -> str:
        call = "unlock('x')" if "def unlock" in messages[0].text else "whisper('X')"
        return f"<code>final_answer({call})</code>"

    agent = CodeAgent(tools=tools, model=ScriptedModel(reply))
    assert await agent.run("a") == "unlocked by x"
    assert await agent.run("b") == "x"


async def test_what_the_function_returns_is_checked() -> None:
    agent = CodeAgent(tools=lambda run: [unlock, unlock.function], model=ScriptedModel(["unused"]))
    with pytest.raises(ConfigurationError, match="Two tools have the name 'unlock'"):
        await agent.run("x")
    agent = CodeAgent(tools=lambda run: [unlock], model=ScriptedModel(["unused"]))
    with pytest.raises(ConfigurationError, match="'unlock', which is the name of a variable of the run too"):
        await agent.run("x", additional_args={"unlock": 1})
    with pytest.raises(ConfigurationError, match="list of tools"):
        CodeAgent(tools=unlock, model=ScriptedModel(["unused"]))
    with pytest.raises(ConfigurationError, match="list of tools"):
        CodeAgent(tools=dict, model=ScriptedModel(["unused"]))


async def test_plain_functions_and_collections_are_tools() -> None:
    model = ScriptedModel(["<code>final_answer(whisper('HELLO') + unlock('x'))</code>"])
    agent = CodeAgent(tools=ToolCollection([whisper, unlock]), model=model)
    assert await agent.run("Whisper.") == "hellounlocked by x"


@pytest.mark.parametrize("others", [[open_door], []])
async def test_what_was_withdrawn_cannot_be_called_in_a_conversation_that_goes_on(others: list[Any]) -> None:
    given: list[list[Any]] = [[unlock, open_door], others, [unlock]]
    model = ScriptedModel(
        [
            "<code>final_answer(unlock('please'))</code>",
            "<code>final_answer(unlock('again'))</code>",
            "<code>final_answer(unlock('at last'))</code>",
        ]
    )
    agent = CodeAgent(tools=lambda run: given.pop(0), model=model)
    assert await agent.run("Open the door.") == "unlocked by please"
    assert await agent.run("Go on.", reset=False) == "unlocked by at last"
    (refused,) = [step.error for step in agent.memory.of_type(ActionStep) if step.error]
    assert "'unlock' is not available in this step" in str(refused)
