"""Running one block of the documentation, and holding its outcome against what the page says."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import linecache
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from docs_pages import Block

__all__ = ["run_block", "run_commands"]


def run_block(block: Block, namespace: dict[str, Any], runner: asyncio.Runner) -> None:
    padding = "\n" * (block.line - 1)  # so that tracebacks name the line of the page
    source = padding + block.code
    # as notebooks do for their cells: the source can be read, for tracebacks and by what saves tools
    name = f"<{block.where}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if code.co_flags & inspect.CO_COROUTINE:
            runner.run(_evaluate(code, namespace))
        else:
            exec(code, namespace)
    _check_output(block, printed.getvalue())


def run_commands(block: Block) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{block.where}: {done.stdout}{done.stderr}"
    _check_output(block, done.stdout)


async def _evaluate(code: Any, namespace: dict[str, Any]) -> None:
    await eval(code, namespace)


def _check_output(block: Block, printed: str) -> None:
    if block.output is None:
        assert printed == "", f"{block.where} prints what the page does not show"
        return
    expected = block.output.strip()
    pattern = re.escape(expected).replace("…", ".*?")
    if not re.fullmatch(pattern, printed.strip(), re.DOTALL):
        assert printed.strip() == expected, f"{block.where} prints something else than the page shows"
