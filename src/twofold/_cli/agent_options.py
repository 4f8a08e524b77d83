"""The options that describe an agent, and the model and agent made from them; several commands have them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .._core.cli_tools import load_tools
from .._core.errors import ConfigurationError

if TYPE_CHECKING:
    from .._core.display.logging import AgentLogger
    from .._sync.agents.code import CodeAgent

__all__ = ["MODELS_HELP", "add_agent_options", "make_agent", "make_model"]

MODELS_HELP = """\
models:
  local                  the embedded model (the default): no key needed, fetched at first use
  local/NAME             another embedded model; `twofold model list` names them
  PATH.gguf              a GGUF file of yours
  openai/ID              a model of OpenAI (key in OPENAI_API_KEY), or of the server at --api-base
"""


def add_agent_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``, ``--api-base``, ``--tools``, ``--imports`` and ``--max-steps``."""
    parser.add_argument("--model", default="local", metavar="MODEL", help="which model (default: local)")
    parser.add_argument("--api-base", metavar="URL", help="base URL of an OpenAI-compatible server")
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
    parser.add_argument("--max-steps", type=int, default=10, metavar="N", help="steps at most (default: 10)")


def make_agent(
    options: argparse.Namespace, model: Any, logger: AgentLogger | None = None, **more: Any
) -> CodeAgent[Any]:
    """Return the agent that the options describe.

    Args:
        options: What a parser with ``add_agent_options`` has parsed.
        model: The model.
        logger: What prints the steps; nothing does if None.
        **more: Further arguments of the agent.

    Raises:
        ConfigurationError: An option is not what it has to be.
    """
    from .._sync.agents.code import CodeAgent

    return CodeAgent(
        tools=load_tools(options.tools),
        model=model,
        additional_authorized_imports=options.imports,
        max_steps=options.max_steps,
        logger=logger,
        **more,
    )


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
    if kind == "openai" and rest:
        from .._sync.models.openai import OpenAIModel

        return OpenAIModel(rest, api_base=api_base)
    raise ConfigurationError(
        f"--model {name!r} is none that is known: use local, local/NAME, PATH.gguf or openai/ID."
    )
