"""The ``re`` of generated code: the same answers as ``re``, whoever matches, and never for ever."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twofold._core.errors import ExecutionTimeout, ForbiddenOperation
from twofold._core.interpreter import InterpreterPolicy
from twofold._core.interpreter.regular import functions, patterns
from twofold._core.interpreter.regular.cost import pattern_cost

from .conftest import InThreadHost, Session

PATTERNS = [
    r"a", r"a+", r"a*", r"(a)(b)?", r"(?P<word>\w+)\s+(?P<next>\w+)", r"\b\w", r"\B\w", r"\bw", r"^a|b$",
    r"(?m)^\w+$", r"(?s)a.b", r"(?i)HeLLo", r"(?x) a # comment" "\n b", r"(?a)\w+", r"[^a-c]+", r"[\W\d]+",
    r"[^\W\d]+", r"[^\s,]+", r"\s", r"\S+", r"\d+", r"\D", r"\W", r"(?<=a)b", r"(?<!a)b", r"a(?=b)", r"a(?!b)",
    r"(a)\1", r"(?P<q>['\"]).*?(?P=q)", r"(a)?b(?(1)c|d)", r"(?>a+)b", r"a++b", r"a{2}", r"a{2,3}?", r"(?:a|b|cd)*x",
    r"(a|ab)(c|bcd)(d*)", r"(\d{1,3}\.){3}\d{1,3}", r"[]]", r"[a\]\-^]", r"\.", r"\$\{(\w+)\}", r"x*", r"", r"(?:)",
    r"\Aa", r"a\Z", r"a$", r"[\x00-\x1f]", r"[à-ü]+", "é", r"(?i)straße", r"[[:alpha:]]", r"a{e}", r"a{e<=1}", r"[a&&b]",
    r"[!--b]", r"\u00e9", r"(?i:a)B", r"(?-i:a)", r"((a)|(b))*", r"(\w+)@(\w+)\.com", r"(?P<a>x)|(?P<b>y)", r"\t|\n",
    r"<.*?>", r"<[^>]+>", r"(.)(.)", r"(?s:.)\n", r"[^\n]*\n?", r"\w+(?:-\w+)*", r"(a+)+$", r"(?:[a-z]+\d?)+!",
]  # fmt: skip
TEXTS = [
    "", "a", "ab", "aab abb", "abxd", "hello HELLO Hello", "the quick  brown\tfox", "a\nb\n", "192.168.1.10 x", "'it' \"is\"",
    "x=1, y = 22; z=${name}", "éàü ÀÉ straße STRASSE", "mail a@b.com and c@d.com", "abcd", "aaa", "cdcdx", "<b>x</b><i>", "]-^&|~",
    "\x1c\x1f\x85\u3000", "a{e} a{e<=1}", "٣٤ \u0301e\u0301 ½²", "abc-def-", "[:alpha:]", "bc bd bbc", "aabxb", "x" * 30 + "!",
]  # fmt: skip


def both(pattern: str, flags: int = 0) -> tuple[Any, Any]:
    real = re.compile(pattern, flags)
    ours = patterns.Pattern(real)
    ours._Pattern__quick_length = -1  # type: ignore[attr-defined]
    return real, ours


def shown(match: Any) -> Any:
    if match is None:
        return None
    every = range(match.re.groups + 1)
    return [
        match.span(), match.group(), match.groups(), match.groups("-"), match.groupdict(), match.regs, repr(match), match.pos,
        match.endpos, match.string, [match.start(i) for i in every], [match.end(i) for i in every], [match[i] for i in every],
        match.lastindex, match.lastgroup,
    ]  # fmt: skip


def outcome(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except Exception as error:
        return type(error).__name__, str(error)


def same_everywhere(real: Any, ours: Any, text: str) -> None:
    for method in ("match", "fullmatch", "search"):
        assert shown(getattr(ours, method)(text)) == shown(getattr(real, method)(text)), method
    assert shown(ours.search(text, 1)) == shown(real.search(text, 1))
    assert shown(ours.search(text, 1, 4)) == shown(real.search(text, 1, 4))
    assert [shown(m) for m in ours.finditer(text)] == [shown(m) for m in real.finditer(text)]
    assert ours.findall(text) == real.findall(text)
    assert ours.split(text) == real.split(text)
    assert ours.split(text, 1) == real.split(text, 1)
    assert ours.sub("-", text) == real.sub("-", text)
    assert ours.subn(r"[\g<0>]", text, 2) == real.subn(r"[\g<0>]", text, 2)
    assert ours.sub(lambda m: m.group().upper(), text) == real.sub(lambda m: m.group().upper(), text)
    for template in (r"\1\n", r"\g<word>!", r"\2", r"\q", "plain"):
        assert outcome(lambda t=template: ours.sub(t, text)) == outcome(lambda t=template: real.sub(t, text))  # type: ignore[misc]


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_both_engines_agree(pattern: str) -> None:
    real, ours = both(pattern)
    for text in TEXTS:
        same_everywhere(real, ours, text)


@pytest.mark.parametrize(
    "flags", [re.IGNORECASE, re.MULTILINE, re.DOTALL, re.ASCII, re.I | re.M | re.S | re.A, re.VERBOSE]
)
def test_both_engines_agree_on_flags(flags: int) -> None:
    for pattern in (r"^a.b$", r"\w+", r"hello|[à-ü]", r"(\s)(?#x)x", r"[^A-C]\b", r"k+|s+"):
        real, ours = both(pattern, flags)
        for text in [*TEXTS, "A\nB\na\nb", "\u212a\u017f"]:
            same_everywhere(real, ours, text)


@pytest.mark.parametrize("pattern", [rb"a+", rb"\w+", rb"[^a]", rb"(.)\1", rb"\xff|\x00", rb"(?i)B"])
def test_both_engines_agree_on_bytes(pattern: bytes) -> None:
    real = re.compile(pattern)
    ours = patterns.Pattern(real)
    ours._Pattern__quick_length = -1  # type: ignore[attr-defined]
    for text in (b"", b"aab", b"abb\xff\x00\xe9", b"B b"):
        assert ours.findall(text) == real.findall(text)
        assert ours.sub(b"-", text) == real.sub(b"-", text)
        assert ours.split(text) == real.split(text)
        assert [m.span() for m in ours.finditer(bytearray(text))] == [
            m.span() for m in real.finditer(bytearray(text))
        ]


_atoms = st.sampled_from(
    ["a", "b", "c", ".", r"\w", r"\d", r"\s", "[ab]", "[^a]", r"\b", "^", "$", r"\.", "é"]
)
_pattern = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        inner.map(lambda one: f"({one})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "*?", "+?", "??"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
        inner.map(lambda one: f"(?={one})"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(pattern=_pattern, text=st.text(alphabet="abc1 .é\n", max_size=8))
def test_both_engines_find_the_same(pattern: str, text: str) -> None:
    real, ours = both(pattern)
    assert [m.span() for m in ours.finditer(text)] == [m.span() for m in real.finditer(text)]
    assert ours.sub("-", text) == real.sub("-", text)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(pattern=_pattern)
def test_the_estimate_is_none_for_what_can_explode(pattern: str) -> None:
    real = re.compile(pattern)
    cost = pattern_cost(re._parser.parse(pattern, 0), 0)  # type: ignore[attr-defined]
    if cost is not None and cost.is_quick(300):
        real.search("a" * 300)  # a pattern that explodes would not come back
        real.search("ab" * 150 + "\n")


EXPLOSIVE = [
    r"(a+)+$",
    r"(a|a)*$",
    r"(a|aa)+$",
    r"(.*a){20}",
    r"(\w+\s?)+$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(a?){30}a{30}",
    r"(?:a*)*b",
    r"(x+x+)+y",
]


@pytest.mark.parametrize("pattern", EXPLOSIVE)
def test_explosive_patterns_are_not_left_to_re(pattern: str) -> None:
    cost = pattern_cost(re._parser.parse(pattern, 0), 0)  # type: ignore[attr-defined]
    assert cost is None or not cost.is_quick(60)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+",
        r"(\w+)\s+(\w+)",
        r"[\w.+-]+@[\w-]+\.[\w.-]+",
        r"(\d{4})-(\d\d)-(\d\d)",
        r"\bfoo\b",
        r"(?i)price:\s*\$?(\d+)",
    ],
)
def test_everyday_patterns_are_left_to_re(pattern: str) -> None:
    cost = pattern_cost(re._parser.parse(pattern, 0), 0)  # type: ignore[attr-defined]
    assert cost is not None
    assert cost.is_quick(500)


@pytest.mark.parametrize(
    "call",
    [
        "re.match(p, t)",
        "re.search(p, t)",
        "re.sub(p, '', t)",
        "re.findall(p, t)",
        "list(re.finditer(p, t))",
        "re.split(p, t)",
        "re.compile(p).fullmatch(t)",
        "re.compile(p).subn(str, t)",
    ],
)
def test_a_catastrophic_pattern_ends_with_the_time_limit(call: str, make_session: type[Session]) -> None:
    session = make_session(InterpreterPolicy(timeout_seconds=0.2))
    with pytest.raises(ExecutionTimeout):
        session.execute(f"import re\nx = 1\np, t = '(?:a|a|a)*$', 'a' * 60 + 'b'\n{call}\nx = 2")
    assert session.value("x") == 1


def test_other_threads_run_while_a_slow_pattern_is_matched(session: Session) -> None:
    ran = threading.Event()
    done: list[Any] = []
    program = session.prepare(
        "import re\nstarted()\nre.match('(?:a|a|a)*$', 'a' * 60 + 'b')", timeout_seconds=0.5
    )
    thread = threading.Thread(target=ran.set)
    session.send_functions({"started": thread.start})
    try:
        program.run(InThreadHost())
    except ExecutionTimeout:
        done.append(ran.is_set())
    assert done == [True]


def test_callbacks_templates_and_types(session: Session) -> None:
    session.execute("import re\nslow = re.compile(r'(?P<l>(?:a|a)+)(b)?')\nm = slow.search('xxaab')")
    assert (
        session.value(
            "isinstance(m, re.Match), isinstance(slow, re.Pattern), isinstance(re.match('a', 'a'), re.Match)"
        )
        == (True,) * 3
    )
    assert session.value("m.expand(r'<\\g<l>\\2>'), repr(m), m['l'], repr(slow), slow.groupindex['l']") == (
        "<aab>", "<re.Match object; span=(2, 5), match='aab'>", "aa", "re.compile('(?P<l>(?:a|a)+)(b)?')", 1,
    )  # fmt: skip
    assert session.value("slow.sub(lambda m: m['l'].upper(), 'aab-a')") == "AA-A"
    assert session.value(
        "re.compile('a') == re.compile('a'), len({re.compile('a'), re.compile('a')}), re.compile(slow) is slow"
    ) == (True, 1, True)
    assert session.value(
        "import copy\ncopy.deepcopy(slow) is slow, type(m).__name__, re.Pattern.__name__"
    ) == (True, "Match", "Pattern")


@pytest.mark.parametrize(
    "code",
    [
        "re.compile('(')",
        "re.match(5, 'a')",
        "re.match('a', 5)",
        "re.match('a', b'a')",
        "re.match('(?:a|a)*', b'a')",
        "re.sub('a', '\\\\9', 'a')",
        "re.match('a', 'a').group(3)",
        "re.match('(?:a|a)*', 'a').group(3)",
        "re.match('(?:a|a)*', 'a')['x']",
        "re.compile(re.compile('a'), re.I)",
    ],
)
def test_errors_are_those_of_re(code: str, session: Session) -> None:
    expected: Any = None
    try:
        eval(code, {"re": re})
    except Exception as error:
        expected = error
    with pytest.raises(Exception) as caught:
        session.execute("import re\n" + code)
    assert type(caught.value.__cause__) is type(expected)
    assert str(caught.value.__cause__) == str(expected)


@pytest.mark.parametrize(
    "code",
    [
        "re.compile('a')._Pattern__real",
        "re.compile('(a|a)*').search('a')._Match__found",
        "re.Scanner([])",
        "re._parser",
        "re.compile('a').scanner('a')",
        "re.sub('', 'x' * 10**6, 'y' * 10**6)",
        "type(re.match('a', 'a')).re",
        "getattr(type(re.match('a', 'a')), 're')",
    ],
)
def test_nothing_leads_behind_it(code: str, session: Session) -> None:
    with pytest.raises(ForbiddenOperation):
        session.execute("import re\n" + code)


def test_the_pattern_of_a_match_has_a_deadline_too(session: Session) -> None:
    code = "import re, operator\nm = re.match('a', 'a')\np = re.compile('a')\n"
    reads = ["m.re", "getattr(m, 're')", "getattr(m, 're', 0)", "operator.attrgetter('re')(m)"]
    assert session.value(f"{code}[type({'), type('.join(reads)})]") == [patterns.Pattern] * len(reads)
    assert session.value("m.re is p, m.re == p, m.re.pattern") == (True, True, "a")
    assert session.value("re.match('(?i)A', 'a').re == re.compile('(?i)A', re.I)") is True
    assert session.value("class C:\n    re = 5\nC.re, C().re") == (5, 5)


def test_purge_and_flags(session: Session) -> None:
    assert session.value("import re\nre.purge()\nre.I | re.M, re.escape('a.b'), re.error is not None") == (
        re.I | re.M,
        "a\\.b",
        True,
    )
    assert functions.compile("a") is functions.compile("a")
    assert sys.getrefcount(functions.compile("a")) > 0
