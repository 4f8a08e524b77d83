"""Parsing on many threads at once."""

from __future__ import annotations

import ast

import pytest

from twofold._core import ast_parse
from twofold._core.ast_parse import parse_python


def test_what_is_returned_is_what_ast_returns() -> None:
    assert ast.dump(parse_python("x = 1")) == ast.dump(ast.parse("x = 1"))
    with pytest.raises(SyntaxError) as caught:
        parse_python("x =", "file.py")
    assert caught.value.filename == "file.py"


def test_an_error_that_only_threads_make_is_not_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = ast.parse, [SystemError("AST constructor recursion depth mismatch")] * 3

    def flaky(*args: object) -> ast.AST:
        if failures:
            raise failures.pop()
        return real(*args)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(ast_parse.ast, "parse", flaky)
    assert isinstance(parse_python("x = 1"), ast.Module)
    failures.extend([SystemError("broken for good")] * 100)
    with pytest.raises(SystemError, match="for good"):
        parse_python("x = 1")
