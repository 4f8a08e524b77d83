"""What the script of a chat-completions server is made of: replies, failures and faults.

Plain descriptions; how they look on the wire is in ``chat_format.py`` and ``rendering.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

from .timing import Gate

__all__ = [
    "Drop",
    "Failure",
    "Malformation",
    "Malformed",
    "Reply",
    "ScriptItem",
    "ScriptedCall",
    "Stall",
    "ToolCalls",
    "rate_limit_headers",
]

Malformation = Literal[
    "json", "garbage", "half_chunk", "truncated", "content_type", "empty_choices", "empty_body"
]


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """One tool call in a reply.

    Attributes:
        name: The tool's name.
        arguments: The arguments; a string is sent as it is, so that it can be bad JSON.
        id: The call's id; by default one is made from the numbers of the request and of the call.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True)
class Reply:
    """A completion.

    The server sends what the script says: it applies neither ``stop`` nor ``max_tokens`` of the request.

    Attributes:
        content: The text. A list of strings says how a stream cuts it; a string is cut at words.
        reasoning: The text of ``reasoning_content``, cut in the same way and streamed before the content.
        tool_calls: The tool calls; see also ``ToolCalls``.
        refusal: The text of a refusal.
        finish_reason: By default ``"tool_calls"`` if there are any, else ``"stop"``.
        usage: ``(prompt_tokens, completion_tokens)``, or the whole ``usage`` object, or ``"counted"`` to have
            words counted (``count_tokens``), or ``None`` for a server that reports none.
        model: The id that the reply names, by default the requested one.
        latency: Seconds until the first byte, by default the server's.
        token_interval: Seconds between the chunks of a stream.
        chunk_bytes: Cut the bytes of a stream after so many, in the middle of events and of characters.
        tool_index: Whether the fragments of a streamed tool call carry their ``index``; some servers leave
            it out.
        headers: Headers beside the usual ones; ``{"Connection": "close"}`` ends the connection after it.
    """

    content: str | Sequence[str] | None = ""
    _: KW_ONLY
    reasoning: str | Sequence[str] | None = None
    tool_calls: Sequence[ScriptedCall] = ()
    refusal: str | None = None
    finish_reason: str | None = None
    usage: tuple[int, int] | Mapping[str, Any] | Literal["counted"] | None = "counted"
    model: str | None = None
    latency: float | None = None
    token_interval: float = 0.0
    chunk_bytes: int | None = None
    tool_index: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


class ToolCalls(Reply):
    """A reply that calls tools.

    Args:
        calls: The calls, each a ``ScriptedCall`` or a pair of name and arguments.
        content: The text beside the calls.
        options: Everything else that a ``Reply`` takes.

    Example:
        ToolCalls(("search", {"query": "twofold"}), ("add", {"a": 1, "b": 2}))
    """

    def __init__(
        self,
        *calls: ScriptedCall | tuple[str, Mapping[str, Any] | str],
        content: str | Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        made = [call if isinstance(call, ScriptedCall) else ScriptedCall(*call) for call in calls]
        super().__init__(content, tool_calls=made, **options)


# status: type, code, message
_KINDS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided: ***."),
    403: ("permission_error", None, "You are not allowed to do this."),
    404: ("invalid_request_error", None, "There is no such thing."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    503: ("server_error", None, "The engine is currently overloaded, please try again later."),
}
_ELSE = ("server_error", None, "The server had an error while processing your request.")


@dataclass(frozen=True)
class Failure:
    """An error in OpenAI's format.

    Attributes:
        status: The HTTP status. 200 is possible: some gateways answer so.
        message: The error's message, by default one that goes with the status.
        type: The error's type, by default the one that goes with the status.
        code: The error's code, by default the one that goes with the status.
        param: The parameter at fault.
        headers: Headers beside the usual ones.
        extra: More fields of the error object.
        after: When the request streams: send the error as an event after so many events of ``reply``.
        reply: The reply that such a stream begins with.
        latency: Seconds until the first byte, by default the server's.
    """

    status: int = 500
    message: str | None = None
    _: KW_ONLY
    type: str | None = None
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    after: int | None = None
    reply: Reply | str = ""
    latency: float | None = None

    def error(self) -> dict[str, Any]:
        """Return the error object of the body."""
        kind, code, message = _KINDS.get(self.status, _ELSE)
        return {
            "message": self.message or message,
            "type": self.type or kind,
            "param": self.param,
            "code": self.code or code,
            **self.extra,
        }

    @classmethod
    def wrong_key(cls) -> Failure:
        """401: the key is not valid."""
        return cls(401)

    @classmethod
    def unknown_model(cls, model: str) -> Failure:
        """404: there is no such model."""
        return cls(
            404,
            f"The model `{model}` does not exist or you do not have access to it.",
            code="model_not_found",
        )

    @classmethod
    def context_length_exceeded(cls, *, limit: int, requested: int) -> Failure:
        """400: the messages are longer than the model's context."""
        return cls(
            400,
            f"This model's maximum context length is {limit} tokens. However, your messages resulted in "
            f"{requested} tokens. Please reduce the length of the messages.",
            code="context_length_exceeded",
            param="messages",
        )

    @classmethod
    def content_filter(cls) -> Failure:
        """400: the prompt was refused by a content filter, as Azure says it.

        A reply that the filter cut is ``Reply("...", finish_reason="content_filter")``.
        """
        return cls(
            400,
            "The response was filtered due to the prompt triggering the content management policy.",
            code="content_filter",
            param="prompt",
            extra={
                "innererror": {
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_result": {"violence": {"filtered": True, "severity": "high"}},
                }
            },
        )

    @classmethod
    def rate_limited(
        cls, *, retry_after: float | None = None, headers: Mapping[str, str] | None = None
    ) -> Failure:
        """429: too many requests.

        Args:
            retry_after: Seconds, sent as ``Retry-After``.
            headers: More headers, e.g. ``rate_limit_headers(...)``.
        """
        sent = dict(headers or {})
        if retry_after is not None:
            sent["Retry-After"] = f"{retry_after:g}"
        return cls(429, headers=sent)

    @classmethod
    def unavailable(cls, *, retry_after: float | None = None) -> Failure:
        """503: overloaded."""
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return cls(503, headers=headers)


@dataclass(frozen=True)
class Drop:
    """The connection ends before the reply, or in the middle of it.

    Attributes:
        reply: The reply that is begun.
        after: 0 drops before the first byte. Otherwise a stream is dropped after so many events, and a plain
            reply after half of its body.
        reset: End the connection by force (RST). What the client has not read yet may be lost.
    """

    reply: Reply | str = ""
    _: KW_ONLY
    after: int = 0
    reset: bool = False


@dataclass(frozen=True)
class Stall:
    """The reply stops coming, and goes on later.

    Attributes:
        reply: The reply.
        until: It goes on when this gate is opened.
        seconds: It goes on after so long. With neither it never goes on.
        after: As for ``Drop``: 0 stalls before the first byte.
    """

    reply: Reply | str = ""
    _: KW_ONLY
    until: Gate | None = None
    seconds: float | None = None
    after: int = 0


@dataclass(frozen=True)
class Malformed:
    """A reply of status 200 that is not what it should be.

    Attributes:
        what: What is wrong with it:

            * ``"json"``: the body is not JSON; in a stream the data of one event, and the stream goes on
            * ``"garbage"``: the body, or a piece of the stream, is bytes that are no text
            * ``"half_chunk"``: the body ends, in order, in the middle of an event
            * ``"truncated"``: the stream ends, in order, between two events: no finish reason, no ``[DONE]``
            * ``"content_type"``: an HTML page, as a proxy sends it
            * ``"empty_choices"``: no choice in any chunk
            * ``"empty_body"``: nothing
        reply: The reply that is spoilt.
        after: How many events of a stream are right before the one that is not.
    """

    what: Malformation
    reply: Reply | str = ""
    _: KW_ONLY
    after: int = 1


ScriptItem = Reply | Failure | Drop | Stall | Malformed | str
"""One item of a server's script. A string is a ``Reply`` with that content."""


def rate_limit_headers(
    *,
    limit_requests: int | None = None,
    remaining_requests: int | None = None,
    reset_requests: float | None = None,
    limit_tokens: int | None = None,
    remaining_tokens: int | None = None,
    reset_tokens: float | None = None,
) -> dict[str, str]:
    """Return the ``x-ratelimit-*`` headers for the figures that are given. Resets are in seconds.

    Example:
        Reply("hello", headers=rate_limit_headers(remaining_requests=59, reset_requests=1.5))
    """
    counts = {
        "limit-requests": limit_requests,
        "limit-tokens": limit_tokens,
        "remaining-requests": remaining_requests,
        "remaining-tokens": remaining_tokens,
    }
    resets = {"reset-requests": reset_requests, "reset-tokens": reset_tokens}
    headers = {f"x-ratelimit-{name}": str(count) for name, count in counts.items() if count is not None}
    headers |= {f"x-ratelimit-{name}": _duration(s) for name, s in resets.items() if s is not None}
    return headers


def _duration(seconds: float) -> str:
    """Write a duration as OpenAI's headers do: ``20ms``, ``1.5s``, ``6m0s``, ``1h0m0s``."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms"
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{rest:g}s"
    if hours or minutes:
        text = f"{minutes:g}m{text}"
    return f"{hours:g}h{text}" if hours else text
