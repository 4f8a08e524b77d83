"""``twofold chat``: a conversation with an agent in the terminal."""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._core.display.safe_text import printable, text_of
from .._core.errors import AgentInterrupted, ConfigurationError, TwofoldError
from .agent_options import MODELS_HELP, add_agent_options, make_agent, make_model
from .approvals import Attendant
from .chat_commands import CHAT_COMMANDS, LeaveChat, carry_out, is_command
from .chat_input import LineSource, open_input
from .chat_logger import ChatLogger
from .exit_codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_OUT_OF_STEPS, EXIT_USAGE
from .terminal import complain, make_console

if TYPE_CHECKING:
    from .._sync.agents.base import MultiStepAgent
    from .._sync.agents.run import AgentRun

__all__ = ["Chat", "run"]


def run(arguments: list[str]) -> int:
    """Carry out ``twofold chat`` and return the exit code."""
    options = _parser().parse_args(arguments)
    lines = open_input([f"/{name}" for name in CHAT_COMMANDS])
    with Chat(options) as chat:
        return _converse_at_terminal(chat, lines) if lines.is_terminal else _converse_by_pipe(chat, lines)


class Chat:
    """A conversation: the agent, and the run that the next message continues.

    Owns its model and its agent; a ``with`` block closes both.

    Args:
        options: What describes the agent, as ``add_agent_options`` has it parsed.

    Raises:
        ConfigurationError: An option is not what it has to be.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        # on one terminal for both, the answer belongs to what the logger shows
        self._prints_answer = not (sys.stdout.isatty() and sys.stderr.isatty())
        self._console = make_console()
        self._logger = ChatLogger(self._console, shows_answer=not self._prints_answer)
        self._attendant = Attendant()
        self._resources = ExitStack()
        self._run: AgentRun[Any] | None = None
        self._addressed = _provider(options.model)
        self.agent = self._open(options, self._resources)

    def __enter__(self) -> Chat:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._resources.close()

    def take(self, line: str) -> int:
        """Carry out a command, or give the agent a task, and return the exit code that goes with it.

        Raises:
            LeaveChat: The user wants to leave.
            KeyboardInterrupt: Ctrl-C was pressed. The conversation can go on.
        """
        line = line.strip()
        try:
            if is_command(line):
                carry_out(self, line)
            elif line:
                return self._answer(line)
        except (ConfigurationError, OSError) as error:
            self._complain(error)
            return EXIT_USAGE
        except AgentInterrupted:
            raise KeyboardInterrupt from None
        except TwofoldError as error:
            self._complain(error)
            return EXIT_FAILED
        return EXIT_OK

    def say(self, text: str) -> None:
        """Print something that is not the agent's."""
        self._logger.log(text)

    def forget(self) -> None:
        """Begin a new conversation."""
        self._run = None

    def save(self, file: str) -> Path:
        """Save the conversation, and return where. Nothing is left of the file's earlier content.

        Raises:
            ConfigurationError: Nothing was said yet.
            OSError: The file cannot be written.
        """
        if self._run is None:
            raise ConfigurationError("there is nothing to save yet.")
        path = Path(file).expanduser()
        _write_whole(path, json.dumps(self._run.to_dict(), ensure_ascii=False))
        return path

    def load(self, file: str) -> None:
        """Go on with a conversation that was saved.

        Raises:
            ConfigurationError: It is no such file.
            OSError: The file cannot be read.
        """
        try:
            data = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConfigurationError(f"{file} is no saved conversation: {error}.") from error
        self._run = self.agent.load_run(data)

    def change_model(self, name: str) -> None:
        """Have another model answer from now on; the conversation goes on.

        Raises:
            ConfigurationError: There is no such model. The one so far stays.
        """
        options = copy.copy(self.options)
        options.model = name
        resources = ExitStack()
        try:
            agent = self._open(options, resources)
            # the new agent may have other prompts, so the run is taken over rather than the model exchanged
            run = None if self._run is None else agent.load_run(self._run.to_dict())
        except BaseException:
            resources.close()
            raise
        self._resources.close()
        self.options, self.agent, self._resources, self._run = options, agent, resources, run

    def _open(self, options: argparse.Namespace, resources: ExitStack) -> MultiStepAgent[Any]:
        # the address is of the first model's provider: no other's key may be sent there
        api_base = options.api_base if _provider(options.model) == self._addressed else None
        with ExitStack() as opened:
            model = opened.enter_context(make_model(options.model, api_base, quiet=False))
            agent = make_agent(options, model, self._logger, stream_outputs=True)
            opened.enter_context(agent)
            resources.push(opened.pop_all())
        return agent

    def _answer(self, task: str) -> int:
        approver = self._attendant.approver_of(self.agent)
        run = self.agent.start(task, reset=self._run is None, approver=approver)
        try:
            self._attendant.carry_out(run)
        finally:
            if run.has_begun:
                self._run = run
        if self._prints_answer:
            answer = text_of(run.output)
            print(printable(answer) if sys.stdout.isatty() else answer, flush=True)
        return EXIT_OUT_OF_STEPS if run.outcome == "max_steps_error" else EXIT_OK

    def _complain(self, error: Exception) -> None:
        complain(f"error: {' '.join(printable(text_of(error)).split())}")


def _provider(model: str) -> str:
    """Return whose model it is, and so whose key goes with a request."""
    words = model.split("/")
    return "/".join(words[:2]) if words[0] == "litellm" else words[0]


def _converse_at_terminal(chat: Chat, lines: LineSource) -> int:
    chat.say("Say what to do. /help names the commands; Ctrl-D leaves.")
    wants_to_leave = (
        False  # one Ctrl-C at the prompt is easily pressed too late for the run that it was to stop
    )
    while True:
        try:
            line = lines.read()
        except EOFError:
            return EXIT_OK
        except KeyboardInterrupt:
            if wants_to_leave:
                return EXIT_INTERRUPTED
            wants_to_leave = True
            chat.say("Ctrl-C again, or Ctrl-D, leaves.")
            continue
        wants_to_leave = False
        try:
            chat.take(line)
        except LeaveChat:
            return EXIT_OK
        except KeyboardInterrupt:
            complain("interrupted")


def _converse_by_pipe(chat: Chat, lines: LineSource) -> int:
    """Take the lines one after the other; the exit code is that of the last one that failed."""
    code = EXIT_OK
    while True:
        try:
            code = chat.take(lines.read()) or code
        except (EOFError, LeaveChat):
            return code


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is never there in part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold chat",
        description="Talk with an agent that works by writing and running Python code.",
        epilog=MODELS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_agent_options(parser)
    return parser
