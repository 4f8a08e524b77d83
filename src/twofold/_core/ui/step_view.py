"""What one step of a run looks like in the web UI, while it goes on and when it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..agents.code_action import PYTHON_INTERPRETER
from ..agents.events import PrintOutput, ToolOutput
from ..agents.memory import ActionStep, PlanningStep, ToolCall
from ..display.notes import retry_note
from ..display.safe_text import text_of
from ..limits.retries import RetryEvent
from ..media.images import is_image
from ..messages import ChatMessageStreamDelta
from .markup import box, call_text, fenced, formatted, joined, plain, shortened

__all__ = ["WORKING", "StepView"]

WORKING = "Working"
"""The title of a step that is under way."""

_SHOWN_VALUE = 5_000


class StepView:
    """One step: the reply as it arrives, then thought and code, prints, results, and how it ended.

    Args:
        keep_image: Writes a Pillow image to a file and returns the file's path.
        code_tags: The texts that open and close the code in the model's replies, if it writes code.
        agent: The name of the agent whose step it is, if it works for another one.
        known_images: Images that are shown elsewhere.
    """

    def __init__(
        self,
        keep_image: Callable[[Any], str],
        code_tags: tuple[str, str] | None,
        agent: str | None = None,
        known_images: Sequence[Any] = (),
    ) -> None:
        self._known_images = known_images
        self._keep_image = keep_image
        self._code_tags = code_tags
        self._agent = agent
        self._title = WORKING
        self._notes: list[str] = []
        self._reply = ""
        self._reasoning = ""
        self._code: str | None = None
        self._prints = ""
        self._calls: list[tuple[str, str]] = []
        self._results: dict[str, str] = {}
        self._value = ""
        self._error = ""
        self._plan = ""
        self._figures = ""
        self._duration: float | None = None
        self._images: list[str] = []
        self.is_over = False

    def add(self, event: Any) -> None:
        """Add an event of the step; the last one is the ``ActionStep`` itself."""
        if isinstance(event, ChatMessageStreamDelta):
            self._reply += event.content or ""
            self._reasoning += event.reasoning or ""
        elif isinstance(event, RetryEvent):
            self._notes.append(retry_note(event))
        elif isinstance(event, ToolCall):
            self._add_call(event)
        elif isinstance(event, ToolOutput):
            self._add_result(event)
        elif isinstance(event, PrintOutput):
            self._prints = shortened(self._prints + event.text)
        elif isinstance(event, ActionStep):
            self._finish(event)

    def become_plan(self, plan: PlanningStep) -> None:
        """Be a plan instead, which is over."""
        self._plan, self._reply = plan.plan, ""
        self._title = "Plan"
        self.end()

    def end(self) -> None:
        """Be over, although the step itself may not have come to its end."""
        self.is_over = True

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that show the step: a foldable one, and its images."""
        title = f"{self._agent}: {self._title}" if self._agent else self._title
        metadata: dict[str, Any] = {"title": title}
        if self._figures:
            metadata["log"] = self._figures
        if self._duration is not None:
            metadata["duration"] = round(self._duration, 1)
        if not self.is_over:
            metadata["status"] = "pending"
        images = [{"role": "assistant", "content": {"path": path}} for path in self._images]
        return [{"role": "assistant", "content": self._content(), "metadata": metadata}, *images]

    def _content(self) -> str:
        thought, code = self._thought_and_code()
        calls = [
            call if id_ not in self._results else f"{call}\n=> {self._results[id_]}"
            for id_, call in self._calls
        ]
        return joined(
            [
                *(plain(note, "note") for note in self._notes),
                formatted(self._plan) if self._plan else "",
                plain(self._reasoning, "reasoning") if self._reasoning else "",
                formatted(thought) if thought else "",
                fenced(code, "python") if code else "",
                fenced("\n".join(calls), "python") if calls else "",
                plain("Printed", "label") + "\n\n" + fenced(self._prints) if self._prints.strip() else "",
                plain("Result", "label") + "\n\n" + fenced(self._value) if self._value else "",
                self._error,
            ]
        )

    def _thought_and_code(self) -> tuple[str, str]:
        reply = self._reply.strip()
        if self._code_tags is None:
            return reply, self._code or ""
        opening, closing = self._code_tags
        thought, _, arriving = reply.partition(opening)
        if self._code is not None:
            return ("" if thought.startswith("{") else thought.strip()), self._code
        if thought.startswith("{"):  # thought and code as JSON
            return "", thought
        return thought.strip(), arriving.partition(closing)[0]

    def _add_call(self, call: ToolCall) -> None:
        if call.name == PYTHON_INTERPRETER and isinstance(call.arguments, str) and self._code is None:
            self._code = call.arguments
        else:
            self._calls.append((call.id, call_text(call.name, call.arguments)))

    def _add_result(self, result: ToolOutput) -> None:
        if result.error is not None:
            self._results[result.id] = text_of(result.error)
        elif is_image(result.output):
            self._results[result.id] = "an image"
        else:
            self._results[result.id] = shortened(text_of(result.output), _SHOWN_VALUE)

    def _finish(self, step: ActionStep) -> None:
        self._title = f"Step {step.step_number}"
        if isinstance(step.model_output, str):
            self._reply = step.model_output
        if step.code_action is not None:
            self._code = step.code_action
        self._images.extend(
            self._keep_image(image)
            for image in step.observations_images or ()
            if not any(image is known for known in self._known_images)
        )
        if step.error is not None:
            self._error = box(type(step.error).__name__, text_of(step.error), "error")
        elif not step.is_final_answer and step.code_action is not None:
            self._show_value(step.action_output)
        self._duration = step.timing.duration
        if step.token_usage is not None:
            usage = step.token_usage
            self._figures = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
        self.end()

    def _show_value(self, value: Any) -> None:
        if is_image(value):
            self._images.append(self._keep_image(value))
        elif value is not None:
            self._value = shortened(text_of(value), _SHOWN_VALUE)
