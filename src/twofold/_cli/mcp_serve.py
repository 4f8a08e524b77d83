"""``twofold mcp-serve``: an agent as an MCP server."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .._core.cli_tools import load_object
from .._core.errors import ConfigurationError
from .agent_options import MODELS_HELP, add_agent_options, make_agent, make_model
from .exit_codes import EXIT_INTERRUPTED, EXIT_OK
from .terminal import complain

__all__ = ["run"]

_EXAMPLES = """\
examples:
  twofold mcp-serve --model openai/gpt-5-mini --tools weather.py
  twofold mcp-serve agents.py:researcher --transport streamable-http --port 8000
  twofold mcp-serve agent.yaml --trust-remote-code

In the configuration of an MCP client: {"command": "twofold", "args": ["mcp-serve", "agents.py:researcher"]}
"""


def run(arguments: list[str]) -> int:
    """Carry out ``twofold mcp-serve`` and return the exit code."""
    options = _parser().parse_args(arguments)
    with contextlib.ExitStack() as stack:
        with _prints_aside() if options.transport == "stdio" else contextlib.nullcontext():
            agent = stack.enter_context(_agent(options))
        try:
            _serve(agent, options)
        except KeyboardInterrupt:
            complain("interrupted")
            _leave_at_once()
    return EXIT_OK


@contextlib.contextmanager
def _prints_aside() -> Iterator[None]:
    """Let what is printed while an agent is made go to standard error: standard output belongs to the protocol."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # there is none
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold mcp-serve",
        description="Offer an agent as an MCP server: programs that speak MCP can give it tasks.",
        epilog=f"{MODELS_HELP}\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "agent",
        nargs="?",
        help="an agent of yours: FILE.py:NAME or MODULE:NAME (an agent, or a function that makes one), a "
        "description (.yaml or .json), or the folder of a saved agent; without it, one is made of the options "
        "up to --max-steps",
    )
    add_agent_options(parser)
    parser.add_argument(
        "--trust-remote-code",
        action="store_true",
        help="run the code that a description or a saved agent names: tools in files and modules, programs "
        "of MCP servers",
    )
    parser.add_argument(
        "--transport", default="stdio", choices=["stdio", "streamable-http"], help="default: stdio"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default: 8000)")
    parser.add_argument("--tool-name", metavar="NAME", help="name of the tool (default: the agent's name)")
    parser.add_argument("--description", metavar="TEXT", help="what the tool does")
    parser.add_argument("--max-tasks", type=int, metavar="N", help="tasks at once at most")
    return parser


@contextlib.contextmanager
def _agent(options: argparse.Namespace) -> Iterator[Any]:
    if options.agent is None:
        model = make_model(options.model, options.api_base, quiet=True)
        with model, make_agent(options, model) as agent:
            yield agent
        return
    if _is_description(options.agent):
        from .._core.display.logging import AgentLogger
        from .._sync.agents.description import open_agent

        # standard output belongs to the protocol
        with open_agent(options.agent, options.trust_remote_code, logger=AgentLogger()) as described:
            yield described
        return
    agent = load_object(options.agent, "mcp-serve")
    if not hasattr(agent, "run") and callable(agent):
        agent = agent()
    if not hasattr(agent, "run") or not hasattr(agent, "api_module"):
        raise ConfigurationError(f"mcp-serve {options.agent}: it is no agent, but {type(agent).__name__}.")
    yield agent


def _is_description(source: str) -> bool:
    return Path(source).is_dir() or Path(source).suffix in (".yaml", ".yml", ".json")


def _serve(agent: Any, options: argparse.Namespace) -> None:
    settings: dict[str, Any] = {
        "host": options.host,
        "port": options.port,
        "tool_name": options.tool_name,
        "description": options.description,
        "max_tasks": options.max_tasks,
        "on_listening": lambda url: print(f"listening on {url}", file=sys.stderr, flush=True),
    }
    if agent.api_module == "twofold":
        from .._sync.mcp.serving import serve_mcp

        serve_mcp(agent, options.transport, **settings)
    else:
        from .. import aio
        from .._bridge._sync import resolve

        serving: Any = aio.serve_mcp(agent, options.transport, **settings)
        resolve(serving)


def _leave_at_once() -> None:
    """End the process: the thread that reads standard input cannot be stopped, and would hold it up."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_INTERRUPTED)
