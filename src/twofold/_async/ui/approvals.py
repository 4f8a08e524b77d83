"""The questions of one conversation: tools that require approval wait until its user has clicked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ..._bridge import _async as bridge
from ..._core.display.notes import question_title
from ..._core.ui.transcript import Transcript

__all__ = ["Approvals"]


class Approvals:
    """What the user of one conversation is being asked. Owned by the conversation.

    Args:
        transcript: Where the questions are shown.
        on_change: Called, from any thread, when there is a question more or one less.
    """

    def __init__(self, transcript: Transcript, on_change: Callable[[], object]) -> None:
        self._transcript = transcript
        self._on_change = on_change
        self._waiting: dict[str, _Question] = {}

    async def ask(self, tool: Any, arguments: Mapping[str, Any], run: Any) -> bool:
        """Ask whether a tool may be called, and wait for the click: the approver of the conversation's runs."""
        id_ = secrets.token_hex(8)
        question = self._waiting[id_] = _Question()
        self._transcript.ask(id_, question_title(tool, arguments, run), arguments)
        self._on_change()
        try:
            await question.decided.wait()
        finally:
            self._waiting.pop(id_, None)
            self._transcript.settle(id_, question.outcome)
            self._on_change()
        return question.is_approved

    def decide(self, id_: str, is_approved: bool) -> None:
        """Answer a question, from any thread. One that nobody asks any more stays as it is."""
        question = self._waiting.pop(id_, None)
        if question is not None:
            question.is_approved = is_approved
            question.outcome = "Approved." if is_approved else "Denied."
            question.decided.set()

    def withdraw(self) -> None:
        """Let nobody wait any more: what was not answered is not approved."""
        for question in list(self._waiting.values()):
            question.decided.set()


class _Question:
    """A call that waits for a decision."""

    def __init__(self) -> None:
        self.decided = bridge.Event()
        self.is_approved = False
        self.outcome = "Not called."
