"""One agent in conversations with several users, each of them continued by its own run."""

from twofold.aio import CodeAgent
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
