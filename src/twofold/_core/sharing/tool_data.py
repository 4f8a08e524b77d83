"""Tools as JSON-able data."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .tool_code import built_in, tool_code

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["tool_to_dict"]

logger = logging.getLogger("twofold")


def tool_to_dict(tool: Tool) -> dict[str, Any]:
    """Return a tool as data; see ``Tool.to_dict``."""
    known = built_in(tool)
    if known is None:
        saved = tool_code(tool)
        data: dict[str, Any] = {"name": saved.name, "code": saved.code, "requirements": saved.requirements}
        if tool.output_schema is not None:
            data["output_schema"] = tool.output_schema
        return data
    if known.left_out:
        logger.warning(
            "The tool %r was saved without its secrets (%s): they have to come from the environment where it is "
            "loaded.",
            tool.name,
            ", ".join(known.left_out),
        )
    return {"name": known.name, "class": known.class_name, "parameters": known.parameters}
