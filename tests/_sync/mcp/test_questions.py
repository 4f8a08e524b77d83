# Generated from tests/_async/mcp/test_questions.py by `nox -s codegen`. Do not edit.
"""What servers ask in the middle of a call, when an agent calls: the agent's approver answers."""

import contextvars
from uuid import uuid4

import pytest

from twofold import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    MCPClient,
    McpToolError,
    ToolCallingAgent,
    tool,
)
from twofold._bridge import _sync as bridge
from twofold._core.tools.asking import Answerer, current_answerer
from twofold.testing import ScriptedModel

DELETE = """
try:
    said = delete('notes.txt')
except Exception as error:
    said = str(error)
print(said)
final_answer(said)
"""
asker = contextvars.ContextVar("asker")


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def native(name: str, arguments: dict) -> ChatMessage:
    function = ChatMessageToolCallFunction(name, arguments)
    return ChatMessage(role="assistant", tool_calls=[ChatMessageToolCall(function=function, id="1")])


def make_agent(kind: str, tools, approver):
    """An agent of a kind that deletes ``notes.txt``, which its server asks about."""
    if kind == "code":
        model = ScriptedModel([code(DELETE)])
        return CodeAgent(tools=tools, model=model, approver=approver)
    model = ScriptedModel(
        [native("delete", {"path": "notes.txt"}), native("final_answer", {"answer": "done"})]
    )
    return ToolCallingAgent(tools=tools, model=model, approver=approver)


def told(agent) -> str:
    """What came of it, as the agent has seen it: what the server was told, or what it says is wrong."""
    step = agent.memory.steps[1]
    return f"{step.observations} {step.error}"


@pytest.mark.parametrize("kind", ["code", "tool_calling"])
def test_an_agents_approver_answers(any_server, kind):
    asked = []

    def approve(tool, question, run):
        asked.append((tool.name, question["server"], question["message"], run.task, asker.get()))
        return {"sure": True, "reason": "old"}

    asker.set("Ada")
    with MCPClient(any_server) as tools:
        agent = make_agent(kind, tools, approve)
        agent.run("Clean up")
    assert "accept {'sure': True, 'reason': 'old'}" in told(agent)
    assert asked == [("delete", "sample", "Delete notes.txt?", "Clean up", "Ada")]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(True, "accept {'sure': True, 'reason': 'none'}"), ("not today", "decline None"), (None, "cancel None")],
)
@pytest.mark.parametrize("kind", ["code", "tool_calling"])
def test_an_approver_that_is_a_plain_function_says_what_it_says_of_calls(http_server, kind, answer, outcome):
    with MCPClient(http_server) as tools:
        agent = make_agent(kind, tools, lambda tool, question, run: answer)
        agent.run("Clean up")
    assert outcome in told(agent)


def test_the_clients_own_handler_comes_first(http_server):
    def never(tool, question, run):
        raise AssertionError

    with MCPClient(http_server, elicitation_handler=lambda question: False) as tools:
        agent = make_agent("code", tools, never)
        assert agent.run("Clean up") == "decline None"
    with MCPClient(http_server, approver=lambda tool, question, run: run is None) as tools:
        agent = make_agent("code", tools, never)
        assert agent.run("Clean up") == "accept {'sure': True, 'reason': 'none'}"


def test_a_call_may_need_approval_and_then_ask_a_question(http_server):
    asked = []

    def approve(tool, arguments, run):
        asked.append(dict(arguments))
        return True

    with MCPClient(http_server, requires_approval=["delete"]) as tools:
        assert make_agent("code", tools, approve).run("Clean up").startswith("accept")
    assert asked[0] == {"path": "notes.txt"}
    assert asked[1]["message"] == "Delete notes.txt?"


def test_a_managed_agent_asks_its_managers_approver(http_server):
    asked = []

    def approve(tool, question, run):
        asked.append((run.agent.name, question["message"]))
        return False

    with MCPClient(http_server) as tools:
        cleaner = make_agent("code", tools, None)
        cleaner.name, cleaner.description = "cleaner", "Cleans up."
        model = ScriptedModel([code("final_answer(cleaner('Clean up'))")])
        manager = CodeAgent(tools=[], model=model, managed_agents=[cleaner], approver=approve)
        assert "decline None" in manager.run("Go")
    assert asked == [("cleaner", "Delete notes.txt?")]


@pytest.mark.parametrize("kind", ["code", "tool_calling"])
def test_without_an_approver_the_call_fails_and_says_what_to_do(http_server, kind):
    with MCPClient(http_server) as tools:
        agent = make_agent(kind, tools, None)
        agent.run("Clean up")
    assert "Pass approver= to the agent" in told(agent)


def test_an_approver_that_fails_is_an_error_of_the_call(http_server):
    def approve(tool, question, run):
        raise LookupError("nobody is home")

    with MCPClient(http_server) as tools:
        agent = make_agent("code", tools, approve)
        assert "nobody is home" in agent.run("Clean up")


@pytest.mark.parametrize("server", ["http_server", "older_http_server"])
def test_runs_at_once_are_asked_each_for_itself(request, server):
    def approve(tool, question, run):
        return {"sure": True, "reason": run.task}

    model = ScriptedModel([code("final_answer(delete('notes.txt'))")] * 8)
    with MCPClient(request.getfixturevalue(server)) as tools:
        agent = CodeAgent(tools=tools, model=model, approver=approve)
        answers = bridge.map_concurrent(agent.run, [f"task {n}" for n in range(8)])
    assert answers == [f"accept {{'sure': True, 'reason': 'task {n}'}}" for n in range(8)]


def test_nobody_answers_for_somebody_else(sse_server):
    """A transport that does not say which of the calls a question belongs to."""
    key = uuid4().hex
    asks = f"wait_for_arrival({key!r}){DELETE.replace('print(said)', f'meet({key!r}, 2)')}"
    with MCPClient(sse_server) as tools:

        def make(text):
            model = ScriptedModel([code(text)])
            return CodeAgent(tools=tools, model=model, approver=lambda tool, question, run: True)

        agents = [make(f"final_answer(meet({key!r}, 2))"), make(asks)]
        count, said = bridge.map_concurrent(lambda agent: agent.run("Go"), agents)
    assert count == 2
    assert "Several runs call tools of the server at once" in said


@pytest.mark.parametrize("other", ["delete", "meet"])
def test_calls_of_one_run_side_by_side_have_the_same_approver(sse_server, other):
    """A transport that does not say which of the calls a question belongs to: but all are of one run."""
    key = uuid4().hex
    asked = []

    def approve(tool, question, run):
        asked.append((tool and tool.name, question["message"]))
        return False

    calls = {
        "delete": ["delete('a')", "delete('b')"],
        "meet": [f"meet({key!r}, 2)", f"(wait_for_arrival({key!r}), delete('b'), meet({key!r}, 2))[1]"],
    }[other]
    text = f"final_answer(parallel(lambda call: call(), [{', '.join(f'lambda: {call}' for call in calls)}]))"
    with MCPClient(sse_server) as tools:
        agent = CodeAgent(tools=tools, model=ScriptedModel([code(text)]), approver=approve)
        answers = agent.run("Go")
    if other == "delete":
        assert answers == ["decline None"] * 2
        assert sorted(asked) == [("delete", "Delete a?"), ("delete", "Delete b?")]
    else:
        assert answers == [2, "decline None"]
        assert asked == [(None, "Delete b?")]


def test_a_call_may_end_while_another_is_asked_about(sse_server):
    """It could have been the one that the question belongs to, so its clock stands too."""
    key = uuid4().hex
    has_ended = bridge.Event()

    @tool
    def tell_end(value: int) -> int:
        """Tells the test that the call before has ended.

        Args:
            value: What it came to.
        """
        has_ended.set()
        return value

    with MCPClient(sse_server) as tools:
        (meet,) = (one for one in tools if one.name == "meet")

        def approve(asking, question, run):
            meet(key, 2)
            has_ended.wait()
            return False

        calls = f"lambda: tell_end(meet({key!r}, 2)), lambda: (wait_for_arrival({key!r}), delete('b'))[1]"
        text = f"final_answer(parallel(lambda call: call(), [{calls}]))"
        agent = CodeAgent(tools=[*tools, tell_end], model=ScriptedModel([code(text)]), approver=approve)
        assert agent.run("Go") == [2, "decline None"]


@pytest.mark.parametrize("kind", ["code", "tool_calling"])
def test_an_agent_of_its_own_in_a_tool_does_not_ask_the_approver_of_whoever_called_the_tool(
    http_server, kind
):
    asked = []

    def approve(tool, question, run):
        asked.append(question)
        return True

    with MCPClient(http_server) as tools:
        other = make_agent(kind, tools, None)

        @tool
        def clean_up() -> str:
            """Has another agent clean up."""
            other.run("Clean up")
            return told(other)

        model = ScriptedModel([code("final_answer(clean_up())")])
        agent = CodeAgent(tools=[clean_up], model=model, approver=approve)
        assert "Pass approver= to the agent" in agent.run("Go")
    assert asked == []


def test_when_a_run_is_over_its_approver_is_asked_no_more(http_server):
    """What a tool has begun can still be at work then, with the context of the tool's call."""
    asked = []
    kept: list[Answerer | None] = []

    @tool
    def begin() -> None:
        """Begins something that outlives the run."""
        kept.append(current_answerer.get())

    def approve(tool, question, run):
        asked.append(question)
        return True

    with MCPClient(http_server) as tools:
        (delete,) = (one for one in tools if one.name == "delete")
        model = ScriptedModel([code("begin()\nfinal_answer(delete('a'))")])
        CodeAgent(tools=[begin, delete], model=model, approver=approve).run("Go")
        assert len(asked) == 1
        (answerer,) = kept
        assert answerer is not None
        with answerer, pytest.raises(McpToolError, match="The run that called the tool is over"):
            delete("b")
    assert len(asked) == 1
