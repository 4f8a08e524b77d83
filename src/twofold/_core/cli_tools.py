"""Finding the tools that are named on the command line."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import ConfigurationError
from .tools.tool import Tool, as_tool

__all__ = ["load_object", "load_tools"]


def load_tools(names: Iterable[str]) -> list[Tool]:
    """Return the tools with the given names.

    Args:
        names: ``FILE.py`` for all tools of a file, ``FILE.py:NAME`` or ``MODULE:NAME`` for one of them.

    Raises:
        ConfigurationError: There is no such file, module or tool.
    """
    tools: list[Tool] = []
    for name in names:
        source, _, attribute = name.rpartition(":") if _names_attribute(name) else (name, "", "")
        module = _load(source or name)
        tools.extend([_pick(module, attribute, name)] if attribute else _all_tools(module, name))
    return tools


def load_object(name: str, option: str) -> Any:
    """Return what ``FILE.py:NAME`` or ``MODULE:NAME`` names.

    Args:
        name: The name.
        option: The option or command that it was given to, for errors.

    Raises:
        ConfigurationError: There is no such file, module or object.
    """
    if not _names_attribute(name):
        raise ConfigurationError(f"{option} {name!r}: write FILE.py:NAME or MODULE:NAME.")
    source, _, attribute = name.rpartition(":")
    module = _load(source, option)
    if not hasattr(module, attribute):
        raise ConfigurationError(f"{option} {name}: {source} has no {attribute!r}.")
    return getattr(module, attribute)


def _names_attribute(name: str) -> bool:
    # a drive letter of Windows is no separator
    return name.rpartition(":")[2].isidentifier() and ":" in name[2:]


def _load(source: str, option: str = "--tools") -> ModuleType:
    if not source.endswith(".py"):
        try:
            return importlib.import_module(source)
        except ImportError as error:
            raise ConfigurationError(
                f"{option}: the module {source!r} cannot be imported: {error}."
            ) from error
    path = Path(source)
    if not path.is_file():
        raise ConfigurationError(f"{option}: there is no file {source!r}.")
    module_name = f"_twofold_tools_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{option}: {source!r} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConfigurationError(f"{option}: {source} fails when it is loaded: {error!r}.") from error
    return module


def _pick(module: ModuleType, attribute: str, name: str) -> Tool:
    value: Any = getattr(module, attribute, None)
    if value is None:
        raise ConfigurationError(f"--tools {name}: {module.__name__} has no {attribute!r}.")
    return as_tool(value)


def _all_tools(module: ModuleType, name: str) -> list[Tool]:
    found = [value for value in vars(module).values() if isinstance(value, Tool)]
    if not found:
        raise ConfigurationError(
            f"--tools {name}: no tool in it. Mark functions with @tool, or name one: {name}:FUNCTION."
        )
    return found
