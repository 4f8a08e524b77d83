"""What the generator works on: a project root, its trees and a replacement table. No rewriting happens here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .problems import CodegenError, Problem

UNASYNC_VERSION = "0.6.0"
RUFF_VERSION = "0.17.6"

BUILT_IN_TOKENS: Mapping[str, str] = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "asynccontextmanager": "contextmanager",
    "AsyncIterable": "Iterable",
    "AsyncIterator": "Iterator",
    "AsyncGenerator": "Generator",
    "StopAsyncIteration": "StopIteration",
}
"""What unasync 0.6.0 replaces by itself; a test compares this with the installed package."""


@dataclass(frozen=True)
class Entry:
    """One replacement: what stands in the async tree, what stands in the sync tree, and why."""

    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Allowed:
    """A phrase that the residue proof lets pass in the generated files that match `files` (a glob)."""

    files: str
    phrase: str
    reason: str


@dataclass(frozen=True)
class ImportExemption:
    """A concurrency module that the files matching `files` (a glob) may import although they are not the bridge."""

    files: str
    module: str
    reason: str


@dataclass(frozen=True)
class Table:
    """All data that steers the generator. See `codegen/table.py` for this project's."""

    tokens: tuple[Entry, ...] = ()
    dotted: tuple[Entry, ...] = ()
    unwrapped: tuple[Entry, ...] = ()
    allowed_residue: tuple[Allowed, ...] = ()
    import_exemptions: tuple[ImportExemption, ...] = ()

    def token_map(self) -> dict[str, str]:
        """The table's own whole-token replacements."""
        return {entry.old: entry.new for entry in self.tokens}

    def all_tokens(self) -> dict[str, str]:
        """The whole-token replacements including those that unasync brings along."""
        return {**BUILT_IN_TOKENS, **self.token_map()}


@dataclass(frozen=True)
class Tree:
    """A source tree and the tree generated from it; both relative to the project root, with forward slashes."""

    source: str
    target: str
    kind: str  # "src", "tests" or "examples": each has a rule or two of its own

    def target_of(self, source_path: str) -> str:
        """The generated file's path for a source file's path."""
        return self.target + source_path.removeprefix(self.source)

    def source_of(self, target_path: str) -> str:
        """The source file's path for a generated file's path."""
        return self.source + target_path.removeprefix(self.target)


@dataclass(frozen=True)
class Project:
    """A checkout: where it is, which trees it has, and the table that rules them."""

    root: Path
    table: Table
    package: str = "twofold"
    trees: tuple[Tree, ...] = field(default=())

    @classmethod
    def at(cls, root: Path, table: Table, package: str = "twofold", only: str | None = None) -> "Project":
        """The project at `root` with those of the usual trees whose source exists (`only`: one kind of tree)."""
        usual = (
            Tree(f"src/{package}/_async", f"src/{package}/_sync", "src"),
            Tree("tests/_async", "tests/_sync", "tests"),
            Tree("examples/_async", "examples/_sync", "examples"),
        )
        # a tree whose source is gone stays in view as long as its output is there: that output is orphaned
        there = (t for t in usual if (root / t.source).is_dir() or (root / t.target).is_dir())
        trees = tuple(t for t in there if only in (None, t.kind))
        return cls(root.resolve(), table, package, trees)

    def sources(self) -> dict[str, str]:
        """All source files of all trees as {path: text}; anything that is not Python is refused."""
        found: dict[str, str] = {}
        problems: list[Problem] = []
        for tree in self.trees:
            for path in walk(self.root / tree.source):
                name = path.relative_to(self.root).as_posix()
                if path.suffix != ".py":
                    problems.append(Problem(name, 0, NOT_PYTHON))
                    continue
                try:
                    found[name] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError as error:
                    problems.append(
                        Problem(
                            name, 0, f"not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
                        )
                    )
        if problems:
            raise CodegenError(problems)
        return found

    def tree_of(self, path: str) -> Tree:
        """The tree that a source or a generated file belongs to."""
        return next(t for t in self.trees if path.startswith((t.source + "/", t.target + "/")))


NOT_PYTHON = (
    "only .py files are generated from; put data where it exists once "
    "(src: the `_core` package, tests: tests/data, examples: beside the two trees)"
)


def walk(folder: Path) -> Iterator[Path]:
    """All files below `folder` in a fixed order, without caches and hidden files."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part == "__pycache__" or part.startswith(".") for part in parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path
