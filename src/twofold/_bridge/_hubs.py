"""Which hub a session's programs run on.

A session stays on its hub, because what its code has made (an sqlite3 connection, a figure) may be bound to
the thread. A session that needs a hub gets one that no other session has, then a new one, and shares one
only when there are as many as there may be.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet

from ._hub import Hub

__all__ = ["Tenant", "assign", "leave", "set_max_hubs"]

# Together with the watchdog and the loop this keeps a process at 20 threads or fewer.
_max_hubs = int(os.environ.get("TWOFOLD_MAX_HUBS", "0")) or min(16, 4 * (os.cpu_count() or 1))
# Hubs that sit in a blocking call do not count as places for new sessions; up to this many are started
# instead.
EXTRA_HUBS_FACTOR = 4

_hubs: dict[Hub, WeakSet[Tenant]] = {}
_lock = threading.Lock()


class Tenant(Protocol):
    """What is assigned to a hub; it leaves when it is collected, or by `leave`."""

    def __hash__(self) -> int: ...


def set_max_hubs(number: int) -> None:
    """Set how many worker threads run the programs of the async colour. Those that exist stay.

    The default is four per processor, at most 16; the environment variable ``TWOFOLD_MAX_HUBS`` overrides it.
    """
    global _max_hubs
    if number < 1:
        raise ValueError(f"there must be at least 1 hub, not {number!r}")
    _max_hubs = number


def assign(tenant: Tenant, *, instead_of: Hub | None = None) -> Hub:
    """Return a hub for a session, which leaves the one it had."""
    with _lock:
        if instead_of in _hubs:
            _hubs[instead_of].discard(tenant)
        for hub in [hub for hub in _hubs if not hub.alive]:
            del _hubs[hub]
        hub = _free_hub() or _new_hub() or _least_loaded()
        _hubs[hub].add(tenant)
        return hub


def leave(tenant: Tenant, hub: Hub) -> None:
    """End a session's stay on a hub."""
    with _lock:
        if hub in _hubs:
            _hubs[hub].discard(tenant)


def _free_hub() -> Hub | None:
    for hub, tenants in _hubs.items():
        if not tenants and hub.load == 0:
            return hub
    return None


def _new_hub() -> Hub | None:
    usable = sum(not hub.stuck for hub in _hubs)
    if usable >= _max_hubs or len(_hubs) >= EXTRA_HUBS_FACTOR * _max_hubs:
        return None
    hub = Hub(_may_end)
    _hubs[hub] = WeakSet()
    return hub


def _least_loaded() -> Hub:
    return min(_hubs, key=lambda hub: (hub.stuck, hub.load, len(_hubs[hub])))


def _may_end(hub: Hub) -> bool:
    with _lock:
        if _hubs.get(hub):
            return False
        _hubs.pop(hub, None)
        hub.retired = True
        return True


def _after_fork() -> None:
    global _lock
    for hub in _hubs:
        hub.retired = True  # the threads exist in the parent only
    _hubs.clear()
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
