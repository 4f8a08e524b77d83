"""``Faults``: a server's script in which replies go wrong by chance, the same way for the same seed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from ..errors import ConfigurationError
from .chat_format import ChatRequest
from .replies import Drop, Failure, Malformed, Reply, ScriptItem, Stall

__all__ = ["FaultKind", "Faults"]

FaultKind = Literal[
    "drop",
    "reset",
    "cut",
    "stall",
    "slow",
    "garbage",
    "half_chunk",
    "content_type",
    "json",
    "rate_limit",
    "unavailable",
]

_MAKERS: dict[FaultKind, Callable[[Reply, float], ScriptItem]] = {
    "drop": lambda reply, _: Drop(reply),
    "reset": lambda reply, _: Drop(reply, reset=True),
    "cut": lambda reply, _: Drop(reply, after=1),
    "stall": lambda reply, seconds: Stall(reply, seconds=seconds),
    "slow": lambda reply, seconds: Reply(reply.content, token_interval=seconds / 10),
    "garbage": lambda reply, _: Malformed("garbage", reply, after=0),
    "half_chunk": lambda reply, _: Malformed("half_chunk", reply, after=0),
    "content_type": lambda reply, _: Malformed("content_type", reply),
    "json": lambda reply, _: Malformed("json", reply, after=0),
    "rate_limit": lambda reply, seconds: Failure.rate_limited(retry_after=round(seconds)),
    "unavailable": lambda reply, _: Failure.unavailable(),
}


class Faults:
    """A script for ``ChatServer`` that lets some requests fail.

    What happens to a request depends on the seed, its last message and how often that was asked before, and
    not on when it arrives: one seed gives one trace, whatever the concurrency, in both APIs.

    Args:
        reply: Makes the reply of a request that does not fail. Requests must differ in their last message.
        seed: Chooses the faults.
        rate: Which share of the requests fail, from 0 to 1.
        kinds: What can go wrong; everything by default. "stall" and "slow" are late, but right.

    Example:
        faults = Faults(lambda request: request.text.upper(), seed=7)
        with ChatServer(faults, clock=VirtualClock()) as server:
            ...
    """

    def __init__(
        self,
        reply: Callable[[ChatRequest], Reply | str],
        *,
        seed: int = 0,
        rate: float = 0.3,
        kinds: Sequence[FaultKind] = tuple(_MAKERS),
    ) -> None:
        unknown = [kind for kind in kinds if kind not in _MAKERS]
        if unknown or not kinds:
            known = ", ".join(_MAKERS)
            raise ConfigurationError(f"Faults: kinds are of {known}; got {list(kinds)!r}.")
        if not 0 <= rate <= 1:
            raise ConfigurationError(f"Faults: rate is a share from 0 to 1; got {rate!r}.")
        self._reply = reply
        self._seed = seed
        self._rate = rate
        self._kinds = list(kinds)
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._trace: list[tuple[str, int, str]] = []

    @property
    def trace(self) -> list[tuple[str, int, str]]:
        """What happened, sorted: last message, which time it was asked, the kind of fault or "reply"."""
        with self._lock:
            return sorted(self._trace)

    def __call__(self, request: ChatRequest) -> ScriptItem:
        made = self._reply(request)
        reply = made if isinstance(made, Reply) else Reply(made)
        with self._lock:
            self._asked[request.text] += 1
            attempt = self._asked[request.text]
            chance = random.Random(f"{self._seed} {attempt} {request.text}")
            fails = chance.random() < self._rate
            kind = chance.choice(self._kinds) if fails else None
            self._trace.append((request.text, attempt, kind or "reply"))
        return reply if kind is None else _MAKERS[kind](reply, chance.uniform(1, 30))
