"""Which hub a session's programs run on.

A session stays on its hub, because what its code has made (an sqlite3 connection, a figure) may be bound to
the thread. A session that needs a hub gets one that no other session has, then a new one, and shares one
only when there are as many as there may be.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque

from ._hub import Hub

__all__ = ["assign", "leave", "set_max_hubs"]

# Together with the watchdog and the loop this keeps a process at 20 threads or fewer.
_max_hubs = int(os.environ.get("TWOFOLD_MAX_HUBS", "0")) or min(16, 4 * (os.cpu_count() or 1))
# Hubs that sit in a blocking call do not count as places for new sessions; up to this many are started
# instead.
EXTRA_HUBS_FACTOR = 4
# How long the end of the process waits for hubs to stand still; those that do not are in a blocking call.
EXIT_SECONDS = 0.5

_hubs: dict[Hub, int] = {}  # and how many sessions are assigned to each
# Who has left. A session that is collected leaves on whatever thread, whatever that is doing: also on one that
# is just being started by whoever has the lock and waits for it. So leaving takes no lock.
_departures: deque[Hub] = deque()
# Reentrant: what is collected meanwhile may be code that needs a hub itself.
_lock = threading.RLock()


def set_max_hubs(number: int) -> None:
    """Set how many worker threads run the programs of the async colour. Those that exist stay.

    The default is four per processor, at most 16; the environment variable ``TWOFOLD_MAX_HUBS`` overrides it.
    """
    global _max_hubs
    if number < 1:
        raise ValueError(f"there must be at least 1 hub, not {number!r}")
    _max_hubs = number


def assign() -> Hub:
    """Return a hub for a session. `leave` must follow."""
    with _lock:
        _count_departures()
        hub = _find()
        _hubs[hub] += 1
        return hub


def leave(hub: Hub) -> None:
    """End a session's stay on a hub. Safe in ``__del__``."""
    _departures.append(hub)


def _count_departures() -> None:
    while _departures:
        hub = _departures.popleft()
        if hub in _hubs:
            _hubs[hub] -= 1


def _find() -> Hub:
    """One pass, because ten thousand sessions may come at once."""
    usable = 0
    best: tuple[bool, int, int, int] | None = None
    least: Hub | None = None
    for hub, tenants in list(_hubs.items()):
        if not hub.alive:
            del _hubs[hub]
            continue
        load, stuck = hub.load, hub.stuck
        if not tenants and not load:
            return hub
        usable += not stuck
        rank = (stuck, hub.demand, load, tenants)
        if best is None or rank < best:
            best, least = rank, hub
    if least is None or (usable < _max_hubs and len(_hubs) < EXTRA_HUBS_FACTOR * _max_hubs):
        least = Hub(_may_end)
        _hubs[least] = 0
    return least


def _may_end(hub: Hub) -> bool:
    with _lock:
        _count_departures()
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
    _departures.clear()
    _lock = threading.RLock()


@atexit.register
def _halt_all() -> None:
    deadline = time.monotonic() + EXIT_SECONDS
    for halted in [hub.halt() for hub in list(_hubs) if hub.alive]:
        halted.wait(max(0.0, deadline - time.monotonic()))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
