# Generated from src/twofold/_async/agents/dynamic_tools.py by `nox -s codegen`. Do not edit.
"""Tools that are not a fixed list: a function of the run says, before each step, which there are."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.agents.checks import check_approvals
from ..._core.agents.final_answer import FinalAnswerTool
from ..._core.errors import AgentToolExecutionError, ConfigurationError
from ..._core.tools.tool import Tool, tool_mapping
from .bound_tool import BoundTool

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["refresh_tools"]


def refresh_tools(run: AgentRun[Any]) -> None:
    """Ask for the tools of the step that begins, where a function gives them, and let the step know of them.

    Raises:
        ConfigurationError: What the function returned are no tools for this run.
    """
    source = run.agent.tools_source
    if source is None:
        return
    with run.trace.current():
        given = bridge.call_user(source, run)
    now = {**_final_answer(run), **tool_mapping(given)}
    if now != run.acting.tools:
        _check_names(run, now)
        run.acting = copy.copy(run.agent)
        run.acting.tools = now
        if run.approver is None:
            check_approvals(run.acting)
        run.show_prompts_of(run.acting)
    _send_tools(run, now)


def _send_tools(run: AgentRun[Any], now: dict[str, Tool]) -> None:
    """Let code call these tools and no others, also those of a run whose session this one has taken over."""
    session, at_work = run.open_session, run.at_work
    if session is None or at_work is None or at_work.tools == now:
        return
    functions: dict[str, Callable[..., Any]] = {name: BoundTool(run, tool) for name, tool in now.items()}
    withdrawn = {name: _gone(name) for name in at_work.tools if name not in now}
    session.send_tools({**withdrawn, **functions})
    at_work.tools = now


def _final_answer(run: AgentRun[Any]) -> dict[str, Tool]:
    return {name: tool for name, tool in run.agent.tools.items() if name == FinalAnswerTool.name}


def _check_names(run: AgentRun[Any], tools: dict[str, Tool]) -> None:
    for name in tools:
        if name in run.agent.managed_agents or name in run.state:
            what = "managed agent" if name in run.agent.managed_agents else "variable of the run"
            raise ConfigurationError(
                f"The function that gives the tools returned one with the name {name!r}, which is the name of "
                f"a {what} too. Rename one of them."
            )


def _gone(name: str) -> Callable[..., Any]:
    """Return what stands in code for a tool that was there in an earlier step."""

    def gone(*args: Any, **kwargs: Any) -> Any:
        raise AgentToolExecutionError(f"The tool {name!r} is not available in this step.")

    return gone
