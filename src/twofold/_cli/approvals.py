"""Carrying runs out in front of a terminal: whoever sits there is asked about tools that require approval."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from .._bridge import _sync as bridge
from .._core.agents.events import ManagedAgentEvent
from .._core.display.logging import LogLevel
from .._core.display.notes import asks_itself, call_lines, question_title, retry_note
from .._core.display.safe_text import printable
from .._core.display.terminal import Printed
from .._core.limits.retries import RetryEvent
from .terminal import complain, make_console

if TYPE_CHECKING:
    from rich.console import Console

    from .._core.agents.results import RunResult
    from .._sync.agents.base import MultiStepAgent
    from .._sync.agents.run import AgentRun

__all__ = ["Attendant"]

Decision = bool | str | dict[str, Any]
_NOBODY = "it requires approval, and there is no terminal at which somebody could be asked"


class Attendant:
    """Carries runs out, and asks whoever sits at the terminal what tools may be called. Made by a command.

    Without a terminal such calls are refused: the model is told so, and the run goes on.
    """

    def __init__(self) -> None:
        shown = _shown_terminal()
        self._console: Console | None = None if shown is None else make_console(shown)

    def approver_of(self, agent: MultiStepAgent[Any]) -> Callable[..., Any]:
        """Return who is asked during a run of an agent: its own approver if it has one, else the terminal."""
        if agent.approver is not None:
            own: Callable[..., Any] = agent.approver
            return own
        return self._refuse if self._console is None else self._pass_on

    def result_of(
        self, agent: MultiStepAgent[Any], task: str, max_steps: int | None = None
    ) -> RunResult[Any]:
        """Give an agent a task, and return all that came of it.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        run = agent.start(task, max_steps=max_steps, approver=self.approver_of(agent))
        self.carry_out(run)
        return run.result()

    def carry_out(self, run: AgentRun[Any]) -> None:
        """Carry a run out.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed. What was asked for then is not called.
        """
        events = run.events()
        with bridge.closing(events):
            for event in events:  # the run's logger shows them
                told: Any = event
                if isinstance(event, ManagedAgentEvent):
                    told = event.event
                    if isinstance(told, RetryEvent) and not _shows(run.agent, event):
                        run.logger.log(f"{event.agent}: {retry_note(told)}")
                if isinstance(told, _Question):
                    told.decide(self._ask(told))

    def _pass_on(self, tool: Any, arguments: Mapping[str, Any], run: Any) -> Decision:
        # code runs on another thread; it is this thread, the main one, that can be interrupted while it reads
        question = _Question(tool, arguments, run)
        run.emit(question)
        return question.decision()

    def _refuse(self, tool: Any, arguments: Mapping[str, Any], run: Any) -> str:
        if asks_itself(tool, arguments):
            complain("a tool asks something, and there is no terminal at which somebody could answer.")
        else:
            complain(f"{tool.name} was not called: {_NOBODY}.")
        return _NOBODY

    def _ask(self, question: _Question) -> Decision:
        from rich.panel import Panel
        from rich.text import Text

        console = self._console
        assert console is not None, "only a terminal is asked"
        text = Text(printable(question.text) or "without arguments")
        console.print(
            Printed(Panel(text, title=Text(question.title), title_align="left", border_style="yellow"))
        )
        _forget_what_was_typed()
        console.print(f"{question.choices} ", style="bold yellow", end="", markup=False)
        reply = sys.stdin.readline()
        if not reply.endswith("\n"):
            console.print()  # Ctrl-D
        reply = printable(reply.strip())
        return question.read(reply)


class _Question:
    """A call that waits for a decision, as one of the events of its run.

    Args:
        tool: The tool.
        arguments: What it is to be called with, or what it asks itself.
        run: Whose call it is.
    """

    def __init__(self, tool: Any, arguments: Mapping[str, Any], run: Any) -> None:
        self.title = question_title(tool, arguments, run)
        self.text = call_lines(arguments)
        self._wants_values = asks_itself(tool, arguments)
        self.choices = (
            "[y/N, values as JSON, or why not]" if self._wants_values else "Allow it? [y/N, or why not]"
        )
        self._decision: Decision = False
        self._decided = bridge.Event()

    def read(self, reply: str) -> Decision:
        """Return what a reply that was typed means: no, unless it says otherwise."""
        if reply.lower() in ("y", "yes"):
            return True
        if self._wants_values and reply.startswith("{"):
            try:
                values: dict[str, Any] = json.loads(reply)
                return values
            except ValueError:
                return False
        return False if reply.lower() in ("", "n", "no") else reply

    def decide(self, decision: Decision) -> None:
        """Let the run go on."""
        self._decision = decision
        self._decided.set()

    def decision(self) -> Decision:
        """Wait for the decision, and return it."""
        self._decided.wait()
        return self._decision


def _shows(agent: Any, event: ManagedAgentEvent) -> bool:
    """Return whether the agent whose event this is, of an agent's team, prints what happens by its own logger."""
    return any(
        (agent.name == event.parent and managed.name == event.agent and managed.logger.enabled(LogLevel.INFO))
        or _shows(managed, event)
        for managed in agent.managed_agents.values()
    )


def _shown_terminal() -> TextIO | None:
    """Return what shows a question to somebody who can answer it, if there is such."""
    if not sys.stdin.isatty():
        return None
    return next((stream for stream in (sys.stderr, sys.stdout) if stream.isatty()), None)


def _forget_what_was_typed() -> None:
    """Drop what was typed before there was a question: it can be no answer to that."""
    try:
        import termios
    except ImportError:  # on Windows
        return
    try:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    except (termios.error, OSError, ValueError):
        pass
