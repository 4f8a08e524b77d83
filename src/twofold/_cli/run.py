"""``twofold run``: give a task to an agent that a file describes, or that was saved."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .._core.errors import ConfigurationError
from .agent_options import make_model
from .approvals import Attendant
from .exit_codes import EXIT_OK
from .task import print_result, read_task
from .terminal import make_console

__all__ = ["run"]

_EPILOG = """\
a description, agent.yaml for example:
  agent: code
  model:
    class: OpenAIModel
    model_id: gpt-4o-mini
    api_key_env: OPENAI_API_KEY
  tools: [web_search, ./my_tools.py]
  mcpServers:
    files: {command: my-file-server, args: [--root, .]}
  limits: {requests: 20}

`twofold run --schema` prints all that it may say, as a JSON schema for editors.
"""


def run(arguments: list[str]) -> int:
    """Carry out ``twofold run`` and return the exit code."""
    options = _parser().parse_args(arguments)
    if options.schema:
        from .._core.sharing.description import description_schema

        print(json.dumps(description_schema(), indent=2))
        return EXIT_OK
    if options.agent is None:
        raise ConfigurationError("there is no agent. Example: twofold run agent.yaml 'What is new?'")
    task = read_task(options.task)
    from .._sync.agents.description import open_agent

    with open_agent(options.agent, options.trust_remote_code, **_overrides(options)) as agent:
        result = Attendant().result_of(agent, task, options.max_steps)
    return print_result(result, as_json=options.json, quiet=options.quiet)


def _overrides(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of the agent that the command line has a say in."""
    from .._core.display.logging import AgentLogger, LogLevel

    level = LogLevel.OFF if options.quiet else LogLevel.INFO
    overrides: dict[str, Any] = {"logger": AgentLogger(level, console=make_console())}
    if options.model is not None:
        overrides["model"] = make_model(options.model, options.api_base, quiet=options.quiet)
    elif options.api_base is not None:
        raise ConfigurationError(
            "--api-base goes with --model; else the description says where the model is."
        )
    return overrides


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold run",
        description="Give a task to an agent that a file describes, or that was saved in a folder.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "agent", nargs="?", help="a description (.yaml or .json), or the folder of a saved agent"
    )
    parser.add_argument("task", nargs="?", help="what to do; read from standard input if left out or '-'")
    parser.add_argument(
        "--trust-remote-code",
        action="store_true",
        help="run the code that it names: tools in files and modules, programs of MCP servers",
    )
    parser.add_argument("--model", metavar="MODEL", help="another model than the one described")
    parser.add_argument("--api-base", metavar="URL", help="base URL of that model's server")
    parser.add_argument(
        "--max-steps", type=int, metavar="N", help="steps at most, instead of those described"
    )
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="print the answer and nothing else")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of descriptions and end")
    return parser
