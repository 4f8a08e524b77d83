"""An agent as a tool of an MCP server: how it is described, what it is asked, how its work is told."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..agents.checks import check_max_steps, check_task
from ..agents.events import StreamEvent
from ..agents.memory import ActionStep, PlanningStep
from ..errors import ConfigurationError
from ..tools.schema import JsonSchema

__all__ = ["McpTaskRequest", "Offer", "ServeTransport", "describe_step", "make_offer"]

ServeTransport = Literal["stdio", "streamable-http"]

_MAX_SHOWN = 200
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")  # what MCP allows


@dataclass(frozen=True)
class Offer:
    """How an agent is offered.

    Attributes:
        tool: The name of the tool.
        description: What it does, for the client's model.
        instructions: What clients are told about the server.
        version: The version of the server.
        transport: How clients reach it.
        host: The address it listens at.
        port: The port; 0 is any free one.
        path: The path of its URL.
        max_tasks: How many tasks may be worked on at once; None is no limit.
        on_listening: Called with the URL once clients can connect.
    """

    tool: str
    description: str
    instructions: str
    version: str
    transport: ServeTransport
    host: str
    port: int
    path: str
    max_tasks: int | None
    on_listening: Callable[[str], object] | None = None

    @property
    def input_schema(self) -> JsonSchema:
        """The JSON schema of the tool's arguments."""
        return {
            "type": "object",
            "properties": {
                "task": {
                    "type": "string",
                    "description": "The task, in detail, with all that the agent needs to know.",
                },
                "max_steps": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "How many steps the agent may take; its usual number if left out.",
                },
                "additional_args": {
                    "type": "object",
                    "description": "Data that the agent needs, as variables by name.",
                },
            },
            "required": ["task"],
            "additionalProperties": False,
        }


def make_offer(
    agent: Any,
    *,
    transport: str,
    host: str,
    port: int,
    path: str,
    tool_name: str | None,
    description: str | None,
    max_tasks: int | None,
    on_listening: Callable[[str], object] | None,
    version: str,
) -> Offer:
    """Check what a user says about how to offer an agent.

    Raises:
        ConfigurationError: Something is not what it has to be.
    """
    if transport not in ("stdio", "streamable-http"):
        raise ConfigurationError(f"transport must be 'stdio' or 'streamable-http', not {transport!r}.")
    name = tool_name or agent.name or "run_task"
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"tool_name must be 1 to 128 letters, digits, '_', '-' and '.', not {tool_name!r}."
        )
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
        raise ConfigurationError(f"port must be a number from 0 to 65535, not {port!r}.")
    if not path.startswith("/"):
        raise ConfigurationError(f"path must begin with '/', not {path!r}.")
    if max_tasks is not None and (
        isinstance(max_tasks, bool) or not isinstance(max_tasks, int) or max_tasks < 1
    ):
        raise ConfigurationError(
            f"max_tasks must be a whole number of at least 1, or None; got {max_tasks!r}."
        )
    about = (
        description or agent.description or "An agent that solves tasks in several steps, with its own tools."
    )
    return Offer(
        tool=name,
        description=f"{about.rstrip()}\n\nGive it a task in plain words; it answers when it is done.",
        instructions=f"Call the tool {name} with a task. Steps are reported as progress; calls can be cancelled.",
        version=version,
        transport="stdio" if transport == "stdio" else "streamable-http",
        host=host,
        port=port,
        path=path,
        max_tasks=max_tasks,
        on_listening=on_listening,
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class McpTaskRequest:
    """One task of a client, and the way to tell it of the work.

    Attributes:
        task: The task.
        max_steps: How many steps it may take, if the client says so.
        additional_args: Variables for the run.
        report: Takes a number that grows, the number of all steps, and what was done. From any thread.
        on_cancel: What to call when the client cancels the task.
    """

    task: str
    max_steps: int | None
    additional_args: Mapping[str, Any] | None
    report: Callable[[float, float, str], object] = field(repr=False)
    on_cancel: Callable[[], object] | None = field(default=None, repr=False)

    @classmethod
    def read(
        cls, arguments: Mapping[str, Any] | None, report: Callable[[float, float, str], object]
    ) -> McpTaskRequest:
        """Read the arguments of a call.

        Raises:
            ConfigurationError: They are not what they have to be.
        """
        given = dict(arguments or {})
        task = check_task(given.pop("task", None))
        steps = given.pop("max_steps", None)
        variables = given.pop("additional_args", None)
        if given:
            raise ConfigurationError(
                f"There is no argument {', '.join(map(repr, given))}; there are task, max_steps, additional_args."
            )
        if variables is not None and not isinstance(variables, Mapping):
            raise ConfigurationError(f"additional_args must be an object, not {variables!r}.")
        return cls(task, None if steps is None else check_max_steps(steps), variables, report)

    def note(self, event: StreamEvent, max_steps: int) -> None:
        """Report an event of the run, if it is one that a client wants to hear of."""
        if isinstance(event, ActionStep):
            self.report(event.step_number, max_steps, describe_step(event))
        elif isinstance(event, PlanningStep):
            self.report(0, max_steps, "made a plan")


def describe_step(step: ActionStep) -> str:
    """Say in a line what happened in a step."""
    calls = [call.name for call in step.tool_calls or ()]
    if step.error is not None:
        what = f"failed: {step.error}"
    elif step.is_final_answer:
        what = "gave the answer"
    elif step.code_action is not None:
        what = "ran code"
    else:
        what = f"called {', '.join(calls)}" if calls else "thought"
    text = " ".join(f"step {step.step_number} {what}".split())
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
