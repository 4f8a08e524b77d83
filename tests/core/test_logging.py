"""What runs print, and what they do not."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from twofold._core.agents.memory import ActionStep, FinalAnswerStep, PlanningStep, ToolCall
from twofold._core.display.logging import AgentLogger, LogLevel
from twofold._core.display.logging import logger as standard_logger
from twofold._core.display.safe_text import printable, repr_of, text_of
from twofold._core.errors import AgentExecutionError, AgentParsingError, ConfigurationError, RateLimited
from twofold._core.limits.retries import RetryEvent
from twofold._core.messages import ChatMessage, ChatMessageStreamDelta, MessageRole
from twofold._core.usage import Timing, TokenUsage


class Screen:
    """A console of a given encoding, and what was printed on it."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False, width: int = 80) -> None:
        self.bytes = io.BytesIO()
        self.file = io.TextIOWrapper(self.bytes, encoding=encoding, newline="")
        self.console = Console(
            file=self.file,
            force_terminal=terminal,
            width=width,
            color_system="truecolor" if terminal else None,
            legacy_windows=False,
            _environ={},
        )

    @property
    def text(self) -> str:
        self.file.flush()
        return self.bytes.getvalue().decode(self.file.encoding)


def printer(screen: Screen, level: LogLevel = LogLevel.INFO) -> AgentLogger:
    return AgentLogger(level, console=screen.console)


def plan(text: str) -> PlanningStep:
    return PlanningStep([], ChatMessage(MessageRole.ASSISTANT, text), text, Timing(1.0, 2.0))


def step(**changes: Any) -> ActionStep:
    return ActionStep(1, timing=Timing(10.0, 11.5), **changes)


def everything(log: AgentLogger, text: str) -> None:
    """Print something in every way there is, with ``text`` as its content."""
    log.log_task(text, subtitle=text, title=text)
    log.begin_step(1, 3)
    log.log_event(ChatMessageStreamDelta(content=text))
    log.log_event(ChatMessageStreamDelta(reasoning=text))
    log.log_thought(text)
    log.log_event(ToolCall("python_interpreter", text, "1"))
    log.log_event(ToolCall(text, {"text": text}, "2"))
    log.log_event(step(observations=text, error=AgentExecutionError(text), token_usage=TokenUsage(1, 2)))
    log.log_event(plan(text))
    log.log_event(FinalAnswerStep(text))
    log.log_messages([ChatMessage(MessageRole.USER, text)], level=LogLevel.INFO)
    log.log_markdown(text, title=text)
    log.log_code(text, text)
    log.log_rule(text)
    log.log_error(text)
    log.log(text, text)
    log.log_variables({text: text}, level=LogLevel.INFO)
    log.end_run()


# How much is printed


@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_is_printed_when_off(terminal: bool, capfd: pytest.CaptureFixture[str]) -> None:
    screen = Screen(terminal=terminal)
    everything(printer(screen, LogLevel.OFF), "hello")
    everything(AgentLogger(), "hello")
    assert screen.text == ""
    assert capfd.readouterr() == ("", "")


def test_a_quiet_logger_makes_no_console() -> None:
    log = AgentLogger()
    everything(log, "hello")
    assert log._console is None


def test_errors_alone() -> None:
    screen = Screen()
    log = printer(screen, LogLevel.ERROR)
    log.log_event(ToolCall("search", {}, "1"))
    log.log_event(step(observations="seen"))
    log.log_event(FinalAnswerStep(42))
    assert screen.text == ""
    log.log_event(step(error=AgentParsingError("no code block")))
    assert screen.text == "AgentParsingError: no code block\n"


def test_a_run_at_info() -> None:
    screen = Screen()
    log = printer(screen)
    log.log_task("Count the trees.", title="scout")
    log.begin_step(1, 20)
    log.log_thought("I count.")
    log.log_event(ToolCall("python_interpreter", "print(9)", "1"))
    log.log_event(step(observations="Printed output:\n9", token_usage=TokenUsage(1200, 30)))
    log.log_event(FinalAnswerStep({"trees": 9}))
    shown = [
        "Task for scout",
        "Count the trees.",
        "Step 1",
        "I count.",
        "print(9)",
        "Printed output:\n9",
        "[1.5 s, 1,200 tokens in, 30 out]",
        "Answer: {'trees': 9}",
    ]
    positions = [screen.text.find(text) for text in shown]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_how_many_steps_there_are_is_said_at_debug() -> None:
    info, debug = Screen(), Screen()
    printer(info).begin_step(2, 20)
    printer(debug, LogLevel.DEBUG).begin_step(2, 20)
    assert "Step 2 of 20" in debug.text
    assert "of 20" not in info.text


def test_what_the_model_is_sent_is_said_at_debug_only() -> None:
    info, debug = Screen(), Screen()
    messages = [ChatMessage(MessageRole.SYSTEM, "be brief")]
    printer(info).log_messages(messages)
    printer(debug, LogLevel.DEBUG).log_messages(messages)
    assert info.text == ""
    assert debug.text == "[system]\nbe brief\n"


def test_a_retry_is_one_line() -> None:
    screen = Screen(width=400)
    error = RateLimited("Too many\nrequests. " + 300 * "x")
    printer(screen).log_event(RetryEvent("m-1", 2, 5, 3.25, error))
    assert screen.text.startswith(
        "The model could not be asked, attempt 3 of 5 in 3.2 s (RateLimited: Too many requests. xxx"
    )
    assert screen.text.endswith("x...)\n")
    assert screen.text.count("\n") == 1
    quiet = Screen()
    printer(quiet, LogLevel.ERROR).log_event(RetryEvent("m-1", 2, 5, 3.25, error))
    assert quiet.text == ""


def test_the_last_observation_is_left_to_the_answer() -> None:
    screen = Screen()
    printer(screen).log_event(step(observations="Value: 42", is_final_answer=True))
    assert "42" not in screen.text
    assert "1.5 s" in screen.text


def test_a_step_without_figures_has_no_empty_brackets() -> None:
    screen = Screen()
    printer(screen).log_event(ActionStep(1, timing=Timing(1.0), observations="seen"))
    assert screen.text == "seen\n"


def test_a_plan_is_shown_as_markdown() -> None:
    screen = Screen()
    printer(screen).log_event(plan("## Facts\n- one *thing*"))
    assert "Facts" in screen.text
    assert "##" not in screen.text
    assert "one thing" in screen.text


def test_links_show_where_they_lead() -> None:
    screen = Screen(terminal=True)
    printer(screen).log_event(plan("[my bank](http://example.org/)"))
    assert "http://example.org/" in screen.text
    assert "\x1b]8;" not in screen.text


def test_long_texts_are_cut() -> None:
    screen = Screen()
    log = printer(screen)
    log.log_task("x" * 10_000)
    log.log_event(step(observations="x" * 10_000, error=AgentExecutionError("x" * 10_000)))
    log.log_event(ToolCall("search", {"query": "x" * 10_000}, "1"))
    assert screen.text.count("x") < 9_000
    assert screen.text.count("characters were left out") == 4


@pytest.mark.parametrize("level", [3, -2, "loud", None])
def test_an_unknown_level_names_those_that_there_are(level: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"-1 \(OFF\), 0 \(ERROR\), 1 \(INFO\), 2 \(DEBUG\); got"):
        AgentLogger(level)


# Content is content


def test_markup_is_printed_literally() -> None:
    text = "[bold]no[/bold] [link=x]y[/link] [/] :smile: [red"
    screen = Screen(width=200)
    everything(printer(screen), text)
    # Markdown turns ":smile:" into nothing else either
    assert screen.text.count(text) >= 15
    assert "😄" not in screen.text


def test_markup_is_interpreted_if_asked_for() -> None:
    screen = Screen()
    printer(screen).log("[bold]yes[/bold]", "too", markup=True)
    assert screen.text == "yes too\n"


def test_log_takes_renderables_and_arguments_of_print() -> None:
    screen = Screen()
    log = printer(screen)
    log.log("a", "b", sep="-", end="|")
    log.log("c")
    table = Table("name")
    table.add_row("value")
    log.log("before", table)
    assert screen.text.startswith("a-b|c\nbefore\n")
    assert "value" in screen.text


HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\x1b]52;c;eA==\x1b\\\u202eabc\rover\x00\x7f"


@pytest.mark.parametrize("terminal", [False, True])
def test_control_characters_do_not_reach_the_terminal(terminal: bool) -> None:
    plain, hostile = Screen(terminal=terminal), Screen(terminal=terminal)
    everything(printer(plain), "harmless")
    everything(printer(hostile), HOSTILE)
    for sequence in ("\x1b[2J", "\x1b]", "\x07", "\x9b", "\u202e", "\x00", "\x7f"):
        assert sequence not in hostile.text
    assert "\\x1b[2J" in hostile.text
    assert "\\u202e" in hostile.text
    if not terminal:
        assert "\x1b" not in hostile.text
        assert "\r" not in hostile.text
    else:
        assert "\x1b" in plain.text, "the console itself uses sequences, so the test sees them"


def test_frames_stay_straight_around_odd_characters() -> None:
    screen = Screen(width=40)
    printer(screen).log_task("a\x1b[2Jb 世界")
    lines = screen.text.splitlines()
    assert {cell_len(line) for line in lines} == {40}
    assert lines[1][-1] == "│", "the console cuts lines that are too long"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1", "utf-8"])
@pytest.mark.parametrize("terminal", [False, True])
def test_consoles_of_any_encoding(encoding: str, terminal: bool) -> None:
    screen = Screen(encoding, terminal=terminal)
    everything(
        printer(screen), "→ 世界 é 🎉 \ud800 - * > # text\n\n* item\n\n> quote\n\n1. one\n\n---\n\n`code`"
    )
    assert "text" in screen.text
    assert ("世界" in screen.text) is (encoding == "utf-8")
    assert ("é" in screen.text) is (encoding != "ascii")


def test_a_character_is_replaced_by_its_width() -> None:
    screen = Screen("ascii")
    printer(screen).log("→世|")
    assert screen.text == "???|\n"


@given(st.text(alphabet=st.characters()), st.sampled_from(["ascii", "cp1252", "utf-8"]), st.booleans())
def test_any_text_can_be_printed(text: str, encoding: str, terminal: bool) -> None:
    screen = Screen(encoding, terminal=terminal)
    everything(printer(screen), text)
    assert "Step 1" in screen.text


class NoText:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_values_that_have_no_text_or_json() -> None:
    screen = Screen(width=200)
    log = printer(screen)
    cycle: list[Any] = []
    cycle.append(cycle)
    log.log_event(FinalAnswerStep(NoText()))
    log.log_event(FinalAnswerStep(10**5_000))
    log.log_event(ToolCall("look", {"self": cycle, "odd": NoText(), ("a", 1): 2}, "1"))
    assert "Answer: <NoText whose str() failed: RuntimeError>" in screen.text
    assert hex(10**5_000)[:50] in screen.text
    assert "look({" in screen.text


# A reply that arrives


@pytest.fixture
def terminal() -> Iterator[Screen]:
    screen = Screen(terminal=True)
    yield screen
    assert screen.console._live_stack == [], "a live display was left behind"


def arriving(text: str) -> ChatMessageStreamDelta:
    return ChatMessageStreamDelta(content=text)


def test_an_arriving_reply_is_shown_and_taken_away(terminal: Screen) -> None:
    log = printer(terminal)
    log.log_event(arriving("Think"))
    log.log_event(arriving("ing"))
    log.log_event(ToolCall("python_interpreter", "print(9)", "1"))
    assert "Thinking" in terminal.text
    assert "\x1b[2K" in terminal.text, "the lines of the live display are erased"
    assert terminal.text.rstrip().endswith("\x1b[0m")


def test_nothing_arrives_where_there_is_no_terminal() -> None:
    screen = Screen()
    log = printer(screen)
    log.log_event(arriving("Thinking"))
    log.end_run()
    assert screen.text == ""


def test_one_reply_is_shown_at_a_time(terminal: Screen) -> None:
    log = printer(terminal)
    first, second = object(), object()
    log.log_event(arriving("alpha"), source=first)
    log.log_event(arriving("omega"), source=second)
    log.end_run(source=second)
    log.log_event(arriving(" beta"), source=first)
    log.end_run(source=first)
    assert "alpha beta" in terminal.text
    assert "omega" not in terminal.text
    log.log_event(arriving("omega"), source=second)
    log.end_run()
    assert "omega" in terminal.text


def test_two_loggers_on_one_console(terminal: Screen) -> None:
    first, second = printer(terminal), printer(terminal)
    first.log_event(arriving("alpha"))
    second.log_event(arriving("omega"))
    second.end_run()
    first.end_run()
    assert "alpha" in terminal.text


def test_output_of_the_program_is_not_redirected(
    terminal: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    log = printer(terminal)
    log.log_event(arriving("alpha"))
    sys.stdout.write("from the program\n")
    log.end_run()
    assert capsys.readouterr().out == "from the program\n"


def test_ending_a_run_twice_is_harmless(terminal: Screen) -> None:
    log = printer(terminal)
    log.log_event(arriving("alpha"))
    log.end_run()
    log.end_run()


# The standard logger


def test_the_standard_logger_gets_no_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.NOTSET)
    everything(printer(Screen(), LogLevel.DEBUG), "secret")
    assert "secret" not in caplog.text


def test_the_standard_logger_is_silent_unless_configured(capfd: pytest.CaptureFixture[str]) -> None:
    assert standard_logger.name == "twofold"
    assert any(isinstance(handler, logging.NullHandler) for handler in standard_logger.handlers)
    standard_logger.error("something")
    assert capfd.readouterr() == ("", "")


# Safe text


@given(st.text(alphabet=st.characters()))
def test_printable_text_has_no_control_characters(text: str) -> None:
    shown = printable(text)
    assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext é 世界", "plain\n\ttext é 世界"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("10%\r20%\r\ndone", "10%\n20%\ndone"),
        ("a\x08b", "a\\x08b"),
        ("\u2066x\u2028", "\\u2066x\\u2028"),
    ],
)
def test_what_is_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_text_of_values() -> None:
    assert (text_of("a"), repr_of("a"), text_of(None)) == ("a", "'a'", "None")
    assert repr_of(NoText()) == "<NoText whose repr() failed: RuntimeError>"
