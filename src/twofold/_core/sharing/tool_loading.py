"""Making a tool of its code again. The code is run, with all that it may do: only for code that is trusted."""

from __future__ import annotations

import ast
import itertools
import linecache
import sys
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["main_name", "require_trust", "tool_from_code", "tool_from_data"]

_numbers = itertools.count(1)
_SAME_NAMES = ("twofold", "smolagents", "smolagents.tools", "smolagents.default_tools")


def require_trust(trusted: bool, what: str, code: str) -> None:
    """Refuse to run somebody's code unless that was asked for.

    Raises:
        ConfigurationError: It was not.
    """
    if trusted is not True:
        raise ConfigurationError(
            f"{what} holds code ({code}), and loading it runs that code here with all that you may do. "
            f"Nothing has been run. Read it first; if you trust it, pass trust_remote_code=True."
        )


def tool_from_code(code: str, api: str = "twofold", arguments: Mapping[str, Any] | None = None) -> Tool:
    """Run a module and return the tool that it defines last.

    Args:
        code: The module, as `tool_code` writes it, or as smolagents does.
        api: The module from which the code gets what it imports from ``twofold``: that of the API that
            will use the tool.
        arguments: Arguments for its class.

    Raises:
        ConfigurationError: It is not Python, raises, or defines no tool.
    """
    if not isinstance(code, str):
        raise ConfigurationError(f"The code of a tool must be a text, not {type(code).__name__}.")
    tree = _parsed(code)
    module = _run(_for_api(tree, api), code)
    try:
        made = _last_tool(tree, module, dict(arguments or {}))
    except (TypeError, ConfigurationError) as error:
        raise ConfigurationError(f"The tool in the code cannot be made: {error}") from error
    vars(made)["_loaded_code"] = code
    return made


def tool_from_data(data: Any, api: str, trusted: bool, arguments: Mapping[str, Any] | None = None) -> Tool:
    """Return the tool that ``Tool.to_dict`` has described.

    Raises:
        ConfigurationError: It is no such description, or holds code and is not trusted.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise ConfigurationError(
            f"A saved tool is a mapping with a name, as to_dict() returns it; got {data!r:.200}."
        )
    if "class" in data:
        return _built_in(data, api, arguments)
    code = data.get("code")
    if not isinstance(code, str):
        raise ConfigurationError(f"The saved tool {data['name']!r} has neither code nor class.")
    require_trust(trusted, f"The saved tool {data['name']!r}", "its own")
    made = tool_from_code(code, api, arguments)
    if made.name != data["name"]:
        raise ConfigurationError(f"The tool saved as {data['name']!r} has code that defines {made.name!r}.")
    return made


def main_name(code: str) -> str:
    """Return what the tool of a module is called there: the last name that a definition gives."""
    for statement in reversed(_parsed(code).body):
        names = _defined_names(statement)
        if names:
            return names[-1]
    raise _no_tool()


def _built_in(data: Mapping[str, Any], api: str, arguments: Mapping[str, Any] | None) -> Tool:
    import importlib

    from ..tools.base import Tool

    module = importlib.import_module(api)
    name = data["class"]
    cls = getattr(module, name, None) if isinstance(name, str) and name in module.__all__ else None
    if not (isinstance(cls, type) and issubclass(cls, Tool)) or cls is Tool:
        raise ConfigurationError(
            f"The saved tool {data['name']!r} is of the class {name!r}, and twofold has no such tool."
        )
    parameters = data.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise ConfigurationError(
            f"The saved tool {data['name']!r} has parameters that are no mapping: {parameters!r}."
        )
    try:
        return cls(**{**parameters, **(arguments or {})})
    except TypeError as error:
        raise ConfigurationError(f"The saved tool {data['name']!r} cannot be made: {error}.") from error


def _parsed(code: str) -> ast.Module:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError) as error:
        raise ConfigurationError(f"The code of a tool is not Python: {error}.") from error


class _Imports(ast.NodeTransformer):
    """Directs imports from twofold, and from the library whose tools look the same, to one API."""

    def __init__(self, api: str) -> None:
        self._api = api

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        if node.level == 0 and node.module in _SAME_NAMES:
            node.module = self._api
        return node


def _for_api(tree: ast.Module, api: str) -> ast.Module:
    directed: ast.Module = _Imports(api).visit(tree)
    return directed


def _run(tree: ast.Module, code: str) -> types.ModuleType:
    name = f"_twofold_tool_{next(_numbers)}"
    file = f"<{name}>"
    module = types.ModuleType(name)
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)  # for tracebacks
    sys.modules[name] = module  # where dataclasses, pydantic and pickle look a class's names up
    try:
        exec(compile(tree, file, "exec", dont_inherit=True), module.__dict__)
    except Exception as error:
        del sys.modules[name]
        raise ConfigurationError(f"The code of a tool fails when it is loaded: {error!r}.") from error
    return module


def _last_tool(tree: ast.Module, module: types.ModuleType, arguments: dict[str, Any]) -> Tool:
    from ..tools.base import Tool

    for statement in reversed(tree.body):
        for name in reversed(_defined_names(statement)):
            value = getattr(module, name, None)
            if isinstance(value, Tool):
                return type(value)(**arguments) if arguments else value
            if isinstance(value, type) and issubclass(value, Tool):
                return value(**arguments)
    raise _no_tool()


def _no_tool() -> ConfigurationError:
    return ConfigurationError(
        "The code defines no tool: it needs a function with @tool, or a class that derives from Tool."
    )


def _defined_names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []
