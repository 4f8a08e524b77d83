"""A script: what a stand-in for a model or a server answers, one reply per request.

Here lives how a script is read: in order, by any number of threads, with a clear error when it is used up.
What a reply is lives with whoever plays the script: ``replies.py`` for the chat-completions server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from ..errors import ConfigurationError

__all__ = ["Script", "ScriptExhausted"]

RequestT = TypeVar("RequestT")
ReplyT = TypeVar("ReplyT")


class ScriptExhausted(AssertionError):
    """A script was asked for more replies than it holds, or ended with replies left over.

    An ``AssertionError``, so that no handler of model errors takes it for a failure that was meant.
    """


class Script(Generic[RequestT, ReplyT]):
    """Replies in the order they are asked for, or a function that makes the reply to a request.

    Owned by whoever plays it, for as long as that lives. Any thread may ask.

    Args:
        replies: The replies, used once each and in order; or a function of the request, called for every
            request. Take the function when requests are concurrent and the reply depends on the request.
        player: Who plays the script, as its errors name it, e.g. ``"ScriptedModel"``.
        describe: Makes a short text of a request, for the error that says which request had no reply.

    Raises:
        ConfigurationError: ``replies`` is neither a sequence of replies nor a function.
    """

    def __init__(
        self,
        replies: Sequence[ReplyT] | Callable[[RequestT], ReplyT],
        *,
        player: str = "the script",
        describe: Callable[[RequestT], str] | None = None,
    ) -> None:
        self._player = player
        self._describe = describe
        self._lock = threading.Lock()
        self._asked = 0
        self._function: Callable[[RequestT], ReplyT] | None = None
        self._replies: tuple[ReplyT, ...] = ()
        if isinstance(replies, (str, bytes)):
            # It is a sequence, of characters: nobody means that.
            raise ConfigurationError(
                f"{player}: a {type(replies).__name__} is not a script. "
                f"Write [{replies!r}] for one reply, or a function that returns it every time."
            )
        if isinstance(replies, Sequence):
            self._replies = tuple(replies)
        elif callable(replies):
            self._function = replies
        else:
            raise ConfigurationError(
                f"{player}: a script is a list of replies or a function of the request, "
                f"not {type(replies).__name__}: {replies!r}"
            )

    @property
    def replies(self) -> tuple[ReplyT, ...]:
        """The replies that were given; empty when the script is a function."""
        return self._replies

    @property
    def asked(self) -> int:
        """How many replies were asked for so far, those that the script did not have included."""
        return self._asked

    @property
    def remaining(self) -> int | None:
        """How many replies are left; ``None`` when the script is a function, which never ends."""
        return None if self._function else max(0, len(self._replies) - self._asked)

    def next_reply(self, request: RequestT) -> ReplyT:
        """Return the reply to a request.

        Args:
            request: Passed to the script if it is a function. What the function raises is passed on.

        Raises:
            ScriptExhausted: All replies have been used.
        """
        with self._lock:
            index = self._asked
            self._asked += 1
        if self._function:
            return self._function(
                request
            )  # outside the lock: functions of concurrent requests run concurrently
        if index < len(self._replies):
            return self._replies[index]
        raise ScriptExhausted(self._exhausted(request, index + 1))

    def assert_exhausted(self) -> None:
        """Check that every reply was used and none was missing. A function is always content.

        Raises:
            ScriptExhausted: Replies are left over, or more were asked for than there are.
        """
        if self._function:
            return
        total = len(self._replies)
        if self._asked < total:
            first = self._replies[self._asked]
            raise ScriptExhausted(
                f"{self._player} was asked for {self._asked} of {total} replies; "
                f"the first unused is {first!r}"
            )
        if self._asked > total:
            raise ScriptExhausted(f"{self._player} was asked for {self._asked} replies and has only {total}")

    def _exhausted(self, request: RequestT, number: int) -> str:
        about = f" The request: {self._describe(request)}." if self._describe else ""
        return (
            f"{self._player} was asked for reply {number}, but its script has only {len(self._replies)}."
            f"{about} Add a reply, or give a function of the request."
        )
