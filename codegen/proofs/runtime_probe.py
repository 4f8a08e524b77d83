"""The runtime probe: runs one sync agent under a condition that the sync API must stand.

A program, run by `runtime.py` in a process of its own; it imports nothing of the generator, and asyncio only where
that is the condition.
"""

import importlib
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from typing import Any

ANSWER = 6765


class _Refuse(MetaPathFinder):
    """Makes modules unimportable."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: object = None) -> None:
        if any(fullname == name or fullname.startswith(name + ".") for name in self.names):
            raise ImportError(f"the sync API tried to import {fullname}")


def refuse(*names: str) -> None:
    """Make modules unimportable, also where something else (a `.pth` file, say) imported them already."""
    for module in list(sys.modules):
        if any(module == name or module.startswith(name + ".") for name in names):
            del sys.modules[module]
    sys.meta_path.insert(0, _Refuse(*names))


def run_agent(package: str) -> Any:
    """One run of a sync agent: a scripted reply whose code is run by the local executor."""
    api = importlib.import_module(package)
    testing = importlib.import_module(f"{package}.testing")
    model = testing.ScriptedModel([f"<code>\nfinal_answer({ANSWER})\n</code>"])
    return api.CodeAgent(tools=[], model=model).run("What is the 20th Fibonacci number?")


def without_asyncio(package: str) -> Any:
    """asyncio and anyio cannot be imported."""
    refuse("asyncio", "_asyncio", "anyio")
    return run_agent(package)


def under_a_running_loop(package: str) -> Any:
    """As in a notebook: the calling thread has a running event loop."""
    import asyncio

    async def cell() -> Any:
        return run_agent(package)

    return asyncio.run(cell())


def without_the_async_package(package: str) -> Any:
    """The async half cannot be imported."""
    refuse(f"{package}._async", f"{package}.aio", f"{package}._bridge._async")
    return run_agent(package)


def main() -> None:
    """Read the request, print the findings."""
    request = json.load(sys.stdin)
    package = request["package"]
    scenario: Callable[[str], Any] = globals()[request["scenario"]]
    label = f"src/{package}"
    findings = []
    try:
        answer = scenario(package)
        if answer != ANSWER:
            findings.append(
                (label, 0, f"{scenario.__name__}: the sync agent answered {answer!r} instead of {ANSWER}")
            )
    except BaseException as error:
        findings.append((*_place(error, label), f"{scenario.__name__}: {type(error).__name__}: {error}"))
    async_half = [m for m in sys.modules if m.startswith((f"{package}._async", f"{package}.aio"))]
    if async_half:
        findings.append(
            (label, 0, f"{scenario.__name__}: the sync API imported {', '.join(sorted(async_half))}")
        )
    print(f"\n{json.dumps(findings)}")


def _place(error: BaseException, label: str) -> tuple[str, int]:
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f"/{label}/" in f.filename.replace("\\", "/")
    ]
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else (label, 0)


if __name__ == "__main__":
    main()
