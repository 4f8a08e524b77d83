"""``ClientPool`` of the sync half: one provider client for the process, shared by its threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["ClientPool"]

T = TypeVar("T")


class ClientPool(Generic[T]):
    """Makes a client when it is first needed and keeps it.

    Args:
        create: Makes a client.
    """

    def __init__(self, create: Callable[[], T]) -> None:
        self._create = create
        self._lock = threading.Lock()
        self._client: T | None = None

    def get(self) -> T:
        """Return the client, made now if there is none yet."""
        with self._lock:
            if self._client is None:
                self._client = self._create()
            return self._client

    def close(self) -> None:
        """Close the client. The next ``get`` makes another one."""
        with self._lock:
            client: Any = self._client
            self._client = None
        close = getattr(client, "close", None)  # huggingface_hub's could not be closed before 1.0
        if close is not None:
            close()
