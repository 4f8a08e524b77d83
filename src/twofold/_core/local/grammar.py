"""Grammars (GBNF) that keep a small model's reply to one form."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["code_block_grammar"]

_IMPORTS = ("import ", "from ")


def code_block_grammar(opening_tag: str, closing_tag: str, modules: Sequence[str] = ()) -> str:
    """Return the grammar of a reply that is one line of thought and then one block of code.

    Args:
        opening_tag: The text before the code, e.g. ``<code>``.
        closing_tag: The text after it. The code is any text in which it does not occur.
        modules: What the code may import, e.g. ``["math", "numpy.*"]``; empty, or with ``"*"`` among them,
            anything. A small model asks for the packages that it knows best, whatever it is told. A line
            inside a longer text that begins with ``import`` or ``from`` is held to the modules too.

    Example:
        >>> print(code_block_grammar("<code>", "</code>").splitlines()[0])
        root ::= "Thought: " [^\\n]+ "\\n" "<code>" "\\n" code "</code>"
    """
    root = f'root ::= "Thought: " [^\\n]+ "\\n" {_literal(opening_tag)} "\\n" code {_literal(closing_tag)}'
    if not modules or "*" in modules or "\n" in closing_tag:
        return f"{root}\ncode ::= ( {' | '.join(_pieces_without(closing_tag))} )+"
    return "\n".join([root, *_rules_of_lines(closing_tag, modules)])


def _pieces_without(text: str, also: str = "") -> list[str]:
    """Return alternatives: a beginning of ``text`` each, and then a character that does not go on with it.

    Args:
        text: What must not occur.
        also: Characters that must not end a piece either.
    """
    pieces = []
    for length, character in enumerate(text):
        beginning = f"{_literal(text[:length])} " if length else ""
        pieces.append(f"{beginning}{_none_of(character + also)}")
    return pieces


def _rules_of_lines(closing_tag: str, modules: Sequence[str]) -> list[str]:
    """Return the rules of code that is made of lines, of which those that import name a known module."""
    names = sorted({name.removesuffix(".*") for name in modules})
    pieces = _pieces_without(closing_tag, "\n")
    cut_off = [_literal(closing_tag[:length]) for length in range(1, len(closing_tag))]
    end = f"( {' | '.join(cut_off)} )?" if cut_off else ""
    taglike = [*(f"{piece} text" for piece in pieces[1:]), *cut_off]
    return [
        'code ::= line ( "\\n" line )*',
        "line ::= [ \\t]* ( imports | from | other )?",
        'imports ::= "import " module ( "," " "? module )* ( [ ;] text )?',
        'from ::= "from " name " import " text',
        'module ::= name ( " as " [a-zA-Z0-9_]+ )?',
        f'name ::= ( {" | ".join(map(_literal, names))} ) ( "." [a-zA-Z0-9_]+ )*',
        f"other ::= {' | '.join(_beginnings_of_other_lines(closing_tag))}",
        f"text ::= ( {' | '.join(pieces)} )* {end}",
        *([f"taglike ::= {' | '.join(taglike)}"] if taglike else []),
    ]


def _beginnings_of_other_lines(closing_tag: str) -> list[str]:
    """Return alternatives for a line that imports nothing: where it parts from what an import begins with."""
    alternatives = []
    for begun in sorted({word[:length] for word in _IMPORTS for length in range(len(word))}):
        following = "".join(word[len(begun)] for word in _IMPORTS if word.startswith(begun))
        excluded = f"{following}\n{closing_tag[0]}" + ("" if begun else " \t")
        said = f"{_literal(begun)} " if begun else ""
        alternatives.append(f"{said}{_none_of(excluded)} text")
        if len(closing_tag) > 1:
            alternatives.append(f"{said}taglike")
        if begun:
            alternatives.append(_literal(begun))
    return alternatives


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _none_of(characters: str) -> str:
    special = {"\\": "\\\\", "]": "\\]", "[": "\\[", "^": "\\^", "-": "\\-", "\n": "\\n", "\t": "\\t"}
    return f"[^{''.join(special.get(character, character) for character in dict.fromkeys(characters))}]"
