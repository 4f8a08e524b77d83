"""Running the probes: small programs in processes of their own, since they look at what an import brings along."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..problems import Problem
from ..project import Project

HOME = Path(__file__).resolve().parents[2]
SECONDS = 120  # a probe takes one; this only keeps a hanging one from hanging the build


def run_probes(project: Project, probe: str, requests: Iterable[Mapping[str, object]]) -> list[Problem]:
    """Run a probe once for each request, all at once, and collect what they report.

    A probe reads its request as JSON from stdin and prints its findings as a JSON list of [path, line, message]; a
    path that is absolute is made relative to the project.
    """
    started = [(request, _start(project, probe)) for request in requests]
    problems: list[Problem] = []
    for request, process in started:
        problems += _finish(project, probe, request, process)
    return problems


def _start(project: Project, probe: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(project.root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(HOME / "codegen" / "proofs" / f"{probe}_probe.py")]
    return subprocess.Popen(
        command,
        cwd=project.root,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _finish(
    project: Project, probe: str, request: Mapping[str, object], process: subprocess.Popen[str]
) -> list[Problem]:
    label = f"src/{project.package}"
    try:
        output, errors = process.communicate(json.dumps(request), timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return [Problem(label, 0, f"the {probe} probe did not end within {SECONDS} s: {dict(request)}")]
    if process.returncode:
        return [Problem(label, 0, f"the {probe} probe failed:\n{errors.strip()}")]
    findings: list[tuple[str, int, str]] = json.loads(output.splitlines()[-1])
    return [Problem(_relative(project, path), line, message) for path, line, message in findings]


def _relative(project: Project, path: str) -> str:
    place = Path(path)
    return place.relative_to(project.root).as_posix() if place.is_relative_to(project.root) else path
