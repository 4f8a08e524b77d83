# Generated from tests/_async/agents/test_approvals.py by `nox -s codegen`. Do not edit.
"""Tools that somebody has to agree to, from tool calls and from the middle of generated code."""

import pytest

from twofold import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    ConfigurationError,
    MessageRole,
    ToolCallingAgent,
    tool,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ScriptedModel

deleted: list[str] = []


@tool(requires_approval=True, blocking=False)
def delete(path: str) -> str:
    """Deletes a file.

    Args:
        path: Which one.
    """
    deleted.append(path)
    return f"{path} is gone"


@pytest.fixture(autouse=True)
def nothing_is_deleted() -> None:
    deleted.clear()


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def call(name: str, **arguments: object) -> ChatMessage:
    wanted = ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), "c")
    return ChatMessage(role=MessageRole.ASSISTANT, tool_calls=[wanted])


def make_code_agent(*replies: str, **kwargs) -> CodeAgent:
    return CodeAgent(tools=[delete], model=ScriptedModel([code(text) for text in replies]), **kwargs)


def test_the_approver_gets_tool_arguments_and_run() -> None:
    asked: list[object] = []

    def approve(tool, arguments, run) -> bool:
        asked.append((tool.name, arguments, run.task))
        return True

    agent = make_code_agent("x = sorted(['b', 'a'], key=delete)\nfinal_answer(x)", approver=approve)
    assert agent.run("Clean up") == ["a", "b"]
    assert asked == [("delete", {"path": path}, "Clean up") for path in ("b", "a")]
    assert deleted == ["b", "a"]


def test_a_run_may_have_an_approver_of_its_own() -> None:
    agent = make_code_agent(
        "final_answer(delete('a'))", "final_answer(delete('b'))", approver=lambda *_: "no"
    )
    assert agent.start("Clean up", approver=lambda *_: True).carry_out() == "a is gone"
    with pytest.raises(ConfigurationError, match="approver must be a function"):
        agent.start("Clean up", approver="me")
    agent.close()


def test_the_managers_approver_is_asked_for_tools_that_a_function_gives() -> None:
    worker = CodeAgent(
        tools=lambda run: [delete],
        model=ScriptedModel([code("final_answer(delete('a'))")]),
        name="worker",
        description="Deletes.",
    )
    manager = CodeAgent(
        tools=[],
        model=ScriptedModel([code("final_answer(worker('Go'))")]),
        managed_agents=[worker],
        approver=lambda *_: True,
    )
    assert "a is gone" in manager.run("Clean up")


@pytest.mark.parametrize("decision", [False, None, "it is mine", 1, "yes"])
def test_only_true_approves_and_a_text_is_the_reason_why_not(decision) -> None:
    agent = make_code_agent("delete('a')", "final_answer('left alone')", approver=lambda *about: decision)
    assert agent.run("Clean up") == "left alone"
    assert deleted == []
    shown = agent.model.requests[1].messages[-1].text
    assert "refused" in shown
    if isinstance(decision, str):
        assert decision in shown


def test_code_may_catch_a_refusal_and_go_on() -> None:
    text = "try:\n    delete('a')\nexcept Exception as error:\n    final_answer(str(error))"
    agent = make_code_agent(text, approver=lambda *about: "not that one")
    assert "not that one" in agent.run("Clean up")


def test_a_tool_call_that_is_refused_is_an_observation_beside_the_others() -> None:
    def approve(tool, arguments, run) -> bool | str:
        return arguments["path"] == "a" or "b is needed"

    both = call("delete", path="a")
    both.tool_calls.append(call("delete", path="b").tool_calls[0])
    model = ScriptedModel([both, call("final_answer", answer="done")])
    agent = ToolCallingAgent(tools=[delete], model=model, approver=approve)
    assert agent.run("Clean up") == "done"
    assert deleted == ["a"]
    step = agent.memory.steps[1]
    assert step.error is None
    assert list(step.tool_observations.values()) == [
        "a is gone",
        "The call of delete was refused, so nothing was done. The reason: b is needed",
    ]
    assert agent.last_result.usage.tool_calls == 2  # the refused one is none


def test_an_approver_that_fails_approves_nothing() -> None:
    def approve(*about) -> bool:
        raise OSError("the line is dead")

    agent = make_code_agent("delete('a')", "final_answer(1)", approver=approve)
    agent.run("Clean up")
    assert deleted == []
    assert "the line is dead" in agent.model.requests[1].text


def test_waiting_for_an_approval_does_not_use_up_the_time_of_the_code() -> None:
    decided = bridge.Event()

    def approve(*about) -> bool:
        # longer than the code may run by itself
        bridge.sleep(0.3)
        decided.set()
        return True

    agent = make_code_agent(
        "final_answer(delete('a'))", approver=approve, executor_kwargs={"timeout_seconds": 0.2}
    )
    assert agent.run("Clean up") == "a is gone"


def test_a_managed_agent_asks_its_managers_approver() -> None:
    worker = make_code_agent("final_answer(delete('a'))", name="worker", description="Cleans.")
    asked: list[str] = []

    def approve(tool, arguments, run) -> bool:
        asked.append(run.agent.name)
        return True

    boss = CodeAgent(
        tools=[],
        model=ScriptedModel([code("final_answer(worker('Clean'))")]),
        managed_agents=[worker],
        approver=approve,
    )
    assert "a is gone" in boss.run("Clean up")
    assert asked == ["worker"]


def test_without_an_approver_the_run_is_refused_at_once() -> None:
    agent = make_code_agent("delete('a')", name="worker", description="Cleans.")
    with pytest.raises(ConfigurationError, match=r"'delete'.*approver"):
        agent.run("Clean up")
    boss = CodeAgent(tools=[], model=ScriptedModel([]), managed_agents=[agent])
    with pytest.raises(ConfigurationError, match=r"worker.*approver"):
        boss.stream("Clean up")


def test_an_approver_that_cannot_be_asked() -> None:
    with pytest.raises(ConfigurationError, match="approver"):
        make_code_agent(approver=True)


def test_interrupting_while_an_approver_takes_its_time() -> None:
    asked = bridge.Event()

    def approve(*about) -> bool:
        asked.set()
        bridge.Event().wait()
        return True

    agent = make_code_agent("delete('a')", approver=approve)
    events = agent.stream("Clean up")

    def read() -> None:
        with pytest.raises(Exception, match="interrupted"):
            for _ in events:
                pass

    def interrupt() -> None:
        asked.wait()
        agent.interrupt()

    bridge.map_concurrent(lambda act: act(), [read, interrupt])
    assert deleted == []
