"""Reading saved agents: checking what was saved, and making an agent's arguments of it.

Which class a name stands for, and how models are made, is the business of each API.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..agents.context import ContextLimit
from ..display.logging import LogLevel
from ..errors import ConfigurationError
from ..usage import UsageLimits
from .agent_data import FORMAT_VERSION, parameter_names, takes_anything
from .tool_loading import require_trust
from .type_text import names_class, type_from_text

__all__ = ["agent_class_named", "check_agent_data", "check_trust", "code_in_agent", "saved_arguments"]

# entries that are no parameters, ours and those of the library whose agents look the same
_NO_PARAMETERS: Final = (
    "class",
    "version",
    "twofold",
    "tools",
    "model",
    "managed_agents",
    "requirements",
    "grammar",
    "authorized_imports",
)


def check_agent_data(data: Any, what: str = "A saved agent") -> Mapping[str, Any]:
    """Return the data of an agent if it is such data.

    Raises:
        ConfigurationError: It is not. The message names the part.
    """
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise ConfigurationError(
            f"{what} must be a mapping, as to_dict() returns it; got {type(data).__name__}."
        )
    version = data.get("version", FORMAT_VERSION)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ConfigurationError(
            f"{what} has the format version {version!r}; this twofold reads up to {FORMAT_VERSION}. Update twofold."
        )
    for name in ("class", "model", "tools"):
        if name not in data:
            raise ConfigurationError(f"{what} has no {name!r}.")
    if not isinstance(data["class"], str):
        raise ConfigurationError(f"{what} has a class that is no text: {data['class']!r}.")
    tools = data["tools"]
    if not isinstance(tools, Sequence) or isinstance(tools, str):
        raise ConfigurationError(f"{what} has tools that are no list: {tools!r:.200}.")
    for tool in tools:
        if not isinstance(tool, Mapping):
            raise ConfigurationError(f"{what} has a tool that is no mapping: {tool!r:.200}.")
        check_name(tool.get("name"), f"{what}: the name of a tool")
    managed = managed_entries(data, what)
    for name, entry in managed:
        check_agent_data(entry, f"{what}: the managed agent {name!r}")
    return data


def check_name(name: Any, what: str) -> str:
    """Return a name if it is an identifier: names become the names of files, and must lead nowhere else.

    Raises:
        ConfigurationError: It is none.
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise ConfigurationError(f"{what} must be an identifier, not {name!r:.200}.")
    return name


def managed_entries(data: Mapping[str, Any], what: str = "A saved agent") -> list[tuple[str, Any]]:
    """Return the names and the data of the managed agents."""
    managed = data.get("managed_agents") or {}
    if isinstance(managed, Mapping):
        entries: list[tuple[Any, Any]] = list(managed.items())
    elif isinstance(managed, Sequence) and not isinstance(managed, str):
        entries = [(entry.get("name") if isinstance(entry, Mapping) else None, entry) for entry in managed]
    else:
        raise ConfigurationError(f"{what} has managed_agents that are no mapping: {managed!r:.200}.")
    for name, _ in entries:
        check_name(name, f"{what}: the name of a managed agent")
    return entries


def check_trust(data: Mapping[str, Any], trusted: bool, what: str) -> None:
    """Refuse an agent that holds code of somebody, unless that is trusted. Runs nothing.

    Raises:
        ConfigurationError: It is not trusted.
    """
    code = list(code_in_agent(data))
    if code:
        require_trust(trusted, what, ", ".join(code))


def code_in_agent(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what loading an agent would run of others' code."""
    yield from (f"the tool {tool['name']!r}" for tool in data["tools"] if "class" not in tool)
    if isinstance(data.get("output_type"), str) and names_class(data["output_type"]):
        yield f"the type {data['output_type']}, which is imported"
    for _, managed in managed_entries(data):
        yield from code_in_agent(managed)


def agent_class_named(name: str, base: type, asked: type) -> type:
    """Return the agent class of a name: the one asked for, or another one that is defined.

    Raises:
        ConfigurationError: There is none.
    """
    known = {cls.__name__: cls for cls in _family(base)}
    found = asked if asked.__name__ == name else known.get(name)
    if found is None:
        raise ConfigurationError(
            f"There is no agent class {name!r} here. If it is one of yours, import the module that defines it "
            f"first. Known are: {', '.join(sorted(known))}."
        )
    if not issubclass(found, asked):
        raise ConfigurationError(f"The saved agent is a {name}, and no {asked.__name__}.")
    return found


def _family(base: type[Any]) -> Iterator[type[Any]]:
    yield base
    for subclass in base.__subclasses__():
        yield from _family(subclass)


def saved_arguments(
    data: Mapping[str, Any], agent_class: type, strategies: Mapping[str, type]
) -> dict[str, Any]:
    """Return the arguments of an agent that are no tools, models or agents.

    Args:
        data: The saved agent.
        agent_class: Its class.
        strategies: The classes that ``context_limit`` may name.

    Raises:
        ConfigurationError: One is not known to the class, or not what it has to be.
    """
    arguments = {
        name: value for name, value in data.items() if name not in _NO_PARAMETERS and value is not None
    }
    if arguments.get("executor_type") == "local":
        del arguments["executor_type"]
    unknown = [name for name in arguments if name not in parameter_names(agent_class)]
    if unknown and not takes_anything(agent_class):
        raise ConfigurationError(
            f"The saved agent has {', '.join(map(repr, unknown))}, which {agent_class.__name__} does not take."
        )
    readers: dict[str, Callable[[Any], Any]] = {
        "output_type": type_from_text,
        "usage_limits": lambda value: _made(UsageLimits, value, "usage_limits"),
        "context_limit": lambda value: _context_limit(value, strategies),
        "code_block_tags": lambda value: tuple(value) if isinstance(value, list) else value,
        "verbosity_level": LogLevel,
    }
    for name, reader in readers.items():
        if name in arguments:
            arguments[name] = reader(arguments[name])
    return arguments


def _context_limit(value: Any, strategies: Mapping[str, type]) -> Any:
    if not isinstance(value, Mapping):
        return value
    fields = dict(value)
    strategy = fields.pop("strategy", None)
    if strategy is not None:
        details = dict(strategy) if isinstance(strategy, Mapping) else {"class": strategy}
        name = details.pop("class", None)
        if name not in strategies:
            raise ConfigurationError(
                f"context_limit has the strategy {name!r}; known are: {', '.join(strategies)}."
            )
        fields["strategy"] = _made(strategies[name], details, "context_limit.strategy")
    return _made(ContextLimit, fields, "context_limit")


def _made(cls: type, fields: Any, what: str) -> Any:
    if not isinstance(fields, Mapping):
        raise ConfigurationError(f"{what} must be a mapping, not {fields!r:.200}.")
    try:
        return cls(**fields)
    except TypeError as error:
        raise ConfigurationError(f"{what}: {error}.") from error
