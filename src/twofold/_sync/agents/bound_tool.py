# Generated from src/twofold/_async/agents/bound_tool.py by `nox -s codegen`. Do not edit.
"""Tools and managed agents as the code of a run calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..._core.tools.tool import Tool
from .acting import call_agent_from_code, call_tool_from_code, call_tool_inline

if TYPE_CHECKING:
    from .base import MultiStepAgent
    from .run import AgentRun

__all__ = ["BoundAgent", "BoundTool"]


class BoundTool:
    """Calls a tool on behalf of a run, so that the run counts, traces and bounds the call.

    Owned by the executor session of the run, and of the runs that continue it: each call is that of the run
    that has the session then.

    Attributes:
        inline: A function to call in place, without any waiting, for tools that only compute; or None.
    """

    is_bound_tool = True

    def __init__(self, run: AgentRun[Any], tool: Tool) -> None:
        assert run.at_work is not None, "tools are bound for the code of a session"
        self._at_work = run.at_work
        self._tool = tool
        self.__name__ = tool.name
        self.__doc__ = tool.description
        waits = tool.is_async or tool.blocking or tool.needs_setup() or tool.timeout or tool.requires_approval
        self.inline: Callable[..., Any] | None = None if waits else self._call_inline

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call_tool_from_code(self._at_work.run, self._tool, args, kwargs)

    def _call_inline(self, *args: Any, **kwargs: Any) -> Any:
        return call_tool_inline(self._at_work.run, self._tool, args, kwargs)


class BoundAgent:
    """Gives a managed agent its tasks on behalf of a run."""

    is_bound_tool = True

    def __init__(self, run: AgentRun[Any], agent: MultiStepAgent[Any]) -> None:
        assert run.at_work is not None, "agents are bound for the code of a session"
        self._at_work = run.at_work
        self._agent = agent
        self.__name__ = agent.name or ""
        self.__doc__ = agent.description

    def __call__(self, task: str, additional_args: Mapping[str, Any] | None = None) -> str:
        return call_agent_from_code(self._at_work.run, self._agent, task, additional_args)
