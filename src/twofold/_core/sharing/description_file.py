"""Reading descriptions of agents: files, variables of the environment, and errors that name file, line and field."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..secrets import is_secret_name, is_secret_text
from .agent_folder import AGENT_FILE, load_mapping, read_agent_folder
from .agent_loading import check_agent_data, code_in_agent

if TYPE_CHECKING:
    from .description import AgentDescription

__all__ = ["DescribedAgent", "code_in_description", "is_saved_agent", "read_description"]

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})")
_MOST_LEVELS = 20
# where variables are replaced; nowhere else, so that prompts may hold what they like
_WITH_VARIABLES = ("model", "mcp_servers", "mcpServers", "tools")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class DescribedAgent:
    """An agent's description, with those of the agents that it manages.

    Attributes:
        description: What the file says.
        file: The file, for errors.
        folder: What paths in it are relative to.
        managed: The agents that it manages: descriptions, or folders of saved agents.
    """

    description: AgentDescription
    file: str
    folder: Path
    managed: tuple[DescribedAgent | Path, ...]


def is_saved_agent(path: Path) -> bool:
    """Say whether a path is the folder of a saved agent, or the ``agent.json`` in it."""
    if path.is_dir():
        return True
    return path.name == AGENT_FILE and path.is_file() and "class" in load_mapping(path)


def read_description(source: str | Path | Mapping[str, Any], level: int = 0) -> DescribedAgent:
    """Return the description of an agent.

    Args:
        source: A file of YAML or JSON, or the data that would be in one.
        level: How many agents manage it.

    Raises:
        ConfigurationError: It cannot be read, or says what it must not. The message has all that is wrong, by
            file, line and field.
    """
    if isinstance(source, Mapping):
        return _checked(dict(source), "the description", Path(), {}, level)
    path = Path(source)
    if not path.exists():
        raise ConfigurationError(f"There is no file or folder {str(path)!r}.")
    if path.suffix not in (".yaml", ".yml", ".json"):
        raise ConfigurationError(
            f"{path} is no description of an agent: that is a .yaml, .yml or .json file."
        )
    return _checked(load_mapping(path), str(path), path.parent, _lines(path), level)


def _checked(
    data: dict[str, Any], file: str, folder: Path, lines: Mapping[Path_, int], level: int
) -> DescribedAgent:
    from pydantic import ValidationError

    from .description import AgentDescription

    if level > _MOST_LEVELS:
        raise ConfigurationError(f"{file}: agents manage agents more than {_MOST_LEVELS} levels deep.")
    problems: list[tuple[Path_, str]] = list(_written_secrets(data.get("model"), ("model",)))
    replaced = {
        key: _replace(value, (key,), problems) if key in _WITH_VARIABLES else value
        for key, value in data.items()
    }
    description = None
    if not problems:
        try:
            description = AgentDescription.model_validate(replaced)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                place = _place(problem["loc"], data)
                problems.append((place, _said(problem, _at(data, place))))
    if description is None:
        problems.sort(key=lambda problem: _line(lines, problem[0]) or 0)
        listed = "".join(f"\n  {_where(file, lines, place)}: {said}" for place, said in problems)
        raise ConfigurationError(f"{file} does not describe an agent:{listed}")
    managed = tuple(
        _managed(entry, data, index, file, folder, lines, level)
        for index, entry in enumerate(description.managed_agents)
    )
    return DescribedAgent(description, file, folder, managed)


def _managed(
    entry: Any,
    data: Any,
    index: int,
    file: str,
    folder: Path,
    lines: Mapping[Path_, int],
    level: int,
) -> DescribedAgent | Path:
    if not isinstance(entry, str):
        start = ("managed_agents", index)
        inner = {place[2:]: line for place, line in lines.items() if place[:2] == start}
        return _checked(dict(data["managed_agents"][index]), file, folder, inner, level + 1)
    path = folder / entry
    if path.is_dir() and not (path / AGENT_FILE).is_file():
        raise ConfigurationError(f"{file}: the folder {str(path)!r} holds no saved agent.")
    return path if is_saved_agent(path) else read_description(path, level + 1)


# Variables of the environment ---------------------------------------------------------------------------------


def _replace(value: Any, place: Path_, problems: list[tuple[Path_, str]]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _value(match, place, problems), value)
    if isinstance(value, Mapping):
        return {key: _replace(item, (*place, key), problems) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, (*place, index), problems) for index, item in enumerate(value)]
    return value


def _value(match: re.Match[str], place: Path_, problems: list[tuple[Path_, str]]) -> str:
    name = match["name"]
    if name is None:
        return "$"
    value = os.environ.get(name) or match["default"]
    if value is None:
        problems.append((place, f"the environment variable {name} is not set"))
        return ""
    return value


def _written_secrets(value: Any, place: Path_) -> Iterator[tuple[Path_, str]]:
    """Yield where a model's key is written out: such files are shared and kept under version control."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            is_text = isinstance(item, str) and item and not _VARIABLE.search(item)
            if is_text and str(key) != "api_key_env" and (is_secret_name(str(key)) or is_secret_text(item)):
                yield (
                    (*place, key),
                    "keys do not belong into the file; write ${NAME} for an environment variable",
                )
            else:
                yield from _written_secrets(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _written_secrets(item, (*place, index))


# Errors ---------------------------------------------------------------------------------------------------------


def _lines(path: Path) -> dict[Path_, int]:
    """Return the line of each entry of a file, which is YAML; JSON is a part of that."""
    import yaml

    found: dict[Path_, int] = {}

    def walk(node: Any, place: Path_) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*place, key.value)
                found[inner] = key.start_mark.line + 1
                walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                found[(*place, index)] = value.start_mark.line + 1
                walk(value, (*place, index))

    try:
        walk(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), ())
    except (yaml.YAMLError, RecursionError):  # JSON that YAML reads otherwise: errors come without lines
        return {}
    return found


def _place(location: Sequence[str | int], data: Any) -> Path_:
    """Return where in the data an error is: pydantic's location without the names of its own types."""
    place: list[str | int] = []
    at: Any = data
    for index, part in enumerate(location):
        if _has(at, part):
            place.append(part)
            at = at[part]
        elif index == len(location) - 1 and part not in ("text", "mapping"):
            place.append(part)
    return tuple(place)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, Mapping) and part in data


def _said(problem: Any, written: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        return "there is no such field"
    if problem["type"] == "missing":
        return "it is missing"
    # what is in the file: variables have been replaced in what was checked, perhaps by keys
    shown = f", not {written!r:.80}" if isinstance(written, str | int | float | bool | None) else ""
    return f"{message[:1].lower()}{message[1:]}{shown}"


def _at(data: Any, place: Path_) -> Any:
    at: Any = data
    try:
        for part in place:
            at = at[part]
    except (LookupError, TypeError):  # it is missing there
        return ()
    return at


def _line(lines: Mapping[Path_, int], place: Path_) -> int | None:
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), None)


def _where(file: str, lines: Mapping[Path_, int], place: Path_) -> str:
    line = _line(lines, place)
    field = ".".join(map(str, place)) or "the whole"
    return f"line {line}, {field}" if line else field


# Trust -----------------------------------------------------------------------------------------------------------


def code_in_description(described: DescribedAgent) -> list[str]:
    """Return what an agent would run here of others' code: tools in files and modules, programs of MCP servers."""
    from .type_text import names_class

    found: list[str] = []
    for entry in described.description.tools:
        if isinstance(entry, str):
            if not entry.isidentifier():
                found.append(f"the tool {entry}")
        elif source := entry.file or entry.module or entry.hub:
            found.append(f"the tool {source}")
    for name, server in described.description.mcp_servers.items():
        if "command" in server:
            found.append(f"the MCP server {name}, which is started")
    if described.description.output_type and names_class(described.description.output_type):
        found.append(f"the type {described.description.output_type}, which is imported")
    for managed in described.managed:
        if isinstance(managed, DescribedAgent):
            found += code_in_description(managed)
        else:
            found += code_in_agent(check_agent_data(read_agent_folder(managed), str(managed)))
    return found
