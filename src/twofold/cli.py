"""The command ``twofold``: give an agent a task from the shell, talk with it, look after the local models.

Here live the choice of the subcommand and what becomes of errors; the commands themselves are in ``_cli``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ._cli import task
from ._cli.commands import find_command
from ._cli.exit_codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from ._cli.terminal import complain, print_anything
from ._core.errors import AgentInterrupted, ConfigurationError, TwofoldError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit the process with its exit code.

    Args:
        argv: The arguments; those of the process if None.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    print_anything(sys.stdout)
    print_anything(sys.stderr)
    try:
        command = find_command(arguments)
        code = task.run(arguments) if command is None else command.run(arguments[1:])
    except (KeyboardInterrupt, AgentInterrupted):
        complain("interrupted")
        code = EXIT_INTERRUPTED
    except ConfigurationError as error:
        complain(f"error: {error}")
        code = EXIT_USAGE
    except TwofoldError as error:
        complain(f"error: {error}")
        code = EXIT_FAILED
    except BrokenPipeError:
        # whoever read our output has gone; python must not complain about it at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_FAILED
    sys.exit(code)


if __name__ == "__main__":
    main()
