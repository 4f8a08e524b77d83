"""The command line: ``python -m benchmarks NAME [--quick] [--no-write]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from .frame import Benchmark, BenchmarkError, progress
from .machine import describe_machine
from .registry import BENCHMARKS
from .report import Report, render_report
from .results import RESULTS, ResultsError, write_section

__all__ = ["build_parser", "main"]

_EPILOG = (
    "Results are printed, and written to benchmarks/RESULTS.md: one section for each benchmark, replaced by "
    "each run. Peers are installed into benchmarks/.envs/ when they are first needed."
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser, with one sub-command for each benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure twofold side by side with its peers. Nothing here asserts a time.",
        epilog=_EPILOG,
    )
    parser.add_argument("--list", action="store_true", help="list the benchmarks and exit")
    commands = parser.add_subparsers(dest="benchmark", metavar="NAME", title="benchmarks")
    for benchmark in BENCHMARKS.values():
        command = commands.add_parser(
            benchmark.name, help=benchmark.summary, description=benchmark.summary, epilog=_EPILOG
        )
        command.add_argument(
            "--quick", action="store_true", help="fewer repetitions, for a look: RESULTS.md is left alone"
        )
        command.add_argument("--no-write", action="store_true", help="print the results, write nothing")
        benchmark.add_arguments(command)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark.

    Returns:
        The exit code: 0 it was measured; 1 it could not be, or its results not written; 2 wrong usage;
        130 interrupted.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.list:
        return _list()
    if options.benchmark is None:
        parser.print_usage(sys.stderr)
        print("Which benchmark? --list shows them.", file=sys.stderr)
        return 2
    try:
        return _run(BENCHMARKS[options.benchmark], options)
    except (BenchmarkError, ResultsError) as error:
        print(f"{options.benchmark}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.benchmark}: interrupted, nothing was written", file=sys.stderr)
        return 130


def _list() -> int:
    width = max(map(len, BENCHMARKS))
    for benchmark in BENCHMARKS.values():
        print(f"{benchmark.name:<{width}}  {benchmark.summary}")
    return 0


def _run(benchmark: Benchmark, options: argparse.Namespace) -> int:
    machine = describe_machine()  # before the run: its own load must not be counted as somebody else's
    report: Report = benchmark.run(options)
    section = render_report(report, machine, datetime.now(UTC))
    print(section)
    if report.quick or options.no_write:
        progress("Nothing was written.")
    else:
        write_section(RESULTS, benchmark.name, section)
        progress(f"Written to {RESULTS.parent.name}/{RESULTS.name}.")
    return 0
