"""Grammars (GBNF) that keep a small model's reply to one form."""

from __future__ import annotations

__all__ = ["code_block_grammar"]


def code_block_grammar(opening_tag: str, closing_tag: str) -> str:
    """Return the grammar of a reply that is one line of thought and then one block of code.

    Args:
        opening_tag: The text before the code, e.g. ``<code>``.
        closing_tag: The text after it. The code is any text in which it does not occur.

    Example:
        >>> print(code_block_grammar("<code>", "</code>").splitlines()[0])
        root ::= "Thought: " [^\\n]+ "\\n" "<code>" "\\n" code "</code>"
    """
    return "\n".join(
        [
            f'root ::= "Thought: " [^\\n]+ "\\n" {_literal(opening_tag)} "\\n" code {_literal(closing_tag)}',
            f"code ::= ( {' | '.join(_pieces_without(closing_tag))} )+",
        ]
    )


def _pieces_without(text: str) -> list[str]:
    """Return alternatives: a beginning of ``text`` each, and then a character that does not go on with it."""
    pieces = []
    for length, character in enumerate(text):
        beginning = f"{_literal(text[:length])} " if length else ""
        pieces.append(f"{beginning}[^{_in_class(character)}]")
    return pieces


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _in_class(character: str) -> str:
    special = {"\\": "\\\\", "]": "\\]", "[": "\\[", "^": "\\^", "-": "\\-", "\n": "\\n", "\t": "\\t"}
    return special.get(character, character)
