# Generated from src/twofold/_async/tools/user_input.py by `nox -s codegen`. Do not edit.
"""``UserInputTool``: lets an agent ask its user something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._bridge import _sync as bridge
from ..._core.errors import AgentToolExecutionError
from ..._core.tools.tool import Tool

__all__ = ["UserInputTool"]


class UserInputTool(Tool):
    """Asks the user a question and returns the answer: on the terminal, or by a function of yours.

    Args:
        ask: A function of the question that returns the answer; it may be asynchronous, and may wait as long
            as it takes. The terminal is used if None.

    Example:
        >>> from twofold import UserInputTool
        >>> def ask(question: str) -> str:
        ...     return "42"
        >>> UserInputTool(ask)("What is the answer?")
        '42'
    """

    name = "user_input"
    description = "Asks the user a question and returns the answer."
    inputs = {"question": {"type": "string", "description": "The question."}}
    output_type = "string"

    def __init__(self, ask: Callable[[str], Any] | None = None) -> None:
        self.ask = ask
        self._terminal = bridge.Lock()
        super().__init__()

    def forward(self, question: str) -> str:
        """Ask.

        Args:
            question: What the user is asked.

        Raises:
            AgentToolExecutionError: There is nobody at the terminal.
        """
        if self.ask is None:
            with self._terminal:  # one question at a time, or the answers go to the wrong agents
                answer = bridge.call_blocking(_ask_on_terminal, question)
        else:
            answer = bridge.resolve(bridge.call_blocking(self.ask, question))
        return answer if isinstance(answer, str) else str(answer)


def _ask_on_terminal(question: str) -> str:
    try:
        return input(f"{question}\nYour answer: ")
    except EOFError as error:
        raise AgentToolExecutionError(
            "The user could not be asked: there is nobody at the terminal. Go on without asking."
        ) from error
