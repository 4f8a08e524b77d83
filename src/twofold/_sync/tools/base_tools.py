# Generated from src/twofold/_async/tools/base_tools.py by `nox -s codegen`. Do not edit.
"""The tools that an agent gets with ``add_base_tools=True``."""

from __future__ import annotations

from ..._core.tools.tool import Tool
from .python_interpreter import PythonInterpreterTool
from .visit_webpage import VisitWebpageTool
from .web_search import WebSearchTool

__all__ = ["BASE_TOOLS", "TOOL_MAPPING", "make_base_tools"]

BASE_TOOLS: dict[str, type[Tool]] = {
    "python_interpreter": PythonInterpreterTool,
    "web_search": WebSearchTool,
    "visit_webpage": VisitWebpageTool,
}
"""The tools of ``add_base_tools=True``, by name. Each can be made without arguments."""

TOOL_MAPPING = BASE_TOOLS
"""The same, under the name that users of smolagents know."""


def make_base_tools(*, writes_code: bool) -> list[Tool]:
    """Make the tools of ``add_base_tools=True``.

    Args:
        writes_code: Whether they are for an agent that writes code, which needs no interpreter as a tool.
    """
    return [cls() for name, cls in BASE_TOOLS.items() if not (writes_code and name == "python_interpreter")]
