"""Proof 2: nothing of the async colour is left in the generated trees, in code, comments, strings or docstrings."""

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from fnmatch import fnmatchcase

from ..problems import Problem
from ..project import Allowed, Project

WORDS = re.compile(
    r"""
    (?i:await\w*) | (?i:coroutine\w*)
    | \bAsync\w* | \basync[ \t]+(?:for|with)\b
    | \b(?:asyncio|anyio)\b | \btwofold\.aio\b | \b_async\b
    | \b(?:aclose|anext|aiter|asend|athrow|acompletion)\b | __a(?:enter|exit|iter|next)__
    """,
    re.VERBOSE,
)
ASYNC_NODES = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


def check_residue(project: Project, sources: dict[str, str], generated: dict[str, bytes]) -> list[Problem]:
    """A problem for each trace of async in a generated file, and for each allowed phrase that is found nowhere."""
    problems: list[Problem] = []
    used: set[Allowed] = set()
    for path, data in generated.items():
        text = data.decode()
        origin = project.tree_of(path).source_of(path)
        for line, trace in sorted({*_words(project, path, text, used), *_nodes(text)}):
            where = _origin(sources.get(origin, ""), text.split("\n")[line - 1], trace)
            message = f"`{trace}` is left in the sync tree (from {origin}{where}); {REMEDY}"
            problems.append(Problem(path, line, message))
    for allowed in project.table.allowed_residue:
        if allowed not in used:
            message = f"the allowed phrase {allowed.phrase!r} for {allowed.files} is found nowhere; delete it"
            problems.append(Problem("codegen/table.py", 0, message))
    return problems


REMEDY = "word it for both colours, or give the table an entry"

Trace = tuple[int, str]


def _words(project: Project, path: str, text: str, used: set[Allowed]) -> Iterator[Trace]:
    allowed = [a for a in project.table.allowed_residue if fnmatchcase(path, a.files)]
    # the first line is the header, which names the source
    for number, line in enumerate(text.split("\n")[1:], 2):
        for entry in allowed:
            if entry.phrase in line:
                used.add(entry)
                line = line.replace(entry.phrase, "")
        yield from ((number, found[0]) for found in WORDS.finditer(line))


def _nodes(text: str) -> Iterator[Trace]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ASYNC_NODES):
            yield node.lineno, type(node).__name__
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            if any(part.is_async for part in node.generators):
                yield node.lineno, "async comprehension"


def _origin(source: str, line: str, trace: str) -> str:
    """The number of the source line that looks most like the generated one and has the same word, as ``:number``."""
    candidates = [(i, text) for i, text in enumerate(source.split("\n"), 1) if trace in text]
    if not candidates:
        return ""
    best = max(candidates, key=lambda item: SequenceMatcher(None, item[1], line).ratio())
    return f":{best[0]}"
