"""What ``twofold chat`` shows of a run while it goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._core.agents.events import PrintOutput
from .._core.agents.memory import ActionStep, FinalAnswerStep
from .._core.display.logging import AgentLogger, LogLevel
from .._core.display.safe_text import printable, text_of
from .._core.display.terminal import Printed
from .._core.parsing import truncate_content

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["ChatLogger"]

_SHOWN_VALUE = 2_000


class ChatLogger(AgentLogger):
    """The usual console logger, but for a conversation: prints appear as the code makes them.

    Args:
        console: Where the steps are printed.
        shows_answer: Whether the answer is printed there too, because it goes to the same terminal.
    """

    def __init__(self, console: Console, *, shows_answer: bool) -> None:
        super().__init__(LogLevel.INFO, console)
        self._shows_answer = shows_answer
        self._is_in_line = False

    def log_task(self, *args: Any, **kwargs: Any) -> None:
        """Print nothing: the task has just been typed."""

    def log_event(self, event: Any, source: object = None) -> None:
        if isinstance(event, PrintOutput):
            self._print_as_it_comes(event.text)
            return
        self._end_line()
        if isinstance(event, FinalAnswerStep) and not self._shows_answer:
            self.end_run(source)
            return
        super().log_event(event, source)

    def end_run(self, source: object = None) -> None:
        self._end_line()
        super().end_run(source)

    def _log_step(self, step: ActionStep) -> None:
        # what it printed has been shown already, and the answer will be
        has_value = step.error is None and not step.is_final_answer and step.action_output is not None
        value = f"=> {truncate_content(text_of(step.action_output), _SHOWN_VALUE)}" if has_value else None
        super()._log_step(replace(step, observations=value))

    def _print_as_it_comes(self, text: str) -> None:
        from rich.text import Text

        shown = printable(text)
        if shown:
            self.console.print(Printed(Text(shown, end="")), soft_wrap=True, end="")
            self._is_in_line = not shown.endswith("\n")

    def _end_line(self) -> None:
        if self._is_in_line:
            self._is_in_line = False
            self.console.print()
