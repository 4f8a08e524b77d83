"""``twofold "task"``: give an agent one task, and print its answer."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from .._core.errors import ConfigurationError
from .._core.version import __version__
from .agent_options import MODELS_HELP, add_agent_options, make_agent, make_model
from .approvals import Attendant
from .commands import commands_help
from .exit_codes import EXIT_OK, EXIT_OUT_OF_STEPS
from .terminal import make_console

__all__ = ["print_result", "read_task", "run"]

_EXIT_CODES = """\
exit codes:
  0 answered   1 the run failed   2 wrong usage or configuration
  3 the steps were used up and the answer is a best guess   130 interrupted
"""


def run(arguments: list[str]) -> int:
    """Carry out the task in the arguments and return the exit code."""
    options = _parser().parse_args(arguments)
    task = read_task(options.task)
    from .._core.display.logging import AgentLogger, LogLevel

    logger = AgentLogger(LogLevel.OFF if options.quiet else LogLevel.INFO, console=make_console())
    with (
        make_model(options.model, options.api_base, quiet=options.quiet) as model,
        make_agent(options, model, logger, stream_outputs=not options.quiet) as agent,
    ):
        result = Attendant().result_of(agent, task)
    return print_result(result, as_json=options.json, quiet=options.quiet)


def print_result(result: Any, *, as_json: bool, quiet: bool) -> int:
    """Print what a run came to on standard output, and return the exit code.

    Args:
        result: The ``RunResult``.
        as_json: Whether to print the whole of it, as JSON.
        quiet: Whether the steps were not shown.
    """
    if as_json:
        print(json.dumps(result.dict(), indent=2))
    elif quiet or not (sys.stdout.isatty() and sys.stderr.isatty()):
        print(result.output)  # on one terminal for both, the steps have ended with it already
    sys.stdout.flush()
    return EXIT_OUT_OF_STEPS if result.state == "max_steps_error" else EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold",
        description="Give a task to an agent that solves it by writing and running Python code.",
        epilog=f"{MODELS_HELP}\n{_EXIT_CODES}\nmore commands:\n{commands_help()}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("task", nargs="?", help="what to do; read from standard input if left out or '-'")
    add_agent_options(parser)
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="print the answer and nothing else")
    parser.add_argument("--version", action="version", version=f"twofold {__version__}")
    return parser


def read_task(task: str | None) -> str:
    """Return the task that was given on the command line, or on standard input."""
    if task is not None and task != "-":
        return task
    if task is None and sys.stdin.isatty():
        raise ConfigurationError('there is no task. Example: twofold "What is the 20th Fibonacci number?"')
    return sys.stdin.read()
