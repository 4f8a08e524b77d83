"""Trees of agents and replays of memories."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from twofold._core.agents.memory import ActionStep, AgentMemory, PlanningStep, TaskStep, ToolCall
from twofold._core.display.logging import AgentLogger, LogLevel
from twofold._core.display.render import replay_memory
from twofold._core.errors import AgentExecutionError, AgentMaxStepsError
from twofold._core.messages import ChatMessage, MessageRole
from twofold._core.usage import Timing


def tool(name: str, description: str = "Finds things.\nMore about it.", **inputs: str) -> SimpleNamespace:
    schema = {key: {"type": kind} if kind else {} for key, kind in inputs.items()}
    return SimpleNamespace(name=name, description=description, inputs=schema)


def agent(**changes: Any) -> SimpleNamespace:
    values: dict[str, Any] = {
        "name": None,
        "description": None,
        "model": SimpleNamespace(model_id="gpt-x"),
        "tools": {"search": tool("search", query="string", limit="")},
        "managed_agents": {},
    }
    return SimpleNamespace(**{**values, **changes})


def shown(draw: Any, encoding: str = "utf-8", level: LogLevel = LogLevel.OFF) -> str:
    data = io.BytesIO()
    file = io.TextIOWrapper(data, encoding=encoding)
    draw(AgentLogger(level, console=Console(file=file, width=120, color_system=None)))
    file.flush()
    return data.getvalue().decode(encoding)


def tree_of(subject: Any, encoding: str = "utf-8") -> str:
    return shown(lambda log: log.visualize_agent_tree(subject), encoding)


def test_a_tree_shows_model_tools_and_imports() -> None:
    text = tree_of(agent(authorized_imports=["math", "re"]))
    assert text.startswith("SimpleNamespace on gpt-x\n")
    assert "imports: math, re" in text
    assert "search(query: string, limit: any)  Finds things." in text
    assert "More about it" not in text
    assert "managed agents" not in text


def test_a_tree_shows_the_team() -> None:
    scout = agent(name="scout", description="Looks around.", model=object(), tools={})
    text = tree_of(agent(managed_agents={"scout": scout}))
    team = text[text.index("managed agents") :]
    assert "scout: SimpleNamespace on object" in team
    assert "Looks around." in team


def test_odd_descriptions_in_a_tree() -> None:
    text = tree_of(agent(description="[bold]x[/] \x1b[2J", tools={"a": tool("a", "")}))
    assert "[bold]x[/] \\x1b[2J" in text
    assert "a()" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_trees_on_consoles_that_lack_characters(encoding: str) -> None:
    text = tree_of(agent(description="世界 →"), encoding)
    assert "search(query: string" in text
    assert "?" in text


def memory() -> AgentMemory:
    result = AgentMemory("You write <code> blocks.")
    sent = [ChatMessage(MessageRole.USER, "what the model was sent")]
    result.steps = [
        TaskStep("Count the trees."),
        PlanningStep([], ChatMessage(MessageRole.ASSISTANT, ""), "1. look", Timing(1.0, 2.0)),
        ActionStep(
            1,
            timing=Timing(1.0, 2.0),
            model_input_messages=sent,
            model_output="I look. <code>look()</code>",
            code_action="look()",
            tool_calls=[ToolCall("python_interpreter", "look()", "1")],
            observations="nine *trees* [bold]",
        ),
        ActionStep(2, timing=Timing(2.0, 3.0), tool_calls=[ToolCall("count", {"kind": "oak"}, "2")],
                   error=AgentExecutionError("no oaks")),
        ActionStep(3, timing=Timing(3.0, 4.0), is_final_answer=True, action_output="2 * 3 * 4 <b>"),
    ]  # fmt: skip
    return result


def replayed(subject: AgentMemory, detailed: bool = False) -> str:
    return shown(lambda log: replay_memory(subject, log, detailed))


def test_a_replay_tells_the_run_in_order_even_if_the_logger_is_off() -> None:
    text = replayed(memory())
    expected = [
        "Count the trees.",
        "1. look" if "1. look" in text else "1 look",
        "Step 1",
        "I look.",
        "look()",
        "nine *trees* [bold]",
        "Step 2",
        'count({"kind": "oak"})',
        "AgentExecutionError: no oaks",
        "Step 3",
        "Answer: 2 * 3 * 4 <b>",
    ]
    positions = [text.find(part) for part in expected]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert text.count("look()") == 1, "code that stands in the reply is not shown twice"


def test_a_detailed_replay_shows_what_the_model_was_sent() -> None:
    assert "what the model was sent" not in replayed(memory())
    assert "<code> blocks" not in replayed(memory())
    detailed = replayed(memory(), detailed=True)
    assert "what the model was sent" in detailed
    assert "You write <code> blocks." in detailed


def test_an_answer_after_the_last_step_is_shown() -> None:
    subject = AgentMemory("")
    subject.steps = [
        ActionStep(4, error=AgentMaxStepsError("All 3 steps were used."), action_output="maybe 9")
    ]
    text = replayed(subject)
    assert "All 3 steps were used." in text
    assert "Answer: maybe 9" in text


def test_a_replay_does_not_change_the_loggers_level() -> None:
    log = AgentLogger(LogLevel.OFF, console=Console(file=io.StringIO()))
    replay_memory(memory(), log)
    assert log.level is LogLevel.OFF
