# Generated from tests/_async/telemetry/test_spans.py by `nox -s codegen`. Do not edit.
"""Runs as OpenTelemetry is told of them: which spans there are, and which is part of which."""

import textwrap

import pytest

from twofold import (
    ActionStep,
    AgentExecutionError,
    AgentGenerationError,
    AgentInterrupted,
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    ContextLimit,
    MessageRole,
    ModelError,
    OpenAIModel,
    PlanningStep,
    RetryPolicy,
    ToolCallingAgent,
    ToolOutput,
    instrument,
    tool,
    uninstrument,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ChatServer, Failure, Reply, ScriptedModel


def tree(text: str) -> str:
    return textwrap.dedent(text).strip()


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def native(*calls: tuple[str, object]) -> ChatMessage:
    """A reply with native tool calls."""
    return ChatMessage(
        role=MessageRole.ASSISTANT,
        content=None,
        tool_calls=[
            ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), f"c{n}")
            for n, (name, arguments) in enumerate(calls)
        ],
    )


@tool
def look_up(item: str) -> int:
    """Looks something up.

    Args:
        item: What.
    """
    return len(item)


@tool
def double(number: int) -> int:
    """Doubles a number.

    Args:
        number: The number.
    """
    return 2 * number


def make_agent(*replies, **kwargs) -> CodeAgent:
    return CodeAgent(tools=[look_up, double], model=ScriptedModel(list(replies)), **kwargs)


def test_a_run_of_a_code_agent(seen) -> None:
    agent = make_agent(code("x = double(look_up('pear'))"), code("final_answer(x)"))
    assert agent.run("Work") == 8
    assert seen.trees() == [
        tree("""
            invoke_agent CodeAgent
              step 1
                chat scripted
                execute_code
                  execute_tool look_up
                  execute_tool double
              step 2
                chat scripted
                execute_code
                  execute_tool final_answer
        """)
    ]
    assert all(span.status.is_unset for span in seen.everything)


def test_parallel_calls_in_code(seen) -> None:
    make_agent(code("final_answer(parallel(look_up, ['a', 'bb', 'ccc']))")).run("Work")
    (found,) = seen.trees()
    assert found.count("\n      execute_tool look_up") == 3


@pytest.mark.parametrize("streams", [False, True])
def test_parallel_calls_of_a_tool_calling_agent(seen, streams: bool) -> None:
    replies = [
        native(("look_up", {"item": "a"}), ("look_up", {"item": "bb"}), ("look_up", {"item": "ccc"})),
        native(("final_answer", {"answer": 1})),
    ]
    agent = ToolCallingAgent(tools=[look_up], model=ScriptedModel(replies), stream_outputs=streams)
    if streams:
        assert [event for event in agent.stream("Work")]
    else:
        assert agent.run("Work") == 1
    assert seen.trees() == [
        tree("""
            invoke_agent ToolCallingAgent
              step 1
                chat scripted
                execute_tool look_up
                execute_tool look_up
                execute_tool look_up
              step 2
                chat scripted
                execute_tool final_answer
        """)
    ]
    ids = [span.attributes["gen_ai.tool.call.id"] for span in seen.spans("execute_tool look_up")]
    assert sorted(ids) == ["c0", "c1", "c2"]
    assert seen.spans("chat")[0].attributes["gen_ai.request.stream"] is streams


def test_plans(seen) -> None:
    agent = make_agent("A plan", code("1"), "Another plan", code("final_answer(1)"), planning_interval=1)
    agent.run("Work")
    names = [
        line.strip() for line in seen.trees()[0].splitlines() if line.startswith("  ") and line[2] != " "
    ]
    assert names == ["plan", "step 1", "plan", "step 2"]
    plans = [span.context.span_id for span in seen.spans("plan")]
    chats = [span.parent.span_id for span in seen.spans("chat")]
    assert chats[0] == plans[0]
    assert chats[2] == plans[1]


def test_the_answer_when_the_steps_are_used_up(seen) -> None:
    make_agent(code("1"), "It is 1", max_steps=1).run("Work")
    assert seen.trees()[0].splitlines()[-1] == "  chat scripted"
    whole = seen.span("invoke_agent")
    assert whole.attributes["twofold.run.outcome"] == "max_steps_error"
    assert whole.attributes["twofold.run.steps"] == 1


def test_managed_agents_are_part_of_the_managers_trace(seen) -> None:
    below = CodeAgent(
        tools=[], model=ScriptedModel([code("final_answer(2)")]), name="below", description="Helps."
    )
    middle = ToolCallingAgent(
        tools=[],
        model=ScriptedModel([native(("below", {"task": "Go"})), native(("final_answer", {"answer": 2}))]),
        managed_agents=[below],
        name="middle",
        description="Helps.",
    )
    model = ScriptedModel([code("final_answer(middle('Go'))")])
    CodeAgent(tools=[], model=model, managed_agents=[middle], name="top").run("Go")
    assert seen.trees() == [
        tree("""
            invoke_agent top
              step 1
                chat scripted
                execute_code
                  invoke_agent middle
                    step 1
                      chat scripted
                      invoke_agent below
                        step 1
                          chat scripted
                          execute_code
                            execute_tool final_answer
                    step 2
                      chat scripted
                      execute_tool final_answer
                  execute_tool final_answer
        """)
    ]


def test_managed_agents_that_work_at_the_same_time(seen) -> None:
    model = ScriptedModel(lambda messages: code("final_answer(1)"))
    worker = CodeAgent(tools=[], model=model, name="worker", description="Helps.")
    asked = code("final_answer(parallel(worker, ['a', 'b', 'c']))")
    CodeAgent(tools=[], model=ScriptedModel([asked]), managed_agents=[worker]).run("Go")
    found = seen.trees()
    assert len(found) == 1
    assert found[0].count("\n      invoke_agent worker\n        step 1\n          chat") == 3


def test_concurrent_runs_of_one_agent_have_a_trace_each(seen) -> None:
    agent = CodeAgent(
        tools=[look_up], model=ScriptedModel(lambda messages: code("final_answer(look_up('a'))"))
    )
    bridge.map_concurrent(agent.run, [f"Task {n}" for n in range(20)])
    wanted = tree("""
        invoke_agent CodeAgent
          step 1
            chat scripted
            execute_code
              execute_tool look_up
              execute_tool final_answer
    """)
    assert seen.trees() == [wanted] * 20
    assert len({span.context.trace_id for span in seen.everything}) == 20


# What belongs to the caller, and what tools do


def test_a_span_of_the_caller_is_above_the_run(seen) -> None:
    agent = make_agent(code("1"), code("final_answer(1)"))
    with seen.tracer.start_as_current_span("request"):
        agent.run("Work")
        with seen.tracer.start_as_current_span("afterwards"):
            pass
    (found,) = seen.trees()
    assert found.startswith("request\n  invoke_agent CodeAgent\n    step 1")
    assert found.endswith("\n  afterwards")


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("agent_class", [CodeAgent, ToolCallingAgent])
def test_spans_that_tools_make_are_below_their_own(seen, agent_class, streamed: bool) -> None:
    @tool
    def waits(name: str) -> str:
        """Waits.

        Args:
            name: A name.
        """
        with seen.tracer.start_as_current_span(f"in waits {name}"):
            bridge.sleep(0)
            with seen.tracer.start_as_current_span(f"deep in waits {name}"):
                bridge.sleep(0)
        return name

    @tool(timeout=30)
    def blocks(name: str) -> str:
        """Blocks.

        Args:
            name: A name.
        """
        with seen.tracer.start_as_current_span(f"in blocks {name}"):
            return name

    @tool
    def computes(name: str) -> str:
        """Computes.

        Args:
            name: A name.
        """
        with seen.tracer.start_as_current_span(f"in computes {name}"):
            return name

    names = ["waits", "blocks", "computes"]
    if agent_class is CodeAgent:
        calls = [f"parallel({name}, ['a', 'b'])" for name in names]
        replies = [code(f"final_answer([{', '.join(calls)}])")]
    else:
        calls = [(name, {"name": letter}) for name in names for letter in "ab"]
        replies = [native(*calls), native(("final_answer", {"answer": 1}))]
    agent = agent_class(tools=[waits, blocks, computes], model=ScriptedModel(replies))
    if streamed:
        assert [event for event in agent.stream("Work")]
    else:
        agent.run("Work")
    assert len(seen.trees()) == 1
    spans = {span.context.span_id: span for span in seen.everything}
    for name in names:
        for letter in "ab":
            inner = seen.span(f"in {name} {letter}")
            assert spans[inner.parent.span_id].name == f"execute_tool {name}"
    for letter in "ab":
        deep = seen.span(f"deep in waits {letter}")
        assert spans[deep.parent.span_id].name == f"in waits {letter}"
    parents = [span.parent.span_id for span in seen.spans("in ")]
    assert len(set(parents)) == 6  # each in that of its own call


def test_what_the_model_does_is_below_its_request(seen) -> None:
    def reply(messages: list[ChatMessage]) -> str:
        with seen.tracer.start_as_current_span("POST"):
            return code("final_answer(1)")

    CodeAgent(tools=[], model=ScriptedModel(reply)).run("Work")
    assert seen.span("POST").parent.span_id == seen.span("chat").context.span_id


def test_an_agent_that_a_tool_runs_is_below_the_tool(seen) -> None:
    inner = make_agent(code("final_answer(1)"))

    @tool
    def ask_other() -> int:
        """Asks another agent."""
        return inner.run("Work")

    outer = CodeAgent(
        tools=[ask_other], model=ScriptedModel([code("final_answer(ask_other())")]), name="outer"
    )
    outer.run("Work")
    assert "      execute_tool ask_other\n        invoke_agent CodeAgent\n" in seen.trees()[0]


# What goes wrong


def test_streams_that_are_closed_early(seen) -> None:
    agent = make_agent(code("look_up('a')"), code("final_answer(1)"))
    events = agent.stream("Work")
    with bridge.closing(events):
        for event in events:
            if isinstance(event, ToolOutput):
                break
    whole = seen.span("invoke_agent")
    assert whole.attributes["twofold.run.outcome"] == "interrupted"
    assert "step 1" in seen.trees()[0]
    assert len(seen.trees()) == 1
    assert seen.span("step 1").status.is_unset
    assert whole.status.is_unset


def test_streams_that_are_closed_in_a_reply(seen) -> None:
    agent = make_agent(code("final_answer('" + "a" * 200 + "')"), stream_outputs=True)
    events = agent.stream("Work")
    with bridge.closing(events):
        for event in events:
            if isinstance(event, ChatMessageStreamDelta):
                break
    assert seen.trees() == ["invoke_agent CodeAgent\n  step 1\n    chat scripted"]
    assert all(span.status.is_unset for span in seen.everything)


def test_steps_that_fail(seen) -> None:
    make_agent("no code", code("1 / 0"), code("final_answer(1)")).run("Work")
    errors = [(span.name, span.attributes.get("error.type")) for span in seen.everything]
    assert dict(errors) == {
        "invoke_agent CodeAgent": None,
        "step 1": "AgentParsingError",
        "chat scripted": None,
        "step 2": "AgentExecutionError",
        "execute_code": None,  # of the last step
        "step 3": None,
        "execute_tool final_answer": None,
    }
    failed = seen.spans("execute_code")[0]
    assert failed.attributes["error.type"] == "CodeExecutionError"
    assert failed.status.status_code.name == "ERROR"
    assert failed.status.description == "CodeExecutionError"


@pytest.mark.parametrize("agent_class", [CodeAgent, ToolCallingAgent])
def test_tools_that_fail(seen, agent_class) -> None:
    @tool
    def breaks() -> int:
        """Breaks."""
        raise LookupError("nothing of the kind")

    replies = [code("try:\n    breaks()\nexcept LookupError:\n    print(1)"), code("final_answer(1)")]
    if agent_class is ToolCallingAgent:
        replies = [native(("breaks", {})), native(("final_answer", {"answer": 1}))]
    agent_class(tools=[breaks], model=ScriptedModel(replies)).run("Work")
    error = seen.span("execute_tool breaks").attributes["error.type"]
    assert error == ("LookupError" if agent_class is CodeAgent else "AgentToolExecutionError")
    assert seen.span("invoke_agent").status.is_unset
    assert "nothing of the kind" not in seen.text()


@pytest.mark.parametrize("agent_class", [CodeAgent, ToolCallingAgent])
def test_calls_that_are_refused(seen, agent_class) -> None:
    @tool(requires_approval=True)
    def deletes() -> int:
        """Deletes."""
        return 1

    replies = [code("deletes()"), code("final_answer(1)")]
    if agent_class is ToolCallingAgent:
        replies = [native(("deletes", {})), native(("final_answer", {"answer": 1}))]
    model = ScriptedModel(replies)
    agent_class(tools=[deletes], model=model, approver=lambda *_: "Certainly not").run("Work")
    assert seen.span("execute_tool deletes").attributes["error.type"] == "ToolCallRefused"
    assert "Certainly" not in seen.text()


@pytest.mark.parametrize("streams", [False, True])
def test_models_that_fail(seen, streams: bool) -> None:
    agent = make_agent(ModelError("down: it says so"), stream_outputs=streams)
    with pytest.raises(AgentGenerationError):
        agent.run("Work")
    errors = {span.name: span.attributes.get("error.type") for span in seen.everything}
    assert errors == {
        "invoke_agent CodeAgent": "AgentGenerationError",
        "step 1": "AgentGenerationError",
        "chat scripted": "ModelError",
    }
    assert "it says so" not in seen.text()


def test_spans_that_callbacks_checks_and_approvers_make_have_their_place(seen) -> None:
    def make(name: str):
        with seen.tracer.start_as_current_span(name):
            return True

    def callback(step, agent) -> None:
        make(f"after {type(step).__name__}")

    def check(answer, memory, agent) -> bool:
        return make("check")

    def approve(called, arguments, run) -> bool:
        return make("approval")

    def shorten(steps, overflow):
        make("shorten")
        return steps

    @tool(requires_approval=True)
    def pay() -> str:
        """Pays."""
        return "paid"

    def tools(run) -> list[object]:
        make("tools")
        return [pay]

    agent = CodeAgent(
        tools=tools,
        model=ScriptedModel(["A plan", code("final_answer(pay())")]),
        planning_interval=1,
        step_callbacks={ActionStep: callback, PlanningStep: callback},
        final_answer_checks=[check],
        approver=approve,
        context_limit=ContextLimit(1, strategy=shorten),
    )
    assert [event for event in agent.stream("Work")]
    assert seen.trees() == [
        tree("""
            invoke_agent CodeAgent
              tools
              plan
                chat scripted
                after PlanningStep
              step 1
                shorten
                chat scripted
                execute_code
                  execute_tool pay
                    approval
                  execute_tool final_answer
                check
              after ActionStep
        """)
    ]


def test_callbacks_that_fail(seen) -> None:
    def fail(step: object) -> None:
        raise RuntimeError("the callback's")

    with pytest.raises(RuntimeError):
        make_agent(code("1"), step_callbacks=[fail]).run("Work")
    assert seen.span("invoke_agent").attributes["error.type"] == "RuntimeError"


@pytest.mark.parametrize("streamed", [False, True])
def test_retries_are_events_of_the_request(seen, monkeypatch: pytest.MonkeyPatch, streamed: bool) -> None:
    def sleep(seconds: float) -> None:
        pass

    monkeypatch.setattr(bridge, "sleep", sleep)
    with ChatServer(
        [Failure(503), Failure.rate_limited(retry_after=9), Reply(code("final_answer(7)"))]
    ) as server:
        policy = RetryPolicy(jitter=0.0)
        with OpenAIModel("m", api_base=server.url, api_key="k", retry=policy) as model:
            agent = CodeAgent(tools=[], model=model, stream_outputs=streamed)
            if streamed:
                assert [event for event in agent.stream("Seven?")]
            else:
                assert agent.run("Seven?") == 7
    asked = seen.span("chat m")
    assert [event.name for event in asked.events] == ["retry", "retry"]
    first, second = [event.attributes for event in asked.events]
    assert first["error.type"] == "ProviderUnavailable"
    assert (second["error.type"], second["twofold.retry.wait"]) == ("RateLimited", 9.0)
    assert seen.span("invoke_agent").attributes["twofold.run.requests"] == 3


def test_interrupted_and_resumed_runs(seen) -> None:
    agents: list[CodeAgent] = []

    def stop(step: object) -> None:
        if len(agents[0].model.requests) == 1:
            agents[0].interrupt()

    agent = make_agent(code("x = 1"), code("final_answer(x)"), step_callbacks=[stop])
    agents.append(agent)
    with pytest.raises(AgentInterrupted) as caught:
        agent.run("Work")
    (first,) = seen.spans("invoke_agent")
    assert first.attributes["twofold.run.outcome"] == "interrupted"
    assert first.attributes["error.type"] == "AgentInterrupted"
    assert caught.value.run.resume() == 1
    _, second = seen.spans("invoke_agent")
    assert len(seen.trees()) == 2
    assert seen.trees()[1].splitlines()[1] == "  step 2"
    told = [span.attributes for span in (first, second)]
    assert told[0]["gen_ai.conversation.id"] == told[1]["gen_ai.conversation.id"]
    assert told[1]["twofold.run.outcome"] == "success"
    assert [each["twofold.run.requests"] for each in told] == [1, 1]  # what each has used, not both
    assert [each["twofold.run.steps"] for each in told] == [1, 1]
    assert "error.type" not in told[1]


def test_a_run_that_continues_another_is_in_the_same_conversation(seen) -> None:
    agent = make_agent(code("final_answer(1)"), code("final_answer(2)"), code("final_answer(3)"))
    agent.run("Work")
    agent.run("Go on", reset=False)
    agent.run("Something else")
    ids = [span.attributes["gen_ai.conversation.id"] for span in seen.spans("invoke_agent")]
    assert ids[0] == ids[1] != ids[2]
    assert [span.attributes["gen_ai.conversation.id"] for span in seen.spans("chat")] == ids


def test_runs_taken_step_by_step(seen) -> None:
    agent = make_agent(code("1"), code("final_answer(1)"))
    run = agent.start("Work")
    run.step()
    assert [span.name for span in seen.everything if "invoke" in span.name] == []
    run.step()
    assert run.outcome == "success"
    assert seen.span("invoke_agent").attributes["twofold.run.steps"] == 2
    assert len(seen.trees()) == 1


def test_a_run_that_is_left_between_steps(seen) -> None:
    agent = make_agent(code("1"), code("2"), code("final_answer(3)"))
    run = agent.start("Work")
    run.step()
    run.close()
    assert seen.span("invoke_agent").attributes["twofold.run.outcome"] == "running"
    saved = agent.load_run(run.to_dict())
    saved.step()  # is told of again
    assert saved.resume() == 3
    assert [found.splitlines()[1] for found in seen.trees()] == ["  step 1", "  step 2"]
    ids = {span.attributes["gen_ai.conversation.id"] for span in seen.spans("invoke_agent")}
    assert ids == {run.id}


def test_a_step_by_hand(seen) -> None:
    agent = make_agent(code("final_answer(1)"), code("1 / 0"))
    assert agent.step(ActionStep(step_number=1)) == 1
    with pytest.raises(AgentExecutionError):
        agent.step(ActionStep(step_number=2))
    assert [found.splitlines()[1] for found in seen.trees()] == ["  step 1", "  step 2"]
    assert seen.span("step 2").attributes["error.type"] == "AgentExecutionError"


# On and off


def test_runs_that_have_begun_are_told_to_their_end(seen) -> None:
    def switch_off(step: object) -> None:
        uninstrument()

    agent = make_agent(code("1"), code("final_answer(1)"), step_callbacks=[switch_off])
    agent.run("Work")
    assert "  step 2\n    chat" in seen.trees()[0]
    make_agent(code("final_answer(1)")).run("Work")
    assert len(seen.trees()) == 1


def test_a_run_taken_step_by_step_is_told_of_from_its_next_step(seen) -> None:
    uninstrument()
    agent = make_agent(code("1"), code("final_answer(1)"))
    run = agent.start("Work")
    run.step()
    instrument(**seen.providers)
    run.step()
    assert run.outcome == "success"
    assert seen.trees()[0].splitlines()[:2] == ["invoke_agent CodeAgent", "  step 2"]
