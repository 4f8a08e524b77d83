"""Pictures of agents and memories for the console: trees and replays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import AgentMaxStepsError
from .memory import ActionStep, AgentMemory, FinalAnswerStep, PlanningStep, TaskStep
from .safe_text import printable

if TYPE_CHECKING:
    from rich.tree import Tree

    from .logging import AgentLogger

__all__ = ["agent_tree", "replay_memory"]


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
        printer.log_thought(step.model_output)
    if step.code_action is None:
        for call in step.tool_calls or ():
            printer.log_event(call)
    printer.log_event(step)
    if step.is_final_answer or isinstance(step.error, AgentMaxStepsError):
        printer.log_event(FinalAnswerStep(step.action_output))
