"""What a run tells people: rich console output for those who ask for it, standard ``logging`` for the rest.

Nothing is printed unless the agent's ``verbosity_level`` says so. The standard logger ``twofold`` gets one
line for each step and error at level DEBUG; prompts, replies and answers are never part of it.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NoReturn

from ..agents.memory import ActionStep, FinalAnswerStep, PlanningStep, ToolCall
from ..errors import ConfigurationError
from ..limits.retries import RetryEvent
from ..messages import ChatMessage, ChatMessageStreamDelta
from ..parsing import truncate_content
from ..serialization import make_json_serializable
from .notes import retry_note
from .safe_text import printable, text_of
from .terminal import Printed

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.text import Text

__all__ = ["AgentLogger", "LogLevel", "logger"]

logger = logging.getLogger("twofold")
logger.addHandler(logging.NullHandler())

ACCENT = "bold cyan"
_LIVE_LINES = 12
_SHOWN_OUTPUT = 2_000
_live_lock = threading.Lock()


class LogLevel(IntEnum):
    """How much an agent prints on the console."""

    OFF = -1
    ERROR = 0
    INFO = 1
    DEBUG = 2

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        known = ", ".join(f"{level.value} ({level.name})" for level in cls)
        raise ConfigurationError(f"A verbosity level is one of {known}; got {value!r}.")


class AgentLogger:
    """Prints what an agent does on a rich console.

    What models and tools say is printed as it is: markup in it is not interpreted, and control characters
    are spelled out. One logger can serve any number of runs. It holds no state of a run but the text of a
    reply that is arriving, which is shown for one run at a time.

    Args:
        level: How much is printed.
        console: Where to; a console on standard output if None.
    """

    def __init__(self, level: LogLevel = LogLevel.OFF, console: Console | None = None) -> None:
        self.level = LogLevel(level)
        self._console = console
        self._live: Live | None = None
        self._arriving = ""
        self._arriving_in: object = None

    @property
    def console(self) -> Console:
        """The rich console, made when it is first needed."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(highlight=False)
        return self._console

    def enabled(self, level: LogLevel) -> bool:
        """Return whether something of this level is printed."""
        return level <= self.level

    def log(self, *args: RenderableType, level: LogLevel = LogLevel.INFO, **kwargs: Any) -> None:
        """Print texts and other renderables, if the level allows it.

        Args:
            *args: What to print. Texts are printed literally, unless ``markup=True``.
            level: From which level on it is printed.
            **kwargs: Arguments of rich's ``Console.print``.
        """
        if not self.enabled(level):
            return
        from rich.text import Text

        make_text = Text.from_markup if kwargs.pop("markup", False) else Text
        shown = [make_text(printable(arg)) if isinstance(arg, str) else arg for arg in args]
        if all(isinstance(arg, Text) for arg in shown):
            line = Text(kwargs.pop("sep", " ")).join([arg for arg in shown if isinstance(arg, Text)])
            line.end = kwargs.pop("end", "\n")
            shown = [line]
        for arg in shown:
            self.console.print(Printed(arg), **kwargs)

    def log_error(self, error_message: str) -> None:
        """Print an error."""
        if self.enabled(LogLevel.ERROR):
            self._print_text(error_message, "bold red")

    def log_markdown(
        self, content: str, title: str | None = None, level: LogLevel = LogLevel.INFO, style: str = ACCENT
    ) -> None:
        """Print Markdown under an optional title."""
        if self.enabled(level):
            from rich.markdown import Markdown

            if title:
                self.log_rule(title, level, style)
            # a link whose text hides its address is nothing to take from a model
            self._print(Markdown(printable(content), hyperlinks=False))

    def log_code(self, title: str, content: str, level: LogLevel = LogLevel.INFO) -> None:
        """Print Python code with highlighting."""
        if self.enabled(level):
            from rich.panel import Panel
            from rich.syntax import Syntax

            code = Syntax(
                printable(content), "python", theme="ansi_dark", word_wrap=True, background_color="default"
            )
            self._print(Panel(code, title=_text(title), title_align="left", border_style="dim"))

    def log_rule(self, title: str, level: LogLevel = LogLevel.INFO, style: str = ACCENT) -> None:
        """Print a titled line."""
        if self.enabled(level):
            from rich.rule import Rule

            self._print(Rule(_text(title, style), style="dim"))

    def log_task(
        self,
        content: str,
        subtitle: str = "",
        title: str | None = None,
        level: LogLevel = LogLevel.INFO,
    ) -> None:
        """Print the task of a run."""
        if self.enabled(level):
            from rich.panel import Panel

            self._print(
                Panel(
                    _text(_shortened(content)),
                    title=_text(f"Task for {title}" if title else "Task"),
                    subtitle=_text(subtitle) if subtitle else None,
                    title_align="left",
                    border_style=ACCENT,
                )
            )

    def log_messages(self, messages: Iterable[ChatMessage], level: LogLevel = LogLevel.DEBUG) -> None:
        """Print messages as they go to the model."""
        if self.enabled(level):
            for message in messages:
                self._print_text(f"[{message.role.value}]", "bold")
                self._print_text(message.text)

    def visualize_agent_tree(self, agent: Any) -> None:
        """Print an agent, its tools and its managed agents as a tree, whatever the level."""
        from .render import agent_tree

        self._print(agent_tree(agent))

    # Events of a run ------------------------------------------------------------------------------

    def log_event(self, event: Any, source: object = None) -> None:
        """Print one event of a run's stream in the form that suits it.

        Args:
            event: The event.
            source: Whose event it is. While the reply of one run arrives, those of others are not shown.
        """
        if not self.enabled(LogLevel.INFO):
            if isinstance(event, ActionStep) and event.error is not None:
                self._log_step_error(event.error)
            return
        if isinstance(event, ChatMessageStreamDelta):
            self._show_arriving(event.content or event.reasoning or "", source)
            return
        self._end_arriving(source)
        if isinstance(event, ToolCall):
            self._log_tool_call(event)
        elif isinstance(event, RetryEvent):
            self._print_text(retry_note(event), "yellow")
        elif isinstance(event, ActionStep):
            self._log_step(event)
        elif isinstance(event, PlanningStep):
            self.log_markdown(event.plan, title="Plan")
        elif isinstance(event, FinalAnswerStep):
            self._print_text(f"Answer: {text_of(event.output)}", "bold green")

    def begin_step(self, step_number: int, max_steps: int) -> None:
        """Print the heading of a step."""
        self.log_rule(f"Step {step_number}" + (f" of {max_steps}" if self.level >= LogLevel.DEBUG else ""))

    def log_thought(self, text: str, source: object = None) -> None:
        """Print what the model says before its code."""
        self._end_arriving(source)
        if text.strip() and self.enabled(LogLevel.INFO):
            self._print_text(text.strip(), "italic")

    def end_run(self, source: object = None) -> None:
        """Take away what is only shown while a reply arrives."""
        self._end_arriving(source)

    def _log_tool_call(self, call: ToolCall) -> None:
        if call.name == "python_interpreter" and isinstance(call.arguments, str):
            self.log_code("Code", call.arguments)
            return
        arguments = json.dumps(make_json_serializable(call.arguments), ensure_ascii=False)
        self._print_text(f"{call.name}({_shortened(arguments)})", "yellow")

    def _log_step(self, step: ActionStep) -> None:
        if step.observations and not (step.is_final_answer and step.error is None):
            self._print_text(_shortened(step.observations))
        if step.error is not None:
            self._log_step_error(step.error)
        figures = []
        if step.timing.duration is not None:
            figures.append(f"{step.timing.duration:.1f} s")
        if step.token_usage is not None:
            figures.append(
                f"{step.token_usage.input_tokens:,} tokens in, {step.token_usage.output_tokens:,} out"
            )
        if figures:
            self._print_text(f"[{', '.join(figures)}]", "dim")

    def _log_step_error(self, error: Exception) -> None:
        self.log_error(f"{type(error).__name__}: {_shortened(text_of(error))}")

    def _show_arriving(self, more: str, source: object) -> None:
        if not more or not self.console.is_terminal:
            return
        with _live_lock:
            if self._live is None:
                self._live = self._start_live()
                self._arriving, self._arriving_in = "", source
            if self._live is not None and self._arriving_in is source:
                self._arriving += more
                latest = "\n".join(self._arriving.splitlines()[-_LIVE_LINES:])
                self._live.update(Printed(_text(latest, "dim")))

    def _start_live(self) -> Live | None:
        from rich.errors import LiveError
        from rich.live import Live

        # standard output and error belong to the program: they are not redirected while a reply arrives
        live = Live(
            console=self.console,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        try:
            live.start()
        except LiveError:
            return None  # something else is live on this console
        return live

    def _end_arriving(self, source: object) -> None:
        with _live_lock:
            if self._live is not None and source in (None, self._arriving_in):
                self._live.stop()
                self._live = self._arriving_in = None

    def _print(self, renderable: RenderableType) -> None:
        self.console.print(Printed(renderable))

    def _print_text(self, text: str, style: str = "") -> None:
        self._print(_text(text, style))

    def log_variables(self, variables: Mapping[str, Any], level: LogLevel = LogLevel.DEBUG) -> None:
        """Print the names and types of a run's variables."""
        if self.enabled(level) and variables:
            types = ", ".join(f"{name}: {type(value).__name__}" for name, value in variables.items())
            self._print_text(f"Variables: {types}")


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text), style=style)


def _shortened(text: str) -> str:
    return truncate_content(text.strip(), _SHOWN_OUTPUT)
