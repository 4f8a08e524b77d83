"""A code agent's run, as a user meets it: answers, steps, errors fed back, limits."""

import logging

import pytest

from twofold.aio import (
    ActionStep,
    AgentError,
    AgentExecutionError,
    AgentGenerationError,
    AgentMaxStepsError,
    AgentParsingError,
    CodeAgent,
    ConfigurationError,
    ModelError,
    TaskStep,
    tool,
)
from twofold.aio.testing import ScriptedModel, ScriptExhausted


def code(text: str, thought: str = "Thought: let me see.") -> str:
    return f"{thought}\n<code>\n{text}\n</code>"


@tool
async def look_up_price(item: str) -> float:
    """Looks up what an item costs.

    Args:
        item: The item's name.
    """
    return {"apple": 0.5, "pear": 0.75}[item]


@tool
def double(number: int) -> int:
    """Doubles a number.

    Args:
        number: The number.
    """
    return 2 * number


async def test_answers_in_one_step() -> None:
    model = ScriptedModel([code("final_answer(6 * 7)")])
    agent = CodeAgent(tools=[], model=model)
    assert await agent.run("What is six times seven?") == 42
    assert "six times seven" in model.requests[0].text


async def test_variables_functions_and_imports_stay_for_the_next_step() -> None:
    model = ScriptedModel(
        [
            code("import math\ndef area(r):\n    return math.pi * r ** 2\nsmall = area(1)"),
            code("final_answer(area(2) / small)"),
        ]
    )
    assert await CodeAgent(tools=[], model=model).run("How do the areas compare?") == 4


async def test_prints_and_last_value_are_shown_to_the_model() -> None:
    model = ScriptedModel([code("print('first', 'line')\n[1, 2, 3]"), code("final_answer('done')")])
    await CodeAgent(tools=[], model=model).run("Print something")
    shown = model.requests[1].messages[-1].text
    assert "first line" in shown
    assert "[1, 2, 3]" in shown


async def test_an_error_is_fed_back_with_the_prints_before_it() -> None:
    model = ScriptedModel([code("print('before')\n1 / 0"), code("final_answer('recovered')")])
    agent = CodeAgent(tools=[], model=model)
    assert await agent.run("Divide") == "recovered"
    shown = model.requests[1].text
    assert "before" in shown
    assert "division by zero" in shown
    failed = agent.memory.steps[1]
    assert isinstance(failed, ActionStep)
    assert isinstance(failed.error, AgentExecutionError)


async def test_a_reply_without_code_is_fed_back() -> None:
    model = ScriptedModel(["I would rather talk.", code("final_answer(1)")])
    agent = CodeAgent(tools=[], model=model)
    assert await agent.run("Talk") == 1
    assert isinstance(agent.memory.steps[1].error, AgentParsingError)
    assert "<code>" in model.requests[1].messages[-1].text


async def test_tools_of_both_kinds_are_called_plainly_in_any_position() -> None:
    text = """
prices = {item: look_up_price(item) for item in ["apple", "pear"]}
cheapest_first = sorted(prices, key=lambda item: look_up_price(item=item))
def total(items):
    return sum(map(look_up_price, items))
final_answer((cheapest_first, total(prices), double(number=21), [double(n) for n in range(3)]))
"""
    agent = CodeAgent(tools=[look_up_price, double], model=ScriptedModel([code(text)]))
    assert await agent.run("Shop") == (["apple", "pear"], 1.25, 42, [0, 2, 4])
    assert agent.last_result is not None
    assert agent.last_result.usage.tool_calls == 2 + 2 + 2 + 1 + 3 + 1


async def test_a_tool_that_raises_is_fed_back() -> None:
    model = ScriptedModel([code("look_up_price('plum')"), code("final_answer('no plums')")])
    agent = CodeAgent(tools=[look_up_price], model=model)
    assert await agent.run("Price of a plum?") == "no plums"
    assert "plum" in str(agent.memory.steps[1].error)


async def test_a_tool_cannot_be_redefined() -> None:
    model = ScriptedModel([code("def double(number):\n    return number"), code("final_answer(double(4))")])
    agent = CodeAgent(tools=[double], model=model)
    assert await agent.run("Double 4") == 8
    assert "double" in str(agent.memory.steps[1].error)


async def test_final_answer_ends_the_step_whatever_the_code_catches() -> None:
    text = """
def answer():
    try:
        final_answer("from the depth")
    except BaseException:
        print("caught")
for _ in range(3):
    answer()
raise RuntimeError("never reached")
"""
    agent = CodeAgent(tools=[], model=ScriptedModel([code(text)]))
    assert await agent.run("Answer") == "from the depth"


async def test_a_variable_named_final_answer_beside_the_call() -> None:
    agent = CodeAgent(
        tools=[], model=ScriptedModel([code("final_answer = 5 + 5\nfinal_answer(final_answer)")])
    )
    assert await agent.run("Answer") == 10


async def test_a_refused_import_says_what_is_authorised() -> None:
    model = ScriptedModel(
        [code("import os"), code("import fractions\nfinal_answer(str(fractions.Fraction(1, 2)))")]
    )
    agent = CodeAgent(tools=[], model=model, additional_authorized_imports=["fractions"])
    assert await agent.run("Import") == "1/2"
    refusal = str(agent.memory.steps[1].error)
    assert "os" in refusal
    assert "fractions" in refusal


async def test_an_authorised_import_that_is_not_installed_is_refused_at_construction() -> None:
    with pytest.raises(ConfigurationError, match="no_such_module_anywhere"):
        CodeAgent(
            tools=[], model=ScriptedModel([]), additional_authorized_imports=["no_such_module_anywhere"]
        )


async def test_when_the_steps_are_used_up_the_model_is_asked_for_an_answer() -> None:
    model = ScriptedModel([code("x = 1"), code("x += 1"), "It is about 2."])
    agent = CodeAgent(tools=[], model=model, max_steps=2)
    result = await agent.run("Count", return_full_result=True)
    assert result.output == "It is about 2."
    assert result.state == "max_steps_error"
    assert result.usage.requests == 3
    assert isinstance(agent.memory.steps[-1].error, AgentMaxStepsError)
    assert "Count" in model.requests[2].messages[-1].text


async def test_max_steps_of_one_run() -> None:
    agent = CodeAgent(tools=[], model=ScriptedModel([code("1"), "guess"]), max_steps=7)
    result = await agent.run("Try", max_steps=1, return_full_result=True)
    assert (result.output, result.state) == ("guess", "max_steps_error")


async def test_a_model_failure_ends_the_run_with_an_error_that_carries_it() -> None:
    model = ScriptedModel([code("x = 1"), ModelError("the server is on fire", status=503)])
    agent = CodeAgent(tools=[], model=model)
    with pytest.raises(AgentGenerationError, match="on fire") as caught:
        await agent.run("Burn")
    run = caught.value.run
    assert run.outcome == "failed"
    assert [type(step) for step in run.memory.steps] == [TaskStep, ActionStep, ActionStep]
    assert run.memory.steps[-1].error is caught.value


async def test_a_script_that_is_used_up_fails_the_test_and_not_the_model() -> None:
    with pytest.raises(ScriptExhausted):
        await CodeAgent(tools=[], model=ScriptedModel([code("1")])).run("Go on")


async def test_additional_args_are_variables_and_announced() -> None:
    model = ScriptedModel([code("final_answer(sum(numbers) + offset)")])
    answer = await CodeAgent(tools=[], model=model).run(
        "Sum", additional_args={"numbers": list(range(1000)), "offset": 5}
    )
    assert answer == 499505
    shown = model.requests[0].text
    assert "numbers (list)" in shown
    assert "offset (int): 5" in shown
    assert "998" not in shown


async def test_reset_false_continues_the_last_run() -> None:
    model = ScriptedModel([code("x = 20\nfinal_answer(x)"), code("final_answer(x + 1)")])
    agent = CodeAgent(tools=[], model=model)
    assert await agent.run("First") == 20
    assert await agent.run("Second", reset=False) == 21
    text = model.requests[1].text
    assert "First" in text
    assert "Second" in text


async def test_runs_do_not_see_each_other_by_default() -> None:
    model = ScriptedModel([code("x = 20\nfinal_answer(x)"), code("x"), code("final_answer('gone')")])
    agent = CodeAgent(tools=[], model=model)
    await agent.run("First")
    assert await agent.run("Second") == "gone"
    assert "First" not in model.requests[1].text
    assert "x" in str(agent.memory.steps[1].error)


async def test_final_answer_checks_refuse_an_answer() -> None:
    seen: list[object] = []

    async def is_positive(answer, memory, agent) -> bool:
        seen.append((answer, len(memory.steps), agent.step_number))
        return answer > 0

    model = ScriptedModel([code("final_answer(-1)"), code("final_answer(1)")])
    agent = CodeAgent(tools=[], model=model, final_answer_checks=[is_positive])
    assert await agent.run("Be positive") == 1
    assert seen == [(-1, 1, 1), (1, 2, 2)]
    refused = agent.memory.steps[1]
    assert isinstance(refused.error, AgentError)
    assert "is_positive" in str(refused.error)
    assert not refused.is_final_answer
    assert refused.action_output is None


async def test_step_callbacks_sync_and_async_with_and_without_the_run() -> None:
    numbers: list[int] = []
    runs: list[str] = []

    def note(step: ActionStep) -> None:
        numbers.append(step.step_number)

    async def note_run(step: ActionStep, agent) -> None:
        runs.append(f"{agent.name}: {agent.task}")

    model = ScriptedModel([code("1"), code("final_answer(2)")])
    agent = CodeAgent(tools=[], model=model, step_callbacks=[note, note_run], name="counter")
    await agent.run("Count")
    assert numbers == [1, 2]
    assert runs == ["counter: Count"] * 2


async def test_callbacks_may_edit_memory() -> None:
    def forget_output(step: ActionStep, agent) -> None:
        step.observations = "REDACTED"

    model = ScriptedModel([code("print('secret')"), code("final_answer(1)")])
    await CodeAgent(tools=[], model=model, step_callbacks=[forget_output]).run("Hide")
    assert "REDACTED" in model.requests[1].text
    assert "\nsecret" not in model.requests[1].text


async def test_the_model_is_stopped_at_the_closing_tag_and_it_is_put_back() -> None:
    model = ScriptedModel([code("final_answer(1)") + "\nObservation: made up"])
    agent = CodeAgent(tools=[], model=model)
    await agent.run("Go")
    assert model.requests[0].stop_sequences == ["Observation:", "Calling tools:", "</code>"]
    step = agent.memory.steps[1]
    assert step.model_output.endswith("</code>")


async def test_markdown_tags() -> None:
    model = ScriptedModel(["Thought: easy.\n```python\nfinal_answer(3)\n```"])
    agent = CodeAgent(tools=[], model=model, code_block_tags="markdown")
    assert await agent.run("Three") == 3
    assert "```python" in model.requests[0].messages[0].text
    assert "```" not in model.requests[0].stop_sequences


async def test_structured_outputs() -> None:
    model = ScriptedModel(['{"thought": "easy", "code": "final_answer(4)"}'])
    agent = CodeAgent(tools=[], model=model, use_structured_outputs_internally=True)
    assert await agent.run("Four") == 4
    assert model.requests[0].response_format["type"] == "json_schema"


async def test_instructions_become_part_of_the_system_prompt() -> None:
    model = ScriptedModel([code("final_answer(1)")])
    await CodeAgent(tools=[], model=model, instructions="Always answer in Latin.").run("Go")
    assert "Always answer in Latin." in model.requests[0].messages[0].text


async def test_the_tools_are_described_in_the_system_prompt() -> None:
    model = ScriptedModel([code("final_answer(1)")])
    await CodeAgent(tools=[look_up_price], model=model).run("Go")
    prompt = model.requests[0].messages[0].text
    assert "def look_up_price(item: str) -> float:" in prompt
    assert "Looks up what an item costs." in prompt


async def test_token_usage_of_a_run_is_the_sum_of_its_requests() -> None:
    model = ScriptedModel([code("1"), code("final_answer(2)")])
    result = await CodeAgent(tools=[], model=model).run("Count", return_full_result=True)
    steps = [step["token_usage"] for step in result.steps if step.get("token_usage")]
    assert len(steps) == 2
    assert result.token_usage.total_tokens == sum(usage["total_tokens"] for usage in steps) > 0


async def test_nothing_is_printed_and_no_prompt_is_logged_by_default(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await CodeAgent(tools=[], model=ScriptedModel([code("final_answer('hush')")])).run("A quiet task")
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    assert "quiet" not in caplog.text
    assert "hush" not in caplog.text
