"""The peers' environments: one venv each under ``.envs/``, because their dependencies conflict.

An environment is made when it is first needed, with the index and settings that the user's pip has, and is
used again as long as its requirements and the interpreter are the same. What runs there are the small
scripts of ``peers/``: they measure and print one JSON value.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .frame import progress

__all__ = [
    "Environment",
    "EnvironmentFailed",
    "Interpreter",
    "OPENAI_SDK",
    "SMOLAGENTS",
    "prepare",
    "twofold_source",
]

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = Path(__file__).resolve().parent / ".envs"
PEERS = Path(__file__).resolve().parent / "peers"

_MARKER = "benchmark-environment.json"
_INSTALL_SECONDS = 1800.0
# what would make a peer see another environment, or recompile at every start
_NOT_INHERITED = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")


class EnvironmentFailed(Exception):
    """An environment could not be made, or a script failed in it. The message has the end of its output."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment to measure in.

    Args:
        name: Its folder.
        requirements: What is installed, with pinned versions; what those need is pip's choice.
        source: Folders that are put on the path: packages that are measured as they stand there.
    """

    name: str
    requirements: tuple[str, ...]
    source: tuple[Path, ...] = ()


SMOLAGENTS = Environment("smolagents", ("smolagents==1.26.0",))
OPENAI_SDK = Environment("openai", ("openai==3.54.0",))


def twofold_source(*extras: str) -> Environment:
    """Return the environment to measure twofold itself in: its dependencies, and the source as it stands.

    Args:
        *extras: Extras whose dependencies are installed too.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra in extras:
        requirements += project["optional-dependencies"][extra]
    return Environment("-".join(["twofold", *sorted(extras)]), tuple(requirements), (ROOT / "src",))


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The interpreter of an environment that is ready."""

    python: Path
    variables: Mapping[str, str] = field(repr=False)
    requirements: tuple[str, ...] = ()

    def run(self, *arguments: str, timeout: float = 300.0) -> str:
        """Run the interpreter and return what it printed.

        Raises:
            EnvironmentFailed: It failed, or ran for longer than ``timeout`` seconds.
        """
        # -P: neither the working directory nor the script's folder may stand in for a package
        return _run([str(self.python), "-P", *arguments], dict(self.variables), timeout)

    def measure(self, script: str, *arguments: str, timeout: float = 300.0) -> Any:
        """Run one of the scripts in ``peers/`` and return the JSON value that it printed.

        Raises:
            EnvironmentFailed: It failed, ran too long, or printed something else.
        """
        printed = self.run(str(PEERS / script), *arguments, timeout=timeout)
        try:
            # a peer may greet on stdout; the value is the last line
            return json.loads(printed.strip().splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise EnvironmentFailed(f"{script} printed no JSON but: {printed[-500:]!r}") from error

    def versions(self) -> dict[str, str]:
        """Return the versions of what was asked for, as it was installed."""
        names = [requirement_name(requirement) for requirement in self.requirements]
        found: dict[str, str] = self.measure("versions.py", *names)
        return found


def requirement_name(requirement: str) -> str:
    """Return the name in a requirement: ``"openai"`` for ``"openai[aiohttp]>=2.0"``."""
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement.strip())
    if name is None:
        raise ValueError(f"{requirement!r} is no requirement")
    return name.group()


def prepare(environment: Environment, folder: Path = ENVIRONMENTS) -> Interpreter:
    """Return the interpreter of an environment, making the environment if need be.

    Raises:
        EnvironmentFailed: It could not be made.
    """
    home = folder / environment.name
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    variables = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    recipe = {
        "requirements": list(environment.requirements),
        "python": sys.version,
        "base": sys.base_prefix,
    }
    if not _is_ready(home, recipe):
        _make(home, python, environment.requirements, variables)
        # last: an environment whose making was cut short has no marker, and is made again
        (home / _MARKER).write_text(json.dumps(recipe), encoding="utf-8")
    if environment.source:
        variables["PYTHONPATH"] = os.pathsep.join(map(str, environment.source))
    return Interpreter(python, variables, environment.requirements)


def _is_ready(home: Path, recipe: Mapping[str, Any]) -> bool:
    try:
        known = json.loads((home / _MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == recipe)


def _make(home: Path, python: Path, requirements: Sequence[str], variables: Mapping[str, str]) -> None:
    progress(f"making the environment {home.name}: {', '.join(requirements)}")
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec("pip") is not None:
        # this environment's pip works on the other: nothing but the requirements gets into it
        _run([sys.executable, "-m", "venv", "--without-pip", str(home)], variables, _INSTALL_SECONDS)
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
    else:
        _run([sys.executable, "-m", "venv", str(home)], variables, _INSTALL_SECONDS)
        pip = [str(python), "-m", "pip"]
    options = ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*pip, *options, *requirements], variables, _INSTALL_SECONDS)


def _run(command: Sequence[str], variables: Mapping[str, str], timeout: float) -> str:
    try:
        done = subprocess.run(
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EnvironmentFailed(f"{_shown(command)} was still running after {timeout:.0f} s") from None
    except OSError as error:
        raise EnvironmentFailed(f"{_shown(command)} could not be started: {error}") from error
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        raise EnvironmentFailed(f"{_shown(command)} failed with exit code {done.returncode}:\n{tail}")
    return done.stdout


def _shown(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])
