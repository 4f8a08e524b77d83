"""What one conversation of the web UI looks like: the events of its runs, folded into chat messages.

The messages are those of gradio's ``Chatbot``: dictionaries with ``role``, ``content`` and ``metadata``. Here is
no gradio.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..agents.events import ManagedAgentEvent
from ..agents.memory import FinalAnswerStep, PlanningStep
from ..display.notes import call_lines
from ..display.safe_text import text_of
from ..errors import TwofoldError
from ..media.images import is_image
from .markup import box, fenced, formatted, joined, plain
from .step_view import WORKING, StepView

__all__ = ["APPROVE", "DENY", "Message", "Transcript", "decision_in"]

APPROVE, DENY = "Approve", "Deny"
"""The buttons below a question."""

Message = dict[str, Any]
_WAITING = {"title": WORKING, "status": "pending"}
KeepImage = Callable[[Any], str]


def decision_in(value: str) -> tuple[str, bool]:
    """Return the id of a question and whether it was answered with yes, from the value of the button."""
    label, _, id_ = value.partition(":")
    return id_, label == APPROVE.lower()


class Transcript:
    """The messages of one conversation.

    One thread adds what happens, another one takes what is to be shown; owned by the conversation.

    Args:
        keep_image: Writes a Pillow image to a file and returns the file's path.
        code_tags: The texts that open and close the code in the model's replies, if it writes code.
    """

    def __init__(self, keep_image: KeepImage, code_tags: tuple[str, str] | None = None) -> None:
        self._keep_image = keep_image
        self._code_tags = code_tags
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self._steps: dict[str, StepView] = {}
        self._questions: dict[str, Message] = {}
        self._images_of_user: list[Any] = []
        self._is_busy = False
        self._is_seen = True

    # What happens -------------------------------------------------------------------------------------

    def begin(self, task: str, files: Sequence[str] = ()) -> bool:
        """Add a task of the user; return whether that can be, because no other one is under way.

        Args:
            task: The task.
            files: The paths of the files that came with it.
        """
        with self._lock:
            if self._is_busy:
                return False
            self._is_busy = True
            self._messages.extend({"role": "user", "content": {"path": file}} for file in files)
            if task:
                self._say(plain(task, "user"), role="user")
            return True

    def know_images(self, images: Sequence[Any]) -> None:
        """Take note of images that came with the task: they are shown there, and not again with a step."""
        self._images_of_user.extend(images)

    def add(self, event: Any) -> bool:
        """Add an event of a run; return whether whoever shows the conversation has to be told."""
        with self._lock:
            self._add(event, run_id="", agent=None)
            return self._touched()

    def add_error(self, error: BaseException) -> None:
        """Add why a run, or an upload, failed."""
        known = isinstance(error, TwofoldError)
        text = text_of(error) if known else "It failed unexpectedly. The server's log says more."
        with self._lock:
            self._end_steps()
            self._say(box(type(error).__name__ if known else "Error", text, "error"))
            self._touched()

    def add_note(self, text: str) -> None:
        """Add a remark of the UI itself."""
        with self._lock:
            self._end_steps()
            self._say(plain(text, "note"))
            self._touched()

    def ask(self, id_: str, title: str, arguments: Mapping[str, Any]) -> None:
        """Add the question whether a tool may be called. It stays at the end until it is settled.

        Args:
            id_: What stands for the question in the values of its buttons; see ``decision_in``.
            title: The question.
            arguments: What the tool is to be called with.
        """
        call = call_lines(arguments)
        content = joined([box("Approval", title, "approval"), fenced(call) if call else ""])
        options = [{"label": label, "value": f"{label.lower()}:{id_}"} for label in (APPROVE, DENY)]
        with self._lock:
            self._questions[id_] = {"role": "assistant", "content": content, "options": options}
            self._touched()

    def settle(self, id_: str, outcome: str) -> None:
        """Say what was decided about a question."""
        with self._lock:
            question = self._questions.pop(id_)
            self._say(joined([question["content"], plain(outcome, "note")]))
            self._touched()

    def end(self) -> None:
        """Say that the task is over, whatever came of it."""
        with self._lock:
            self._end_steps()
            self._is_busy = False

    # What is shown ------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether a task is under way."""
        return self._is_busy

    def messages(self) -> list[Message]:
        """Return the messages as they are now. From now on ``add`` asks again for them to be shown."""
        with self._lock:
            self._is_seen = True
            shown: list[Message] = []
            for message in self._messages:
                view = message.get("view")
                shown.extend([message] if view is None else view.messages())
            shown.extend(self._questions.values())
            if self._is_busy and not self._steps and not self._questions:
                shown.append({"role": "assistant", "content": "", "metadata": _WAITING})
            return shown

    def _touched(self) -> bool:
        was_seen, self._is_seen = self._is_seen, False
        return was_seen

    def _add(self, event: Any, *, run_id: str, agent: str | None) -> None:
        if isinstance(event, ManagedAgentEvent):
            self._add(event.event, run_id=event.run_id, agent=event.agent)
        elif isinstance(event, PlanningStep):
            self._step(run_id, agent).become_plan(event)
            self._forget_step(run_id)
        elif isinstance(event, FinalAnswerStep):
            self._forget_step(run_id)
            if not run_id:  # that of a managed agent goes to its manager
                self._answer(event.output)
        else:
            view = self._step(run_id, agent)
            view.add(event)
            if view.is_over:
                self._forget_step(run_id)

    def _step(self, run_id: str, agent: str | None) -> StepView:
        view = self._steps.get(run_id)
        if view is None:
            view = StepView(self._keep_image, self._code_tags, agent, self._images_of_user)
            self._steps[run_id] = view
            self._messages.append({"view": view})
        return view

    def _forget_step(self, run_id: str) -> None:
        view = self._steps.pop(run_id, None)
        if view is not None:
            view.end()

    def _end_steps(self) -> None:
        for run_id in list(self._steps):
            self._forget_step(run_id)

    def _answer(self, output: Any) -> None:
        if is_image(output):
            self._messages.append({"role": "assistant", "content": {"path": self._keep_image(output)}})
        else:
            self._say(formatted(text_of(output), "answer"))

    def _say(self, content: str, role: str = "assistant") -> None:
        self._messages.append({"role": role, "content": content})
