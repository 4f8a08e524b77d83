"""What the measurements were made on. No host name, no user, no path: results are published."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Machine", "describe_machine"]


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, as far as it matters to a measurement.

    Args:
        cpu: The processor's model.
        cores: How many cores this process may use.
        memory_bytes: Main memory; None where the system does not tell.
        system: The operating system.
        python: Implementation and version.
        load: How many processes were running or waiting on average over the last minute.
    """

    cpu: str
    cores: int
    memory_bytes: int | None
    system: str
    python: str
    load: float | None

    def __str__(self) -> str:
        memory = "" if self.memory_bytes is None else f", {self.memory_bytes / 2**30:.0f} GiB RAM"
        cores = f"{self.cores} core{'s' if self.cores != 1 else ''}"
        load = "" if self.load is None else f"; load average before the run {self.load:.1f}"
        return f"{self.cpu}, {cores}{memory}; {self.system}; {self.python}{load}"


def describe_machine() -> Machine:
    """Describe the machine that this runs on."""
    return Machine(
        cpu=_cpu(),
        cores=_cores(),
        memory_bytes=_memory(),
        system=_system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=_load(),
    )


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return f"{' '.join(value.split())} ({platform.machine()})"
    except OSError:
        pass
    return _macos_cpu() or platform.processor() or platform.machine() or "unknown processor"


def _macos_cpu() -> str | None:
    if platform.system() != "Darwin":
        return None
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS, not on Windows
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _system() -> str:
    kernel = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    except (OSError, KeyError):
        return kernel


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None
