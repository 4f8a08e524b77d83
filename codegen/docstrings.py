"""Un-colouring the code inside docstrings. Prose is not touched: it has to fit both colours as it stands.

A code example is a doctest (``>>>``), a fenced block marked as Python or not at all, or a block that is indented
below its surroundings (as under ``Example:``) and is valid Python. Code between backticks in a line of prose has its
names replaced and loses its ``await``; ``async def`` stays there, because prose speaks of functions of both kinds.
"""

import ast
import re
import textwrap
import tokenize
from collections.abc import Mapping

from .edits import Edit, Source, apply
from .fstrings import coloured_parts

_PYTHON_FENCES = {"", "py", "python", "python3", "pycon"}


class ExampleError(Exception):
    """An example cannot be translated. `line` counts from 0 within the text that was given."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def rewrite_docstring(text: str, column: int, tokens: Mapping[str, str]) -> str:
    """The docstring for the other colour.

    Args:
        text: The docstring as it stands between its quotes.
        column: How far the docstring's own statement is indented.
        tokens: The replacement table.

    Raises:
        ExampleError: An example uses what has no sync form.
    """
    first, *rest = text.split("\n")
    region = _Region(rest, 1, tokens)
    return "\n".join([region.prose(first), *region.rewrite(column)])


_SPAN = re.compile(r"(`+)([^`\n]+)\1")
_WAITING = re.compile(r"\bawait\s+|\basync\s+(?=with\b|for\b)")


class _Region:
    """Consecutive lines of a docstring."""

    def __init__(self, lines: list[str], number: int, tokens: Mapping[str, str]) -> None:
        self.lines = lines
        self.number = number
        self.tokens = tokens

    def rewrite(self, column: int) -> list[str]:
        """All lines, with the examples among them rewritten. Lines indented deeper than `column` may be examples."""
        done: list[str] = []
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            if line.lstrip().startswith("```"):
                end = self._end_of_fence(at)
                done += self._fence(at, end)
            elif line.lstrip().startswith(">>>"):
                end = self._end_of_doctest(at)
                done += self._doctest(at, end)
            elif line.strip() and _indent(line) > column:
                end = self._end_of_block(at, column)
                done += self._block(at, end)
            else:
                end = at + 1
                done.append(self.prose(line))
            at = end
        return done

    def prose(self, line: str) -> str:
        """The line with the code between its backticks un-coloured."""
        return _SPAN.sub(lambda found: f"{found[1]}{self._inline(found[2])}{found[1]}", line)

    def _inline(self, code: str) -> str:
        return re.sub(r"\w+", lambda word: self.tokens.get(word[0], word[0]), _WAITING.sub("", code))

    def _end_of_fence(self, at: int) -> int:
        closing = (i for i in range(at + 1, len(self.lines)) if self.lines[i].strip() == "```")
        return next(closing, len(self.lines) - 1) + 1

    def _end_of_doctest(self, at: int) -> int:
        end = at + 1
        while end < len(self.lines) and re.match(r"\s*\.\.\.( |$)", self.lines[end]):
            end += 1
        return end

    def _end_of_block(self, at: int, column: int) -> int:
        end = at
        while end < len(self.lines):
            line = self.lines[end]
            if line.strip() and (_indent(line) <= column or line.lstrip().startswith((">>>", "```"))):
                break
            end += 1
        while not self.lines[end - 1].strip():
            end -= 1
        return end

    def _fence(self, start: int, end: int) -> list[str]:
        if end - start < 2:
            return self.lines[start:end]
        opening, *body, closing = self.lines[start:end]
        if opening.strip().removeprefix("```").strip() not in _PYTHON_FENCES:
            return self.lines[start:end]
        inside = _Region(body, self.number + start + 1, self.tokens)
        if any(line.lstrip().startswith(">>>") for line in body):
            return [opening, *inside.rewrite(_indent(opening)), closing]
        return [opening, *inside._block(0, len(body)), closing]

    def _doctest(self, start: int, end: int) -> list[str]:
        lines = self.lines[start:end]
        indent = lines[0][: _indent(lines[0])]
        code = "\n".join(line.lstrip()[4:] for line in lines)
        rewritten = self._snippet(code, start)
        if rewritten is None:
            raise ExampleError(self.number + start, "the doctest is not valid Python")
        if not rewritten.strip():
            return []
        prompts = (">>> " if i == 0 else "... " for i in range(rewritten.count("\n") + 1))
        return [
            f"{indent}{prompt}{line}".rstrip()
            for prompt, line in zip(prompts, rewritten.split("\n"), strict=True)
        ]

    def _block(self, start: int, end: int) -> list[str]:
        lines = self.lines[start:end]
        indents = [_indent(line) for line in lines if line.strip()]
        if not indents:
            return lines
        rewritten = self._snippet(textwrap.dedent("\n".join(lines)), start)
        if rewritten is not None:
            return textwrap.indent(rewritten, " " * min(indents)).split("\n")
        if len(set(indents)) > 1:  # prose, which may have an example one level deeper
            return _Region(lines, self.number + start, self.tokens).rewrite(min(indents))
        return [self.prose(line) for line in lines]

    def _snippet(self, code: str, start: int) -> str | None:
        try:
            return rewrite_snippet(code, self.tokens)
        except SyntaxError:
            return None
        except ExampleError as error:
            raise ExampleError(self.number + start + error.line, error.message) from None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def rewrite_snippet(code: str, tokens: Mapping[str, str]) -> str:
    """A piece of Python, un-coloured.

    Raises:
        SyntaxError: `code` is not Python.
        ExampleError: It uses what has no sync form.
    """
    source = Source(code)
    for line, part in coloured_parts(source, tokens):
        raise ExampleError(
            line - 1, f"`{part}` inside an f-string cannot be translated; give it a name on a line before"
        )
    edits = runner_edits(source)
    removed = [(edit.start, edit.end) for edit in edits]
    for token in _tokens(source):
        start = source.offset(*token.start)
        if token.type != tokenize.NAME or any(a <= start < b for a, b in removed):
            continue
        end = source.offset(*token.end)
        if token.string in ("async", "await"):
            edits.append(Edit(start, end + len(code[end:]) - len(code[end:].lstrip(" \t")), ""))
        elif token.string in tokens:
            edits.append(Edit(start, end, tokens[token.string]))
    return apply(code, edits)


def _tokens(source: Source) -> list[tokenize.TokenInfo]:
    try:
        return list(source.tokens())
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from None


def runner_edits(source: Source) -> list[Edit]:
    """Edits that turn ``asyncio.run(main())`` into ``main()`` and drop ``import asyncio``.

    Raises:
        ExampleError: asyncio is used in any other way.
    """
    edits: list[Edit] = []
    understood: set[ast.AST] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _is_runner(node):
            start, end = source.span(node)
            inner_start, inner_end = source.span(node.args[0])
            edits += [Edit(start, inner_start, ""), Edit(inner_end, end, "")]
            understood.update(ast.walk(node.func))
        elif isinstance(node, ast.Import) and [(a.name, a.asname) for a in node.names] == [("asyncio", None)]:
            edits.append(_without_line(source, node))
        elif isinstance(node, ast.Name) and node.id == "asyncio" and node not in understood:
            raise ExampleError(
                node.lineno - 1, "only `asyncio.run(main())` has a sync form, nothing else of asyncio"
            )
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and _is_of_asyncio(node):
            raise ExampleError(
                node.lineno - 1, "write `import asyncio` on a line of its own and `asyncio.run(main())`"
            )
    return edits


def _is_runner(node: ast.Call) -> bool:
    one_argument = len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)
    return one_argument and ast.unparse(node.func) == "asyncio.run"


def _is_of_asyncio(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] == "asyncio"
    return any(alias.name.split(".")[0] == "asyncio" for alias in node.names)


def _without_line(source: Source, node: ast.stmt) -> Edit:
    start, end = source.span(node)
    start -= node.col_offset
    rest = source.text[end : end + 1]
    return (
        Edit(start, end + len(rest), "") if rest in ("", "\n") else Edit(start + node.col_offset, end, "pass")
    )
