# Generated from tests/_async/agents/test_live_events.py by `nox -s codegen`. Do not edit.
"""Events from the middle of running code and tools, and those of managed agents."""

import gc
import threading
import tracemalloc
from pathlib import Path

import pytest

from twofold import (
    ActionStep,
    AgentInterrupted,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    FinalAnswerStep,
    ManagedAgentEvent,
    MessageRole,
    PrintOutput,
    ToolCall,
    ToolCallingAgent,
    ToolOutput,
    tool,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ScriptedModel


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def call(name: str, **arguments: object) -> ChatMessage:
    wanted = ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), "c")
    return ChatMessage(role=MessageRole.ASSISTANT, tool_calls=[wanted])


@tool
def echo(text: str) -> str:
    """Returns a text.

    Args:
        text: The text.
    """
    return text


@tool(blocking=False)
def add(a: int, b: int) -> int:
    """Adds.

    Args:
        a: One.
        b: The other.
    """
    return a + b


def make_worker(*replies: object, name: str = "worker", **kwargs) -> CodeAgent:
    return CodeAgent(
        tools=[echo], model=ScriptedModel(list(replies)), name=name, description="Works.", **kwargs
    )


def test_prints_arrive_while_the_code_still_runs() -> None:
    go_on = bridge.Event()

    @tool
    def wait() -> None:
        """Waits until the print has been seen."""
        go_on.wait()

    agent = CodeAgent(tools=[wait], model=ScriptedModel([code("print('a', 1)\nwait()\nfinal_answer(2)")]))
    events = agent.stream("Print")
    for event in events:
        if isinstance(event, PrintOutput):
            assert event.text == "a 1\n"
            assert agent.memory.steps == []  # nothing has ended yet
            go_on.set()
        if isinstance(event, FinalAnswerStep):
            assert event.output == 2
    assert go_on.is_set()


def test_calls_of_tools_from_code_with_arguments_results_and_errors() -> None:
    text = "x = echo('hi')\ny = add(1, b=2)\ntry:\n    echo()\nexcept TypeError:\n    pass\nfinal_answer(x)"
    agent = CodeAgent(tools=[echo, add], model=ScriptedModel([code(text)]))
    events = [event for event in agent.stream("Call")]
    calls = [event for event in events if isinstance(event, ToolCall)]
    outputs = [event for event in events if isinstance(event, ToolOutput)]
    assert [(one.name, one.arguments) for one in calls[1:]] == [
        ("echo", {"text": "hi"}),
        ("add", {"a": 1, "b": 2}),
        ("echo", {}),
    ]
    assert [one.output for one in outputs] == ["hi", 3, None]
    assert [one.tool_call for one in outputs] == calls[1:]
    assert "needs a value" in str(outputs[2].error)
    assert len({one.id for one in calls}) == len(calls)


def test_nothing_is_collected_when_nobody_streams() -> None:
    seen: list[bool] = []

    def look(step: ActionStep, agent) -> None:
        seen.append(agent.is_streaming)

    agent = CodeAgent(
        tools=[echo],
        model=ScriptedModel([code("echo('a')\nprint(1)"), code("final_answer(1)")]),
        step_callbacks=[look],
    )
    assert agent.run("Go") == 1
    assert seen == [False, False]


def test_events_of_managed_agents_are_marked() -> None:
    expert = make_worker(code("print('deep')\nfinal_answer(echo('x'))"), name="expert")
    worker = make_worker(code("final_answer(expert('Look'))"), name="worker", managed_agents=[expert])
    model = ScriptedModel([code("final_answer(worker('Go'))")])
    boss = CodeAgent(tools=[], model=model, managed_agents=[worker], name="boss")
    events = [event for event in boss.stream("Go")]
    marked = [event for event in events if isinstance(event, ManagedAgentEvent)]
    assert {(event.agent, event.parent) for event in marked} == {("worker", "boss"), ("expert", "worker")}
    assert len({event.run_id for event in marked}) == 2
    of_expert = [event.event for event in marked if event.agent == "expert"]
    assert [type(event) for event in of_expert] == [
        *(ToolCall, PrintOutput, ToolCall, ToolOutput),
        *(type(of_expert[4]), ActionStep, FinalAnswerStep),
    ]
    assert of_expert[-1].output == "x"
    assert isinstance(events[-1], FinalAnswerStep)
    # the call of the worker comes first, its events next, its report last
    kinds = [type(event) for event in events]
    first, last = kinds.index(ManagedAgentEvent), len(kinds) - 1 - kinds[::-1].index(ManagedAgentEvent)
    assert events[first - 1].name == "worker"
    assert isinstance(events[last + 1], ToolOutput)


def test_events_of_managed_agents_of_a_tool_calling_agent() -> None:
    worker = make_worker(code("print('working')\nfinal_answer(1)"))
    model = ScriptedModel([call("worker", task="Go"), call("final_answer", answer=2)])
    boss = ToolCallingAgent(tools=[], model=model, managed_agents=[worker])
    events = [event for event in boss.stream("Go")]
    prints = [event for event in events if isinstance(event, ManagedAgentEvent)]
    assert PrintOutput("working\n") in [event.event for event in prints]
    assert prints[0].parent is None


def test_parallel_calls_of_one_managed_agent_can_be_told_apart() -> None:
    worker = CodeAgent(
        tools=[],
        model=ScriptedModel(lambda messages: code("print('x')\nfinal_answer(1)")),
        name="worker",
        description="Works.",
    )
    boss = CodeAgent(
        tools=[],
        model=ScriptedModel([code("final_answer(len(parallel(worker, ['a', 'b', 'c'])))")]),
        managed_agents=[worker],
    )
    runs: dict[str, list[object]] = {}
    for event in boss.stream("Go"):
        if isinstance(event, ManagedAgentEvent):
            runs.setdefault(event.run_id, []).append(event.event)
    assert len(runs) == 3
    for events in runs.values():
        assert isinstance(events[-1], FinalAnswerStep)
    boss.close()
    worker.close()


def test_a_program_that_prints_without_end_waits_for_its_reader() -> None:
    agent = CodeAgent(
        tools=[],
        model=ScriptedModel([code("while True:\n    print('x' * 100)")]),
        executor_kwargs={"timeout_seconds": None},
    )
    events = agent.stream("Print")
    count = 0
    for event in events:
        count += isinstance(event, PrintOutput)
        if count == 5_000:
            break
    events.close()
    assert isinstance(agent.memory.steps[-1].error, AgentInterrupted)


@pytest.mark.parametrize("how", ["close", "error"])
def test_going_away_in_the_middle_of_a_managed_agents_work_ends_everything(how: str) -> None:
    worker = make_worker(
        code("print('on')\nwhile True:\n    pass"), executor_kwargs={"timeout_seconds": None}
    )
    boss = CodeAgent(
        tools=[], model=ScriptedModel([code("final_answer(worker('Go'))")]), managed_agents=[worker]
    )
    events = boss.stream("Go")
    try:
        for event in events:
            if isinstance(event, ManagedAgentEvent) and isinstance(event.event, PrintOutput):
                if how == "error":
                    raise LookupError("consumer")
                break
    except LookupError:
        pass
    events.close()
    assert boss.last_result.state == "interrupted"
    while worker._active_runs:  # the worker cleans up behind its manager's back
        bridge.sleep(0.001)
    assert worker.last_result.state == "interrupted"
    assert boss._active_runs == {}


def count_open_handles() -> int:
    handles = Path("/proc/self/fd")
    return len(list(handles.iterdir())) if handles.exists() else 0


@pytest.mark.slow
def test_a_thousand_streams_leave_nothing_behind() -> None:
    """Whole ones, ones that are closed early at every kind of event, and ones whose consumer fails."""
    text = code("print('a')\nx = echo('b')\nprint(x)\nfinal_answer(x)")
    agent = CodeAgent(tools=[echo], model=ScriptedModel(lambda messages: text), stream_outputs=True)

    def one(number: int) -> None:
        events = agent.stream(f"Task {number}")
        try:
            for _ in events:
                number -= 1
                if number < 0:
                    break
        finally:
            events.close()

    def some(count: int) -> None:
        bridge.map_concurrent(one, [n % 25 for n in range(count)], limit=20)
        agent.close()
        agent.model.requests.clear()
        gc.collect()

    some(200)
    threads, objects, handles = threading.active_count(), len(gc.get_objects()), count_open_handles()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        some(1_000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert agent._active_runs == {}
    assert len(gc.get_objects()) - objects < 2_000  # two objects for each run
    assert grown < 500_000
    assert threading.active_count() <= threads + 2
    assert count_open_handles() <= handles + 2


def test_what_happens_after_an_approver_has_asked_the_model_is_told_too() -> None:
    @tool(requires_approval=True, blocking=False)
    def pay(amount: int) -> str:
        """Pays.

        Args:
            amount: How much.
        """
        return "paid"

    def judge(tool, arguments, run) -> bool:
        return run.provide_final_answer("Is it safe?").text == "yes"

    model = ScriptedModel([code("print('a')\nx = pay(3)\nprint('b')\nfinal_answer(x)"), "yes"])
    agent = CodeAgent(tools=[pay], model=model, approver=judge)
    events = [event for event in agent.stream("Pay")]
    assert [event.text for event in events if isinstance(event, PrintOutput)] == ["a\n", "b\n"]
    assert [event.output for event in events if isinstance(event, ToolOutput)] == ["paid"]
    assert isinstance(events[-1], FinalAnswerStep)
