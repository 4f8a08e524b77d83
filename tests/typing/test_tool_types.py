"""What type checkers know about tools. Checked by mypy and pyright, and run as a test of nothing else."""

from __future__ import annotations

from typing import Any, assert_type

from twofold._core.tools.tool import Tool, as_tool, tool, tool_mapping


@tool
def plain(a: int, b: str = "x") -> list[str]:
    """Work.

    Args:
        a: A number.
        b: A text.
    """
    return [b] * a


@tool(timeout=5)
async def waiting(a: int) -> str:
    """Work.

    Args:
        a: A number.
    """
    return str(a)


class Own(Tool):
    name = "own"
    description = "Own."
    inputs = {"x": {"type": "integer", "description": "A number."}}
    output_type = "integer"

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset

    def forward(self, x: int) -> int:
        return x + self.offset


def test_calls_keep_their_types() -> None:
    assert_type(plain(1), list[str])
    assert_type(plain(1, b="y"), list[str])
    assert_type(Own(3), Own)
    assert_type(Own().forward(1), int)
    assert_type(as_tool(plain), Tool)
    assert_type(tool_mapping([plain, Own()]), dict[str, Tool])
    assert_type(plain.json_schema, dict[str, Any])


async def test_async_calls_are_to_be_awaited() -> None:
    assert_type(await waiting(1), str)
    assert_type(waiting.timeout, float | None)
