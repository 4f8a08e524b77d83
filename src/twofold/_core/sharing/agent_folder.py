"""An agent as a folder: ``agent.json``, ``prompts.yaml``, ``tools/``, ``managed_agents/`` and an app.

The data in ``agent.json`` is that of ``to_dict``, with the tools' code and the prompts in files of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from .agent_loading import check_name, managed_entries
from .modules import with_extra
from .tool_files import requirements_text, write_files

__all__ = ["AGENT_FILE", "HUB_PATTERNS", "load_mapping", "read_agent_folder", "write_agent_folder"]

AGENT_FILE = "agent.json"
HUB_PATTERNS = ["agent.json", "prompts.yaml", "tools/*.py", "managed_agents/*"]
"""What is downloaded of a shared agent."""

_PROMPTS = "prompts.yaml"
_MOST_LEVELS = 20  # of managed agents in managed agents
_APP = '''\
"""A page for talking with the agent."""

from pathlib import Path

from twofold import GradioUI, MultiStepAgent

# the code of the tools in this folder is run
agent = MultiStepAgent.from_folder(Path(__file__).parent, trust_remote_code=True)

if __name__ == "__main__":
    GradioUI(agent).launch()
'''


def write_agent_folder(data: Mapping[str, Any], folder: str | Path, known_secrets: list[str]) -> None:
    """Write the data of an agent into a folder.

    Raises:
        ConfigurationError: Something in it is a secret, or the folder cannot be written to.
    """
    files = dict(_agent_files(data, ""))
    files["requirements.txt"] = requirements_text(with_extra(data.get("requirements", ()), "ui"))
    files["app.py"] = _APP
    write_files(Path(folder), files, known_secrets)


def _agent_files(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    entries: list[Any] = []
    for tool in data["tools"]:
        if "code" in tool:
            yield f"{prefix}tools/{tool['name']}.py", tool["code"]
            entries.append(tool["name"])
        else:
            entries.append(tool)
    managed = data["managed_agents"]
    written = {
        **data,
        "tools": entries,
        "managed_agents": {name: entry["class"] for name, entry in managed.items()},
    }
    yield f"{prefix}{_PROMPTS}", _yaml(written.pop("prompt_templates"))
    yield f"{prefix}{AGENT_FILE}", json.dumps(written, indent=2, ensure_ascii=False) + "\n"
    for name, entry in managed.items():
        yield from _agent_files(entry, f"{prefix}managed_agents/{name}/")


def _yaml(prompts: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes long texts as blocks, so that people can edit them."""

    def block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, block)
    written: str = yaml.dump(prompts, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    return written


def read_agent_folder(folder: str | Path, level: int = 0) -> dict[str, Any]:
    """Return the data of the agent in a folder. Nothing of it is run.

    Raises:
        ConfigurationError: A file is missing, or is not what it has to be; the message names it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {str(folder)!r}.")
    if level > _MOST_LEVELS:
        raise ConfigurationError(
            f"In {str(folder)!r}, agents manage agents more than {_MOST_LEVELS} levels deep."
        )
    path = folder / AGENT_FILE
    data = load_mapping(path)
    tools = data.get("tools", [])
    if not isinstance(tools, list):
        raise ConfigurationError(f"{path}: 'tools' must be a list, not {tools!r:.200}.")
    data["tools"] = [_tool(folder, entry) for entry in tools if entry != "final_answer"]
    data["managed_agents"] = {
        name: read_agent_folder(folder / "managed_agents" / name, level + 1)
        for name, _ in managed_entries(data, str(path))
    }
    prompts = folder / _PROMPTS
    if prompts.is_file() and "prompt_templates" not in data:
        data["prompt_templates"] = load_mapping(prompts)
    return data


def _tool(folder: Path, entry: Any) -> Any:
    if not isinstance(entry, str):
        return entry
    name = check_name(entry, f"{folder / AGENT_FILE}: the name of a tool")
    return {"name": name, "code": _read(folder / "tools" / f"{name}.py")}


def load_mapping(path: Path) -> dict[str, Any]:
    """Return the mapping in a file of JSON or YAML, by its ending.

    Raises:
        ConfigurationError: There is no such file, or no mapping in it; the message has the line, if any.
    """
    text = _read(path)
    try:
        if path.suffix == ".json":
            data = json.loads(text)
        else:
            import yaml

            try:
                data = yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise ValueError(error) from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} cannot be read as {path.suffix[1:].upper()}: {error}.") from error
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path} must hold a mapping, not {type(data).__name__}.")
    return data


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"There is no file {str(path)!r}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
