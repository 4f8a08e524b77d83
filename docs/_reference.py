"""Makes the pages of the API reference, from what the package exports: nothing public can be left out.

A hook of mkdocs. What exists in each colour has a page in each; what is shared by both has one.
"""

from __future__ import annotations

import inspect
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import twofold
import twofold.aio
import twofold.testing

_COLOURED = {
    "agents": ("Agents", ("agents",)),
    "models": ("Models and limits", ("models", "rate_limiter", "redis_storage")),
    "executors": ("Executors", ("executors",)),
    "tools": ("Tools, MCP and the web UI", ("",)),
}
_SHARED = {
    "tools": ("Making tools", ("tools", "agents.final_answer", "sharing")),
    "steps": ("Steps, events and results", ("agents", "messages")),
    "limits": ("Usage and retries", ("usage", "limits")),
    "errors": ("Errors", ("errors",)),
    "more": ("Everything else", ("",)),
}
_INTRODUCTIONS = {
    "sync": "Of `twofold`. The same names with the same parameters are in `twofold.aio`, where what waits is awaited.",
    "aio": "Of `twofold.aio`. The same names with the same parameters are in `twofold`, where nothing is awaited.",
    "shared": "The same objects in `twofold` and in `twofold.aio`.",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those that are there as files."""
    for colour, api, half in (("sync", twofold, "_sync"), ("aio", twofold.aio, "_async")):
        for page, (title, names) in _pages(api, f"twofold.{half}.", _COLOURED).items():
            _add(files, config, colour, page, title, [f"{api.__name__}.{name}" for name in names])
    for page, (title, names) in _pages(twofold, "twofold._core.", _SHARED).items():
        _add(files, config, "shared", page, title, [f"twofold.{name}" for name in names])
    testing = [f"twofold.testing.{name}" for name in twofold.testing.__all__]
    _add(files, config, "shared", "testing", "Testing", testing)
    return files


def _pages(api: Any, prefix: str, groups: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Return the names of each page: those whose module is in its group; the last group takes the rest."""
    found: dict[str, tuple[str, list[str]]] = {page: (title, []) for page, (title, _) in groups.items()}
    for name in api.__all__:
        thing = getattr(api, name)
        module = getattr(thing, "__module__", None) or ""
        coloured = module.startswith(("twofold._sync.", "twofold._async."))
        if coloured != (groups is _COLOURED) or name == "__version__":
            continue
        if inspect.isclass(thing) and issubclass(thing, BaseException) and "errors" in groups:
            found["errors"][1].append(name)
            continue
        inside = module.removeprefix(prefix)
        page = next(page for page, (_, modules) in groups.items() if inside.startswith(modules))
        found[page][1].append(name)
    return found


def _add(files: Files, config: MkDocsConfig, folder: str, page: str, title: str, names: list[str]) -> None:
    blocks = "\n\n".join(f"::: {name}" for name in names)
    text = f"# {title}\n\n{_INTRODUCTIONS[folder]}\n\n{blocks}\n"
    files.append(File.generated(config, f"reference/{folder}/{page}.md", content=text))
