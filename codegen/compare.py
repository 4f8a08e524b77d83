"""The generated files against those in the tree, both ways; and writing them there. Nothing else writes to the project."""

import shutil
from pathlib import Path

from .problems import Problem
from .project import Project, walk

REMEDY = "run `nox -s codegen`"


def committed(project: Project) -> dict[str, bytes]:
    """What the target trees hold now, files of any kind."""
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for tree in project.trees
        for path in walk(project.root / tree.target)
    }


def differences(project: Project, generated: dict[str, bytes]) -> list[Problem]:
    """A problem for each file that is missing, stale or orphaned in the tree."""
    there = committed(project)
    problems: list[Problem] = []
    for path in sorted(generated.keys() | there.keys()):
        source = project.tree_of(path).source_of(path)
        if path not in there:
            problems.append(Problem(path, 0, f"missing: {source} has no counterpart; {REMEDY}"))
        elif path not in generated:
            problems.append(Problem(path, 0, f"orphaned: there is no {source} that it comes from; {REMEDY}"))
        elif generated[path] != there[path]:
            line = _first_difference(generated[path], there[path])
            problems.append(Problem(path, line, f"stale: not what {source} gives; {REMEDY}"))
    return problems


def _first_difference(a: bytes, b: bytes) -> int:
    lines_a, lines_b = a.split(b"\n"), b.split(b"\n")
    pairs = zip(lines_a, lines_b, strict=False)
    return next((i for i, (x, y) in enumerate(pairs, 1) if x != y), min(len(lines_a), len(lines_b)))


def write(project: Project, generated: dict[str, bytes]) -> list[str]:
    """Bring the target trees in line with the generated files. Returns the paths that were written or deleted."""
    there = committed(project)
    changed = [path for path in generated if there.get(path) != generated[path]]
    for path in changed:
        target = project.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(generated[path])
    orphans = sorted(there.keys() - generated.keys())
    for path in orphans:
        (project.root / path).unlink()
    for tree in project.trees:
        _remove_empty_folders(project.root / tree.target)
    return sorted([*changed, *orphans])


def _remove_empty_folders(folder: Path) -> None:
    if not folder.is_dir():
        return
    for child in folder.iterdir():
        if child.is_dir() and child.name != "__pycache__":
            _remove_empty_folders(child)
    if all(child.name == "__pycache__" for child in folder.iterdir()):
        shutil.rmtree(folder)
