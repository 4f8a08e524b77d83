"""``twofold model``: look after the models that run in process."""

from __future__ import annotations

import argparse
import sys

from .._core import cli_weights
from .exit_codes import EXIT_OK
from .terminal import make_console

__all__ = ["run"]


def run(arguments: list[str]) -> int:
    """Carry out ``twofold model`` and return the exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "list":
        cli_weights.print_models(make_console(sys.stdout))
    elif options.command == "pull":
        print(cli_weights.pull(options.name, progress=not options.quiet))
    else:
        print(cli_weights.find(options.name))
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
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
    return parser
