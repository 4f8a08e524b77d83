"""Finding the action in a model's reply: code blocks, and JSON for replies in structured form."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from .ast_parse import parse_python
from .errors import AgentParsingError, ConfigurationError

__all__ = [
    "MARKDOWN_TAGS",
    "CodeBlockTags",
    "extract_code_from_text",
    "parse_code_blobs",
    "parse_thought_and_code",
    "resolve_code_block_tags",
    "truncate_content",
]

MAX_CONTENT_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class CodeBlockTags:
    """What stands before and after a block of code in a model's reply.

    Args:
        opening: The text before the code, e.g. ``<code>``.
        closing: The text after it, e.g. ``</code>``.
    """

    opening: str
    closing: str

    @property
    def closing_is_stop_sequence(self) -> bool:
        """Whether a model may be stopped at the closing tag: not if the opening one would stop it too."""
        return self.closing not in self.opening

    def find_all(self, text: str) -> list[str]:
        """Return the contents of all blocks in ``text``."""
        return self._scan(text)[0]

    def close(self, text: str) -> str:
        """Put the closing tag back where generation stopped at it."""
        return text + self.closing if self._scan(text)[1] else text

    def unwrap(self, text: str) -> str:
        """Return what is between the tags if they stand around the whole text, else the text."""
        inner = text.strip()
        if not (inner.startswith(self.opening) and inner.endswith(self.closing)):
            return text
        if len(inner) < len(self.opening) + len(self.closing):
            return text
        return inner[len(self.opening) : len(inner) - len(self.closing)]

    def _scan(self, text: str) -> tuple[list[str], bool]:
        """Return the contents of the blocks, and whether another one is begun and not closed."""
        blocks: list[str] = []
        position = 0
        while (start := text.find(self.opening, position)) >= 0:
            start += len(self.opening)
            end = text.find(self.closing, start)
            if end < 0:
                return blocks, True
            blocks.append(text[start:end].strip("\n"))
            position = end + len(self.closing)
        return blocks, False


MARKDOWN_TAGS = CodeBlockTags("```python", "```")
_DEFAULT_TAGS = CodeBlockTags("<code>", "</code>")
# the last fence may be left open: a model may end its reply with its code
_ANY_FENCE = re.compile(r"```([\w+-]*)[ \t]*\r?\n(.*?)(?:```|\Z)", re.DOTALL)
_PYTHON_FENCES = ("", "py", "python", "python3")
_WHOLE_FENCE = re.compile(r"\s*```[\w+-]*[ \t]*\r?\n(.*?)```\s*", re.DOTALL)


def resolve_code_block_tags(tags: str | tuple[str, str] | CodeBlockTags | None) -> CodeBlockTags:
    """Return the tags that an agent's ``code_block_tags`` argument means.

    Args:
        tags: A pair of opening and closing text, ``"markdown"``, or None for ``<code>`` and ``</code>``.

    Raises:
        ConfigurationError: It is none of these.
    """
    if tags is None:
        return _DEFAULT_TAGS
    if isinstance(tags, CodeBlockTags):
        return tags
    if tags == "markdown":
        return MARKDOWN_TAGS
    if (
        isinstance(tags, (tuple, list))
        and len(tags) == 2
        and all(isinstance(tag, str) and tag for tag in tags)
    ):
        return CodeBlockTags(*tags)
    raise ConfigurationError(
        f'code_block_tags must be "markdown" or a pair of texts such as ("<code>", "</code>"), not {tags!r}.'
    )


def extract_code_from_text(text: str, tags: CodeBlockTags) -> str | None:
    """Return the code of all blocks between the tags, joined by blank lines; None if there is no block."""
    blocks = [_code_of_block(block, tags) for block in tags.find_all(text)]
    code = "\n\n".join(block for block in blocks if block)
    return code or None


def _code_of_block(block: str, tags: CodeBlockTags) -> str:
    code = dedent(block).strip()
    if fenced := _WHOLE_FENCE.fullmatch(code):
        code = dedent(fenced[1]).strip()
    if tags.opening in code and _parse(code) is None:
        # the thought spoke of the tag, and the code begins at the next one
        after = dedent(code.rpartition(tags.opening)[2]).strip()
        code = after if _parse(after) is not None else code
    return code


def parse_code_blobs(text: str, tags: CodeBlockTags) -> str:
    """Return the code that a reply asks to be run.

    It is looked for between the tags, then in Markdown fences, and last the whole reply is taken if it is
    Python.

    Args:
        text: The model's reply.
        tags: The tags that the model was told to use.

    Raises:
        AgentParsingError: There is no code. The message tells the model how to write it.

    Example:
        >>> parse_code_blobs("I add. <code>1 + 1</code>", CodeBlockTags("<code>", "</code>"))
        '1 + 1'
    """
    code = extract_code_from_text(text, tags)
    if code is None:
        code = _extract_fenced_code(text)
    if code is not None:
        return code
    if _is_python(text):
        return text.strip()
    raise AgentParsingError(_no_code_message(text, tags))


def _extract_fenced_code(text: str) -> str | None:
    fenced = [
        dedent(block).strip()
        for language, block in _ANY_FENCE.findall(text)
        if language.lower() in _PYTHON_FENCES
    ]
    return "\n\n".join(block for block in fenced if block) or None


# Escapes that Python knows, and those that it would warn about on standard error while it parses
_ESCAPE = re.compile(r"""\\(?:([\r\n\\'"])|N\{[^}]*\}|.)""", re.DOTALL)

_PROSE_STATEMENTS = (
    ast.Assert, ast.Break, ast.Continue, ast.Delete, ast.Global, ast.Nonlocal, ast.Pass, ast.Raise,
    ast.Return,
)  # fmt: skip
_ACTIVE_EXPRESSIONS = (ast.Call, ast.NamedExpr, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _parse(code: str) -> ast.Module | None:
    """Return the syntax tree of code, without what its strings say; None if it is not Python."""
    try:
        return parse_python(_ESCAPE.sub(lambda escape: escape[0] if escape[1] else "_", code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_python(text: str) -> bool:
    tree = _parse(text.strip())
    return tree is not None and any(not _may_be_prose(statement) for statement in tree.body)


def _may_be_prose(statement: ast.stmt) -> bool:
    """Whether a statement may be words that happen to parse: "Paris", "yes or no", "Answer: unknown"."""
    if isinstance(statement, _PROSE_STATEMENTS):
        return True
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    if not isinstance(statement, ast.Expr):
        return False
    parts = list(ast.walk(statement))
    if any(isinstance(part, _ACTIVE_EXPRESSIONS) for part in parts):
        return False
    return isinstance(statement.value, ast.Constant | ast.Tuple) or any(
        isinstance(p, ast.Name) for p in parts
    )


def _no_code_message(text: str, tags: CodeBlockTags) -> str:
    hint = ""
    if "final" in text.lower() and "answer" in text.lower():
        hint = "\nIf this is the final answer, give it from code: final_answer(...).\n"
    return (
        f"The reply has no code block between {tags.opening} and {tags.closing}. It was:\n"
        f"{truncate_content(text, 2_000)}\n{hint}"
        "Write a short thought and then the code, like this:\n"
        f"Thought: what you are going to do\n{tags.opening}\n# Python code here\n{tags.closing}"
    )


def parse_thought_and_code(text: str) -> tuple[str, str]:
    """Return thought and code of a reply in the structured form ``{"thought": ..., "code": ...}``.

    Raises:
        AgentParsingError: It is no such JSON.
    """
    try:
        data = _load_json(text)
    except (ValueError, RecursionError) as error:
        raise AgentParsingError(
            f"The reply is not the JSON object that was asked for ({error}). It was:\n"
            f"{truncate_content(text, 2_000)}\n"
            'Reply with {"thought": "...", "code": "..."} and nothing else.'
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("code"), str) or not data["code"].strip():
        raise AgentParsingError(
            'The JSON of the reply needs a text "code" (and a text "thought"). '
            f"It was:\n{truncate_content(text, 2_000)}"
        )
    code = _DEFAULT_TAGS.unwrap(data["code"])
    if fenced := _WHOLE_FENCE.fullmatch(code):
        code = fenced[1]
    return str(data.get("thought") or ""), dedent(code).strip()


def _load_json(text: str) -> Any:
    """Read JSON; if there is something around it, such as a fence, what is between the outermost braces."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        start, end = text.find("{"), text.rfind("}")
        if start < 0 or end < start or (start, end) == (0, len(text) - 1):
            raise
        return json.loads(text[start : end + 1], strict=False)


def truncate_content(content: str, max_length: int = MAX_CONTENT_LENGTH) -> str:
    """Cut the middle out of a long text.

    Args:
        content: The text.
        max_length: How many characters may stay. The note that says so comes on top.

    Example:
        >>> truncate_content("0123456789", 4)
        '01\\n..._6 of 10 characters were left out to stay within 4_...\\n89'
    """
    max_length = max(max_length, 0)
    if len(content) <= max_length:
        return content
    head = (max_length + 1) // 2
    tail = max_length - head
    left_out = len(content) - max_length
    note = f"\n..._{left_out} of {len(content)} characters were left out to stay within {max_length}_...\n"
    return content[:head] + note + content[len(content) - tail :]
