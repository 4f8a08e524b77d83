"""What one execution of generated code gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["CodeOutput"]


@dataclass(frozen=True, slots=True)
class CodeOutput:
    """The outcome of a snippet that ran to its end.

    Attributes:
        output: The value of the last expression, or the argument of ``final_answer``.
        logs: What the snippet printed.
        is_final_answer: Whether the snippet called ``final_answer``.
        text: The value as text, made while the snippet's limits still held, because a ``__str__`` of
            generated code may do anything. Empty for a final answer and for None.
    """

    output: Any
    logs: str
    is_final_answer: bool
    text: str = ""
