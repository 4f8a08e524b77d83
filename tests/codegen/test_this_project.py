"""This project's own trees. Run on every supported Python, it shows that each gives the committed bytes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.project import Project
from codegen.run import build, check
from codegen.table import TABLE

ROOT = Path(__file__).resolve().parents[2]

IMAGE = """
import hashlib, sys
from pathlib import Path
from codegen.project import Project
from codegen.run import build
from codegen.table import TABLE
for path, data in build(Project.at(Path(sys.argv[1]), TABLE)).items():
    print(hashlib.sha256(data).hexdigest(), path)
"""


def interpreters() -> list[str]:
    """Other versions of Python on the PATH or in nox's environments that have what the generator needs, one of each."""
    on_path = [shutil.which(f"python3.{minor}") for minor in range(11, 15)]
    of_nox = sorted(map(str, (ROOT / ".nox").glob("tests-*/bin/python")))
    version = "import unasync, ruff, sys; print(sys.version_info[:2])"
    found = {str(sys.version_info[:2]): sys.executable}
    for python in (*on_path, *of_nox):
        if python is not None:
            done = subprocess.run([python, "-c", version], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found.setdefault(done.stdout.strip(), python)
    return [python for python in found.values() if python != sys.executable]


def test_the_committed_trees_are_current_and_proven():
    assert [str(problem) for problem in check(Project.at(ROOT, TABLE))] == []


def test_other_pythons_give_the_same_bytes():
    others = interpreters()
    if not others:
        pytest.skip(
            "no other Python here has the generator's packages; the test above compares on each session's"
        )
    images = {python: _image(python) for python in (sys.executable, *others)}
    assert len(set(images.values())) == 1, images


def _image(python: str) -> str:
    call = [python, "-c", IMAGE, str(ROOT)]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_a_wheel_is_generated_from_the_source_tree_alone():
    """What the build hook does: no tests and examples, so entries that only those use are no finding."""
    generated = build(Project.at(ROOT, TABLE, only="src"), whole=False)
    twins = (ROOT / "src/twofold/_sync").rglob("*.py")
    assert generated == {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in twins}
