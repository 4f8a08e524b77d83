"""Programs made by hypothesis behave as in CPython."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import in_interpreter, in_plain_python

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

NAMES = st.sampled_from(["a", "b", "c", "total"])
NUMBERS = st.integers(-5, 9).map(str)
ATOMS = st.one_of(
    NAMES,
    NUMBERS,
    st.sampled_from(["'xy'", "[1, 2]", "(3,)", "{'k': 1}", "{1, 2}", "2.5", "None", "True", "'{}'", "b'z'"]),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "//", "/", "%", "<<", ">>", "&", "|", "^", "@"])
    comparisons = st.sampled_from(["<", ">", "==", "!=", "in", "not in", "is"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("({} {} {})".format, inner, comparisons, inner),
        st.builds("({} ** {})".format, inner, st.integers(-2, 4)),
        st.builds("({} and {} or {})".format, inner, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[x for x in {} if {}]".format, inner, inner),
        st.builds("sum(y for y in {})".format, inner),
        st.builds("(lambda v, w={}: v)({})".format, inner, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[{}:]".format, inner, inner),
        st.builds("f(*{})".format, inner),
        st.builds("f({}, k={})".format, inner, inner),
        st.builds("str({})".format, inner),
        st.builds("len({})".format, inner),
        st.builds("{}.upper()".format, inner),
        st.builds("{}.format({})".format, inner, inner),
        st.builds("{}.__class__.__name__".format, inner),
        st.builds("(t := {})".format, inner),
        st.builds("f'{{{}!r:>5}}'".format, NAMES),
        st.builds("O({}).v".format, inner),
        st.builds("[*{}, 1]".format, inner),
        st.builds("not {}".format, inner).map("({})".format),
    )


EXPRESSIONS = st.recursive(ATOMS, _compound, max_leaves=6)


def _indent(lines: list[str]) -> str:
    return "\n".join("    " + line for block in lines for line in block.splitlines())


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    bodies = st.lists(inner, min_size=1, max_size=3).map(_indent)
    errors = st.sampled_from(["TypeError", "(ValueError, IndexError)", "Exception", "BaseException"])
    return st.one_of(
        st.builds("if {}:\n{}\nelse:\n{}".format, EXPRESSIONS, bodies, bodies),
        st.builds("for {} in range({}):\n{}".format, NAMES, st.integers(0, 3), bodies),
        st.builds("for i in {}:\n{}\n    if i: break\nelse:\n{}".format, EXPRESSIONS, bodies, bodies),
        st.builds("n = 0\nwhile n < 3:\n    n += 1\n    if n == 2: continue\n{}".format, bodies),
        st.builds("try:\n{}\nexcept {} as e:\n    print(type(e).__name__, e)\nelse:\n{}\nfinally:\n{}".format, bodies, errors, bodies, bodies),
        st.builds("try:\n{}\nexcept:\n    print('bare')".format, bodies),
        st.builds("def g(a, b=1, *c):\n    total = 0\n{}\n    return a, total\nprint(g({}))".format, bodies, EXPRESSIONS),
        st.builds("def g():\n    try:\n        return {}\n    finally:\n        print('f')\nprint(g())".format, EXPRESSIONS),
        st.builds("def g():\n    for q in range(2):\n        yield {}\nprint(list(g()))".format, EXPRESSIONS),
        st.builds("class K:\n    z = {}\n    def m(self): return self.z, {}\nprint(K().m())".format, EXPRESSIONS, EXPRESSIONS),
        st.builds("with M({}) as a:\n{}".format, st.booleans(), bodies),
        st.builds("match {}:\n    case [x, *_]: print('seq', x)\n    case int(v): print('int', v)\n    case str() | None: print('s')\n    case _: print('other')".format, EXPRESSIONS),
    )  # fmt: skip


SIMPLE = st.one_of(
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{} {}= {}".format, NAMES, st.sampled_from(["+", "-", "*", "|", "%", "//"]), EXPRESSIONS),
    st.builds("print({})".format, EXPRESSIONS),
    st.builds("{}, *{} = {}".format, NAMES, NAMES, EXPRESSIONS),
    st.builds("o.v = {}\nprint(o.v)".format, EXPRESSIONS),
    st.builds("d[{}] = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("assert {}, 'failed'".format, EXPRESSIONS),
    st.just("del total\ntotal = 1"),
)
STATEMENTS = st.recursive(SIMPLE, _blocks, max_leaves=6)
PRELUDE = """\
a, b, c, total = 1, 'bb', [1, 2], 0
d = {}
class O:
    def __init__(self, v): self.v = v
    def __repr__(self): return f'O({self.v!r})'
o = O(1)
class M:
    def __init__(self, swallow): self.swallow = swallow
    def __enter__(self): return 5
    def __exit__(self, *e):
        print('exit', e[0] and e[0].__name__)
        return self.swallow
def f(*args, **kw): return len(args), sorted(kw)
"""


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STATEMENTS, min_size=1, max_size=5), EXPRESSIONS)
def test_generated_programs_behave_as_in_cpython(statements: list[str], last: str) -> None:
    code = PRELUDE + "\n".join(statements) + "\n" + last
    try:
        expected = in_plain_python(code)
    except SyntaxError:
        return  # hypothesis made no program
    assert in_interpreter(code) == expected


OPERANDS = st.sampled_from(["a[0]", "b[0]", "o.v", "f(a[0])", "n", "3", "len(a)"])
ARITHMETIC = st.recursive(
    OPERANDS,
    lambda inner: st.builds(
        "({} {} {})".format, inner, st.sampled_from(["*", "*", "+", "-", "%", "<<"]), inner
    ),
    max_leaves=12,
)


@given(ARITHMETIC)
@settings(max_examples=200, deadline=None)
def test_arithmetic_of_any_depth_inside_a_function(expression: str) -> None:
    program = (
        "class O:\n    v = 5\ndef f(x): return x + 1\n"
        f"def g(a, b, o, n):\n    return {expression}\n"
        "g([2], [3], O(), 7)"
    )
    outcome = in_interpreter(program)
    if "refused, because it would take too much" not in outcome.error:
        assert outcome == in_plain_python(program)
