"""Reading docstrings: what a function does, what its arguments mean, what it returns.

Google, NumPy and Sphinx style are told apart by griffe. What is done with the texts is the business of
`signature` and `tool_text`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any

__all__ = ["ParsedDocstring", "parse_docstring"]

_QUIET = {"google": {"warnings": False, "returns_named_value": False, "returns_multiple_items": False}}
_QUIET |= {style: {"warnings": False} for style in ("numpy", "sphinx")}

# griffe wants a blank line before a section of a Google docstring; many people leave it out
_SECTION_WITHOUT_GAP = re.compile(
    r"(?<=[^\n])\n(?=(?:Args|Arguments|Params|Parameters|Returns|Yields|Raises|Examples?|Notes?):[ \t]*\n)"
)


@dataclass(frozen=True, slots=True)
class ParsedDocstring:
    """What a docstring says. Everything in it may be empty.

    Attributes:
        description: The text that belongs to no argument: summary, explanation, examples.
        parameters: The description of each argument that is described, each on one line.
        returns: What is said about the result.
    """

    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    returns: str = ""


def parse_docstring(text: str | None) -> ParsedDocstring:
    """Split a docstring into its description, its arguments and its result.

    Args:
        text: The docstring as written, in Google, NumPy or Sphinx style, or without any style.

    Returns:
        The parts.
    """
    if not text or not text.strip():
        return ParsedDocstring()
    texts: list[str] = []
    parameters: dict[str, str] = {}
    returns: list[str] = []
    for section in _sections(text):
        kind = section.kind.value
        if kind in ("parameters", "other parameters"):
            parameters.update({item.name.lstrip("*"): _one_line(item.description) for item in section.value})
        elif kind in ("returns", "yields"):
            returns.extend(_one_line(item.description) for item in section.value)
        else:
            texts.append(_prose(section))
    description = "\n\n".join(part for part in texts if part)
    return ParsedDocstring(description, parameters, " ".join(part for part in returns if part))


def _sections(text: str) -> list[Any]:
    from griffe import Docstring, parse_auto

    cleaned = _SECTION_WITHOUT_GAP.sub("\n\n", cleandoc(text))
    return list(parse_auto(Docstring(cleaned), default="google", per_style_options=_QUIET))  # type: ignore[arg-type]


def _prose(section: Any) -> str:
    kind = section.kind.value
    if kind == "text":
        return str(section.value).strip()
    if kind == "examples":
        return "Examples:\n" + "\n".join(str(example) for _, example in section.value)
    if kind == "admonition":
        return f"{section.title or section.value.kind}:\n{section.value.contents}".strip()
    return ""  # errors, attributes and the like are for people who read the source


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
