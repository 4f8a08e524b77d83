"""The benchmark itself: a real ``CodeAgent`` with its own prompts on ``LocalModel``, task after task."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from ..frame import Benchmark, BenchmarkError, positive_int, progress
from ..report import Column, Report, Table
from .outcome import Outcome, carry_out, describe, score_table, task_table
from .tasks import TASKS, Task

if TYPE_CHECKING:
    from twofold import RunResult

    from .meter import MeteredModel

__all__ = ["LOCAL"]

_MAX_STEPS = 5
_QUICK_TASKS = 3


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="another local model: a known name, or the path of a GGUF file")
    parser.add_argument(
        "--max-steps",
        type=positive_int,
        default=_MAX_STEPS,
        help="steps for each task (default: %(default)s)",
    )
    parser.add_argument(
        "--task",
        action="append",
        choices=[task.name for task in TASKS],
        metavar="NAME",
        help="only this task, for a look: RESULTS.md is left alone. Can be given several times",
    )
    parser.add_argument("--verbose", action="store_true", help="show what the agent does, on the console")


def _run(options: argparse.Namespace) -> Report:
    tasks = _chosen(options)
    model, load_seconds = _load(options.model)
    try:
        outcomes = _carry_out_all(tasks, model, options.max_steps, options.verbose)
        speeds = _speed_table(model, load_seconds)
    finally:
        model.close()
    bare = _carry_out_bare(tasks, _weights(str(model.model_id)))
    return Report(
        title="Small tasks on the local model (`local`)",
        description=(
            f"{len(tasks)} small tasks with known answers, each given to a new `CodeAgent` with its own "
            f"prompts and at most {options.max_steps} steps. Model: {_public_name(str(model.model_id))}, in "
            "process, greedy. *Solved*: the agent answered by itself, and the answer was right. The *bare prototype* "
            "is what the agent has to be better than: the same model with a short prompt, two examples and "
            "one reply, whose code plain Python runs; nothing of twofold is in it. The agent's prompt was "
            "tuned on other tasks, of these kinds among others."
        ),
        tables=[
            score_table({"agent": outcomes, "bare prototype": bare}),
            speeds,
            task_table(outcomes, bare),
        ],
        versions=_versions(),
        quick=options.quick or bool(options.task),  # a part of the tasks is no result
    )


def _chosen(options: argparse.Namespace) -> Sequence[Task]:
    if options.task:
        return [task for task in TASKS if task.name in options.task]
    return TASKS[:_QUICK_TASKS] if options.quick else TASKS


def _public_name(model_id: str) -> str:
    """Return the name to publish: of a path only the file's."""
    return Path(model_id).name if model_id.endswith(".gguf") else model_id


def _load(name: str | None) -> tuple[MeteredModel, float]:
    """Return the model and how long it took to load, the download of its weights not counted."""
    try:
        from twofold import TwofoldError
        from twofold._core.weights import DEFAULT_MODEL, WeightsStore

        from .meter import MeteredModel
    except ImportError as error:
        raise BenchmarkError(
            f"twofold cannot be imported here ({error}): python -m pip install -e '.[local]'"
        ) from error
    try:
        model = MeteredModel(name or DEFAULT_MODEL)
        WeightsStore().ensure(model.model_id or DEFAULT_MODEL)
        progress("loading the model")
        start = time.perf_counter()
        model.load()
        return model, time.perf_counter() - start
    except TwofoldError as error:
        raise BenchmarkError(str(error)) from error


def _carry_out_all(
    tasks: Sequence[Task], model: MeteredModel, max_steps: int, verbose: bool
) -> list[Outcome]:
    from twofold import CodeAgent, LogLevel, tool

    progress("the agent")
    level = LogLevel.INFO if verbose else LogLevel.OFF

    def run(task: Task) -> RunResult:
        tools = [tool(function) for function in task.tools]
        with CodeAgent(tools=tools, model=model, max_steps=max_steps, verbosity_level=level) as agent:
            result: RunResult = agent.run(
                task.prompt, additional_args=dict(task.data), return_full_result=True
            )
            return result

    outcomes = []
    for number, task in enumerate(tasks, start=1):
        outcome = carry_out(task, run)
        progress(f"[{number}/{len(tasks)}] {describe(outcome)}")
        outcomes.append(outcome)
    return outcomes


def _weights(model_id: str) -> Path:
    from twofold._core.weights import WeightsStore

    return Path(WeightsStore().ensure(model_id))


def _carry_out_bare(tasks: Sequence[Task], weights: Path) -> list[Outcome]:
    from .bare import BareAgent

    progress("the bare prototype")
    bare = BareAgent(weights)
    outcomes = []
    for number, task in enumerate(tasks, start=1):
        outcome = bare.carry_out(task)
        progress(f"[{number}/{len(tasks)}] {describe(outcome)}")
        outcomes.append(outcome)
    return outcomes


def _speed_table(model: MeteredModel, load_seconds: float) -> Table:
    rows = [
        ["loading the model, s", f"{load_seconds:.1f}"],
        *_speed_rows(model),
        ["peak memory of the process, GiB", _peak_memory()],
    ]
    return Table([Column("speed", text=True), Column("")], rows)


def _speed_rows(model: MeteredModel) -> list[list[str]]:
    from .meter import speeds

    measured = speeds(model.replies)
    return [
        ["reading the first prompt, tokens/s", _speed(measured.first_prompt)],
        ["reading all prompts, known beginnings reused, tokens/s", _speed(measured.prompts)],
        ["writing, tokens/s", _speed(measured.generated)],
    ]


def _speed(tokens_per_second: float | None) -> str:
    return "—" if tokens_per_second is None else f"{tokens_per_second:.1f}"


def _peak_memory() -> str:
    if os.name == "nt":
        return "—"
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30:.1f}"


def _versions() -> dict[str, str]:
    from twofold import __version__

    versions = {"twofold": __version__}
    try:
        versions["xllamacpp"] = version("xllamacpp")
    except PackageNotFoundError:
        pass
    return versions


LOCAL = Benchmark(
    name="local",
    summary="12 small tasks for a code agent on LocalModel: solved, steps, tokens per second",
    run=_run,
    add_arguments=_add_arguments,
)
