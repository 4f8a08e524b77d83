"""The table of subcommands. Whoever adds a command writes its module, and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Final, NamedTuple

__all__ = ["COMMANDS", "Command", "commands_help", "find_command"]


class Command(NamedTuple):
    """A subcommand.

    Args:
        module: The module in this package whose ``run(arguments)`` carries it out and returns the exit code.
        usage: What follows the command's name, in short.
        summary: What it does, in half a line.
    """

    module: str
    usage: str
    summary: str

    def run(self, arguments: Sequence[str]) -> int:
        """Carry the command out and return the exit code. Its module is imported only now."""
        module = importlib.import_module(f"twofold._cli.{self.module}")
        code: int = module.run(list(arguments))
        return code


COMMANDS: Final = {
    "chat": Command("chat", "", "talk with an agent, who remembers what was said"),
    "mcp-serve": Command("mcp_serve", "[AGENT]", "offer an agent to programs that speak MCP"),
    "model": Command(
        "model", "pull|list|path", "fetch the local models ahead of time, or see where they are"
    ),
    "run": Command("run", "FILE [TASK]", "give a task to an agent that a file describes"),
    "ui": Command("ui", "", "talk with an agent in the browser, alone or with others"),
    "webagent": Command("webagent", "TASK", "give a task to an agent that has a web browser"),
}


def find_command(arguments: Sequence[str]) -> Command | None:
    """Return the subcommand that the arguments begin with, if any; what else they begin with is a task."""
    return COMMANDS.get(arguments[0]) if arguments else None


def commands_help() -> str:
    """Return a line for each subcommand."""
    calls = {name: f"twofold {name} {command.usage}".rstrip() for name, command in COMMANDS.items()}
    width = max(map(len, calls.values())) + 2
    return "\n".join(f"  {call:{width}}{COMMANDS[name].summary}" for name, call in calls.items())
