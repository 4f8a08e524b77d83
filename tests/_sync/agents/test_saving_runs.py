# Generated from tests/_async/agents/test_saving_runs.py by `nox -s codegen`. Do not edit.
"""Runs that are saved in one process and go on in another one."""

import json
import subprocess
import sys

import pytest
from PIL import Image
from pydantic import BaseModel

from twofold import (
    ActionStep,
    AgentGenerationError,
    AgentRun,
    CodeAgent,
    ConfigurationError,
    ModelError,
    ToolCallingAgent,
    UsageLimits,
    tool,
)
from twofold.testing import ScriptedModel


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def make_agent(*replies: object, **kwargs) -> CodeAgent:
    return CodeAgent(tools=[], model=ScriptedModel(list(replies)), **kwargs)


def failed_run(agent: CodeAgent, **kwargs) -> AgentRun:
    with pytest.raises(AgentGenerationError) as caught:
        agent.run("Work", **kwargs)
    return caught.value.run


def by_json(data: object) -> dict:
    return json.loads(json.dumps(data))


def test_a_failed_run_goes_on_from_its_json() -> None:
    first = make_agent(code("x = [offset, 2]\nclass C: pass"), ModelError("down"), max_steps=7)
    image = Image.new("RGB", (2, 2), "blue")
    run = failed_run(
        first, additional_args={"offset": 40}, images=[image], usage_limits=UsageLimits(requests=30)
    )
    data = by_json(run.to_dict())
    second = make_agent(code("final_answer(sum(x) + offset)"))
    again = second.load_run(data)
    assert (again.id, again.outcome, again.step_number, again.max_steps) == (run.id, "failed", 2, 7)
    assert again.usage == run.usage
    assert again.usage.limits == UsageLimits(requests=30)
    assert again.resume() == 82
    request = second.model.requests[0]
    assert "Work" in request.text
    assert request.messages[1].content[1]["image"].getpixel((0, 0)) == (0, 0, 255)
    assert again.usage.requests == 3
    assert [step.step_number for step in again.memory.of_type(ActionStep)] == [1, 2]


def test_a_finished_run_is_continued_from_its_json() -> None:
    first = make_agent(code("x = 20\nfinal_answer(x)"))
    first.run("First")
    data = by_json(first._last_run.to_dict())
    second = make_agent(code("final_answer(x + 1)"))
    second.load_run(data)
    assert second.memory.steps[1].action_output == 20
    assert second.run("Second", reset=False) == 21
    assert "First" in second.model.requests[0].text


def test_saving_twice_gives_the_same() -> None:
    run = failed_run(make_agent(code("x = 1\nprint(x)"), ModelError("down")))
    data = by_json(run.to_dict())
    assert by_json(make_agent().load_run(data).to_dict()) == data


def test_the_answer_gets_its_type_back() -> None:
    class City(BaseModel):
        name: str

    agent = make_agent(code("final_answer({'name': 'Ulm'})"), output_type=City)
    agent.run("Which?")
    again = make_agent(output_type=City).load_run(by_json(agent._last_run.to_dict()))
    assert again.output == City(name="Ulm")


def test_what_json_cannot_hold_is_gone_and_the_rest_is_there() -> None:
    first = make_agent(code("import re\nx = re.compile('a')\ny = 1"), ModelError("down"))
    run = failed_run(first)
    second = make_agent(code("try:\n    x\nexcept NameError:\n    final_answer(('gone', y))"))
    again = second.load_run(by_json(run.to_dict()))
    assert again.resume() == ("gone", 1)


def test_another_kind_of_agent_can_take_it_over() -> None:
    run = failed_run(make_agent(code("print('seen')"), ModelError("down")))
    reply = '{"name": "final_answer", "arguments": {"answer": "taken over"}}'
    other = ToolCallingAgent(tools=[], model=ScriptedModel([reply]))
    assert other.load_run(run.to_dict()).resume() == "taken over"


@pytest.mark.parametrize("data", [{}, None, {"version": 1}, {"version": 2, "memory": {}}])
def test_what_is_no_saved_run(data) -> None:
    with pytest.raises(ConfigurationError, match="run"):
        make_agent().load_run(data)


def test_in_another_process() -> None:
    run = failed_run(make_agent(code("x = {'a': [1, 2]}"), ModelError("down")))
    script = (
        "import json, sys\n"
        "from twofold import CodeAgent\n"
        "from twofold.testing import ScriptedModel\n"
        "model = ScriptedModel(['<code>final_answer(len(x[chr(97)]))</code>'])\n"
        "agent = CodeAgent(tools=[], model=model)\n"
        "run = agent.load_run(json.load(sys.stdin))\n"
        "print(run.resume())\n"
    )
    done = subprocess.run(  # noqa: ASYNC221 - a test waits for its script
        [sys.executable, "-c", script], input=json.dumps(run.to_dict()), capture_output=True, text=True
    )
    assert done.stdout.strip() == "2", done.stderr


@tool(requires_approval=True)
def pay(amount: int) -> str:
    """Pays.

    Args:
        amount: How much.
    """
    return f"paid {amount}"


def make_payer(*texts: str, **kwargs) -> CodeAgent:
    return CodeAgent(tools=[pay], model=ScriptedModel([code(text) for text in texts]), **kwargs)


def test_who_is_asked_is_said_again_when_a_run_is_loaded() -> None:
    asked = []

    def approve(tool, arguments, run) -> bool:
        asked.append((arguments["amount"], run.task))
        return True

    agent = make_payer("x = 1", "final_answer(pay(2))")
    run = agent.start("Pay", approver=approve)
    run.step()
    data = by_json(run.to_dict())
    run.close()
    for wrong, message in (
        (None, "there is nobody to ask: pass approver="),
        (7, "approver must be a function"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            agent.load_run(data, approver=wrong)
    again = agent.load_run(data, approver=approve)
    assert again.resume() == "paid 2"
    assert asked == [(2, "Pay")]
    # to look at what is over, nobody has to be there
    assert agent.load_run(by_json(again.to_dict())).output == "paid 2"


def test_a_step_by_hand_asks_the_agents_own_approver() -> None:
    asked = []

    def asking(who: str):
        def approve(tool, arguments, run) -> bool:
            asked.append(who)
            return True

        return approve

    agent = make_payer("final_answer(1)", "final_answer(pay(2))", approver=asking("agent"))
    users = asking("user")
    run = agent.start("Pay", approver=users)
    run.carry_out()
    assert agent.step(ActionStep(step_number=2)) == "paid 2"
    assert asked == ["agent"]
    assert (run.approver, run.is_active) == (users, False)
