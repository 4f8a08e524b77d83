"""Pictures of agents and memories for the console: trees and replays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..agents.memory import ActionStep, AgentMemory, FinalAnswerStep, PlanningStep, TaskStep
from ..errors import AgentMaxStepsError
from ..parsing import truncate_content
from .safe_text import printable, text_of

if TYPE_CHECKING:
    from rich.panel import Panel
    from rich.tree import Tree

    from ..agents.results import RunResult
    from .logging import AgentLogger

__all__ = ["agent_tree", "replay_memory", "result_panel"]

_SHOWN_ANSWER = 5_000
_SHOWN_LINE = 60
_LAST_WORD = re.compile(r"\s*\S+\s*$")


def agent_tree(agent: Any) -> Tree:
    """Return an agent, its tools and its managed agents as a rich tree."""
    from rich.text import Text
    from rich.tree import Tree

    name = f"{agent.name}: " if agent.name else ""
    model = getattr(agent.model, "model_id", None) or type(agent.model).__name__
    tree = Tree(Text(printable(f"{name}{type(agent).__name__} on {model}"), style="bold"))
    if agent.description:
        tree.add(Text(printable(agent.description), style="dim"))
    imports = getattr(agent, "authorized_imports", None)
    if imports:
        tree.add(Text(f"imports: {', '.join(imports)}", style="dim"))
    tools = tree.add("tools")
    for tool in agent.tools.values():
        arguments = ", ".join(
            f"{argument}: {schema.get('type', 'any')}" for argument, schema in tool.inputs.items()
        )
        summary = (printable(tool.description).strip().splitlines() or [""])[0]
        tools.add(Text.assemble((tool.name, "yellow"), f"({arguments})", (f"  {summary}", "dim")))
    if agent.managed_agents:
        team = tree.add("managed agents")
        for managed in agent.managed_agents.values():
            team.children.append(agent_tree(managed))
    return tree


def result_panel(result: RunResult[Any]) -> Panel:
    """Return a run's result: the answer, how the run ended, and its steps in a line each."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    good = result.state == "success"
    table = Table.grid(padding=(0, 2))
    for step in result.steps:
        if "step_number" in step:
            table.add_row(*(Text(printable(cell), style="dim") for cell in _step_cells(step)))
    tokens = result.token_usage
    figures = f"{tokens.input_tokens:,} tokens in, {tokens.output_tokens:,} out"
    if result.timing.duration is not None:
        figures += f", {result.timing.duration:.1f} s"
    answer = Text(printable(truncate_content(text_of(result.output), _SHOWN_ANSWER)))
    return Panel(
        Group(answer, Text(), table, Text(figures, style="dim")),
        title=Text("Answer" if good else result.state),
        title_align="left",
        border_style="green" if good else "red",
    )


def _step_cells(step: Mapping[str, Any]) -> list[str]:
    """Return number, action and outcome of a step, a line each."""
    calls = ", ".join(call["function"]["name"] for call in step.get("tool_calls") or ())
    action = step.get("code_action") or calls or "no action"
    error = step.get("error")
    outcome = f"{error['type']}: {error['message']}" if error else step.get("observations") or ""
    return [f"Step {step['step_number']}", _first_line(action), _first_line(outcome)]


def _thought_of(reply: str, code: str | None) -> str:
    """Return what a reply says before its code, without the tag that opens that."""
    before, found, _ = reply.partition(code) if code else (reply, "", "")
    return _LAST_WORD.sub("", before) if found else reply


def _first_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    if len(lines) > 1 and lines[0].endswith(":"):  # a heading
        lines[:2] = [f"{lines[0]} {lines[1]}"]
    first = lines[0] if len(lines[0]) <= _SHOWN_LINE else lines[0][:_SHOWN_LINE] + "..."
    return first if len(lines) == 1 else f"{first} (and {len(lines) - 1} more lines)"


def replay_memory(memory: AgentMemory, logger: AgentLogger, detailed: bool = False) -> None:
    """Print what a run did, from its memory, whatever the logger's level.

    Args:
        memory: The memory.
        logger: Whose console to print on.
        detailed: Show also what the model was sent at each step.
    """
    from .logging import AgentLogger, LogLevel

    printer = AgentLogger(LogLevel.DEBUG if detailed else LogLevel.INFO, console=logger.console)
    if detailed:
        printer.log_rule("System prompt")
        printer.log(memory.system_prompt.system_prompt)  # as it is: Markdown would hide its tags
    for step in memory.steps:
        if isinstance(step, TaskStep):
            printer.log_task(step.task)
        elif isinstance(step, PlanningStep):
            printer.log_event(step)
        elif isinstance(step, ActionStep):
            _replay_step(step, printer, detailed)


def _replay_step(step: ActionStep, printer: AgentLogger, detailed: bool) -> None:
    printer.log_rule(f"Step {step.step_number}")
    if detailed and step.model_input_messages is not None:
        printer.log_messages(step.model_input_messages)
    if isinstance(step.model_output, str):
        printer.log_thought(_thought_of(step.model_output, step.code_action))
    if step.code_action is not None:
        printer.log_code("Code", step.code_action)
    else:
        for call in step.tool_calls or ():
            printer.log_event(call)
    printer.log_event(step)
    if step.is_final_answer or isinstance(step.error, AgentMaxStepsError):
        printer.log_event(FinalAnswerStep(step.action_output))
