"""The messages that each step of a run was given, kept without a copy of all earlier ones per step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import overload

from ..messages import ChatMessage

__all__ = ["MessageHistory", "MessageView"]


class MessageView(Sequence[ChatMessage]):
    """The first ``length`` messages of a list that only grows: what a model was sent at one step."""

    __slots__ = ("_length", "_messages")

    def __init__(self, messages: list[ChatMessage], length: int) -> None:
        self._messages = messages
        self._length = length

    @property
    def shared(self) -> tuple[list[ChatMessage], int]:
        """The list that is shared with other views, and how much of it this one shows."""
        return self._messages, self._length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[ChatMessage]:
        # without it every message would be asked for by its index
        return islice(self._messages, self._length)

    @overload
    def __getitem__(self, index: int) -> ChatMessage: ...
    @overload
    def __getitem__(self, index: slice) -> list[ChatMessage]: ...
    def __getitem__(self, index: int | slice) -> ChatMessage | list[ChatMessage]:
        if isinstance(index, slice):
            return [self._messages[i] for i in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError("message index out of range")
        return self._messages[index % self._length]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"MessageView({list(self)!r})"


class MessageHistory:
    """Turns each step's input into a view on one shared list, as long as the conversation only grows.

    When earlier messages were edited (by a callback, say), a new list is begun, which shares the messages
    before the edit: older views keep what really was sent.
    """

    __slots__ = ("_messages", "_sources")

    def __init__(self) -> None:
        self._messages: list[ChatMessage] = []
        self._sources: list[ChatMessage] = []  # of which the messages are copies

    def view(self, messages: Iterable[ChatMessage], *, are_kept: bool = False) -> MessageView:
        """Return a view that equals ``messages`` and shares what it has in common with earlier views.

        Args:
            messages: The messages.
            are_kept: Whether they belong to somebody who never changes them, so that one that was here before
                need not be compared. Comparing takes longer the longer the conversation is.
        """
        wanted = list(messages)
        common = self._count_common(wanted, are_kept)
        if common < len(wanted):
            if common < len(self._messages):
                self._messages = self._messages[:common]
            self._messages.extend(_copied(message) for message in wanted[common:])
            self._sources = wanted
        return MessageView(self._messages, len(wanted))

    def _count_common(self, wanted: list[ChatMessage], are_kept: bool) -> int:
        sent = zip(self._sources, self._messages, wanted, strict=False)
        for position, (source, old, new) in enumerate(sent):
            if not (are_kept and new is source) and old != new:
                return position
        return min(len(self._messages), len(wanted))


def _copied(message: ChatMessage) -> ChatMessage:
    # whoever made the message may change it later; what was sent stays what was sent
    content = message.content
    return replace(
        message,
        content=[dict(block) for block in content] if isinstance(content, list) else content,
        tool_calls=list(message.tool_calls) if message.tool_calls is not None else None,
    )
