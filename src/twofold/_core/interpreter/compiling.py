"""From text to a code object: parse, check and rewrite, compile. Errors say where and what."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType

from ..ast_parse import parse_python
from ..errors import CodeSyntaxError
from .explain import caret_lines
from .rewrite import RewriteContext, rewrite

__all__ = ["check_expression", "compile_snippet"]

# The warning filters belong to the process: two threads that exchange them at once would mix them up.
_filters = threading.RLock()


@contextmanager
def _without_warnings() -> Iterator[None]:
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_expression(text: str) -> None:
    """Complain in Python's own words about text that is no expression.

    Raises:
        SyntaxError: It is none.
    """
    with _without_warnings():
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
        with _without_warnings():
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
