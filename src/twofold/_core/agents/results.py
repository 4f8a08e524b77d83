"""What a run leaves behind: its result, and the figures of its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal

from ..display.safe_text import repr_of
from ..parsing import truncate_content
from ..serialization import make_json_serializable
from ..usage import RunUsage, Timing, TokenUsage
from .memory import ActionStep, AgentMemory

if TYPE_CHECKING:
    # typing has defaults of type variables from Python 3.13 on, and importing typing_extensions takes time
    from typing_extensions import TypeVar

    OutputT = TypeVar("OutputT", default=Any)
else:
    from typing import TypeVar

    OutputT = TypeVar("OutputT")

__all__ = ["Monitor", "OutputT", "RunOutcome", "RunResult"]

RunOutcome = Literal["running", "success", "max_steps_error", "interrupted", "failed"]


@dataclass(repr=False)
class RunResult(Generic[OutputT]):
    """The result of a run, with all that is known of it.

    Args:
        output: The answer.
        state: How the run ended: ``"success"``, or ``"max_steps_error"`` if the steps were used up and the
            answer is the model's best guess.
        steps: The steps as JSON-able dictionaries.
        token_usage: Tokens of all model calls of the run, managed agents included.
        timing: When the run started and ended.
        usage: Everything that was counted: tokens, requests and tool calls, and costs where they are known.
    """

    output: OutputT
    state: RunOutcome
    steps: list[dict[str, Any]]
    token_usage: TokenUsage
    timing: Timing
    usage: RunUsage = field(default_factory=RunUsage)

    def __repr__(self) -> str:
        # with all steps in it, it would be pages long
        return (
            f"RunResult(output={truncate_content(repr_of(self.output), 1_000)}, state={self.state!r}, "
            f"steps=<{len(self.steps)}>, token_usage={self.token_usage!r}, duration={self.timing.duration!r})"
        )

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from ..display.html import result_html

        return result_html(self)

    def __rich__(self) -> Any:
        """What rich consoles show."""
        from ..display.render import result_panel

        return result_panel(self)

    def dict(self) -> dict[str, Any]:
        """Return the result as JSON-able data."""
        return {
            "output": make_json_serializable(self.output),
            "state": self.state,
            "steps": self.steps,
            "token_usage": self.token_usage.dict(),
            "timing": self.timing.dict(),
        }


class Monitor:
    """The figures of one run: how long its steps took and what they used.

    Args:
        memory: The run's memory, whose steps are counted.
        usage: The run's usage.
    """

    def __init__(self, memory: AgentMemory, usage: RunUsage) -> None:
        self._memory = memory
        self._usage = usage

    @property
    def step_durations(self) -> list[float]:
        """Seconds that each action step took."""
        durations = [step.timing.duration for step in self._memory.of_type(ActionStep)]
        return [duration for duration in durations if duration is not None]

    @property
    def total_input_token_count(self) -> int:
        """Tokens that all model calls read."""
        return self._usage.tokens.input_tokens

    @property
    def total_output_token_count(self) -> int:
        """Tokens that all model calls wrote."""
        return self._usage.tokens.output_tokens

    def get_total_token_counts(self) -> TokenUsage:
        """Return the tokens of all model calls."""
        return self._usage.tokens
