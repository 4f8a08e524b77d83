"""From a description to an agent's arguments: models by their short names, tools by theirs, prompts, limits."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cli_tools import load_tools
from ..errors import ConfigurationError
from ..models.short_names import MODEL_CLASSES
from ..tools.base import Tool
from ..usage import UsageLimits
from .agent_folder import load_mapping
from .description import AgentDescription, ModelDescription, ToolDescription
from .space import space_tool
from .tool_hub import tool_from_hub
from .type_text import type_from_text

if TYPE_CHECKING:
    from .description_file import DescribedAgent

__all__ = ["described_arguments", "find_tools", "model_data"]

_SAME_NAME = ("name", "description", "instructions", "max_steps", "planning_interval", "context_limit")


def model_data(entry: str | ModelDescription | None) -> dict[str, Any]:
    """Return what ``Model.from_dict`` makes the described model of.

    Raises:
        ConfigurationError: The name is not known, or the key's environment variable is not set.
    """
    if entry is None:
        return {"class": "LocalModel"}
    if isinstance(entry, str):
        kind, _, rest = entry.partition("/")
        if entry.endswith(".gguf"):
            return {"class": "LocalModel", "model_id": entry}
        if kind == "local":
            return {"class": "LocalModel", **({"model_id": rest} if rest else {})}
        if kind in MODEL_CLASSES and rest:
            return {"class": MODEL_CLASSES[kind], "model_id": rest}
        known = ", ".join(f"{name}/ID" for name in MODEL_CLASSES)
        raise ConfigurationError(
            f"model: {entry!r} is none that is known: use local, local/NAME, PATH.gguf, {known}, or a mapping "
            f"with the model's class."
        )
    data = {"class": entry.class_name, **(entry.model_extra or {})}
    if entry.model_id is not None:
        data["model_id"] = entry.model_id
    if entry.api_key_env is not None:
        data["api_key"] = _from_environment(entry.api_key_env)
    return data


def _from_environment(name: str) -> str:
    import os

    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"model.api_key_env: the environment variable {name} is not set.")
    return value


def described_arguments(described: DescribedAgent, templates: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an agent that are no model, tools or agents.

    Args:
        described: The description.
        templates: The usual prompts, of which the description may replace parts.

    Raises:
        ConfigurationError: Prompts or the type of the answer are not what they have to be.
    """
    description = described.description
    arguments = {name: getattr(description, name) for name in _SAME_NAME}
    arguments["provide_run_summary"] = description.provide_run_summary
    if description.prompts is not None:
        prompts = description.prompts
        parts = load_mapping(described.folder / prompts) if isinstance(prompts, str) else prompts
        arguments["prompt_templates"] = _merged(templates, parts)
    if description.limits is not None:
        arguments["usage_limits"] = UsageLimits(**description.limits.model_dump())
    if description.output_type is not None:
        arguments["output_type"] = type_from_text(description.output_type)
    if description.agent == "code":
        arguments |= _code_arguments(description)
    elif description.max_tool_threads is not None:
        arguments["max_tool_threads"] = description.max_tool_threads
    return {name: value for name, value in arguments.items() if value is not None}


def _code_arguments(description: AgentDescription) -> dict[str, Any]:
    tags = description.code_block_tags
    arguments: dict[str, Any] = {
        "additional_authorized_imports": description.imports,
        "use_structured_outputs_internally": description.use_structured_outputs,
        "code_block_tags": (tags[0], tags[1]) if isinstance(tags, list) else tags,
    }
    if description.executor is not None:
        limits = description.executor.model_dump()
        arguments["max_print_outputs_length"] = limits.pop("max_print_outputs_length")
        arguments["executor_kwargs"] = limits
    return arguments


def _merged(templates: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(templates)
    for name, part in parts.items():
        inner = merged.get(name)
        merged[name] = (
            _merged(inner, part) if isinstance(inner, Mapping) and isinstance(part, Mapping) else part
        )
    return merged


def find_tools(entry: str | ToolDescription, folder: Path, where: str, api: str) -> list[Tool]:
    """Return the tools that an entry names. Runs their code.

    Args:
        entry: The entry.
        folder: What files are relative to.
        where: The place of the entry, for errors.
        api: The module whose tools are meant by names.

    Raises:
        ConfigurationError: There are no such tools.
        HubError: The Hub refused, or could not be reached.
    """
    if isinstance(entry, str):
        entry = _entry_of(entry)
    if entry.tool is not None:
        return [_own_tool(entry.tool, entry.parameters, where, api)]
    if entry.hub is not None:
        return [tool_from_hub(entry.hub, None, True, api, dict(entry.parameters))]
    if entry.space is not None:
        return [space_tool(entry.space, entry.name or "", entry.description or "", entry.api_name)]
    source = str(folder / entry.file) if entry.file is not None else entry.module
    try:
        return load_tools([f"{source}:{entry.name}" if entry.name else str(source)])
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {str(error).removeprefix('--tools').lstrip(': ')}") from error


def _entry_of(text: str) -> ToolDescription:
    source, colon, name = text.rpartition(":")
    if not colon or not name.isidentifier():
        source, name = text, ""
    if source.endswith(".py"):
        return ToolDescription(file=source, name=name or None)
    if name:
        return ToolDescription(module=source, name=name)
    return ToolDescription(tool=text)


def _own_tool(name: str, parameters: Mapping[str, Any], where: str, api: str) -> Tool:
    module = importlib.import_module(api)
    classes: dict[str, type[Tool]] = {}
    for exported in module.__all__:
        cls = getattr(module, exported)
        if isinstance(cls, type) and issubclass(cls, Tool) and cls is not Tool:
            classes[exported] = cls
            tool_name = vars(cls).get("name")
            if isinstance(tool_name, str):
                classes.setdefault(tool_name, cls)
    if name not in classes:
        known = ", ".join(sorted(key for key in classes if key.islower()))
        raise ConfigurationError(
            f"{where}: twofold has no tool {name!r}; it has: {known}. Tools of your own are named by FILE.py, "
            f"FILE.py:NAME or MODULE:NAME."
        )
    try:
        return classes[name](**parameters)
    except TypeError as error:
        raise ConfigurationError(f"{where}: the tool {name!r} cannot be made: {error}.") from error
