"""The slash commands of ``twofold chat``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from .._core.errors import ConfigurationError

if TYPE_CHECKING:
    from .chat import Chat

__all__ = ["CHAT_COMMANDS", "LeaveChat", "carry_out", "is_command"]

_COMMAND = re.compile(r"/[A-Za-z]*(?=\s|$)")


class LeaveChat(Exception):
    """The user wants to leave."""


class ChatCommand(NamedTuple):
    """A slash command.

    Args:
        argument: What follows the name, in brackets if it may be left out; empty if nothing may.
        summary: What it does.
        run: Does it, with what followed the name.
    """

    argument: str
    summary: str
    run: Callable[[Chat, str], None]


def is_command(line: str) -> bool:
    """Return whether a line is a command; what begins with a path such as ``/etc/hosts`` is not."""
    return _COMMAND.match(line) is not None


def carry_out(chat: Chat, line: str) -> None:
    """Carry out the command in a line.

    Raises:
        ConfigurationError: There is no such command, or its argument is wrong.
        LeaveChat: The command was to leave.
    """
    name, _, argument = line[1:].strip().partition(" ")
    command = CHAT_COMMANDS.get(name.lower())
    if command is None:
        raise ConfigurationError(f"there is no command /{name}. /help names those that there are.")
    argument = argument.strip()
    if argument and not command.argument:
        raise ConfigurationError(f"/{name} takes nothing after it; got {argument!r}.")
    if not argument and command.argument and not command.argument.startswith("["):
        raise ConfigurationError(f"/{name} needs a {command.argument} after it.")
    command.run(chat, argument)


def _help(chat: Chat, _: str) -> None:
    calls = {
        f"/{name} {command.argument}".rstrip(): command.summary for name, command in CHAT_COMMANDS.items()
    }
    width = max(map(len, calls)) + 2
    lines = [f"  {call:{width}}{summary}" for call, summary in calls.items()]
    chat.say("\n".join([*lines, "  Ctrl-C stops the run that is under way; Ctrl-D leaves."]))


def _tools(chat: Chat, _: str) -> None:
    for tool in chat.agent.tools.values():
        arguments = ", ".join(f"{name}: {schema.get('type', 'any')}" for name, schema in tool.inputs.items())
        summary = (tool.description.strip().splitlines() or [""])[0]
        chat.say(f"  {tool.name}({arguments})  {summary}")


def _model(chat: Chat, name: str) -> None:
    if name:
        chat.change_model(name)
    chat.say(f"The model is {chat.options.model}.")


def _reset(chat: Chat, _: str) -> None:
    chat.forget()
    chat.say("The conversation begins anew.")


def _save(chat: Chat, file: str) -> None:
    chat.say(f"Saved to {chat.save(file)}.")


def _load(chat: Chat, file: str) -> None:
    chat.load(file)
    chat.say(f"The conversation in {file} goes on.")


def _leave(_: Chat, __: str) -> None:
    raise LeaveChat


CHAT_COMMANDS: Final = {
    "help": ChatCommand("", "show this list", _help),
    "tools": ChatCommand("", "list the tools that the agent has", _tools),
    "reset": ChatCommand("", "forget the conversation", _reset),
    "save": ChatCommand("FILE", "save the conversation", _save),
    "load": ChatCommand("FILE", "go on with a conversation that was saved", _load),
    "model": ChatCommand(
        "[MODEL]", "say which model answers, or have another one answer from now on", _model
    ),
    "exit": ChatCommand("", "leave", _leave),
}
