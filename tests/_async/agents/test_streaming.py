"""The stream of a run: what comes, in which order, and what happens when the consumer goes away."""

import gc

import pytest

from twofold.aio import (
    ActionOutput,
    ActionStep,
    AgentInterrupted,
    ChatMessageStreamDelta,
    CodeAgent,
    ConfigurationError,
    FinalAnswerStep,
    Model,
    PrintOutput,
    TaskStep,
    ToolCall,
)
from twofold.aio.testing import ScriptedModel

ONE = "Thought: one.\n<code>\nprint('working')\n</code>"
TWO = "Thought: two.\n<code>\nfinal_answer(2)\n</code>"


def make_agent(*, stream_outputs: bool = False, **kwargs) -> CodeAgent:
    return CodeAgent(tools=[], model=ScriptedModel([ONE, TWO]), stream_outputs=stream_outputs, **kwargs)


async def test_events_come_in_order() -> None:
    events = [event async for event in make_agent().stream("Count")]
    assert [type(event) for event in events] == [
        *(ToolCall, PrintOutput, ActionOutput, ActionStep),
        *(ToolCall, ActionOutput, ActionStep),
        FinalAnswerStep,
    ]
    assert events[0].arguments == "print('working')"
    assert events[1].text == "working\n"
    assert events[5].is_final_answer
    assert events[-1].output == 2


async def test_deltas_of_the_reply_sum_up_to_it() -> None:
    agent = make_agent(stream_outputs=True)
    events = [event async for event in agent.stream("Count")]
    text = "".join(event.content or "" for event in events if isinstance(event, ChatMessageStreamDelta))
    assert text == ONE.removesuffix("</code>") + TWO.removesuffix("</code>")
    assert [step.model_output for step in agent.memory.steps[1:]] == [ONE, TWO]
    assert agent.monitor is not None
    assert agent.monitor.total_output_token_count > 0


async def test_run_with_stream_is_the_stream() -> None:
    events = [event async for event in make_agent().run("Count", stream=True)]
    assert isinstance(events[-1], FinalAnswerStep)


async def test_bad_arguments_surface_at_the_call_and_nothing_runs_before_the_first_event() -> None:
    agent = make_agent()
    with pytest.raises(ConfigurationError):
        agent.stream("")
    events = agent.stream("Count")
    assert agent.model.requests == []
    await events.aclose()
    assert agent.model.requests == []


async def test_closing_early_stops_the_run_and_leaves_a_consistent_memory() -> None:
    agent = make_agent()
    events = agent.stream("Count")
    async for event in events:
        if isinstance(event, ToolCall):
            break
    await events.aclose()
    assert len(agent.model.requests) == 1
    assert [type(step) for step in agent.memory.steps] == [TaskStep, ActionStep]
    assert isinstance(agent.memory.steps[1].error, AgentInterrupted)
    # and the conversation can go on from there
    assert await agent.run("Go on", reset=False) == 2


async def test_closing_early_closes_the_stream_of_the_model() -> None:
    closed = []

    class Endless(Model):
        async def generate_stream(self, messages, *args, **kwargs):
            try:
                while True:
                    yield ChatMessageStreamDelta(content="and on ")
            finally:
                closed.append(True)

    events = CodeAgent(tools=[], model=Endless(), stream_outputs=True).stream("Talk")
    async for _ in events:
        break
    await events.aclose()
    gc.collect()
    assert closed == [True]


async def test_an_error_in_the_consumer_closes_the_run() -> None:
    agent = make_agent()
    events = agent.stream("Count")
    with pytest.raises(RuntimeError, match="consumer"):
        try:
            async for _ in events:
                raise RuntimeError("consumer")
        finally:
            await events.aclose()
    assert agent.memory.steps[-1].error is not None


async def test_interrupt_between_steps() -> None:
    agent = make_agent()
    with pytest.raises(AgentInterrupted):
        async for event in agent.stream("Count"):
            if isinstance(event, ActionStep):
                agent.interrupt()
    assert len(agent.model.requests) == 1


async def test_interrupt_while_code_runs() -> None:
    model = ScriptedModel(["<code>\nstart()\nwhile True:\n    pass\n</code>"])
    running: list[CodeAgent] = []

    def start() -> None:
        """Interrupts the run that is calling."""
        running[0].interrupt()

    agent = CodeAgent(tools=[start], model=model, executor_kwargs={"timeout_seconds": None})
    running.append(agent)
    with pytest.raises(AgentInterrupted):
        await agent.run("Loop")
    assert agent.memory.steps[-1].error is not None


async def test_stream_outputs_needs_a_model_that_streams() -> None:
    class Mute(Model):
        pass

    with pytest.raises(ConfigurationError, match="stream"):
        CodeAgent(tools=[], model=Mute(), stream_outputs=True)
