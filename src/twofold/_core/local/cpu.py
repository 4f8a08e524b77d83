"""How many threads a local model should use. Reads the machine; changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["available_cpus", "default_threads"]

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def default_threads() -> int:
    """Return a good number of threads: every CPU of a small machine, half of those of a big one.

    On a big machine half of the CPUs are usually second threads of a core, which slow matrix products down.
    """
    cpus = available_cpus()
    return cpus if cpus <= 4 else max(4, cpus // 2)


def available_cpus(cgroup_limit: Path = _CGROUP_LIMIT) -> int:
    """Return how many CPUs this process may use: its affinity, and the quota of its container."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, min(count, _quota(cgroup_limit) or count))


def _quota(cgroup_limit: Path) -> int | None:
    try:
        quota, period = cgroup_limit.read_text(encoding="ascii").split()[:2]
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):  # no container, or "max": no limit
        return None
