"""What runs do on behalf of their models and code: calling tools and managed agents, and asking for approval.

Each call is counted, held against the limits, approved where that is needed, and told to whoever streams.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.agents.events import ManagedAgentEvent, StreamEvent, ToolOutput
from ..._core.agents.memory import ToolCall
from ..._core.errors import (
    AgentError,
    AgentExecutionError,
    AgentToolExecutionError,
    ConfigurationError,
    ToolCallRefused,
    UsageLimitExceeded,
)
from ..._core.telemetry import begin_tool_in_code
from ..._core.tools.asking import Answerer, nobody_answers
from ..._core.tools.tool import Tool
from ..._core.tools.use import named_arguments, refusal_text, tool_observation
from ..tools.calling import run_tool

if TYPE_CHECKING:
    from .base import MultiStepAgent
    from .run import AgentRun

__all__ = [
    "answering",
    "ask_for_approval",
    "call_agent",
    "call_agent_from_code",
    "call_tool_from_code",
    "call_tool_inline",
]


async def ask_for_approval(run: AgentRun[Any], tool: Tool, arguments: Mapping[str, Any]) -> None:
    """Ask the approver about a call of a tool that requires it; return if there is nothing against it.

    Only True approves. A text is the reason of a refusal.

    Raises:
        ToolCallRefused: The call was refused, or the approver failed.
    """
    if not tool.requires_approval:
        return
    approver = run.approver
    if approver is None:
        raise ConfigurationError(f"The tool {tool.name!r} requires approval, and the agent has no approver.")
    try:
        decision = await bridge.call_user(approver, tool, dict(arguments), run)
    except Exception as error:
        reason = f"it could not be approved ({type(error).__name__}: {error})"
        raise ToolCallRefused(refusal_text(tool.name, reason)) from error
    if decision is not True:
        reason = decision if isinstance(decision, str) else ""
        raise ToolCallRefused(refusal_text(tool.name, reason))


def answering(run: AgentRun[Any]) -> AbstractContextManager[object]:
    """Return the context of a tool's call, in which the run's approver answers what the tool asks."""
    return nobody_answers() if run.approver is None else Answerer(run, bridge.from_anywhere(_asker(run)))


def _asker(run: AgentRun[Any]) -> Any:
    async def ask(tool: Tool | None, question: Mapping[str, Any]) -> Any:
        if run.approver is None or not run.is_active:  # a tool's task can go on when the run is over
            raise ConfigurationError("The run that called the tool is over: nobody can be asked any more.")
        return await bridge.call_user(run.approver, tool, dict(question), run)

    return ask


async def call_tool_from_code(
    run: AgentRun[Any], tool: Tool, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Call a tool for the code of a run: the tool's errors arrive as they are, for the code to catch."""
    run.count_tool_call(tool.name)
    call = _announce(run, tool, args, kwargs)
    try:
        with begin_tool_in_code(run, tool, args, kwargs, call).carried_out() as operation:
            if tool.requires_approval:
                await ask_for_approval(run, tool, tool.bind_arguments(args, kwargs))
            with answering(run):
                result = await run_tool(tool, args, kwargs)
            operation.result(result)
    except Exception as error:
        _announce_failure(run, call, error)
        raise
    _announce_result(run, call, result)
    return result


def call_tool_inline(run: AgentRun[Any], tool: Tool, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Do the same for a tool that only computes, without any waiting."""
    run.count_tool_call(tool.name)
    call = _announce(run, tool, args, kwargs)
    try:
        with begin_tool_in_code(run, tool, args, kwargs, call).carried_out() as operation:
            result = tool(*args, **kwargs)
            operation.result(result)
    except Exception as error:
        _announce_failure(run, call, error)
        raise
    _announce_result(run, call, result)
    return result


async def call_agent_from_code(
    run: AgentRun[Any], agent: MultiStepAgent[Any], task: str, additional_args: Mapping[str, Any] | None
) -> str:
    """Give a managed agent a task for the code of a run."""
    call = None
    if run.is_streaming:
        arguments = {"task": task, **({"additional_args": additional_args} if additional_args else {})}
        call = ToolCall(agent.name or "", arguments, run.next_call_id())
        run.emit(call)
    try:
        report = await call_agent(run, agent, task, additional_args)
    except Exception as error:
        _announce_failure(run, call, error)
        raise
    _announce_result(run, call, report)
    return report


async def call_agent(
    run: AgentRun[Any],
    agent: MultiStepAgent[Any],
    task: str,
    additional_args: Mapping[str, Any] | None = None,
) -> str:
    """Give a managed agent a task, and return its report. What it uses counts for this run too.

    Raises:
        AgentToolExecutionError: It could not finish the task; its own error is the cause.
        UsageLimitExceeded: This run, or one that manages it, has used all that it may.
    """
    run.count_tool_call(agent.name or "")
    try:
        work = agent._managed_run(task, additional_args, manager=run)
    except ConfigurationError as error:  # what the model passed cannot be worked on
        raise AgentToolExecutionError(f"{agent.name} could not be given this task: {error}") from error
    try:
        with run.managing(work):
            await _carry_out(run, work)
    except AgentError as error:
        if isinstance(error, UsageLimitExceeded) and error.usage is not work.usage:
            run.end_with(error)
            raise
        raise AgentToolExecutionError(f"{agent.name} did not finish its task: {error}") from error
    return agent._report(work)


async def _carry_out(run: AgentRun[Any], work: AgentRun[Any]) -> None:
    if not run.is_streaming:
        await work.carry_out()
        return
    events = work.events()
    async with bridge.closing(events):
        async for event in events:
            run.emit(_marked(event, run, work))


def _marked(event: StreamEvent, run: AgentRun[Any], work: AgentRun[Any]) -> ManagedAgentEvent:
    if isinstance(event, ManagedAgentEvent):  # of an agent further down, and marked there
        return event
    return ManagedAgentEvent(work.agent.name or "", run.agent.name, work.id, event)


# Telling those who stream about the calls of running code. All of it costs nothing when nobody does.


def _announce(
    run: AgentRun[Any], tool: Tool, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> ToolCall | None:
    if not run.is_streaming or tool.name == "final_answer":
        return None
    call = ToolCall(tool.name, named_arguments(tool, args, kwargs), run.next_call_id())
    run.emit(call)
    return call


def _announce_result(run: AgentRun[Any], call: ToolCall | None, result: Any) -> None:
    if call is not None:
        run.emit(ToolOutput(call.id, result, False, tool_observation(result, {}), call))


def _announce_failure(run: AgentRun[Any], call: ToolCall | None, error: Exception) -> None:
    if call is not None:
        text = f"{type(error).__name__}: {error}"
        known = error if isinstance(error, AgentError) else AgentExecutionError(text)
        run.emit(ToolOutput(call.id, None, False, text, call, known))
