"""The replies that the model in the documentation gives: one file for each page, beside the tests.

Pages use ``OpenAIModel`` and ``LocalModel`` as users do. When they are run, both ask a server on loopback, which
answers from ``replies/PAGE.yaml``: for each task (by a text in it) the replies in order. Which reply it is, is
counted from the conversation, so that tasks may run at the same time, and twice.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from twofold.testing import ChatRequest, Reply, ToolCalls

__all__ = ["Replies"]

FOLDER = Path(__file__).parent / "replies"
_TASK = "New task:"


class Replies:
    """The script of one page."""

    def __init__(self, page: str) -> None:
        path = FOLDER / f"{page}.yaml"
        data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.inputs: list[str] = data.get("input", [])
        self.tasks: list[dict[str, Any]] = data.get("tasks", [])
        self._lock = threading.Lock()
        self._used: set[str] = set()

    def __call__(self, request: ChatRequest) -> Reply:
        task, turn = _task_and_turn(request)
        for entry in self.tasks:
            if entry["when"] in task:
                with self._lock:
                    self._used.add(entry["when"])
                if turn >= len(entry["replies"]):
                    raise AssertionError(f"{entry['when']!r} has no reply {turn + 1}; asked: {request.text}")
                return _reply(entry["replies"][turn], task)
        raise AssertionError(f"there is no reply to the task {task!r}")

    def unused(self, colour: str) -> list[str]:
        """The tasks that nobody has asked, of those that the page has in a colour."""
        mine = [entry["when"] for entry in self.tasks if entry.get("only", colour) == colour]
        return [when for when in mine if when not in self._used]


def _reply(entry: str | Mapping[str, Any], task: str) -> Reply:
    entry = _filled(entry, task)
    if isinstance(entry, str):
        return Reply(entry)
    return ToolCalls(*((name, arguments) for call in entry["calls"] for name, arguments in call.items()))


def _filled(entry: Any, task: str) -> Any:
    """Replace ``{number}`` by the first number in the task, and ``{INTRANET_URL}`` by the variable."""
    if isinstance(entry, str):
        number = re.search(r"\d+", task)
        filled = entry.replace("{INTRANET_URL}", os.environ.get("INTRANET_URL", ""))
        return filled.replace("{number}", number[0] if number else "")
    if isinstance(entry, list):
        return [_filled(part, task) for part in entry]
    return {name: _filled(part, task) for name, part in entry.items()}


def _task_and_turn(request: ChatRequest) -> tuple[str, int]:
    """Return the text of the task that is worked on, and how many replies it has had."""
    texts = [_text(message) for message in request.messages]
    for at in range(len(texts) - 1, -1, -1):
        if _TASK in texts[at] and request.messages[at]["role"] == "user":
            later = request.messages[at + 1 :]
            return texts[at].rpartition(_TASK)[2], sum(message["role"] == "assistant" for message in later)
    return texts[-1], 0


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or ())
