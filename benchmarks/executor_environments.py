"""Where the executors are measured: their environments, each with numpy, and each one's script."""

from __future__ import annotations

import runpy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .environments import (
    PEERS,
    ROOT,
    Environment,
    EnvironmentFailed,
    Interpreter,
    prepare,
    twofold_source,
)
from .frame import progress

__all__ = ["MONTY", "PEER_EXECUTORS", "RESTRICTED", "SMOL", "TWOFOLD", "Executor", "prepare_all", "versions"]

_NUMPY = "numpy==2.2.6"


@dataclass(frozen=True)
class Executor:
    """Something that runs generated code.

    Args:
        name: What the tables call it.
        environment: Where it is installed.
        script: The script that times programs in it.
        sizes: The sizes of the programs that it is given.
    """

    name: str
    environment: Environment
    script: str
    sizes: tuple[str, ...]


def _environment(name: str, *requirements: str) -> Environment:
    # numpy in all of them, as plain CPython runs everything beside each; the scripts share modules of peers/
    return Environment(name, (*requirements, _NUMPY), (PEERS,))


def _twofold() -> Environment:
    source = twofold_source()
    return replace(
        source,
        name="executor-twofold",
        requirements=(*source.requirements, _NUMPY),
        source=(*source.source, PEERS),
    )


TWOFOLD = Executor("twofold", _twofold(), "executor_twofold.py", ("full", "small"))
SMOL = Executor(
    "smolagents",
    _environment("executor-smolagents", "smolagents==1.26.0"),
    "executor_smolagents.py",
    ("small",),
)
RESTRICTED = Executor(
    "RestrictedPython",
    _environment("executor-restricted", "RestrictedPython==9.0"),
    "executor_restricted.py",
    ("full",),
)
# 1.5.0 asks for a client of its own version, and of that there is none yet
MONTY = Executor(
    "pydantic-monty",
    _environment("executor-monty", "pydantic-monty==1.4.0"),
    "executor_monty.py",
    ("full",),
)
PEER_EXECUTORS = (SMOL, RESTRICTED, MONTY)


def prepare_all(executors: Iterable[Executor]) -> dict[Executor, Interpreter]:
    """Return the interpreters of those executors that could be installed."""
    ready = {}
    for executor in executors:
        try:
            ready[executor] = prepare(executor.environment)
        except EnvironmentFailed as error:
            progress(f"{executor.name} is left out: {error}")
    return ready


def versions(interpreters: Mapping[Executor, Interpreter]) -> dict[str, str]:
    """Return the versions of what is compared."""
    version = runpy.run_path(str(ROOT / "src" / "twofold" / "_core" / "version.py"))["__version__"]
    found = {"twofold": str(version)}
    for interpreter in interpreters.values():
        found.update(interpreter.versions())
    return found
