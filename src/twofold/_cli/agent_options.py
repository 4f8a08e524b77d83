"""The options that describe an agent, and the model and agent made from them; several commands have them."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._core.cli_tools import load_tools
from .._core.errors import ConfigurationError
from .._core.models.short_names import ADDRESSES, MODEL_CLASSES

if TYPE_CHECKING:
    from .._core.display.logging import AgentLogger
    from .._core.tools.tool import Tool
    from .._sync.agents.base import MultiStepAgent

__all__ = ["MODELS_HELP", "add_agent_options", "make_agent", "make_model"]

MODELS_HELP = """\
models:
  local                  the embedded model (the default): no key needed, fetched at first use
  local/NAME             another embedded model; `twofold model list` names them
  PATH.gguf              a GGUF file of yours
  openai/ID              a model of OpenAI (key in OPENAI_API_KEY), or of the server at --api-base
  azure/ID, bedrock/ID, huggingface/ID, litellm/ID, transformers/ID
                         models of other services, or of the Hub in this process; keys as their libraries take them
"""


def add_agent_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``, ``--api-base``, ``--action-type``, ``--tools``, ``--imports`` and ``--max-steps``."""
    parser.add_argument("--model", default="local", metavar="MODEL", help="which model (default: local)")
    parser.add_argument("--api-base", metavar="URL", help="base URL of the model's server")
    parser.add_argument(
        "--action-type",
        default="code",
        choices=["code", "tool_calling"],
        help="whether the agent writes code (default), or calls tools",
    )
    parser.add_argument(
        "--tools",
        nargs="+",
        action="extend",
        default=[],
        metavar="TOOL",
        help="tools for the agent: FILE.py (all tools in it), FILE.py:NAME or MODULE:NAME",
    )
    parser.add_argument(
        "--imports",
        nargs="+",
        action="extend",
        default=[],
        metavar="MODULE",
        help="modules that the code may import besides the harmless ones, e.g. numpy or 'pandas.*'",
    )
    parser.add_argument(
        "--max-steps", type=int, default=10, metavar="N", help="steps at most (default: %(default)s)"
    )


def make_agent(
    options: argparse.Namespace,
    model: Any,
    logger: AgentLogger | None = None,
    tools: Sequence[Tool] = (),
    **more: Any,
) -> MultiStepAgent[Any]:
    """Return the agent that the options describe.

    Args:
        options: What a parser with ``add_agent_options`` has parsed.
        model: The model.
        logger: What prints the steps; nothing does if None.
        tools: Tools beside those of the options.
        **more: Further arguments of the agent.

    Raises:
        ConfigurationError: An option is not what it has to be.
    """
    shared: dict[str, Any] = {
        "tools": [*tools, *load_tools(options.tools)],
        "model": model,
        "max_steps": options.max_steps,
        "logger": logger,
        **more,
    }
    if options.action_type == "tool_calling":
        if options.imports:
            raise ConfigurationError(
                "--imports is for agents that write code: leave it out, or --action-type."
            )
        from .._sync.agents.tool_calling import ToolCallingAgent

        return ToolCallingAgent(**shared)
    from .._sync.agents.code import CodeAgent

    return CodeAgent(additional_authorized_imports=options.imports, **shared)


def make_model(name: str, api_base: str | None, *, quiet: bool) -> Any:
    """Return the model with a name as ``--model`` takes it.

    Args:
        name: The name.
        api_base: The base URL of its server, for models behind one.
        quiet: Whether to show no progress while weights are fetched.

    Raises:
        ConfigurationError: There is no such model.
    """
    kind, _, rest = name.partition("/")
    if name.endswith(".gguf") or kind == "local":
        if api_base is not None:
            raise ConfigurationError(
                "--api-base is for models behind a server: use it with --model openai/ID."
            )
        from .._sync.models.local import LocalModel

        source = name if name.endswith(".gguf") else rest
        return LocalModel(source, progress=not quiet) if source else LocalModel(progress=not quiet)
    if kind in MODEL_CLASSES and rest:
        if api_base is not None and kind not in ADDRESSES:
            raise ConfigurationError(
                f"--api-base is for models behind a server, and not for --model {kind}/ID."
            )
        model_class = getattr(importlib.import_module("twofold"), MODEL_CLASSES[kind])
        return model_class(rest, **({} if api_base is None else {ADDRESSES[kind]: api_base}))
    known = ", ".join(f"{one}/ID" for one in MODEL_CLASSES)
    raise ConfigurationError(
        f"--model {name!r} is none that is known: use local, local/NAME, PATH.gguf, {known}."
    )
