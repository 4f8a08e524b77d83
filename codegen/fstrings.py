"""What may not stand in an f-string of a coloured tree.

An f-string is one token until Python 3.11 and several from 3.12 on, so a token rewriter treats its inside differently on
each. Whatever would be rewritten is therefore kept out of them, and the output is the same bytes everywhere.
"""

import ast
import re
from collections.abc import Iterator, Mapping

from .edits import Source

_BARE_KEYWORD = re.compile(r"(?:^|[{}])(async|await)(?:$|[{}])")


def coloured_parts(source: Source, tokens: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Line and text of each part of an f-string that is an await, or a name or text that the table would replace."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for part in node.values:
            if isinstance(part, ast.Constant) and (bare := _BARE_KEYWORD.search(str(part.value))):
                yield node.lineno, bare[1]
            elif isinstance(part, ast.FormattedValue):
                yield from ((node.lineno, found) for found in _inside(part, tokens))


def _inside(part: ast.FormattedValue, tokens: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Await):
            yield f"await {ast.unparse(node.value)}"
        elif isinstance(node, ast.comprehension) and node.is_async:
            yield "async for"
        else:
            yield from (word for word in words(node) if word in tokens or re.match(r"Async[A-Z]", word))


def words(node: ast.AST) -> Iterator[str]:
    """All identifiers and plain strings that a node itself (not its children) holds."""
    for _, value in ast.iter_fields(node):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                yield item
