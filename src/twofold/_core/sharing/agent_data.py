"""Agents as JSON-able data: which parameters are written, and how."""

from __future__ import annotations

import dataclasses
import inspect
import logging
from collections.abc import Iterator
from typing import Any, Final

from ..agents.context import ContextLimit, drop_old_steps, estimate_tokens
from ..agents.final_answer import FinalAnswerTool
from ..errors import ConfigurationError
from ..usage import UsageLimits
from ..version import __version__
from .modules import requirements_of, with_extra
from .plain_data import plain_data
from .secret_scan import without_secrets
from .tool_data import tool_to_dict
from .type_text import type_to_text

__all__ = ["FORMAT_VERSION", "agent_arguments", "agent_to_dict", "parameter_names", "takes_anything"]

logger = logging.getLogger("twofold")

FORMAT_VERSION: Final = 1
_EXTRAS: Final = {
    "AmazonBedrockModel": "bedrock",
    "AmazonBedrockServerModel": "bedrock",
    "AzureOpenAIModel": "openai",
    "AzureOpenAIServerModel": "openai",
    "InferenceClientModel": "huggingface",
    "LiteLLMModel": "litellm",
    "LiteLLMRouterModel": "litellm",
    "LocalModel": "local",
    "OpenAIModel": "openai",
    "OpenAIServerModel": "openai",
    "TransformersModel": "transformers",
}
# what cannot be saved by its nature: it is code of the program around the agent
_OF_THE_PROGRAM: Final = ("step_callbacks", "final_answer_checks", "approver", "logger")
# what is written in a form of its own
_WRITTEN_APART: Final = (
    "tools",
    "model",
    "managed_agents",
    "prompt_templates",
    "output_type",
    "usage_limits",
    "context_limit",
    "verbosity_level",
    "executor",
    "add_base_tools",
)


def agent_to_dict(agent: Any) -> dict[str, Any]:
    """Return an agent as data; see ``MultiStepAgent.to_dict``."""
    lost: list[str] = [] if getattr(agent, "tools_source", None) is None else ["tools"]
    tools = [tool_to_dict(tool) for tool in agent.tools.values() if not isinstance(tool, FinalAnswerTool)]
    data: dict[str, Any] = {
        "class": type(agent).__name__,
        "version": FORMAT_VERSION,
        "twofold": __version__,
        "tools": tools,
        "model": _model_data(agent.model),
        "managed_agents": {name: agent_to_dict(managed) for name, managed in agent.managed_agents.items()},
        "prompt_templates": plain_data(agent.prompt_templates),
        "verbosity_level": int(agent.logger.level),
    }
    data |= _plain_parameters(agent, lost)
    data |= _described_parameters(agent, lost)
    data["requirements"] = _requirements(data)
    clean, secrets = without_secrets({key: value for key, value in data.items() if key not in _WRITTEN_APART})
    _tell(agent, lost, secrets)
    return {
        name: clean.get(name, value)
        for name, value in data.items()
        if name in _WRITTEN_APART or name in clean
    }


def agent_arguments(agent: Any) -> dict[str, Any]:
    """Return what an agent was made with, by name; attributes that have been changed since count."""
    args, kwargs = getattr(agent, "_made_with", ((), {}))
    signature = inspect.signature(type(agent).__init__)
    given = signature.bind_partial(agent, *args, **kwargs).arguments
    given.pop(next(iter(signature.parameters)))
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            given |= given.pop(name, {})
    return {name: value for name, value in given.items() if value is not None}


def _plain_parameters(agent: Any, lost: list[str]) -> dict[str, Any]:
    """Return the parameters that are JSON-able data as they are: also those of a class of the user."""
    given = agent_arguments(agent)
    names = [name for name in parameter_names(type(agent)) if name not in _WRITTEN_APART]
    data: dict[str, Any] = {}
    for name in dict.fromkeys([*names, *given]):
        if name in _WRITTEN_APART:
            continue
        now = vars(agent).get(name, given.get(name))
        if name in _OF_THE_PROGRAM:
            if given.get(name):
                lost.append(name)
            continue
        for value in (now, given.get(name)):
            try:
                data[name] = plain_data(value)
                break
            except TypeError:
                continue
        else:
            lost.append(name)
        if name in data and data[name] is None:
            del data[name]
    return data


def parameter_names(cls: type) -> list[str]:
    """Return the names that a class takes, those that it hands to its base classes by ``**kwargs`` included."""
    names: dict[str, None] = {}
    for parameters in _signatures(cls):
        names |= dict.fromkeys(
            parameter.name
            for parameter in parameters
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        )
    return list(names)


def takes_anything(cls: type) -> bool:
    """Say whether a class takes any name, even after all of its base classes have taken theirs."""
    *_, last = _signatures(cls)
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in last)


def _signatures(cls: type) -> Iterator[list[inspect.Parameter]]:
    """Yield the parameters of a class and of its bases, as far as each hands on what it does not know."""
    for base in cls.__mro__:
        if "__init__" in vars(base) and base is not object:
            parameters = list(inspect.signature(base.__init__).parameters.values())[1:]  # type: ignore[misc]
            yield parameters
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
                return


def _described_parameters(agent: Any, lost: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if agent.answer_type is not None:
        text = type_to_text(agent.output_type)
        if text is None:
            lost.append("output_type")
        else:
            data["output_type"] = text
    if agent.usage_limits is not None and agent.usage_limits != UsageLimits():
        limits = dataclasses.asdict(agent.usage_limits)
        data["usage_limits"] = {name: limit for name, limit in limits.items() if limit is not None}
    if agent.context_limit is not None:
        data["context_limit"] = _context_limit(agent.context_limit, lost)
    executor = agent_arguments(agent).get("executor")
    if executor is not None:
        data |= _executor(executor, lost)
    return data


def _context_limit(limit: ContextLimit, lost: list[str]) -> Any:
    data: dict[str, Any] = {"max_tokens": limit.max_tokens, "keep": limit.keep}
    if type(limit.strategy).__name__ == "SummarizeOldSteps":
        data["strategy"] = {"class": "SummarizeOldSteps", **plain_data(vars(limit.strategy))}
    elif limit.strategy is not drop_old_steps:
        lost.append("context_limit.strategy")
    if limit.count_tokens is not estimate_tokens:
        lost.append("context_limit.count_tokens")
    return data


def _executor(executor: Any, lost: list[str]) -> dict[str, Any]:
    """Return the parameters of an agent that make an executor like the one it was given."""
    policy = getattr(executor, "policy", None)
    if type(executor).__name__ != "LocalPythonExecutor" or policy is None:
        lost.append("executor")
        return {}
    if executor.additional_functions:
        lost.append("executor.additional_functions")
    limits = {"timeout_seconds": policy.timeout_seconds, "max_operations": policy.max_operations}
    return {
        "additional_authorized_imports": list(policy.authorized_imports),
        "executor_kwargs": {
            name: limit for name, limit in limits.items() if limit is not None or name[0] == "t"
        },
        "max_print_outputs_length": policy.max_print_characters,
    }


def _model_data(model: Any) -> dict[str, Any]:
    to_dict = getattr(model, "to_dict", None)
    if to_dict is None:
        raise ConfigurationError(
            f"The agent cannot be saved: its model, of the class {type(model).__name__}, has no to_dict(). "
            f"Derive it from Model."
        )
    data: dict[str, Any] = to_dict()
    return data


def _requirements(data: dict[str, Any]) -> list[str]:
    found = [name for tool in data["tools"] for name in tool.get("requirements", ())]
    for managed in data["managed_agents"].values():
        found += managed["requirements"]
    imports = data.get("additional_authorized_imports", ())
    found += requirements_of(name.removesuffix(".*") for name in imports if name != "*")
    extra = _EXTRAS.get(data["model"].get("class", ""))
    return with_extra(found, *([extra] if extra else []))


def _tell(agent: Any, lost: list[str], secrets: list[str]) -> None:
    what = f"The agent {agent.name!r}" if agent.name else "The agent"
    if secrets:
        logger.warning("%s was saved without its secrets: %s.", what, ", ".join(secrets))
    if lost:
        logger.warning(
            "%s was saved without %s, which files cannot hold: set them again where it is loaded.",
            what,
            ", ".join(lost),
        )
