"""One agent in conversations with several users, each of them continued by its own run."""

import pytest

from twofold.aio import CodeAgent, ToolOutput, UsageLimitExceeded, UsageLimits, tool
from twofold.aio.testing import ScriptedModel

DEFINE = "<code>\ndef secret():\n    return '{name}'\nfinal_answer('noted')\n</code>"
RECALL = "<code>\nfinal_answer(secret())\n</code>"


async def test_each_conversation_goes_on_with_its_own_run() -> None:
    """Also with the functions that its code has defined, whatever the others have done meanwhile."""
    model = ScriptedModel([DEFINE.format(name="ann"), DEFINE.format(name="bob"), RECALL, RECALL])
    agent = CodeAgent(tools=[], model=model)
    ann, bob = agent.start("I am Ann."), agent.start("I am Bob.")
    ann.is_kept = bob.is_kept = True
    await ann.carry_out()
    await bob.carry_out()
    more_of_ann = agent.start("Who am I?", previous=ann)
    more_of_bob = agent.start("Who am I?", previous=bob)
    assert await more_of_ann.carry_out() == "ann"
    assert await more_of_bob.carry_out() == "bob"
    assert "I am Ann." in str(more_of_ann.memory.to_messages())
    assert "Bob" not in str(more_of_ann.memory.to_messages())
    await more_of_ann.aclose()
    await more_of_bob.aclose()
    await agent.aclose()


@tool(requires_approval=True)
def pay(euros: int) -> str:
    """Pays.

    Args:
        euros: How much.
    """
    return f"{euros} paid"


async def test_calls_of_code_are_those_of_the_run_that_goes_on() -> None:
    """Counted, bounded, told and approved there, and not in the run that the conversation began with."""
    first = "<code>\ndef twice(n):\n    return [pay(n), pay(n)]\nfinal_answer(twice(1))\n</code>"
    second, third = (f"<code>\nfinal_answer(twice({number}))\n</code>" for number in (2, 3))
    asked: list[object] = []

    def approver_of(user: str):
        def ask(tool, arguments, run) -> bool:
            asked.append((user, arguments["euros"], run.task))
            return True

        return ask

    agent = CodeAgent(tools=[pay], model=ScriptedModel([first, second, third]))
    run = agent.start("One", approver=approver_of("ann"))
    run.is_kept = True
    await run.carry_out()
    more = agent.start("Two", previous=run, approver=approver_of("bob"))
    told = [event.output async for event in more.events() if isinstance(event, ToolOutput)]
    assert told == ["2 paid", "2 paid"]
    assert (run.usage.tool_calls, more.usage.tool_calls) == (3, 3)
    assert asked == [("ann", 1, "One")] * 2 + [("bob", 2, "Two")] * 2
    limited = agent.start(
        "Three", previous=more, approver=approver_of("cid"), usage_limits=UsageLimits(tool_calls=1)
    )
    with pytest.raises(UsageLimitExceeded):
        await limited.carry_out()
    assert asked[4:] == [("cid", 3, "Three")]
    await limited.aclose()
    await agent.aclose()


async def test_a_run_that_nobody_keeps_loses_its_functions_when_another_one_ends() -> None:
    answer = "<code>\nfinal_answer(2)\n</code>"
    model = ScriptedModel([DEFINE.format(name="ann"), answer, RECALL, answer])
    agent = CodeAgent(tools=[], model=model)
    ann = agent.start("I am Ann.")
    await ann.carry_out()
    await agent.run("Something else")
    more = agent.start("Who am I?", previous=ann)
    assert await more.carry_out() == 2
    assert "secret" in str(more.memory.steps[-2].error)
    await agent.aclose()
