# Generated from src/twofold/_async/agents/description.py by `nox -s codegen`. Do not edit.
"""Agents made of descriptions: files such as ``agent.yaml``, with tools, MCP servers and managed agents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..._bridge import _sync as bridge
from ..models.base import Model
from .base import MultiStepAgent
from .code import CodeAgent
from .tool_calling import ToolCallingAgent

__all__ = ["open_agent"]


@contextmanager
def open_agent(
    source: str | Path | Mapping[str, Any], trust_remote_code: bool = False, **kwargs: Any
) -> Iterator[MultiStepAgent[Any]]:
    """Make the agent that a file describes, for as long as the block runs.

    At its end, the agent's models and the connections to its MCP servers are closed.

    Args:
        source: A description (``agent.yaml``, ``agent.json``, or the data that would be in one), or the folder
            of an agent that was saved.
        trust_remote_code: Whether the code that it names may be run here: tools in files, in modules and on
            the Hub, and the programs of MCP servers. If there is none, it is not needed.
        **kwargs: Arguments of the agent to be used instead of those described, e.g. ``model``, ``logger``.

    Raises:
        ConfigurationError: The description is wrong, with file, line and field in the message; or it names
            code and is not trusted, in which case nothing was run.

    Example:
        >>> from twofold import open_agent
        >>> with open_agent("agent.yaml") as agent:  # doctest: +SKIP
        ...     print(agent.run("What is new?"))
    """
    from ..._core.sharing.description_file import code_in_description, is_saved_agent, read_description
    from ..._core.sharing.tool_loading import require_trust

    opened: list[Any] = []
    try:
        if not isinstance(source, Mapping) and is_saved_agent(Path(source)):
            agent = _load_saved(Path(source), trust_remote_code, kwargs, opened)
        else:
            described = read_description(source)
            code = code_in_description(described)
            if code:
                require_trust(trust_remote_code, described.file, ", ".join(code))
            agent = _Builder(opened).build(described, None, kwargs)
        yield agent
    finally:
        bridge.shield(lambda: _close_all(opened))


def _close_all(opened: list[Any]) -> None:
    """Close what was opened, the latest first; all of it, also if something fails."""
    if opened:
        latest = opened.pop()
        try:
            latest.close()
        finally:
            _close_all(opened)


def _load_saved(
    path: Path, trusted: bool, arguments: Mapping[str, Any], opened: list[Any]
) -> MultiStepAgent[Any]:
    folder = path.parent if path.suffix else path
    agent = MultiStepAgent.from_folder(folder, trusted, **arguments)
    opened += _models_of(agent) if "model" not in arguments else []
    opened.append(agent)
    return agent


def _models_of(agent: MultiStepAgent[Any]) -> list[Any]:
    models = [agent.model]
    for managed in agent.managed_agents.values():
        models += _models_of(managed)
    return models


class _Builder:
    """Makes an agent and those that it manages, and notes what is to be closed."""

    def __init__(self, opened: list[Any]) -> None:
        self._opened = opened

    def build(self, described: Any, model: Any, more: Mapping[str, Any]) -> MultiStepAgent[Any]:
        """Return an agent.

        Args:
            described: Its description.
            model: The model to use where it names none.
            more: Arguments to be used instead of those described.
        """
        from ..._core.sharing.description_arguments import described_arguments

        description = described.description
        model = more.get("model") or self._model(description.model, model)
        tools = self._tools(described)
        managed = [self._managed(entry, model) for entry in described.managed]
        agent_class = CodeAgent if description.agent == "code" else ToolCallingAgent
        templates = agent_class(tools=[], model=model, **_prompt_switches(description)).prompt_templates
        arguments = described_arguments(described, templates)
        if managed:
            arguments["managed_agents"] = managed
        agent: MultiStepAgent[Any] = agent_class(**{**arguments, "tools": tools, "model": model, **more})
        self._opened.append(agent)
        return agent

    def _managed(self, entry: Any, model: Any) -> MultiStepAgent[Any]:
        if isinstance(entry, Path):
            return _load_saved(entry, True, {}, self._opened)
        return self.build(entry, model, {})

    def _model(self, description: Any, model: Any) -> Any:
        if description is None and model is not None:
            return model
        from ..._core.sharing.description_arguments import model_data

        made = Model.from_dict(model_data(description))
        self._opened.append(made)
        return made

    def _tools(self, described: Any) -> list[Any]:
        from ..._core.sharing.description_arguments import find_tools

        entries = described.description.tools
        tools: list[Any] = []
        for index, entry in enumerate(entries):
            where = f"{described.file}: tools.{index}"
            # may fetch and import things
            found = bridge.call_blocking(find_tools, entry, described.folder, where, bridge.API_MODULE)
            tools += found
        if described.description.mcp_servers:
            tools += self._mcp_tools(described.description.mcp_servers)
        return tools

    def _mcp_tools(self, servers: Mapping[str, Any]) -> list[Any]:
        from ..mcp.client import MCPClient

        client = MCPClient(dict(servers))
        self._opened.append(client)
        return list(client.get_tools())


def _prompt_switches(description: Any) -> dict[str, Any]:
    """Return the arguments that choose an agent's usual prompts."""
    return {"use_structured_outputs_internally": True} if description.use_structured_outputs else {}
