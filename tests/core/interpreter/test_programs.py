"""Sessions and programs: state, prints, outputs, and errors that a model can act on."""

from __future__ import annotations

import threading

import pytest

from twofold._core.errors import CodeExecutionError, CodeSyntaxError, ConfigurationError, ForbiddenOperation
from twofold._core.interpreter import InterpreterPolicy, check_imports_installed

from .conftest import InThreadHost, Session


def error_of(session: Session, code: str) -> CodeExecutionError:
    with pytest.raises(CodeExecutionError) as caught:
        session.execute(code)
    return caught.value


class TestState:
    def test_definitions_persist(self, session: Session) -> None:
        session.execute("import math\nx = 2\ndef f(n): return n * x\nclass C:\n    v = 5")
        assert session.value("x = 3\n[f(4), C().v, math.floor(2.5)]") == [12, 5, 2]

    def test_a_failed_step_keeps_what_it_did_before(self, session: Session) -> None:
        error = error_of(session, "print('one')\nx = 1\nx = 1 / 0\nprint('two')")
        assert error.logs == "one\n"
        assert session.variables == {"x": 1}

    def test_variables_are_only_the_codes_own(self, session: Session) -> None:
        session.execute("x: int = 1\ny = x * x\nmatch x:\n    case int(real=r): pass\n'value'")
        assert session.variables == {"x": 1, "y": 1, "r": 1}

    def test_variables_and_functions_can_be_sent(self, session: Session) -> None:
        session.send_variables({"a": [1]})
        session.send_functions({"add": lambda n: a.append(n) if (a := session.variables["a"]) else None})
        assert session.value("add(2)\na") == [1, 2]

    def test_a_sent_function_takes_the_place_of_a_variable(self, session: Session) -> None:
        session.execute("f = 1")
        session.send_functions({"f": lambda: "tool"})
        assert session.value("f()") == "tool"

    def test_sessions_are_separate(self, make_session: type[Session]) -> None:
        first, second = make_session(), make_session()
        first.execute("x = 1")
        assert "x" not in second.variables

    def test_a_local_variable_may_have_a_tools_name(self, make_session: type[Session]) -> None:
        session = make_session(functions={"search": lambda q: q})
        assert session.value("def f(search): return search\n[f(1), [search for search in 'ab'], search(3)]") == [
            1, ["a", "b"], 3,
        ]  # fmt: skip

    def test_a_program_runs_once(self, session: Session) -> None:
        program = session.prepare("1")
        program.run(InThreadHost())
        with pytest.raises(RuntimeError, match="once"):
            program.run(InThreadHost())

    def test_sources_do_not_pile_up(self, session: Session) -> None:
        for number in range(600):
            session.execute(f"x = {number}")
        assert len(session.sources._sources) <= 256


class TestOutput:
    @pytest.mark.parametrize(
        ("code", "value"),
        [("1 + 1", 2), ("x = 1", None), ("x = 1\nx", 1), ("print('a')", None), ("", None), ("# only a comment", None), ("'text'", "text"), ("if True: 5", None)],
    )  # fmt: skip
    def test_the_last_expression_is_the_value(self, code: str, value: object, session: Session) -> None:
        assert session.value(code) == value

    def test_prints_are_captured_and_cut_in_the_middle(self, make_session: type[Session]) -> None:
        session = make_session(InterpreterPolicy(max_print_characters=100))
        logs = session.execute("print('first')\nfor i in range(1000): print(i)\nprint('last')").logs
        assert logs.startswith("first\n0\n1\n")
        assert logs.endswith("999\nlast\n")
        assert "characters of the printed output were left out" in logs
        assert len(logs) < 250

    def test_prints_of_other_threads_are_captured(self, make_session: type[Session]) -> None:
        def elsewhere(function: object) -> None:
            thread = threading.Thread(target=function)  # type: ignore[arg-type]
            thread.start()
            thread.join()

        session = make_session(functions={"elsewhere": elsewhere})
        assert session.execute("elsewhere(lambda: print('from a thread'))").logs == "from a thread\n"

    def test_parallel_calls_in_order(self, session: Session) -> None:
        assert session.value("parallel(lambda x: x * 2, [1, 2, 3])") == [2, 4, 6]

    def test_sleep_is_the_hosts(self, session: Session) -> None:
        session.host.slept.clear()
        session.execute("import time\nfrom time import sleep\ntime.sleep(5)\nsleep(0.5)")
        assert session.host.slept == [5, 0.5]

    @pytest.mark.parametrize(
        "code",
        [
            "await asyncio.gather(double(1), double(2))",
            "await asyncio.gather(*[double(x) for x in (1, 2)])",
            "await asyncio.gather(*(double(x) for x in (1, 2)))",
            "async def main():\n    return await asyncio.gather(double(1), double(2))\nasyncio.run(main())",
            "async def one(x):\n    return await double(x)\nasyncio.run(asyncio.gather(one(1), one(2)))",
            "async with asyncio.TaskGroup() as g:\n    a, b = g.create_task(double(1)), g.create_task(double(2))\n[await a, b.result()]",
        ],
    )
    def test_gathered_tool_calls_are_made_together(self, code: str, make_session: type[Session]) -> None:
        class Host(InThreadHost):
            def map_concurrent(self, function: object, items: list[object], limit: object) -> list[object]:  # type: ignore[override]
                calls.append(len(items))
                return [function(item) for item in items]  # type: ignore[operator]

        calls: list[int] = []
        session = make_session(functions={"double": lambda x: calls.append(0) or x * 2})
        assert session.prepare("import asyncio\n" + code).run(Host()).output == [2, 4]
        assert calls == [2, 0, 0]

    def test_an_awaitable_tool_is_resolved(self, make_session: type[Session]) -> None:
        async def fetch(x: int) -> int:
            return x + 1

        session = make_session(functions={"fetch": fetch})
        assert session.value("await fetch(1)") == 2


class TestErrors:
    def test_the_line_and_the_place_are_shown(self, session: Session) -> None:
        error = error_of(session, "a = 1\nx = a / 0 + 1")
        assert (
            str(error) == "ZeroDivisionError: division by zero\n  line 2: x = a / 0 + 1\n              ^^^^^"
        )
        assert error.line == 2
        assert isinstance(error.__cause__, ZeroDivisionError)

    def test_only_frames_of_the_code_are_shown(self, session: Session) -> None:
        error = error_of(session, "import json\ndef f(s):\n    return json.loads(s)\nf('{')")
        assert "line 4: f('{')" in str(error)
        assert "in f, line 3: return json.loads(s)" in str(error)
        assert ".py" not in str(error)

    def test_lines_of_earlier_steps_are_shown(self, session: Session) -> None:
        session.execute("def f(x):\n    return 1 / x")
        assert "in f, line 2 of step 1: return 1 / x" in str(error_of(session, "f(0)"))

    def test_long_recursion_is_cut(self, session: Session) -> None:
        error = error_of(session, "def f(n): return f(n + 1)\nf(0)")
        assert "RecursionError" in str(error)
        assert len(str(error)) < 2000

    @pytest.mark.parametrize(
        ("code", "hint"),
        [
            ("number = 1\nnumbr", "number"),
            ("pritn(1)", "print"),
            ("seach('x')", "search"),
            ("[].apend(1)", "append"),
            ("import math\nmath.sqroot(2)", "sqrt"),
            ("def f():\n    local_name = 1\n    return local_nme\nf()", "local_name"),
            ("def f(width): pass\nf(widht=1)", "width"),
            ("search(qury='x')", "query"),
        ],
    )
    def test_did_you_mean(self, code: str, hint: str, make_session: type[Session]) -> None:
        def search(query: str) -> str:
            return query

        session = make_session(functions={"search": search})
        text = str(error_of(session, code)).replace("mean:", "mean")  # CPython 3.13 suggests keywords itself
        assert text.count(f"Did you mean {hint!r}?") == 1

    @pytest.mark.parametrize(
        ("code", "line"), [("x = (", 1), ("x = 1\ny = = 2", 2), ("def f(:\n  pass", 1), ("return 1", 1), ("  x = 1", 1), ("break", 1)]
    )  # fmt: skip
    def test_syntax_errors_show_the_line(self, code: str, line: int, session: Session) -> None:
        with pytest.raises(CodeSyntaxError) as caught:
            session.execute(code)
        assert caught.value.line == line
        assert f"line {line}: " in str(caught.value)

    @pytest.mark.parametrize("code", ["x = '\0'", "(" * 500, "1" + "+1" * 50_000, "-" * 50_000 + "1"])
    def test_what_cannot_be_compiled_is_a_syntax_error(self, code: str, session: Session) -> None:
        with pytest.raises(CodeSyntaxError):
            session.execute(code)

    def test_an_error_whose_text_fails(self, session: Session) -> None:
        error = error_of(session, "class E(Exception):\n    def __str__(self): return 1 / 0\nraise E")
        assert str(error).startswith("E: <its text could not be made: ZeroDivisionError>")

    def test_notes_are_shown(self, session: Session) -> None:
        assert "a note" in str(error_of(session, "e = ValueError('x')\ne.add_note('a note')\nraise e"))

    def test_an_error_in_multibyte_text_points_right(self, session: Session) -> None:
        assert str(error_of(session, "é = 'ü' + 1")).endswith("line 1: é = 'ü' + 1\n              ^^^^^^^")

    def test_a_refusal_in_a_function_names_the_line(self, session: Session) -> None:
        with pytest.raises(ForbiddenOperation) as caught:
            session.execute("def f(n):\n    return getattr(1, n)\nf('__class__' + '')\nf('__globals__')")
        assert caught.value.line == 2


class TestSettings:
    @pytest.mark.parametrize(
        "settings",
        [{"authorized_imports": "numpy"}, {"timeout_seconds": 0}, {"timeout_seconds": "1"}, {"max_operations": -1}],
    )  # fmt: skip
    def test_wrong_settings_are_refused(self, settings: dict[str, object]) -> None:
        with pytest.raises(ConfigurationError):
            InterpreterPolicy(**settings)  # type: ignore[arg-type]

    def test_imports_that_are_not_installed_are_refused(self) -> None:
        check_imports_installed(["math", "os.path", "json.*", "*"])
        with pytest.raises(ConfigurationError, match="no_such_package"):
            check_imports_installed(["math", "no_such_package"])

    def test_code_must_be_text(self, session: Session) -> None:
        with pytest.raises(ConfigurationError):
            session.prepare(b"1")  # type: ignore[arg-type]

    @pytest.mark.parametrize("name", ["not a name", "__dunder__", "1x"])
    def test_names_must_be_names(self, name: str, session: Session) -> None:
        with pytest.raises(ConfigurationError):
            session.send_functions({name: len})
        with pytest.raises(ConfigurationError):
            session.send_variables({name: 1})


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (
            "class A:\n    x = 1\n    def f(self): return getattr(self, 'x')\n[getattr(A, 'x'), A().f()]",
            [1, 1],
        ),
        ("getattr('a', 'upper')()", "A"),
        ("def getattr(a, b): return 'mine'\ngetattr(1, 'real')", "mine"),
        ("def f(getattr): return getattr(1, 'real')\nf(lambda a, b: 'given')", "given"),
        (
            "try: getattr(1, 'nope')\nexcept AttributeError as e: r = str(e)\nr",
            "'int' object has no attribute 'nope'",
        ),
        ("try: getattr(1, 'gi_frame')\nexcept Exception as e: r = type(e).__name__\nr", "ForbiddenOperation"),
        ("getattr(type('C', (), {'class': 7}), 'class')", 7),
        ("class A:\n    _A__x = 3\n    def f(self): return getattr(self, '_A__x')\nA().f()", 3),
    ],
)
def test_getattr_with_a_name_written_out(code: str, value: object, session: Session) -> None:
    assert session.value(code) == value


def test_builtins_appear_when_code_uses_them(session: Session) -> None:
    """A session holds what its code uses; code made later, and in the next step, finds the rest."""
    assert len(session.environment.builtins) < 20
    session.execute("def later(): return sorted(eval('min([3, 1]), max([3, 1])'))")
    assert session.value("later(), [zip, sum][1]([1, 2]), eval('divmod(7, 2)')") == ([1, 3], 3, (3, 1))
    assert session.value("import copy\nlist(copy.copy(iter([1, 2])))") == [1, 2]


def test_a_tool_that_is_called_like_a_builtin_is_found_first(make_session: type[Session]) -> None:
    session = make_session(functions={"print": lambda text: f"told {text}", "sum": lambda: "mine"})
    assert session.value("print('it'), sum()") == ("told it", "mine")
