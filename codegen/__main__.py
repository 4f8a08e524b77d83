"""``python -m codegen`` writes the generated trees; ``python -m codegen --check`` proves them and writes nothing."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .problems import CodegenError, Problem
from .project import Project, Table
from .table import TABLE

try:
    from .run import check, update
except ModuleNotFoundError as missing:
    sys.exit(
        f"codegen needs the package {missing.name!r}: run `nox -s codegen`, or python -m pip install -e '.[dev]'"
    )


def main(arguments: Sequence[str] | None = None, table: Table = TABLE) -> int:
    """The command line. Returns the exit code: 0 all is well, 1 something is wrong with the project."""
    parser = argparse.ArgumentParser(
        prog="python -m codegen", description="Generate the sync trees from the async ones."
    )
    parser.add_argument(
        "--check", action="store_true", help="prove that the trees are right and current; write nothing"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(__file__).resolve().parents[1],
        help="the project (default: this one)",
    )
    options = parser.parse_args(arguments)
    project = Project.at(options.root, table)
    if options.check:
        return _report(
            check(project), f"{len(project.sources())} sources: the generated trees are current and proven"
        )
    try:
        changed = update(project)
    except CodegenError as error:
        return _report(error.problems, "")
    for path in changed:
        print(path)
    print(f"{len(changed)} files changed")
    return 0


def _report(problems: list[Problem], good: str) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} problems", file=sys.stderr)
        return 1
    print(good)
    return 0


if __name__ == "__main__":
    sys.exit(main())
