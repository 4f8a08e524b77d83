"""What one API saves, the other loads: tools, agents, descriptions."""

from pathlib import Path
from typing import Any

import pytest

import twofold
import twofold.aio
from twofold import tool
from twofold.aio.testing import ScriptedModel as AioScriptedModel
from twofold.testing import ScriptedModel

ANSWER = "<code>final_answer(double(21))</code>"


@tool
async def double(number: int) -> int:
    """Double a number.

    Args:
        number: The number.
    """
    return number * 2


async def test_saved_by_the_sync_api_and_loaded_by_the_async_one(tmp_path: Path) -> None:
    tools: list[Any] = [double, twofold.PythonInterpreterTool()]
    twofold.CodeAgent(tools=tools, model=ScriptedModel([ANSWER])).save(tmp_path)
    agent = twofold.aio.CodeAgent.from_folder(tmp_path, trust_remote_code=True)
    assert type(agent.tools["python_interpreter"]) is twofold.aio.PythonInterpreterTool
    assert type(agent.model) is AioScriptedModel
    assert await agent.run("Double it.") == 42


def test_saved_by_the_async_api_and_loaded_by_the_sync_one(tmp_path: Path) -> None:
    tools: list[Any] = [double, twofold.aio.PythonInterpreterTool()]
    twofold.aio.CodeAgent(tools=tools, model=AioScriptedModel([ANSWER])).save(tmp_path)
    agent = twofold.CodeAgent.from_folder(tmp_path, trust_remote_code=True)
    assert type(agent.tools["python_interpreter"]) is twofold.PythonInterpreterTool
    assert type(agent.model) is ScriptedModel
    assert agent.run("Double it.") == 42


async def test_one_description_for_both(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("{model: openai/m, tools: [python_interpreter], max_steps: 3}")
    with twofold.open_agent(path) as agent:
        assert type(agent) is twofold.CodeAgent
        assert type(agent.tools["python_interpreter"]) is twofold.PythonInterpreterTool
    async with twofold.aio.open_agent(path) as other:
        assert type(other) is twofold.aio.CodeAgent
        assert type(other.tools["python_interpreter"]) is twofold.aio.PythonInterpreterTool


@pytest.mark.parametrize("api", ["twofold", "twofold.aio"])
def test_the_code_of_a_tool_is_the_same_in_both(api: str) -> None:
    code = double.to_dict()["code"]
    assert "from twofold import tool" in code
    assert twofold.Tool.from_code(code, api=api).to_dict() == double.to_dict()
