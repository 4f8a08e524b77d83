"""Generated code behaves as in CPython: every snippet of the corpus runs in both."""

from __future__ import annotations

import ast
import sys

import pytest

from .conftest import CORPUS, in_interpreter, in_plain_python, read_corpus

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")

# Nodes that no source text gives: kept by the ast module for old programs only, or roots of other modes.
NOT_IN_SOURCE = {
    "AST", "mod", "stmt", "expr", "expr_context", "boolop", "operator", "unaryop", "cmpop", "excepthandler", "pattern",
    "slice", "type_ignore", "type_param", "Expression", "FunctionType", "Interactive", "TypeIgnore", "Suite",
    "AugLoad", "AugStore", "Param", "Bytes", "Ellipsis", "ExtSlice", "Index", "NameConstant", "Num", "Str",
    "_ast_Ellipsis", "TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple",
}  # fmt: skip


@pytest.mark.parametrize("code", read_corpus("expressions", "statements", "functions", "classes", "library"))
def test_same_as_cpython(code: str) -> None:
    assert in_interpreter(code) == in_plain_python(code)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs the syntax of Python 3.12")
@pytest.mark.parametrize("code", read_corpus("syntax312") if sys.version_info >= (3, 12) else [])
def test_same_as_cpython_312(code: str) -> None:
    assert in_interpreter(code) == in_plain_python(code)


def test_the_corpus_has_every_kind_of_node() -> None:
    names = {
        name
        for name, kind in vars(ast).items()
        if isinstance(kind, type) and issubclass(kind, ast.AST) and name not in NOT_IN_SOURCE
    }
    found = {"Module"}
    for parameter in read_corpus("expressions", "statements", "functions", "classes", "library"):
        found.update(type(node).__name__ for node in ast.walk(ast.parse(parameter.values[0])))
    assert names - found == set()


def test_the_corpus_is_large_and_its_titles_differ() -> None:
    titles = [
        line
        for path in CORPUS.glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("### ")
    ]
    assert len(titles) >= 300
    assert len(set(titles)) == len(titles)
