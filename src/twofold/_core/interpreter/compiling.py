"""From text to a code object: parse, check and rewrite, compile. Errors say where and what."""

from __future__ import annotations

import re
import warnings
from types import CodeType
from typing import Any

from ..ast_parse import parse_python
from ..errors import CodeSyntaxError
from .explain import caret_lines
from .rewrite import RewriteContext, rewrite

__all__ = ["check_expression", "compile_snippet"]

_SNIPPETS = re.compile(r"<(?:step \d+|eval)>")
_FILTER: Any = ("ignore", None, Warning, _SNIPPETS, 0)


def _ignore_warnings_about_snippets() -> None:
    """Keep the compiler's warnings about generated code ("invalid escape sequence") from the host.

    The filters belong to the process, so they are not exchanged for a while, which would mix up those that
    other threads set: one filter, for the file names of snippets alone, is put first and stays.
    """
    if not warnings.filters or warnings.filters[0] != _FILTER:
        warnings.filterwarnings("ignore", category=Warning, module=_SNIPPETS.pattern)


def check_expression(text: str) -> None:
    """Complain in Python's own words about text that is no expression.

    Raises:
        SyntaxError: It is none.
    """
    _ignore_warnings_about_snippets()
    compile(text, "<eval>", "eval", dont_inherit=True)


def compile_snippet(
    source: str, filename: str, context: RewriteContext, *, keep_result: bool = True
) -> CodeType:
    """Turn a snippet into a code object that a session can run.

    Args:
        source: The snippet.
        filename: The name its frames will have.
        context: What the rewriter has to know about the session.
        keep_result: Whether the value of a last expression is stored for the session to pick up.

    Raises:
        CodeSyntaxError: It is not Python.
        ForbiddenOperation: It uses what it may not use.
    """
    try:
        _ignore_warnings_about_snippets()
        tree = parse_python(source, filename)
        rewritten = rewrite(tree, source, context, keep_result=keep_result)
        return compile(rewritten, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise syntax_error(error, source) from error
    except (RecursionError, MemoryError) as error:
        raise CodeSyntaxError("The code is nested too deeply to be compiled.") from error
    except ValueError as error:
        if isinstance(error, CodeSyntaxError) or type(error) is not ValueError:
            raise
        raise CodeSyntaxError(f"SyntaxError: {error}") from error


def syntax_error(error: SyntaxError, source: str) -> CodeSyntaxError:
    """The error for code that is not Python, with the line and a caret."""
    line = error.lineno
    message = f"{type(error).__name__}: {error.msg}"
    if line is not None:
        lines = source.splitlines()
        text = lines[line - 1] if 0 < line <= len(lines) else (error.text or "").rstrip("\n")
        column = max((error.offset or 1) - 1, 0)
        end = (error.end_offset or 0) - 1 if error.end_lineno == line else 0
        start_bytes = len(text[:column].encode())
        end_bytes = len(text[: max(end, column + 1)].encode())
        message += "\n" + caret_lines(f"  line {line}: ", text, start_bytes, max(end_bytes, start_bytes + 1))
    return CodeSyntaxError(message, line=line)
