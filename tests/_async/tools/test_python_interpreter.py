"""``PythonInterpreterTool``, alone and in the hands of an agent."""

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeExecutionError,
    ConfigurationError,
    ExecutionTimeout,
    ForbiddenOperation,
    MessageRole,
    PythonInterpreterTool,
    ToolCallingAgent,
)
from twofold.aio.testing import ScriptedModel


def native(name: str, arguments: object) -> ChatMessage:
    """A reply with a native tool call."""
    function = ChatMessageToolCallFunction(name, arguments)
    return ChatMessage(
        role=MessageRole.ASSISTANT, content=None, tool_calls=[ChatMessageToolCall(function, f"call {name}")]
    )


async def test_prints_and_the_last_value() -> None:
    interpreter = PythonInterpreterTool()
    assert await interpreter.forward("print('hello')\n6 * 7") == "Stdout:\nhello\n\nOutput: 42"
    assert await interpreter.forward("x = 1") == "Output: None"


async def test_calls_share_nothing_and_run_at_once() -> None:
    interpreter = PythonInterpreterTool()
    codes = [f"x = {number} if 'x' not in globals() else -1\nx" for number in range(8)]
    assert await bridge.map_concurrent(interpreter.forward, codes) == [f"Output: {n}" for n in range(8)]


async def test_limits_and_refusals() -> None:
    with pytest.raises(ExecutionTimeout):
        await PythonInterpreterTool(timeout_seconds=0.1).forward("while True: pass")
    interpreter = PythonInterpreterTool()
    with pytest.raises(ForbiddenOperation, match="'os'"):
        await interpreter.forward("import os")
    with pytest.raises(CodeExecutionError, match="line 2"):
        await interpreter.forward("x = 0\n1 / x")
    with pytest.raises(ConfigurationError, match="no_such_module"):
        PythonInterpreterTool(["no_such_module"])


async def test_the_model_is_told_what_may_be_imported() -> None:
    assert "textwrap" in PythonInterpreterTool().inputs["code"]["description"]
    assert "sqlite3" in PythonInterpreterTool(["sqlite3"]).inputs["code"]["description"]
    assert (
        await PythonInterpreterTool(["sqlite3"]).forward("import sqlite3\nsqlite3.apilevel") == "Output: 2.0"
    )


async def test_an_agent_uses_it() -> None:
    model = ScriptedModel(
        [
            native("python_interpreter", {"code": "sum(range(5))"}),
            native("python_interpreter", {"code": "1 / 0"}),
            native("final_answer", {"answer": "10"}),
        ]
    )
    agent = ToolCallingAgent(tools=[PythonInterpreterTool()], model=model)
    assert await agent.run("Add up the numbers below 5.") == "10"
    assert "Output: 10" in str(agent.memory.steps[1].observations)
    assert "ZeroDivisionError" in str(agent.memory.steps[2].error)
