"""The code in the documentation: which blocks a page has, in which order, and what belongs to each.

The rules, for those who write pages:

- Every fenced ``python`` block is run. The blocks of a page share a namespace, one for each colour.
- The colour is that of the tab (``=== "Sync"``, ``=== "Async"``), else what the block imports or waits for; a
  block without any colour is run in each colour that the page has. Files are there in each.
- What a block prints is what the block ``text title="Output"`` behind it says; ``…`` there stands for anything.
- ``sh`` blocks whose output is shown are run too.
- A block with a file name as its title is written to that file, in the folder where the page's code runs.
- ``<!-- not run: REASON -->`` before a block keeps it from being run. A test counts these.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["ROOT", "Block", "Page", "Story", "all_pages"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

Colour = Literal["sync", "async"]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w+-]*)(?P<info>[^`]*)$")
_TAB = re.compile(r'^(?P<indent> *)=== "(?P<label>[^"]+)"')
_TITLE = re.compile(r'title="([^"]*)"')
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
_TABS: dict[str, Colour] = {"Sync": "sync", "Async": "async"}


@dataclass
class Block:
    """One fenced block.

    Attributes:
        page: The page's path.
        line: The number of its first line of code.
        language: What the fence says.
        title: The title that the fence gives it.
        code: The code, without the indentation of a tab.
        tab: The colour of the tab it stands in.
        not_run: Why it is not run.
        output: What it prints, as the page says; None if it says nothing.
    """

    page: Path
    line: int
    language: str
    title: str
    code: str
    tab: Colour | None
    not_run: str | None
    output: str | None = None

    @property
    def where(self) -> str:
        """The place, as editors understand it."""
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """The file that the block is, if it is one."""
        return self.title if re.fullmatch(r"[\w-]+\.\w+", self.title) else None

    @property
    def colour(self) -> Colour | None:
        """The colour of the block, if it has one."""
        if self.tab is not None:
            return self.tab
        if self.language != "python" or self.file_name is not None:
            return None
        if re.search(r"\btwofold\.aio\b", self.code):
            return "async"
        if re.search(r"^\s*(?:from|import) twofold\b", self.code, re.MULTILINE):
            return "sync"
        return "async" if _waits_at_the_top(self.code) else None

    @property
    def checks(self) -> bool:
        """Whether it would be noticed if the block did something else."""
        return any(
            isinstance(node, ast.Assert)
            or (
                isinstance(node, (ast.Raise, ast.With))
                and re.search("AssertionError|raises", ast.unparse(node))
            )
            for node in ast.walk(ast.parse(self.code))
        )

    @property
    def only_defines(self) -> bool:
        """Whether it only imports, defines and assigns."""
        definitions = (
            ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign,
        )  # fmt: skip
        return all(isinstance(node, definitions) for node in ast.parse(self.code).body)


def _waits_at_the_top(code: str) -> bool:
    inside: set[ast.AST] = set()
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef, ast.Lambda)):
            inside.update(child for child in ast.walk(node) if child is not node)
    waiting = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(isinstance(node, waiting) for node in ast.walk(tree) if node not in inside)


@dataclass
class Story:
    """The blocks of a page that run one after the other in one namespace."""

    page: Path
    colour: Colour
    blocks: list[Block]

    @property
    def name(self) -> str:
        """The page's name, and the colour."""
        return f"{self.page.stem}-{self.colour}"


@dataclass
class Page:
    """One page, with its blocks in order."""

    path: Path
    blocks: list[Block] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Page:
        """Read a page."""
        return cls(path, list(_read_blocks(path)))

    @property
    def python(self) -> list[Block]:
        """The blocks of Python that are run."""
        return [block for block in self.blocks if block.language == "python" and block.not_run is None]

    @property
    def stories(self) -> list[Story]:
        """What is run: the page in each of its colours; a page without any is run as sync."""
        colours: list[Colour] = [c for c in ("sync", "async") if any(b.colour == c for b in self.python)]
        mine = [block for block in self.blocks if block.not_run is None]
        return [
            Story(self.path, colour, [block for block in mine if block.colour in (colour, None)])
            for colour in (colours or (["sync"] if mine else []))
        ]

    @property
    def twins(self) -> list[tuple[Block, Block]]:
        """The pairs of blocks that stand side by side in tabs: sync, async."""
        found = []
        for first, second in zip(self.python, self.python[1:], strict=False):
            if first.tab == "sync" and second.tab == "async":
                found.append((first, second))
        return found


def all_pages() -> list[Page]:
    """The README and every page of the documentation."""
    return [Page.read(path) for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))]


def _read_blocks(path: Path) -> Iterator[Block]:
    lines = path.read_text(encoding="utf-8").splitlines()
    tab: Colour | None = None
    tab_indent = 0
    reason: str | None = None
    previous: Block | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if found := _TAB.match(line):
            tab, tab_indent = _TABS.get(found["label"]), len(found["indent"])
            continue
        if tab is not None and indent <= tab_indent:
            tab = None
        if marked := _NOT_RUN.search(line):
            reason = marked[1]
            continue
        opened = _FENCE.match(line)
        if opened is None:
            previous = None
            reason = None
            continue
        body, first = [], at + 1
        while lines[at].strip() != "```":
            body.append(lines[at].removeprefix(opened["indent"]))
            at += 1
        at += 1
        title = _TITLE.search(opened["info"])
        code = "\n".join(body) + "\n"
        block = Block(path, first, opened["language"], title[1] if title else "", code, tab, reason)
        reason = None
        if block.language == "text" and block.title == "Output":
            assert previous is not None, f"{block.where}: there is no block whose output this could be"
            previous.output = code
        else:
            yield block
        previous = block
