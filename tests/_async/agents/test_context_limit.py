"""Conversations that outgrow their model, and runs whose storage grows with their length only."""

import pytest

from twofold.aio import (
    ActionStep,
    ChatMessage,
    CodeAgent,
    ConfigurationError,
    ContextLimit,
    SummarizeOldSteps,
    SummaryStep,
    TaskStep,
)
from twofold.aio.testing import ScriptedModel


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def chatty(last: int):
    """A script that prints about a thousand characters at each step, and then answers."""

    def play(messages: list[ChatMessage]) -> str:
        text = messages[-1].text
        number = int(text.rpartition("step ")[2].split()[0]) + 1 if "step " in text else 1
        return code("final_answer('done')") if number > last else code(f"print('{'x' * 1000} step {number}')")

    return ScriptedModel(play)


def make_agent(model: ScriptedModel, limit: object, **kwargs) -> CodeAgent:
    agent = CodeAgent(tools=[], model=model, context_limit=limit, max_steps=100, **kwargs)
    agent.prompt_templates["system_prompt"] = "Work."
    return agent


async def test_task_plan_and_latest_steps_stay_when_it_gets_too_long() -> None:
    play = chatty(30)
    replies = play.script

    def with_plan(messages: list[ChatMessage]) -> str:
        return "1. print" if "<end_plan>" in messages[-1].text else replies.next_reply(messages)

    agent = make_agent(ScriptedModel(with_plan), 3_000, planning_interval=1_000)
    assert await agent.run("Print a lot") == "done"
    requests = agent.model.requests
    last = requests[-1].text
    assert max(len(request.text) for request in requests) < 3_000 * 4
    assert "Print a lot" in last
    assert "1. print" in last
    assert "step 30" in last
    assert "step 1\n" not in last
    assert "left out here" in last
    # the memory itself is whole
    assert len(agent.memory.of_type(ActionStep)) == 31
    assert not agent.memory.of_type(SummaryStep)


async def test_the_beginning_of_the_conversation_changes_rarely() -> None:
    agent = make_agent(chatty(60), 5_000)
    await agent.run("Print a lot")
    notes = [
        next((message.text for message in request.messages if "left out" in message.text), "")
        for request in agent.model.requests
    ]
    assert 1 < len(set(notes)) < len(notes) / 3


async def test_nothing_changes_below_the_limit() -> None:
    plain, limited = make_agent(chatty(5), None), make_agent(chatty(5), 100_000)
    await plain.run("Print")
    await limited.run("Print")
    assert [request.text for request in plain.model.requests] == [
        request.text for request in limited.model.requests
    ]


async def test_a_strategy_of_the_user() -> None:
    seen: list[int] = []

    async def only_the_last(steps, overflow):
        seen.append(overflow.count_tokens(steps))
        assert overflow.run.task == "Print a lot"
        assert overflow.max_tokens < 2_000
        return [step for step in steps if isinstance(step, TaskStep)] + steps[-1:]

    agent = make_agent(chatty(10), ContextLimit(2_000, strategy=only_the_last))
    assert await agent.run("Print a lot") == "done"
    assert seen
    assert min(seen) > 1_500
    assert "step 1\n" not in agent.model.requests[-1].text


async def test_the_model_sums_up_old_steps() -> None:
    play = chatty(12).script

    def with_summary(messages: list[ChatMessage]) -> str:
        text = messages[-1].text
        return f"SUMMARY of {len(text)}" if "Sum up" in text else play.next_reply(messages)

    agent = make_agent(ScriptedModel(with_summary), ContextLimit(3_000, SummarizeOldSteps(keep_latest=2)))
    result = await agent.run("Print a lot", return_full_result=True)
    assert result.output == "done"
    assert "SUMMARY of" in agent.model.requests[-1].text
    assert "Print a lot" in agent.model.requests[-1].text
    assert result.usage.requests == len(agent.model.requests) > 13


async def test_editing_the_memory_undoes_what_was_left_out() -> None:
    def forget(step: ActionStep, agent) -> None:
        if step.step_number == 20:
            agent.memory.steps[1:-1] = []

    agent = make_agent(chatty(21), 3_000, step_callbacks=[forget])
    assert await agent.run("Print a lot") == "done"
    assert "left out" in agent.model.requests[19].text
    assert "left out" not in agent.model.requests[20].text


async def test_counting_with_a_tokenizer() -> None:
    limit = ContextLimit(50, count_tokens=lambda messages: 10 * len(messages))
    agent = make_agent(chatty(5), limit)
    await agent.run("Print")
    assert max(len(request.messages) for request in agent.model.requests) <= 6


@pytest.mark.parametrize("limit", [0, -5, "1000", 1.5, True])
def test_limits_that_cannot_be(limit) -> None:
    with pytest.raises(ConfigurationError, match="context_limit"):
        make_agent(ScriptedModel([]), limit)


@pytest.mark.parametrize("limit", [{"keep": 0}, {"keep": 1.5}, {"strategy": "drop"}, {"count_tokens": 3}])
def test_further_arguments_that_cannot_be(limit) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(limit))):
        ContextLimit(1_000, **limit)


async def test_a_strategy_that_returns_no_steps() -> None:
    agent = make_agent(chatty(9), ContextLimit(1_000, strategy=lambda steps, overflow: "nothing"))
    with pytest.raises(ConfigurationError, match="nothing"):
        await agent.run("Print")


async def test_a_run_of_200_steps_shares_its_history() -> None:
    agent = CodeAgent(tools=[], model=chatty(199), max_steps=200)
    await agent.run("Print a lot")
    views = [step.model_input_messages for step in agent.memory.of_type(ActionStep)]
    assert len(views) == 200
    lists = {id(view.shared[0]) for view in views}
    assert len(lists) == 1
    assert len({id(message) for view in views for message in view}) == len(views[-1])
