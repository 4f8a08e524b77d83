"""What came of the tasks: carrying one out, and the tables that sum them up."""

from __future__ import annotations

import reprlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..report import Column, Table
from .answers import is_expected
from .tasks import Task

if TYPE_CHECKING:
    from twofold import RunResult

__all__ = ["Outcome", "carry_out", "describe", "score_table", "task_table"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one task.

    Args:
        task: The task.
        solved: Whether the agent answered by itself, and the answer was right.
        steps: How many times the model acted.
        seconds: How long the run took.
        input_tokens: What the model read.
        output_tokens: What it wrote.
        remark: What was wrong, where something was.
    """

    task: Task
    solved: bool
    steps: int
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    remark: str = ""

    @property
    def solved_at_once(self) -> bool:
        """Whether the first step had the right answer."""
        return self.solved and self.steps == 1


def carry_out(task: Task, run: Callable[[Task], RunResult]) -> Outcome:
    """Carry out one task and judge the answer. An error of the run is a task that was not solved."""
    start = time.perf_counter()
    try:
        result = run(task)
    except Exception as error:  # a benchmark goes on with the next task, whatever it was
        remark = f"{type(error).__name__}: {_short(str(error))}"
        return Outcome(task, False, 0, time.perf_counter() - start, remark=remark)
    seconds = time.perf_counter() - start
    remark = _remark(task, result)
    return Outcome(
        task,
        not remark,
        sum("step_number" in step for step in result.steps),
        seconds,
        result.token_usage.input_tokens,
        result.token_usage.output_tokens,
        remark,
    )


def _remark(task: Task, result: RunResult) -> str:
    """Return what is wrong with a result; nothing if the task is solved."""
    if result.state != "success":
        return f"did not answer by itself ({result.state}); last guess: {_short(result.output)}"
    if not is_expected(result.output, task.expected, task.tolerance):
        return f"answered {_short(result.output)}"
    return ""


def describe(outcome: Outcome) -> str:
    """Return one line about an outcome, for the person who waits."""
    verdict = "solved" if outcome.solved else "not solved"
    steps = f"{outcome.steps} step{'s' if outcome.steps != 1 else ''}"
    remark = f" ({outcome.remark})" if outcome.remark else ""
    return (
        f"{outcome.task.name}: {verdict}, {steps}, {outcome.seconds:.1f} s, "
        f"{outcome.input_tokens} tokens in, {outcome.output_tokens} out{remark}"
    )


def score_table(outcomes: Mapping[str, Sequence[Outcome]]) -> Table:
    """Return how many tasks each agent solved, and what they took in all."""
    columns = [Column("all tasks", text=True), *map(Column, outcomes)]
    rows: list[list[str]] = [["solved in one step"], ["solved in all"]]
    rows += [["steps"], ["seconds"], ["tokens read"], ["tokens written"]]
    for one in outcomes.values():
        figures = [
            f"{sum(outcome.solved_at_once for outcome in one)} of {len(one)}",
            f"{sum(outcome.solved for outcome in one)} of {len(one)}",
            str(sum(outcome.steps for outcome in one)),
            f"{sum(outcome.seconds for outcome in one):.0f}",
            str(sum(outcome.input_tokens for outcome in one)),
            str(sum(outcome.output_tokens for outcome in one)),
        ]
        for row, figure in zip(rows, figures, strict=True):
            row.append(figure)
    return Table(columns, rows)


def task_table(outcomes: Sequence[Outcome], bare: Sequence[Outcome]) -> Table:
    """Return a row for each task: what came of it, and whether the bare prototype solved it."""
    titles = ("steps", "seconds", "tokens in", "tokens out")
    columns = [
        Column("task", text=True),
        Column("solved", text=True),
        *map(Column, titles),
        Column("remark", text=True),
        Column("bare prototype", text=True),
    ]
    return Table(columns, [_row(*both) for both in zip(outcomes, bare, strict=True)])


def _row(outcome: Outcome, bare: Outcome) -> list[str]:
    solved = "in one step" if outcome.solved_at_once else "yes" if outcome.solved else "no"
    figures = [
        str(outcome.steps),
        f"{outcome.seconds:.1f}",
        str(outcome.input_tokens),
        str(outcome.output_tokens),
    ]
    return [outcome.task.name, solved, *figures, outcome.remark, bare.remark or "solved"]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else reprlib.repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"
