"""Checks of what users hand to agents. Each says what was wrong, with the value, and what to do."""

from __future__ import annotations

import keyword
import reprlib
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigurationError
from ..parsing import truncate_content
from ..usage import UsageLimits

__all__ = [
    "MANAGED_AGENT_INPUTS",
    "announce_variables",
    "check_approvals",
    "check_approver",
    "check_is_model_of",
    "check_managed_agents",
    "check_max_steps",
    "check_max_tool_threads",
    "check_planning_interval",
    "check_task",
    "check_usage_limits",
    "check_variables",
]

MANAGED_AGENT_INPUTS: dict[str, dict[str, Any]] = {
    "task": {"type": "string", "description": "The task, in detail, with all that the agent needs to know."},
    "additional_args": {
        "type": "object",
        "description": "Objects such as tables or images that the agent needs, by name.",
        "nullable": True,
    },
}
"""What a managed agent takes when it is called like a tool."""

_SHOWN_REPR = 200
_SHORT_REPR = reprlib.Repr()
_SHORT_REPR.maxstring = _SHORT_REPR.maxother = _SHOWN_REPR


def check_task(task: Any) -> str:
    """Return the task if it is a text with something in it.

    Raises:
        ConfigurationError: It is not.
    """
    if not isinstance(task, str):
        raise ConfigurationError(f"The task must be a text, not {type(task).__name__}: {_short_repr(task)}.")
    if not task.strip():
        raise ConfigurationError("The task is empty: say what the agent is to do.")
    return task


def check_max_steps(max_steps: Any) -> int:
    """Return the number of steps if a run can have so many.

    Raises:
        ConfigurationError: It is no whole number, or less than 1.
    """
    if not isinstance(max_steps, int) or isinstance(max_steps, bool) or max_steps < 1:
        raise ConfigurationError(f"max_steps must be a whole number of at least 1; got {max_steps!r}.")
    return max_steps


def check_is_model_of(api_module: str, model: Any, *, agent: str) -> None:
    """Check that a model can be asked by agents of one API.

    Args:
        api_module: The module that the agent comes from, ``twofold`` or ``twofold.aio``.
        model: The model.
        agent: The agent's class, for the message.

    Raises:
        ConfigurationError: It is a model of the other API, or no model at all.
    """
    if isinstance(model, type):
        raise ConfigurationError(
            f"model must be an instance, not the class {model.__name__}: write {model.__name__}(...)."
        )
    other = getattr(model, "api_module", api_module)
    if other != api_module:
        raise ConfigurationError(
            f"This {type(model).__name__} is the one of {other}, but {agent} is the one of {api_module}. "
            f"Take both from one API: {_right_import(api_module, type(model))}"
        )
    if not callable(getattr(model, "generate", None)):
        raise ConfigurationError(
            "model must have a method generate(messages, ...), as OpenAIModel and LocalModel do; "
            f"got {_short_repr(model)}."
        )


def _right_import(api_module: str, model_class: type[Any]) -> str:
    # a class of the user's may derive from a model of twofold
    own = next((base for base in model_class.__mro__ if base.__module__.startswith("twofold.")), model_class)
    module = f"{api_module}.testing" if ".testing" in own.__module__ else api_module
    what = f"from {module} import {own.__name__}"
    return what if own is model_class else f"{what}, and derive {model_class.__name__} from that"


def check_planning_interval(interval: Any) -> int | None:
    """Return the planning interval if there can be such.

    Raises:
        ConfigurationError: It is neither None nor a whole number of at least 1.
    """
    if interval is None:
        return None
    if not isinstance(interval, int) or isinstance(interval, bool) or interval < 1:
        raise ConfigurationError(
            f"planning_interval must be a whole number of at least 1, or None for no plans; got {interval!r}."
        )
    return interval


def check_max_tool_threads(threads: Any) -> int | None:
    """Return how many tool calls may be under way at once, if there can be so many.

    Raises:
        ConfigurationError: It is neither None nor a whole number of at least 1.
    """
    if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool) or threads < 1):
        raise ConfigurationError(
            f"max_tool_threads must be a whole number of at least 1, or None for no limit; got {threads!r}."
        )
    return threads


def check_usage_limits(limits: Any) -> UsageLimits | None:
    """Return the usage limits if they are such.

    Raises:
        ConfigurationError: They are not.
    """
    if limits is not None and not isinstance(limits, UsageLimits):
        raise ConfigurationError(
            f"usage_limits must be UsageLimits, e.g. UsageLimits(requests=10); got {limits!r}."
        )
    return limits


def check_approver(approver: Any) -> Any:
    """Return the approver if it can be asked.

    Raises:
        ConfigurationError: It cannot be called.
    """
    if approver is not None and not callable(approver):
        raise ConfigurationError(
            "approver must be a function of tool, arguments and run that returns True, or a text with the "
            f"reason why not; got {approver!r}."
        )
    return approver


def check_approvals(agent: Any) -> None:
    """Check that somebody can be asked wherever a tool of an agent or of its team requires approval.

    Raises:
        ConfigurationError: Nobody can.
    """
    if agent.approver is not None:
        return
    for tool in agent.tools.values():
        if tool.requires_approval:
            who = f" of the agent {agent.name!r}" if agent.name else ""
            raise ConfigurationError(
                f"The tool {tool.name!r}{who} requires approval, and there is nobody to ask: pass approver=."
            )
    for managed in agent.managed_agents.values():
        check_approvals(managed)


def check_managed_agents(agents: Any, tools: Mapping[str, Any], api_module: str) -> dict[str, Any]:
    """Return managed agents by name, if their manager can call them.

    Args:
        agents: What the user passed as ``managed_agents``.
        tools: The manager's tools, whose names are taken.
        api_module: The module that the manager comes from.

    Raises:
        ConfigurationError: One has no name or description, a name is taken, or it is of the other API.
    """
    managed: dict[str, Any] = {}
    for agent in agents or ():
        kind = type(agent).__name__
        other = getattr(agent, "api_module", None)
        if other is None:
            raise ConfigurationError(f"managed_agents holds agents only; got {agent!r}.")
        if other != api_module:
            raise ConfigurationError(
                f"The managed agent {agent.name!r} is the one of {other}, but its manager is the one of "
                f"{api_module}. Import both from one place: from {api_module} import {kind}"
            )
        if not agent.name or not agent.description:
            raise ConfigurationError(
                f"A managed agent needs a name and a description, so that its manager knows it: {kind}(..., "
                f"name='...', description='...'). This one has {agent.name!r} and {agent.description!r}."
            )
        if agent.name in managed or agent.name in tools:
            raise ConfigurationError(
                f"Two tools or managed agents are called {agent.name!r}. Rename one of them."
            )
        managed[agent.name] = agent
    return managed


def check_variables(variables: Any, reserved: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a run's variables if code can use them under their names.

    Args:
        variables: What the user passed as ``additional_args``.
        reserved: Names that are taken: tools and managed agents.

    Raises:
        ConfigurationError: It is no mapping, a name is no identifier, or a name is taken.
    """
    if variables is None:
        return {}
    if not isinstance(variables, Mapping):
        raise ConfigurationError(
            f"additional_args must be a mapping from names to values, not {type(variables).__name__}."
        )
    for name in variables:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise ConfigurationError(
                "additional_args become variables, so their names must be identifiers and no keywords; "
                f"got {name!r}."
            )
        if name.startswith("__"):
            raise ConfigurationError(
                f"additional_args has {name!r}: names that begin with two underscores belong to Python."
            )
        if name in reserved:
            raise ConfigurationError(
                f"additional_args has {name!r}, which is the name of a tool of this agent. "
                "Rename one of the two."
            )
    return dict(variables)


def announce_variables(variables: Mapping[str, Any]) -> str:
    """Return the text that tells the model which variables there are: name, type and a short look."""
    if not variables:
        return ""
    lines = [f"- {name} ({type(value).__name__}): {_short_repr(value)}" for name, value in variables.items()]
    return "\n\nThese variables are there for you to use:\n" + "\n".join(lines)


def _short_repr(value: Any) -> str:
    # reprlib never builds the whole text of a long list or mapping
    try:
        text = _SHORT_REPR.repr(value)
    except Exception as error:
        return f"<repr failed: {type(error).__name__}>"
    return truncate_content(" ".join(text.split()), _SHOWN_REPR) if len(text) > 2 * _SHOWN_REPR else text
