"""Reading docstrings: what a function does, what its arguments mean, what it returns.

Google, NumPy and Sphinx style are told apart by griffe. What is done with the texts is the business of
`signature` and `tool_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
# what griffe reads only in part is written more plainly before: types are taken from the hints anyway
_ARGUMENTS = re.compile(r"(?:(?:keyword|other) )?(?:arg(?:ument)?|param(?:eter)?)s:\s*", re.IGNORECASE)
_NAME = re.compile(r"(?P<quote>`{0,2})(?P<name>\*{0,2}\w+)(?P=quote)\s*")
_FIELD = re.compile(
    r"^(?P<indent>[ \t]*)[:@](?:param|parameter|arg|argument|key|keyword)[ \t]+(?:[^\n]*?[ \t])??"
    r"(?P<name>\*{0,2}\w+)[ \t]*:",
    re.MULTILINE,
)
_RESULT_FIELD = re.compile(r"^@(returns?|rtype|raises?|type)\b(?=[^\n]*:)", re.MULTILINE)


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

    cleaned = _SECTION_WITHOUT_GAP.sub("\n\n", _without_types(cleandoc(text)))
    return list(parse_auto(Docstring(cleaned), default="google", per_style_options=_QUIET))  # type: ignore[arg-type]


def _without_types(text: str) -> str:
    """Leave out the types of described arguments, which may hold blanks, colons and quotes."""
    text = _RESULT_FIELD.sub(r":\1", _FIELD.sub(r"\g<indent>:param \g<name>:", text))
    return "\n".join(_plain_lines(text.splitlines()))


def _plain_lines(lines: list[str]) -> Iterator[str]:
    """Rewrite ``name (type): meaning`` as ``name: meaning`` below a heading such as ``Args:``."""
    inside = False
    level = 0  # the blanks before each argument; 0 until the first one is seen
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and not indent:
            inside, level = _ARGUMENTS.fullmatch(line) is not None, 0
        elif inside and line.strip() and indent == (level := level or indent):
            line = line[:indent] + _plain_entry(line[indent:])
        yield line


def _plain_entry(entry: str) -> str:
    named = _NAME.match(entry)
    if named is None:
        return entry
    end = _end_of_type(entry, named.end())
    rest = entry[end:].lstrip()
    return f"{named['name']}:{rest[1:]}" if rest.startswith(":") else entry


def _end_of_type(entry: str, start: int) -> int:
    """Return where the type in parentheses ends that may begin at ``start``."""
    if not entry.startswith("(", start):
        return start
    depth = 0
    for place in range(start, len(entry)):
        depth += {"(": 1, ")": -1}.get(entry[place], 0)
        if not depth:
            return place + 1
    return start


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
