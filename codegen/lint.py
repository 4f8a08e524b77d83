"""The source lint: what a coloured source may not hold, because a token rewriter would do the wrong thing with it in silence.

Proof 3 of the five. Which module may import which is in `imports.py`.
"""

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator

from .edits import Source
from .fstrings import coloured_parts, words
from .passes import dotted_pattern, unwrapped_part
from .problems import Problem
from .project import Project, Table

ASYNC_ONLY_NAMES = {"aclose", "anext", "aiter", "asend", "athrow", "acompletion", "aembedding"}
"""Names with a sync counterpart that unasync does not know: each needs an entry where it is used."""

COLOUR_QUESTIONS = {
    "iscoroutine", "iscoroutinefunction", "isawaitable", "isasyncgen", "isasyncgenfunction", "markcoroutinefunction",
}  # fmt: skip
COLOUR_FLAG = re.compile(r"_?is_?a?sync(_mode)?", re.IGNORECASE)


def lint(project: Project, sources: dict[str, str]) -> list[Problem]:
    """All findings in all sources."""
    return [problem for path, text in sources.items() for problem in lint_file(project, path, text)]


def lint_file(project: Project, path: str, text: str) -> list[Problem]:
    """The findings in one source."""
    try:
        source = Source(text)
    except SyntaxError as error:
        return [Problem(path, error.lineno or 0, f"not valid Python 3.11: {error.msg}")]
    found = [
        *_first_lines(source),
        *_awaits(source),
        *_fstrings(source, project.table),
        *_strings(source, project.table),
        *_names(source, project.table),
        *_collisions(source, project.table),
        *_colour_questions(source),
        *_unwrapped(source, project.table),
        *_public_imports(source, project.package),
        *_test_markers(source),
    ]
    return [Problem(path, line, message) for line, message in found]


Finding = tuple[int, str]


def _first_lines(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines[:2], 1):
        if line.startswith("#!"):
            yield (
                number,
                "no `#!` line here: the generated file starts with its header instead; run it with `python`",
            )
        elif re.match(r"[ \t\f]*#.*?coding[:=]", line):
            yield number, "no encoding line here: all files are UTF-8"


def _awaits(source: Source) -> Iterator[Finding]:
    tokens = list(source.tokens())
    for token, after in zip(tokens, tokens[1:], strict=False):
        apart = token.end != after.start or after.type in (tokenize.NL, tokenize.NEWLINE)
        if token.type == tokenize.NAME and token.string in ("async", "await") and not apart:
            wrong = f"{token.string}{after.string}"
            yield (
                token.start[0],
                f"`{wrong}`: write `{token.string} {after.string}`, unasync swallows what follows directly",
            )


def _fstrings(source: Source, table: Table) -> Iterator[Finding]:
    for line, part in coloured_parts(source, table.all_tokens()):
        yield (
            line,
            f"`{part}` inside an f-string is not rewritten on every Python; give it a name on a line before",
        )


def _strings(source: Source, table: Table) -> Iterator[Finding]:
    for token in _plain_strings(source):
        value = re.sub(r"^[A-Za-z]*('''|\"\"\"|'|\")|('''|\"\"\"|'|\")$", "", token.string)
        if value in table.all_tokens() or re.match(r"Async[A-Z]", value):
            remedy = "use another word, or build it where both colours see it"
            yield token.start[0], f"the string {token.string} would be renamed like a name; {remedy}"


def _plain_strings(source: Source) -> Iterator[tokenize.TokenInfo]:
    """String tokens that are neither an f-string nor, from Python 3.12 on, inside one: those are for `_fstrings`."""
    depth = 0
    for token in source.tokens():
        kind = tokenize.tok_name[token.type]
        depth += {"FSTRING_START": 1, "FSTRING_END": -1}.get(kind, 0)
        if kind == "STRING" and not depth and not re.match(r"[a-z]*f", token.string, re.IGNORECASE):
            yield token


def _names(source: Source, table: Table) -> Iterator[Finding]:
    known = table.all_tokens() | {entry.old: "" for entry in table.unwrapped}
    for token in source.tokens():
        name = token.string
        if token.type != tokenize.NAME or name in known:
            continue
        if re.match(r"Async[A-Z]", name):
            yield (
                token.start[0],
                f"`{name}` has no entry in the table, and unasync would call it `Sync{name[5:]}`",
            )
        elif name in ASYNC_ONLY_NAMES:
            yield token.start[0], f"`{name}` has no entry in the table, so the sync tree would still use it"


def _collisions(source: Source, table: Table) -> Iterator[Finding]:
    renamed = table.all_tokens()
    for node in ast.walk(source.tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.arguments)):
            continue
        defined = dict(_defined(node))
        for name, line in defined.items():
            new = renamed.get(name, name)
            if new != name and new in defined:
                yield line, f"`{name}` becomes `{new}`, which is defined beside it in line {defined[new]}"


def _defined(node: ast.Module | ast.ClassDef | ast.arguments) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.arguments):
        yield from ((arg.arg, arg.lineno) for arg in (*node.posonlyargs, *node.args, *node.kwonlyargs))
        return
    for child in node.body:
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield child.name, child.lineno
        elif isinstance(child, (ast.Assign, ast.AnnAssign)):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            yield from ((target.id, target.lineno) for target in targets if isinstance(target, ast.Name))


def _colour_questions(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        for name in words(node):
            if name in COLOUR_QUESTIONS and not isinstance(node, ast.Constant):
                yield (
                    _line(node),
                    f"`{name}`: no question about colour here; `bridge.resolve` takes values of both",
                )
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            asked = {
                word for part in ast.walk(node.test) for word in words(part) if COLOUR_FLAG.fullmatch(word)
            }
            yield from (
                (node.test.lineno, f"`{word}`: no branch on colour; what differs belongs in the bridge")
                for word in asked
            )


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _unwrapped(source: Source, table: Table) -> Iterator[Finding]:
    names = {entry.old for entry in table.unwrapped}
    inside = {
        child
        for node in ast.walk(source.tree)
        if unwrapped_part(node, table) is not None and isinstance(node, ast.Subscript)
        for child in ast.walk(node.value)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and names & set(words(node)) and node not in inside:
            yield (
                node.lineno,
                f"`{ast.unparse(node)}` alone has no sync form; only `{ast.unparse(node)}[T]` has, it becomes `T`",
            )


def _public_imports(source: Source, package: str) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == package
            and any(a.name == "aio" for a in node.names)
        ):
            yield (
                node.lineno,
                f"write `from {package}.aio import …` or `import {package}.aio as {package}`: `aio` alone stays as it is",
            )


def _test_markers(source: Source) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (
            "pytest.mark.asyncio",
            "pytest.mark.anyio",
        ):
            yield (
                node.lineno,
                f"`{ast.unparse(node)}` would stay in the sync tests; asyncio_mode is auto and needs no marker",
            )
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and "pytest_asyncio" in ast.unparse(node):
            yield (
                node.lineno,
                "`pytest_asyncio` would stay in the sync tests; in auto mode `@pytest.fixture` does it",
            )


def unused_entries(
    project: Project, sources: dict[str, str], place: str = "codegen/table.py"
) -> list[Problem]:
    """A problem for each entry of the replacement table that no source has a use for."""
    names: Counter[str] = Counter()
    for text in sources.values():
        names.update(token.string for token in Source(text).tokens() if token.type == tokenize.NAME)
    table = project.table
    unused = [e for e in (*table.tokens, *table.unwrapped) if not names[e.old]]
    unused += [e for e in table.dotted if not _any_match(dotted_pattern(e.old), sources.values())]
    return [
        Problem(place, 0, f"the entry for `{e.old}` ({e.reason}) is used nowhere; delete it") for e in unused
    ]


def _any_match(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    return any(pattern.search(text) for text in texts)
