"""Where the agents are measured: each framework in an environment of its own, and each one's script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .environments import PEERS, Environment, EnvironmentFailed, Interpreter, prepare, twofold_source
from .frame import progress

__all__ = ["BARE", "FRAMEWORKS", "TWOFOLD", "Framework", "prepare_all", "versions"]

_OPENAI = "openai==3.54.0"


@dataclass(frozen=True)
class Framework:
    """Something that runs agents.

    Args:
        name: What the tables call it.
        environment: Where it is installed.
        script: The script that runs agents in it.
        package: The package whose version is told.
    """

    name: str
    environment: Environment
    script: str
    package: str


def _environment(name: str, *requirements: str) -> Environment:
    # the same SDK in all of them; the scripts share a module of peers/
    return Environment(f"agents-{name}", requirements, (PEERS,))


def _twofold() -> Environment:
    source = twofold_source("openai")
    return replace(source, name="agents-twofold", source=(*source.source, PEERS))


TWOFOLD = Framework("twofold", _twofold(), "agents_twofold.py", "twofold")
BARE = Framework(
    "bare openai SDK", _environment("openai", "openai[aiohttp]==3.54.0"), "agents_openai.py", "openai"
)
_PEERS = (
    Framework(
        "smolagents",
        _environment("smolagents", "smolagents[openai]==1.26.0", _OPENAI),
        "agents_smolagents.py",
        "smolagents",
    ),
    Framework(
        "pydantic-ai",
        _environment("pydantic-ai", "pydantic-ai-slim[openai]==2.68.0"),
        "agents_pydantic_ai.py",
        "pydantic-ai-slim",
    ),
    Framework(
        "openai-agents",
        _environment("openai-agents", "openai-agents==0.24.0"),
        "agents_openai_agents.py",
        "openai-agents",
    ),
    Framework("agno", _environment("agno", "agno==3.1.10", _OPENAI), "agents_agno.py", "agno"),
    Framework(
        "langgraph",
        _environment("langgraph", "langgraph==1.2.22", "langchain-openai==1.7.3"),
        "agents_langgraph.py",
        "langgraph",
    ),
)
FRAMEWORKS = (TWOFOLD, *_PEERS)


def prepare_all(frameworks: Iterable[Framework]) -> dict[str, Interpreter]:
    """Return the interpreters of those frameworks that could be installed, by the framework's name."""
    ready = {}
    for framework in frameworks:
        try:
            ready[framework.name] = prepare(framework.environment)
        except EnvironmentFailed as error:
            progress(f"{framework.name} is left out: {error}")
    return ready


def versions(interpreters: Mapping[str, Interpreter]) -> dict[str, str]:
    """Return the versions of what is compared."""
    import runpy

    from .environments import ROOT

    version = runpy.run_path(str(ROOT / "src" / "twofold" / "_core" / "version.py"))["__version__"]
    found = {"twofold": str(version)}
    for framework in (BARE, *FRAMEWORKS):
        interpreter = interpreters.get(framework.name)
        installed = interpreter.versions() if interpreter is not None else {}
        if framework.package in installed:
            found[framework.package] = installed[framework.package]
    return found
