"""Replacing parts of a source text by position. Everything outside an edit stays as it was, comments and layout included."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Edit:
    """Characters `start:end` become `text`."""

    start: int
    end: int
    text: str


class Source:
    """A text with its syntax tree, and the way from the tree's positions to the text's."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text, feature_version=(3, 11))
        self.lines = text.split("\n")  # not splitlines(): Python counts a form feed as no line end
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """Where the character at `line` (from 1) and `column` (in characters) is."""
        return self._starts[line - 1] + column

    def offset_of_bytes(self, line: int, column: int) -> int:
        """The same for a column in UTF-8 bytes, as `ast` counts them."""
        return self._starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Start and end of a node in the text."""
        if node.end_lineno is None or node.end_col_offset is None:
            raise ValueError(f"{type(node).__name__} has no end; was it made by hand?")
        return (
            self.offset_of_bytes(node.lineno, node.col_offset),
            self.offset_of_bytes(node.end_lineno, node.end_col_offset),
        )

    def tokens(self) -> Iterator[tokenize.TokenInfo]:
        """The tokens of the text as this Python sees them (f-strings are one token until 3.11, several from 3.12)."""
        return tokenize.generate_tokens(io.StringIO(self.text).readline)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    done: list[str] = []
    position = 0
    for edit in sorted(edits):
        if edit.start < position:
            raise ValueError(f"two edits overlap at character {edit.start}")
        done += (text[position : edit.start], edit.text)
        position = edit.end
    return "".join((*done, text[position:]))
