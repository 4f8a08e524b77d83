"""Generating the sync trees: prepare each source with our own passes, let unasync rewrite it, let ruff format it.

All of it happens in a temporary folder under absolute paths; the project's tree is only read. `compare.py` writes.
"""

import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path

import unasync

from .passes import prepare
from .problems import CodegenError, Problem
from .project import RUFF_VERSION, UNASYNC_VERSION, Project, Tree

RUFF_CONFIG = Path(__file__).with_name("ruff.toml")


def generate(project: Project, sources: dict[str, str]) -> dict[str, bytes]:
    """All generated files as {path: bytes}.

    Args:
        project: The project; it is not written to.
        sources: What `project.sources()` gave, found sound by the source lint.

    Raises:
        CodegenError: A source has no sync form, or the tools are not the pinned ones.
    """
    check_tools()
    with tempfile.TemporaryDirectory(prefix="codegen-") as folder:
        # resolved, since unasync compares paths as text and macOS has its temporary folder behind a link
        base = Path(folder).resolve()
        _write_prepared(project, sources, base)
        _unasync(project, sources, base)
        output = base / "out"
        targets = [project.tree_of(path).target_of(path) for path in sources]
        for source, target in zip(sources, targets, strict=True):
            _add_header(output / target, source)
        if targets:
            _format(output)
        return {target: (output / target).read_bytes() for target in sorted(targets)}


def header(source: str) -> str:
    """The first line of the file generated from `source`."""
    return f"# Generated from {source} by `nox -s codegen`. Do not edit.\n"


def check_tools() -> None:
    """Refuse to run with tools other than the pinned ones: the output would be other bytes."""
    for name, wanted in (("unasync", UNASYNC_VERSION), ("ruff", RUFF_VERSION)):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "none"
        if found != wanted:
            message = (
                f"{name} {wanted} is needed and {found} is installed; run `pip install {name}=={wanted}`"
            )
            raise CodegenError([Problem("codegen", 0, message)])


def _write_prepared(project: Project, sources: dict[str, str], base: Path) -> None:
    problems: list[Problem] = []
    for path, text in sources.items():
        try:
            prepared = prepare(path, text, project.tree_of(path).kind, project.table)
        except CodegenError as error:
            problems += error.problems
            continue
        target = base / "in" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(prepared, encoding="utf-8", newline="\n")
    if problems:
        raise CodegenError(problems)


def _unasync(project: Project, sources: dict[str, str], base: Path) -> None:
    rules = [_rule(project, tree, base) for tree in project.trees]
    files = [str(base / "in" / path) for path in sources]
    unasync.unasync_files(files, rules)
    # unasync passes over in silence what matches no rule
    missed = [
        path for path in sources if not (base / "out" / project.tree_of(path).target_of(path)).is_file()
    ]
    if missed:
        raise CodegenError(Problem(path, 0, "unasync did not translate this file") for path in missed)


def _rule(project: Project, tree: Tree, base: Path) -> unasync.Rule:
    return unasync.Rule(
        fromdir=f"{(base / 'in' / tree.source).as_posix()}/",
        todir=f"{(base / 'out' / tree.target).as_posix()}/",
        additional_replacements=project.table.token_map(),
    )


def _add_header(path: Path, source: str) -> None:
    body = path.read_bytes()
    path.write_bytes(header(source).encode() + (body if body.strip() else b""))


def _format(folder: Path) -> None:
    _ruff("check", "--fix", "--quiet", folder=folder)
    _ruff("format", "--quiet", folder=folder)


def _ruff(command: str, *options: str, folder: Path) -> None:
    call = [sys.executable, "-m", "ruff", command, *options, "--no-cache", "--config", str(RUFF_CONFIG), "."]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CodegenError([Problem("codegen", 0, f"ruff {command} failed:\n{done.stdout}{done.stderr}")])
