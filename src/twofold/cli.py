"""The command ``twofold``: give an agent a task from the shell, and look after the local model.

Here live the arguments, the exit codes and what is printed. Agents and models come from the sync API.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from ._core.cli_tools import load_tools
from ._core.errors import AgentInterrupted, ConfigurationError, TwofoldError
from ._core.version import __version__

__all__ = ["main"]

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_OUT_OF_STEPS: Final = 3
EXIT_INTERRUPTED: Final = 130

_EPILOG = """\
models:
  local                  the embedded model (the default): no key needed, fetched at first use
  local/NAME             another embedded model; `twofold model list` names them
  PATH.gguf              a GGUF file of yours
  openai/ID              a model of OpenAI (key in OPENAI_API_KEY), or of the server at --api-base

exit codes:
  0 answered   1 the run failed   2 wrong usage or configuration
  3 the steps were used up and the answer is a best guess   130 interrupted

more commands:
  twofold model pull|list|path   fetch the local models ahead of time, or see where they are
"""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit the process with its exit code.

    Args:
        argv: The arguments; those of the process if None.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _print_anything(sys.stdout)
    _print_anything(sys.stderr)
    try:
        code = _model_command(arguments[1:]) if arguments[:1] == ["model"] else _task_command(arguments)
    except (KeyboardInterrupt, AgentInterrupted):
        _complain("interrupted")
        code = EXIT_INTERRUPTED
    except ConfigurationError as error:
        _complain(f"error: {error}")
        code = EXIT_USAGE
    except TwofoldError as error:
        _complain(f"error: {error}")
        code = EXIT_FAILED
    except BrokenPipeError:
        # whoever read our output has gone; python must not complain about it at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_FAILED
    sys.exit(code)


# A task ----------------------------------------------------------------------------------------------


def _task_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold",
        description="Give a task to an agent that solves it by writing and running Python code.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("task", nargs="?", help="what to do; read from standard input if left out or '-'")
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
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="print the answer and nothing else")
    parser.add_argument("--version", action="version", version=f"twofold {__version__}")
    return parser


def _task_command(arguments: list[str]) -> int:
    options = _task_parser().parse_args(arguments)
    task = _read_task(options.task)
    from ._core.logging import AgentLogger, LogLevel
    from ._sync.agents.code import CodeAgent

    logger = AgentLogger(LogLevel.OFF if options.quiet else LogLevel.INFO, console=_console())
    model = _make_model(options.model, options.api_base, quiet=options.quiet)
    with model:
        agent = CodeAgent(
            tools=load_tools(options.tools),
            model=model,
            additional_authorized_imports=options.imports,
            max_steps=options.max_steps,
            logger=logger,
            stream_outputs=not options.quiet,
        )
        with agent:
            result = agent.run(task, return_full_result=True)
    if options.json:
        print(json.dumps(result.dict(), indent=2))
    elif options.quiet or not (sys.stdout.isatty() and sys.stderr.isatty()):
        print(result.output)  # on one terminal for both, the steps have ended with it already
    sys.stdout.flush()
    return EXIT_OUT_OF_STEPS if result.state == "max_steps_error" else EXIT_OK


def _read_task(task: str | None) -> str:
    if task is not None and task != "-":
        return task
    if task is None and sys.stdin.isatty():
        raise ConfigurationError('there is no task. Example: twofold "What is the 20th Fibonacci number?"')
    return sys.stdin.read()


def _make_model(name: str, api_base: str | None, *, quiet: bool) -> Any:
    kind, _, rest = name.partition("/")
    if name.endswith(".gguf") or kind == "local":
        if api_base is not None:
            raise ConfigurationError(
                "--api-base is for models behind a server: use it with --model openai/ID."
            )
        from ._sync.models.local import LocalModel

        source = name if name.endswith(".gguf") else rest
        return LocalModel(source, progress=not quiet) if source else LocalModel(progress=not quiet)
    if kind == "openai" and rest:
        from ._sync.models.openai import OpenAIModel

        return OpenAIModel(rest, api_base=api_base)
    raise ConfigurationError(
        f"--model {name!r} is none that is known: use local, local/NAME, PATH.gguf or openai/ID."
    )


# The local models --------------------------------------------------------------------------------------


def _model_command(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="twofold model", description="Look after the models that run in process."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="the models that are known, and which are there")
    pull = commands.add_parser("pull", help="fetch a model now instead of at its first use")
    path = commands.add_parser("path", help="print where a model's file is")
    for command in (pull, path):
        command.add_argument("name", nargs="?", help="the model's name (default: the default model)")
    pull.add_argument("--quiet", "-q", action="store_true", help="show no progress")
    options = parser.parse_args(arguments)
    from ._core import cli_weights

    if options.command == "list":
        cli_weights.print_models(_console(sys.stdout))
    elif options.command == "pull":
        print(cli_weights.pull(options.name, progress=not options.quiet))
    else:
        print(cli_weights.find(options.name))
    return EXIT_OK


# The terminal --------------------------------------------------------------------------------------------


def _console(file: Any = None) -> Any:
    """Return the console for what is not the answer: standard error, so that pipes get the answer alone."""
    from rich.console import Console

    return Console(file=file or sys.stderr, highlight=False, safe_box=True)


def _print_anything(stream: Any) -> None:
    """Let a stream show a mark for what its encoding lacks, where it would raise (Windows, LANG=C)."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def _complain(message: str) -> None:
    print(f"twofold: {message}", file=sys.stderr)


if __name__ == "__main__":
    main()
