"""Tools of LangChain as tools of twofold, with the real LangChain, called in both ways."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from twofold._async.tools.calling import call_tool as call_tool_async
from twofold._sync.tools.calling import call_tool as call_tool_sync
from twofold.aio import AgentToolCallError, AgentToolExecutionError, ConfigurationError, Tool

langchain_tools = pytest.importorskip("langchain_core.tools")

calls: list[str] = []


class Point(BaseModel):
    x: int
    y: int = 0


class Arguments(BaseModel):
    city: str = Field(description="The city.")
    unit: Literal["C", "F"] = Field("C", description="The unit.")
    at: list[Point] | None = Field(None, description="Where.")


async def call_tool(tool: Tool, *arguments: Any) -> Any:
    """Call a tool in both ways, which have to give the same."""
    expected = await call_tool_async(tool, *arguments)
    assert call_tool_sync(tool, *arguments) == expected
    return expected


def plain_weather(city: str, unit: str = "C", at: Any = None) -> str:
    """Tell the weather."""
    calls.append("plain")
    return f"{city}: 20 {unit} {at}"


async def later_weather(city: str, unit: str = "C", at: Any = None) -> str:
    """Tell the weather."""
    calls.append("later")
    return f"{city}: 21 {unit}"


def made(**kwargs: Any) -> Tool:
    return Tool.from_langchain(
        langchain_tools.StructuredTool.from_function(
            name="get-weather", description="Tell the weather.", args_schema=Arguments, **kwargs
        )
    )


async def test_a_function_is_called() -> None:
    calls.clear()
    weather = made(func=plain_weather)
    assert weather.name == "get_weather"
    assert weather.signature == (
        "get_weather(city: str, unit: Literal['C', 'F'] = 'C', at: list[dict] | None = None) -> Any"
    )
    arguments = weather.validate_arguments({"city": "Lisbon", "at": [{"x": 1}]})
    assert await call_tool(weather, (), arguments) == "Lisbon: 20 C [Point(x=1, y=0)]"
    assert await call_tool(weather, ("Lisbon",), {"unit": "F"}) == "Lisbon: 20 F None"
    assert calls == ["plain"] * 4
    assert weather.may_block
    assert not weather.is_async


@pytest.mark.parametrize("functions", [{}, {"func": plain_weather}])
async def test_a_coroutine_is_awaited(functions: dict[str, Any]) -> None:
    calls.clear()
    weather = made(coroutine=later_weather, **functions)
    assert await call_tool(weather, ("Lisbon",)) == "Lisbon: 21 C"
    assert calls == ["later"] * 2
    assert not weather.may_block


async def test_a_class_with_either_method() -> None:
    class Plain(langchain_tools.BaseTool):
        name: str = "plain"
        description: str = "Add one."

        def _run(self, n: int) -> int:
            return n + 1

    class Later(Plain):
        async def _arun(self, n: int) -> int:
            return n + 100

    assert await call_tool(Tool.from_langchain(Plain()), (1,)) == 2
    assert await call_tool(Tool.from_langchain(Later()), (1,)) == 101


async def test_arguments_are_checked_and_errors_are_told() -> None:
    def fail(city: str) -> str:
        """Fail."""
        raise LookupError(f"no {city}")

    tool = Tool.from_langchain(langchain_tools.tool(fail))
    with pytest.raises(AgentToolCallError, match=r"city = 1: Input should be a valid string"):
        tool.validate_arguments({"city": 1})
    with pytest.raises(AgentToolExecutionError, match=r"fail\(city='x'\) failed: LookupError: no x"):
        await call_tool(tool, ("x",))


def test_what_is_no_tool_of_langchain_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"takes a tool of LangChain .*; int has no 'name'"):
        Tool.from_langchain(7)
