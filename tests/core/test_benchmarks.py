"""The frame of the benchmarks: tables, the file of results, judging answers. Nothing here measures a time."""

import argparse
import datetime
import json
import math
import re
import statistics
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `benchmarks` is no part of the installed package

from benchmarks import cli, environments, import_time  # noqa: E402
from benchmarks.environments import Environment, EnvironmentFailed, Interpreter, prepare  # noqa: E402
from benchmarks.frame import Benchmark, BenchmarkError  # noqa: E402
from benchmarks.local import benchmark as local_benchmark  # noqa: E402
from benchmarks.local.answers import is_expected  # noqa: E402
from benchmarks.local.bare import _remark as bare_remark  # noqa: E402
from benchmarks.local.outcome import Outcome, carry_out, describe, score_table, task_table  # noqa: E402
from benchmarks.local.tasks import PRICES, TASKS, Task, get_price  # noqa: E402
from benchmarks.machine import Machine  # noqa: E402
from benchmarks.report import Column, Report, Table, render_report, render_table, without_paths  # noqa: E402
from benchmarks.results import RESULTS, ResultsError, replace_section, write_section  # noqa: E402
from benchmarks.sampling import Summary, milliseconds, summarize, take_turns  # noqa: E402
from twofold._core.agents.results import RunResult  # noqa: E402
from twofold._core.usage import Timing, TokenUsage  # noqa: E402

MACHINE = Machine("A processor", 2, 8 * 2**30, "A system", "CPython 3.11.7", 0.5)
WHEN = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)


class TestTables:
    def test_columns_line_up_and_numbers_stand_on_the_right(self) -> None:
        table = Table([Column("what", text=True), Column("ms")], [["a", "1.5"], ["long name", "1234"]])
        assert render_table(table).splitlines() == [
            "| what      |   ms |",
            "| --------- | ---: |",
            "| a         |  1.5 |",
            "| long name | 1234 |",
        ]

    def test_no_cell_can_break_the_table(self) -> None:
        table = Table([Column("answer", text=True)], [["a | b\nc"]])
        assert render_table(table).splitlines()[-1] == "| a \\| b c |"

    def test_a_narrow_column_is_a_column(self) -> None:
        assert render_table(Table([Column("n")], [])).splitlines() == ["|   n |", "| --: |"]

    def test_a_row_of_another_length_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"1 columns, but 2 cells in the row \['x', 'y'\]"):
            Table([Column("a")], [["x", "y"]])


class TestReports:
    def test_a_section_says_all_that_was_found(self) -> None:
        report = Report(
            "Title",
            "What was done.",
            [Table([Column("a")], [["1"]], title="T")],
            {"peer": "1.2"},
            ["A note."],
        )
        section = render_report(report, MACHINE, WHEN)
        assert section.startswith("## Title\n\nWhat was done.\n\n**T**\n\n|   a |\n")
        assert section.endswith(
            "- A note.\n- Measured 2026-01-02 03:04 UTC.\n"
            "- Machine: A processor, 2 cores, 8 GiB RAM; A system; CPython 3.11.7; "
            "load average before the run 0.5.\n- Versions: peer 1.2."
        )
        assert "quick" not in section

    def test_a_quick_run_says_so(self) -> None:
        assert "**A quick run" in render_report(Report("T", "D", [], quick=True), MACHINE, WHEN)

    def test_paths_of_this_machine_are_left_out(self) -> None:
        text = f"no such file: {ROOT / 'x' / 'y.txt'} in {Path.home() / 'z'}"
        assert without_paths(text) == "no such file: …/x/y.txt in …/z"
        table = Table([Column("answer", text=True)], [[str(ROOT)]])
        assert str(ROOT) not in render_report(Report("T", "D", [table]), MACHINE, WHEN)


class TestResults:
    def test_a_section_is_replaced_in_place_and_nothing_else_changes(self) -> None:
        document = "# Results\n"
        for name in ("one", "two", "three"):
            document = replace_section(document, name, f"## {name}\n\nold {name}")
        changed = replace_section(document, "two", "## two\n\nnew\n")
        assert changed == document.replace("old two", "new")
        assert re.findall("^## (.*)$", changed, re.MULTILINE) == ["one", "two", "three"]

    def test_replacing_twice_gives_the_same_bytes(self) -> None:
        once = replace_section("# Results\n\ntext by hand\n", "one", "## one")
        assert replace_section(once, "one", "## one") == once
        assert once.startswith("# Results\n\ntext by hand\n\n<!-- begin one -->\n")

    def test_a_section_may_contain_anything_that_looks_like_a_replacement(self) -> None:
        document = replace_section("# Results\n", "one", "old")
        assert r"\1 \g<0>" in replace_section(document, "one", r"\1 \g<0>")

    @pytest.mark.parametrize(
        "broken",
        [
            "<!-- begin one -->",
            "<!-- end one -->",
            "<!-- end one --> <!-- begin one -->",
            "<!-- begin one --> <!-- end one --> <!-- begin one --> <!-- end one -->",
        ],
    )
    def test_broken_markers_are_an_error(self, broken: str) -> None:
        with pytest.raises(ResultsError, match="markers of the section 'one' are broken"):
            replace_section(broken, "one", "new")

    def test_the_file_is_made_and_then_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "RESULTS.md"
        write_section(path, "one", "first")
        write_section(path, "two", "second")
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Benchmark results\n")
        assert text.index("first") < text.index("second")
        assert list(tmp_path.iterdir()) == [path]

    def test_a_broken_file_is_left_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "RESULTS.md"
        path.write_text("<!-- begin one -->", encoding="utf-8")
        with pytest.raises(ResultsError):
            write_section(path, "one", "new")
        assert path.read_text(encoding="utf-8") == "<!-- begin one -->"

    def test_a_file_that_cannot_be_written_is_one_clear_error(self, tmp_path: Path) -> None:
        with pytest.raises(ResultsError, match=r"RESULTS\.md could not be written"):
            write_section(tmp_path / "missing" / "RESULTS.md", "one", "new")

    def test_the_published_results_name_no_place_of_any_machine(self) -> None:
        text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        assert not re.search(r"/(?:home|root|Users|work|tmp)/|[A-Z]:\\|https?://", text)


class TestSampling:
    def test_the_median_and_the_deciles(self) -> None:
        assert summarize([float(number) for number in range(11)]) == Summary(5.0, 1.0, 9.0)
        assert summarize([3.0]) == Summary(3.0, 3.0, 3.0)

    def test_everyone_has_a_turn_in_each_round_and_goes_first_in_turn(self) -> None:
        assert list(take_turns("abc", 4)) == list("abcbcacababc")
        assert list(take_turns([], 3)) == []

    def test_milliseconds_have_about_three_digits(self) -> None:
        assert [milliseconds(value) for value in (1.2344, 0.0567, 0.00089)] == ["1234", "56.7", "0.89"]


EXPECTED = [
    (6765, 6765),
    ("6765", 6765),
    ("The 20th Fibonacci number is 6,765.", 6765),
    ("**6765**", 6765),
    ("345 days", 345),
    ("8.50 €", 8.5),
    (Decimal("8.5"), 8.5),
    (Fraction(17, 2), 8.5),
    ([134], 134),
    ("-1.5e3", -1500),
    ("  mcmxciv. ", "MCMXCIV"),
    ("'Lima'", "Lima"),
    (datetime.date(2024, 3, 1), "2024-03-01"),
    (("Ada", "grace"), ["Ada", "Grace"]),
    ("['Ada', 'Grace']", ["Ada", "Grace"]),
    ("Ada, Grace", ["Ada", "Grace"]),
    ("[[19, 22], [43, 50]]", [[19, 22], [43, 50]]),
    (["b", "a"], {"a", "b"}),
    ({"A": 1, "b": "2"}, {"a": 1, "b": 2}),
    ('{"a": 1}', {"a": 1}),
    (True, True),
    ("No.", False),
]

NOT_EXPECTED = [
    (None, 6765),
    (6766, 6765),
    (True, 1),
    ("6765 is not what came out, it is 6764", 6765),
    ("Of 6765 I am not sure at all", 6765),
    ("F(20)", 6765),
    ([1, 134], 134),
    ("Lima and Rome", "Lima"),
    (None, "None"),
    (["Grace", "Ada"], ["Ada", "Grace"]),
    (["Ada"], ["Ada", "Grace"]),
    ("Ada", ["Ada"]),
    (["a", "a"], {"a", "b"}),
    ({"a": 1, "b": 2}, {"a": 1}),
    ([("a", 1)], {"a": 1}),
    (1, True),
    ("", 0),
]


class TestAnswers:
    @pytest.mark.parametrize(("answer", "expected"), EXPECTED)
    def test_the_form_does_not_matter(self, answer: Any, expected: Any) -> None:
        assert is_expected(answer, expected)

    @pytest.mark.parametrize(("answer", "expected"), NOT_EXPECTED)
    def test_the_substance_does(self, answer: Any, expected: Any) -> None:
        assert not is_expected(answer, expected)

    def test_numbers_within_the_tolerance(self) -> None:
        assert is_expected("12.3153", 12.32, tolerance=0.005)
        assert not is_expected(12.33, 12.32, tolerance=0.005)
        assert is_expected([0.1 + 0.2], [0.3])
        assert not is_expected(math.nan, 1.0, tolerance=5)

    def test_objects_of_numpy_count_as_what_they_hold(self) -> None:
        class Array:
            def tolist(self) -> list[int]:
                return [1, 2]

        assert is_expected(Array(), [1, 2])

    def test_an_expectation_of_another_kind_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(TypeError, match="no way to compare"):
            is_expected(1, None)


def _nested_sum(value: Any) -> Any:
    return sum(map(_nested_sum, value)) if isinstance(value, list) else value


def _answers() -> dict[str, Any]:
    """Work the tasks out by other means than the table of expected answers."""
    data = {name: value for task in TASKS for name, value in task.data.items()}
    first, second = 0, 1
    for _ in range(30):
        first, second = second, first + second
    matrix = [[1 * 5 + 2 * 7, 1 * 6 + 2 * 8], [3 * 5 + 4 * 7, 3 * 6 + 4 * 8]]
    means = {city: statistics.mean(values) for city, values in data["temperatures"].items()}
    people = sorted(data["people"], key=lambda person: person["age"], reverse=True)
    return {
        "fibonacci": first,
        "primes": sum(n for n in range(2, 200) if all(n % divisor for divisor in range(2, n))),
        "word count": Counter(word[0].lower() for word in data["text"].split())["s"],
        "dates": (datetime.date(2024, 12, 25) - datetime.date(2024, 1, 15)).days,
        "sorting records": [person["name"] for person in people],
        "reversal": "interpreter"[::-1],
        "roman numerals": "M" + "CM" + "XC" + "IV",
        "matrices": _nested_sum(matrix),
        "using a tool": 4 * get_price("apple") + 2 * get_price("Melon "),
        "data": max(means, key=lambda city: means[city]),
        "recursion": _nested_sum(data["nested"]),
        "statistics": round(statistics.pstdev([4, 8, 15, 16, 23, 42]), 2),
    }


class TestTasks:
    def test_there_are_twelve_and_each_has_its_right_answer(self) -> None:
        assert len(TASKS) == 12
        answers = _answers()
        for task in TASKS:
            assert is_expected(answers.pop(task.name), task.expected, task.tolerance), task.name
        assert not answers

    def test_the_price_list_cannot_be_guessed_from_the_task(self) -> None:
        (task,) = [task for task in TASKS if task.tools]
        assert not any(str(price) in task.prompt for price in PRICES.values())


def _result(output: Any, steps: int = 1, state: Any = "success") -> RunResult:
    records: list[dict[str, Any]] = [{"task": "…"}, *({"step_number": number + 1} for number in range(steps))]
    return RunResult(output, state, records, TokenUsage(100, 10), Timing())


TASK = Task("sum", "1 + 2?", 3)


class TestOutcomes:
    def test_solved_in_one_step(self) -> None:
        outcome = carry_out(TASK, lambda task: _result("3"))
        assert outcome.solved_at_once
        assert (outcome.steps, outcome.input_tokens, outcome.output_tokens) == (1, 100, 10)
        assert outcome.remark == ""

    def test_solved_later(self) -> None:
        outcome = carry_out(TASK, lambda task: _result(3, steps=2))
        assert outcome.solved
        assert not outcome.solved_at_once

    def test_a_wrong_answer_is_shown(self) -> None:
        outcome = carry_out(TASK, lambda task: _result("x" * 500))
        assert not outcome.solved
        assert outcome.remark.startswith("answered xxx")
        assert len(outcome.remark) < 100

    def test_a_guess_after_the_last_step_is_no_solution(self) -> None:
        outcome = carry_out(TASK, lambda task: _result(3, steps=6, state="max_steps_error"))
        assert not outcome.solved
        assert outcome.remark == "did not answer by itself (max_steps_error); last guess: 3"

    def test_an_error_is_a_task_not_solved(self) -> None:
        def run(task: Task) -> RunResult:
            raise RuntimeError("the model is gone")

        outcome = carry_out(TASK, run)
        assert not outcome.solved
        assert outcome.remark == "RuntimeError: the model is gone"
        assert "not solved" in describe(outcome)

    def test_the_tables_count_right(self) -> None:
        outcomes = [
            Outcome(TASK, True, 1, 1.0, 100, 10),
            Outcome(TASK, True, 3, 2.0, 300, 30),
            Outcome(TASK, False, 5, 3.0, 500, 50, "answered 4"),
        ]
        bare = [Outcome(TASK, True, 1, 1.0, 50, 5)] * 2 + [
            Outcome(TASK, False, 1, 1.0, 50, 5, "wrote no code")
        ]
        score = score_table({"agent": outcomes, "bare prototype": bare})
        assert [row[1] for row in score.rows] == ["1 of 3", "2 of 3", "9", "6", "900", "90"]
        assert [row[2] for row in score.rows] == ["2 of 3", "2 of 3", "3", "3", "150", "15"]
        tasks = task_table(outcomes, bare)
        assert [row[1] for row in tasks.rows] == ["in one step", "yes", "no"]
        assert tasks.rows[-1] == ["sum", "no", "5", "3.0", "500", "50", "answered 4", "wrote no code"]
        assert tasks.rows[0][-1] == "solved"


class TestTheBarePrototype:
    def test_it_runs_the_code_with_the_values_and_functions_of_the_task(self) -> None:
        task = Task("double", "?", 8, data={"number": 4}, tools=(_double,))
        assert bare_remark(task, "Thought: call.\n<code>\nfinal_answer(_double(number))\n") == ""
        assert bare_remark(task, "<code>final_answer(number)</code>") == "answered 4"

    @pytest.mark.parametrize(
        ("reply", "remark"),
        [
            ("I do not know", "wrote no code"),
            ("<code>1 / 0</code>", "ZeroDivisionError: division by zero"),
            ("<code>print(8)</code>", "RuntimeError: no final answer"),
        ],
    )
    def test_what_is_wrong_is_said(self, reply: str, remark: str) -> None:
        assert bare_remark(TASK, reply) == remark


def _double(number: int) -> int:
    return 2 * number


class FakeModel:
    model_id = "known-model-1.5b"
    replies: list[Any] = []

    def close(self) -> None:
        pass


class TestLocalBenchmark:
    """With a model that is never asked."""

    @pytest.fixture(autouse=True)
    def _fakes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def carry_out_all(tasks: Any, model: Any, max_steps: int, verbose: bool) -> list[Outcome]:
            return [Outcome(task, True, 1, 1.0) for task in tasks]

        def carry_out_bare(tasks: Any) -> list[Outcome]:
            return [Outcome(task, False, 1, 1.0, remark="wrote no code") for task in tasks]

        model = FakeModel()
        monkeypatch.setattr(local_benchmark, "_load", lambda name: (model, 5.0))
        monkeypatch.setattr(local_benchmark, "_carry_out_all", carry_out_all)
        monkeypatch.setattr(local_benchmark, "_weights", lambda name: Path("known-model.gguf"))
        monkeypatch.setattr(local_benchmark, "_carry_out_bare", lambda tasks, weights: carry_out_bare(tasks))
        monkeypatch.setattr(local_benchmark, "_speed_rows", lambda model: [])
        monkeypatch.setattr(local_benchmark, "_versions", dict)

    def report(self, *arguments: str) -> Report:
        return local_benchmark.LOCAL.run(cli.build_parser().parse_args(["local", *arguments]))

    def test_the_score_is_of_all_tasks(self) -> None:
        report = self.report()
        assert report.tables[0].rows[0] == ["solved in one step", "12 of 12", "0 of 12"]
        assert "known-model-1.5b" in report.description
        assert not report.quick

    @pytest.mark.parametrize("arguments", [["--quick"], ["--task", "primes"]])
    def test_a_part_of_the_tasks_is_no_result(self, arguments: list[str]) -> None:
        report = self.report(*arguments)
        assert report.quick
        assert len(report.tables[-1].rows) < 12

    def test_of_a_path_only_the_name_is_published(self) -> None:
        assert local_benchmark._public_name("/somebody/models/some.gguf") == "some.gguf"


class FakeVenv:
    """Stands in for making environments: notes what would have been installed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.installed: list[list[str]] = []
        self.fails = False
        monkeypatch.setattr(environments, "_run", self.run)

    def run(self, command: list[str], variables: Any, timeout: float) -> str:
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
        elif self.fails:
            raise EnvironmentFailed("no such version")
        else:
            self.installed.append(command[command.index("--no-input") + 1 :])
        return ""


class TestEnvironments:
    @pytest.fixture
    def venv(self, monkeypatch: pytest.MonkeyPatch) -> FakeVenv:
        return FakeVenv(monkeypatch)

    def test_an_environment_is_made_once_for_a_list_of_requirements(
        self, venv: FakeVenv, tmp_path: Path
    ) -> None:
        for requirements in (("a==1",), ("a==1",), ("a==1", "b==2"), ("a==1", "b==2"), ("a==1",)):
            prepare(Environment("peer", requirements), tmp_path)
        assert venv.installed == [["a==1"], ["a==1", "b==2"], ["a==1"]]

    def test_one_whose_making_failed_is_made_again(self, venv: FakeVenv, tmp_path: Path) -> None:
        venv.fails = True
        with pytest.raises(EnvironmentFailed):
            prepare(Environment("peer", ("a==1",)), tmp_path)
        venv.fails = False
        prepare(Environment("peer", ("a==1",)), tmp_path)
        assert venv.installed == [["a==1"]]

    def test_peers_do_not_see_our_own_path(
        self, venv: FakeVenv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHONPATH", "ours")
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        peer = prepare(Environment("peer", ("a==1",)), tmp_path)
        own = prepare(Environment("own", (), (Path("src"),)), tmp_path)
        assert not {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & peer.variables.keys()
        assert own.variables["PYTHONPATH"] == "src"

    def test_peers_are_pinned(self) -> None:
        for environment in (environments.SMOLAGENTS, environments.OPENAI_SDK):
            assert all("==" in requirement for requirement in environment.requirements)

    def test_twofold_is_measured_with_the_requirements_that_it_declares(self) -> None:
        plain, with_extra = environments.twofold_source(), environments.twofold_source("openai")
        assert "greenlet" in map(environments.requirement_name, plain.requirements)
        assert "openai" in map(
            environments.requirement_name, set(with_extra.requirements) - set(plain.requirements)
        )
        assert plain.name != with_extra.name

    def test_a_script_gives_json_and_its_failure_is_told(self, tmp_path: Path) -> None:
        interpreter = Interpreter(Path(sys.executable), {}, ("pytest>=9", "not-there-at-all==1"))
        assert interpreter.versions() == {"pytest": pytest.__version__}
        with pytest.raises(EnvironmentFailed, match="printed no JSON"):
            interpreter.measure(_script(tmp_path, "print('hello')"))
        with pytest.raises(EnvironmentFailed, match=r"exit code 1(.|\n)*ZeroDivisionError"):
            interpreter.measure(_script(tmp_path, "1 / 0"))

    def test_importing_is_measured_in_the_fresh_interpreter(self) -> None:
        interpreter = Interpreter(Path(sys.executable), {})
        found = interpreter.measure("import_time.py", "wave")
        assert set(found) == {"import_seconds", "cpu_seconds", "ready_seconds", "modules", "packages"}
        assert "wave" in found["packages"]
        assert found["ready_seconds"] is None
        assert found["modules"] >= len(found["packages"])


def _script(folder: Path, code: str) -> str:
    path = folder / "script.py"
    path.write_text(code, encoding="utf-8")
    return str(path)


class TestImportBenchmark:
    """With interpreters that measure nothing."""

    class Fake:
        def __init__(self, broken: str | None = None) -> None:
            self.broken = broken

        def run(self, *arguments: str) -> str:
            return ""

        def measure(self, script: str, module: str, *ready: str) -> dict[str, Any]:
            if module == self.broken:
                raise EnvironmentFailed("it does not work")
            packages = [module, "asyncio", "json"]
            seconds = {"import_seconds": 0.1, "cpu_seconds": 0.09, "ready_seconds": 0.2}
            return {**seconds, "modules": 7, "packages": packages}

        def versions(self) -> dict[str, str]:
            return {}

    def report(self, monkeypatch: pytest.MonkeyPatch, broken: str | None = None) -> Report:
        monkeypatch.setattr(import_time, "prepare", lambda environment: self.Fake(broken))
        return import_time.IMPORT.run(argparse.Namespace(quick=True, runs=3))

    def test_every_subject_has_a_row(self, monkeypatch: pytest.MonkeyPatch) -> None:
        times, modules = self.report(monkeypatch).tables
        rows = {row[0]: list(row[1:]) for row in times.rows}
        assert rows["`import twofold`"] == ["100", "100", "100", "150", "90.0", "200"]
        assert rows["`import smolagents`"] == ["100", "100", "100", "—", "90.0", "200"]
        assert len(rows) == 5
        assert ["`import smolagents`", "7", "asyncio"] in [list(row) for row in modules.rows]

    def test_a_peer_that_does_not_work_is_named_and_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        report = self.report(monkeypatch, broken="smolagents")
        assert ["`import smolagents`", "not measured", "—", "—", "—", "—", "—"] in [
            list(row) for row in report.tables[0].rows
        ]
        assert any("smolagents" in note for note in report.notes)

    def test_an_environment_that_cannot_be_made_does_not_end_the_benchmark(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def make(environment: Environment) -> Any:
            if environment.name == "smolagents":
                raise EnvironmentFailed("no network")
            return self.Fake()

        monkeypatch.setattr(import_time, "prepare", make)
        report = import_time.IMPORT.run(argparse.Namespace(quick=True, runs=1))
        assert any("smolagents" in note for note in report.notes)


class TestCommandLine:
    @pytest.fixture
    def results(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "RESULTS.md"
        monkeypatch.setattr(cli, "RESULTS", path)
        return path

    @pytest.fixture(autouse=True)
    def _fakes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(options: argparse.Namespace) -> Report:
            raise BenchmarkError("install the peer first")

        def succeed(options: argparse.Namespace) -> Report:
            return Report("Fake", "Nothing.", [], quick=options.quick)

        fakes = [Benchmark("fake", "does nothing", succeed), Benchmark("broken", "fails", fail)]
        monkeypatch.setattr(cli, "BENCHMARKS", {fake.name: fake for fake in fakes})

    def test_a_run_prints_and_writes_its_section(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["fake"]) == 0
        assert "## Fake" in capsys.readouterr().out
        assert "<!-- begin fake -->\n\n## Fake" in results.read_text(encoding="utf-8")

    @pytest.mark.parametrize("option", ["--quick", "--no-write"])
    def test_a_look_writes_nothing(self, option: str, results: Path) -> None:
        assert cli.main(["fake", option]) == 0
        assert not results.exists()

    def test_a_failure_is_one_line(self, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["broken"]) == 1
        assert capsys.readouterr().err == "broken: install the peer first\n"
        assert not results.exists()

    def test_the_list(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["--list"]) == 0
        assert capsys.readouterr().out == "fake    does nothing\nbroken  fails\n"

    def test_no_name_is_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main([]) == 2
        assert "--list" in capsys.readouterr().err


def test_listing_the_benchmarks_imports_nothing_that_is_measured() -> None:
    code = "import sys, json, benchmarks.cli; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"twofold", "openai", "smolagents", "xllamacpp"} & set(json.loads(done.stdout))
