"""What a code agent asks its model for, and what it shows the model of a snippet's outcome."""

from __future__ import annotations

from typing import Any, Final

from ..display.safe_text import text_of
from ..parsing import CodeBlockTags, truncate_content

__all__ = ["CODE_RESPONSE_FORMAT", "PYTHON_INTERPRETER", "describe_output", "stop_sequences"]

PYTHON_INTERPRETER: Final = "python_interpreter"
"""The name of the tool that runs code, in tool calls."""

CODE_RESPONSE_FORMAT: Final[dict[str, Any]] = {
    "type": "json_schema",
    "json_schema": {
        "name": "ThoughtAndCode",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {
                "thought": {"type": "string", "description": "Briefly, what you will do and why."},
                "code": {"type": "string", "description": "The Python code to run."},
            },
            "required": ["thought", "code"],
            "additionalProperties": False,
        },
    },
}
"""The response format of a code agent with structured outputs."""


def stop_sequences(tags: CodeBlockTags | None) -> list[str]:
    """Return where a reply ends: before the model makes up an observation, and at the end of its code."""
    stops = ["Observation:", "Calling tools:"]
    if tags is not None and tags.closing_is_stop_sequence:
        stops.append(tags.closing)
    return stops


def describe_output(logs: str, value: Any = None, text: str = "") -> str:
    """Return what the model is shown of a snippet's outcome: its prints, and the last value if it has one.

    Args:
        logs: What the snippet printed.
        value: The value of its last expression.
        text: The value as text, if the executor made it already.
    """
    parts = []
    if logs:
        parts.append(f"Printed output:\n{logs.rstrip()}")
    if value is not None:
        parts.append(f"Value of the last expression:\n{truncate_content(text or text_of(value))}")
    return "\n".join(parts) or "The code ran and printed nothing."
