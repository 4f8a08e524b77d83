"""Finding a pip to call, also in environments that have none. Only says how to call it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .job import SourceUnavailable

__all__ = ["PipCommand", "find_pip"]

_VENV_SECONDS = 120
# What uv's settings are called in pip. Only used where pip is a stand-in: pip's own settings always win.
_UV_SETTINGS = (
    ("PIP_INDEX_URL", ("UV_DEFAULT_INDEX", "UV_INDEX_URL")),
    ("PIP_EXTRA_INDEX_URL", ("UV_INDEX", "UV_EXTRA_INDEX_URL")),
    ("PIP_FIND_LINKS", ("UV_FIND_LINKS",)),
)


@dataclass(frozen=True, slots=True)
class PipCommand:
    """How to call pip: the command before ``download``, and what it needs in its environment."""

    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def find_pip(workspace: Path) -> PipCommand:
    """Return the best pip at hand.

    In this order: the environment's own; the one that Python itself carries (``ensurepip``), put into a
    throw-away environment in ``workspace``, without a network; the one that uv brings; any on the path.
    All of them read the user's pip settings, so the index is the one that the user has chosen.

    Raises:
        SourceUnavailable: There is none; the message says how to get one.
    """
    ways: tuple[Callable[[Path], PipCommand | None], ...] = (_own, _carried_by_python, _through_uv, _on_path)
    for way in ways:
        if found := way(workspace):
            return found
    raise SourceUnavailable(
        "this environment has no pip, Python brings none (ensurepip), and neither uv nor pip is on the path; "
        "install one with 'uv pip install pip' or 'python -m ensurepip'"
    )


def _own(workspace: Path) -> PipCommand | None:
    if not _is_python() or importlib.util.find_spec("pip") is None:
        return None
    return PipCommand(_module_pip(sys.executable))


def _carried_by_python(workspace: Path) -> PipCommand | None:
    if not _is_python() or importlib.util.find_spec("ensurepip") is None:
        return None
    home = workspace / "pip"
    shutil.rmtree(home, ignore_errors=True)
    # Not venv.create(): that starts a subprocess for ensurepip too, and this way it has a time limit.
    if not _succeeds([sys.executable, "-P", "-m", "venv", str(home)]):
        return None
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return PipCommand(_module_pip(str(python)), _settings_of_uv(os.environ))


def _through_uv(workspace: Path) -> PipCommand | None:
    uv = shutil.which("uv")
    if uv is None:
        return None
    # Left to itself uv may fetch another Python to run pip with.
    python = ("--python", sys.executable) if _is_python() else ()
    command = (uv, "tool", "run", *python, "--from", "pip", "pip")
    if not _succeeds([*command, "--version"]):
        return None
    return PipCommand(command, _settings_of_uv(os.environ))


def _on_path(workspace: Path) -> PipCommand | None:
    for name in ("pip3", "pip"):
        found = shutil.which(name)
        if found and _succeeds([found, "--version"]):
            return PipCommand((found,), _settings_of_uv(os.environ))
    return None


def _is_python() -> bool:
    # In a frozen application sys.executable is the application: calling it would start it a second time.
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _module_pip(python: str) -> tuple[str, ...]:
    return (python, "-P", "-m", "pip")  # -P: a pip.py in the working directory is not pip


def _settings_of_uv(environ: Mapping[str, str]) -> dict[str, str]:
    settings = {}
    for pip_name, uv_names in _UV_SETTINGS:
        value = next((environ[name] for name in uv_names if environ.get(name)), None)
        if value is not None and pip_name not in environ:
            settings[pip_name] = value
    return settings


def _succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_VENV_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
