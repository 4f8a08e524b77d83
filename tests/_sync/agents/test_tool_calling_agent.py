# Generated from tests/_async/agents/test_tool_calling_agent.py by `nox -s codegen`. Do not edit.
"""A tool-calling agent's run, as a user meets it: calls native and in text, several at once, errors."""

from contextvars import ContextVar

import pytest
from PIL import Image

from twofold import (
    ActionStep,
    AgentParsingError,
    AgentToolCallError,
    AgentToolExecutionError,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ConfigurationError,
    MessageRole,
    ToolCall,
    ToolCallingAgent,
    ToolOutput,
    tool,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ScriptedModel

user: ContextVar[str] = ContextVar("user", default="nobody")


@tool
def look_up_price(item: str) -> float:
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


def native(*calls: tuple[str, object], ids: list[str] | None = None) -> ChatMessage:
    """A reply with native tool calls."""
    return ChatMessage(
        role=MessageRole.ASSISTANT,
        content=None,
        tool_calls=[
            ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), ids[n] if ids else f"c{n}")
            for n, (name, arguments) in enumerate(calls)
        ],
    )


def answer(value: object) -> ChatMessage:
    return native(("final_answer", {"answer": value}))


def make_agent(replies, tools=(look_up_price, double), **kwargs) -> ToolCallingAgent:
    return ToolCallingAgent(tools=list(tools), model=ScriptedModel(replies), **kwargs)


def test_native_calls_then_the_answer() -> None:
    agent = make_agent([native(("look_up_price", {"item": "apple"})), answer("half a coin")])
    assert agent.run("What is an apple?") == "half a coin"
    step = agent.memory.steps[1]
    assert isinstance(step, ActionStep)
    assert step.tool_calls == [ToolCall("look_up_price", {"item": "apple"}, "c0")]
    assert step.observations == "0.5"
    assert step.action_output == 0.5
    offered = agent.model.requests[0].tools_to_call_from
    assert [one.json_schema["function"]["name"] for one in offered] == [
        *("final_answer", "look_up_price", "double")
    ]
    assert "0.5" in agent.model.requests[1].messages[-1].text


def test_the_tools_are_described_in_the_system_prompt() -> None:
    agent = make_agent([answer(1)], instructions="Be brief about it.")
    agent.run("Go")
    prompt = agent.model.requests[0].messages[0].text
    assert "Looks up what an item costs." in prompt
    assert "Be brief about it." in prompt


def test_several_calls_written_as_text() -> None:
    text = (
        'I look up both.\n{"name": "look_up_price", "arguments": {"item": "apple"}}\n'
        'and\n{"name": "look_up_price", "arguments": {"item": "pear"}}'
    )
    agent = make_agent([text, 'Action: {"name": "final_answer", "arguments": {"answer": "both"}}'])
    assert agent.run("Prices?") == "both"
    assert agent.memory.steps[1].observations == (
        "Result of look_up_price (call_0):\n0.5\nResult of look_up_price (call_1):\n0.75"
    )


def test_a_reply_without_a_call_is_fed_back() -> None:
    agent = make_agent(["I would rather talk.", "", answer(1)])
    assert agent.run("Talk") == 1
    assert [type(step.error) for step in agent.memory.steps[1:3]] == [AgentParsingError] * 2
    assert '"arguments"' in agent.model.requests[1].messages[-1].text


def test_keys_of_calls_in_text_are_those_of_the_model() -> None:
    model = ScriptedModel(
        ['{"tool": "final_answer", "input": {"answer": 3}}'], tool_name_key="tool", tool_arguments_key="input"
    )
    assert ToolCallingAgent(tools=[], model=model).run("Three") == 3


def test_calls_of_one_step_run_at_once_and_results_come_in_their_order() -> None:
    second_began = bridge.Event()

    @tool
    def first() -> str:
        """Waits for the second call."""
        second_began.wait()
        return "one"

    @tool
    def second() -> str:
        """Lets the first call go on."""
        second_began.set()
        return "two"

    agent = make_agent([native(("first", {}), ("second", {})), answer("done")], [first, second])
    events = [event for event in agent.stream("Both")]
    outputs = [event.output for event in events if isinstance(event, ToolOutput)]
    assert outputs[:2] == ["two", "one"]  # as each finishes
    assert list(agent.memory.steps[1].tool_observations.values()) == ["one", "two"]  # as they were asked for
    assert [call.name for call in agent.memory.steps[1].tool_calls] == ["first", "second"]


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (3, 3), (None, 8)])
def test_how_many_calls_are_under_way_is_bounded(limit: int | None, most: int) -> None:
    under_way: list[int] = []
    seen: list[int] = []
    enough = bridge.Event()

    @tool
    def work(number: int) -> int:
        """Works.

        Args:
            number: Which call it is.
        """
        under_way.append(number)
        seen.append(len(under_way))
        if max(seen) == most:
            enough.set()
        enough.wait()
        under_way.remove(number)
        return number

    calls = native(*(("work", {"number": n}) for n in range(8)))
    agent = make_agent([calls, answer("done")], [work], max_tool_threads=limit)
    agent.run("Work")
    assert max(seen) == most
    assert list(agent.memory.steps[1].tool_observations.values()) == [str(n) for n in range(8)]


def test_context_variables_reach_the_tools() -> None:
    @tool
    def who() -> str:
        """Says who asks."""
        return user.get()

    agent = make_agent([native(("who", {}), ("who", {})), answer("done")], [who])
    user.set("Ada")
    agent.run("Who?")
    assert list(agent.memory.steps[1].tool_observations.values()) == ["Ada", "Ada"]


def test_one_failing_call_does_not_lose_the_results_of_the_others() -> None:
    calls = native(
        *(("look_up_price", {"item": "plum"}), ("double", {"number": 4}), ("double", {"number": "4"}))
    )
    agent = make_agent([calls, answer("done")])
    assert agent.run("Try") == "done"
    step = agent.memory.steps[1]
    assert step.observations == "Result of double (c1):\n8"
    assert isinstance(step.error, AgentToolExecutionError)
    shown = agent.model.requests[1].text
    assert "8" in shown
    assert "plum" in shown
    assert "number = '4'" in shown


def test_two_calls_with_the_same_id_are_both_kept() -> None:
    calls = native(("double", {"number": 1}), ("double", {"number": 2}), ids=["same", "same"])
    agent = make_agent([calls, answer("done")])
    agent.run("Twice")
    step = agent.memory.steps[1]
    assert [call.id for call in step.tool_calls] == ["same", "same_2"]
    assert step.tool_observations == {"same": "2", "same_2": "4"}


def test_final_answer_beside_other_calls_is_refused_before_any_has_run() -> None:
    called: list[int] = []

    @tool
    def note() -> None:
        """Notes that it was called."""
        called.append(1)

    agent = make_agent(
        [native(("note", {}), ("final_answer", {"answer": 1})), native(("note", {})), answer(2)], [note]
    )
    assert agent.run("Note") == 2
    assert called == [1]
    assert isinstance(agent.memory.steps[1].error, AgentToolCallError)
    assert "alone" in str(agent.memory.steps[1].error)


def test_an_unknown_tool_is_answered_with_those_that_there_are() -> None:
    agent = make_agent([native(("look_up_prize", {"item": "apple"})), answer(1)])
    agent.run("Go")
    message = str(agent.memory.steps[1].error)
    assert "Did you mean 'look_up_price'?" in message
    assert "final_answer" in message


@pytest.mark.parametrize(
    "arguments", [{}, {"item": 3}, {"item": "apple", "shop": "x"}, [1], {"itme": "apple"}]
)
def test_wrong_arguments_are_answered_with_what_is_accepted(arguments: object) -> None:
    @tool
    def buy(item: str, count: int) -> str:
        """Buys something.

        Args:
            item: What.
            count: How many.
        """
        raise AssertionError("must not be called")

    agent = make_agent([native(("buy", arguments)), answer(1)], [buy])
    agent.run("Buy")
    error = agent.memory.steps[1].error
    assert isinstance(error, AgentToolCallError)
    assert "buy(item: str, count: int)" in str(error)


def test_arguments_that_were_cut_off_call_nothing() -> None:
    agent = make_agent([native(("double", '{"number": "2')), answer(1)])
    assert agent.run("Double") == 1
    assert agent.memory.steps[1].observations is None
    assert "call of double are no JSON" in str(agent.memory.steps[1].error)


def test_arguments_sent_as_json_text() -> None:
    agent = make_agent([native(("double", '{"number": 21}')), answer(1)])
    agent.run("Double")
    assert agent.memory.steps[1].observations == "42"
    assert agent.memory.steps[1].tool_calls[0].arguments == {"number": 21}


def test_a_text_that_is_the_name_of_a_variable_stands_for_its_value() -> None:
    @tool
    def count(table: list, label: str) -> str:
        """Counts rows.

        Args:
            table: The rows.
            label: A label.
        """
        return f"{label}: {len(table)}"

    agent = make_agent([native(("count", {"table": "rows", "label": "n"})), answer("rows")], [count])
    rows = [[1], [2], [3]]
    assert agent.run("Count", additional_args={"rows": rows}) == rows
    assert agent.memory.steps[1].observations == "n: 3"


def test_images_are_stored_under_a_name_and_announced() -> None:
    seen: list[object] = []

    @tool
    def draw(colour: str) -> Image.Image:
        """Draws.

        Args:
            colour: In which colour.
        """
        return Image.new("RGB", (2, 2), colour)

    @tool
    def look(image: Image.Image) -> str:
        """Looks.

        Args:
            image: At what.
        """
        seen.append(image.getpixel((0, 0)))
        return "a square"

    agent = make_agent(
        [
            native(("draw", {"colour": "red"})),
            native(("draw", {"colour": "blue"})),
            native(("look", {"image": "image.png"}), ("look", {"image": "image_2.png"})),
            answer("image.png"),
        ],
        [draw, look],
    )
    picture = agent.run("Draw")
    assert "'image.png'" in agent.memory.steps[1].observations
    assert "'image_2.png'" in agent.memory.steps[2].observations
    assert sorted(seen) == [(0, 0, 255), (255, 0, 0)]
    assert picture.getpixel((0, 0)) == (255, 0, 0)
    assert sorted(agent.state) == ["image.png", "image_2.png"]


def test_managed_agents_are_called_like_tools() -> None:
    worker = make_agent([answer("it is blue")], [], name="painter", description="Knows colours.")
    manager = make_agent(
        [native(("painter", {"task": "Which colour is the sky?"})), answer("blue")],
        [],
        managed_agents=[worker],
    )
    result = manager.run("Sky?", return_full_result=True)
    assert result.output == "blue"
    assert result.usage.requests == 3
    assert "it is blue" in manager.memory.steps[1].observations
    assert "Which colour is the sky?" in worker.model.requests[0].text
    schema = manager.model.requests[0].tools_to_call_from[-1].json_schema["function"]
    assert (schema["name"], schema["parameters"]["required"]) == ("painter", ["task"])
    assert schema == worker.json_schema["function"]
    assert "painter: Knows colours." in manager.model.requests[0].messages[0].text


def test_a_managed_agent_that_fails_is_an_error_for_the_model() -> None:
    worker = make_agent([OSError("no line")], [], name="painter", description="Knows colours.")
    manager = make_agent(
        [native(("painter", {"task": "Go"})), native(("painter", {"task": ""})), answer("sorry")],
        [],
        managed_agents=[worker],
    )
    assert manager.run("Go") == "sorry"
    assert "no line" in str(manager.memory.steps[1].error)
    assert "task is empty" in str(manager.memory.steps[2].error)
    assert isinstance(manager.memory.steps[1].error, AgentToolExecutionError)


def test_events_of_a_step() -> None:
    agent = make_agent([native(("double", {"number": 1}), ("double", {"number": "x"})), answer(5)])
    events = [event for event in agent.stream("Go")]
    names = [type(event).__name__ for event in events]
    assert names == [
        *("ToolCall", "ToolCall", "ToolOutput", "ToolOutput", "ActionStep"),
        *("ToolCall", "ToolOutput", "ActionOutput", "ActionStep", "FinalAnswerStep"),
    ]
    by_id = {event.id: event for event in events[2:4]}
    assert (by_id["c0"].output, by_id["c0"].error) == (2, None)
    assert isinstance(by_id["c1"].error, AgentToolCallError)
    assert events[6].is_final_answer


def test_fragments_of_calls_are_streamed() -> None:
    agent = make_agent([native(("double", {"number": 1})), answer(5)], stream_outputs=True)
    events = [event for event in agent.stream("Go")]
    assert type(events[0]).__name__ == "ChatMessageStreamDelta"
    assert events[0].tool_calls[0].function.name == "double"
    assert events[-1].output == 5


def test_checks_planning_and_the_end_of_the_steps() -> None:
    agent = make_agent(
        ["1. double it", answer(-1), native(("double", {"number": 2})), "It is about 4."],
        planning_interval=5,
        max_steps=2,
        final_answer_checks=[lambda value, memory, agent: value > 0],
    )
    result = agent.run("Double", return_full_result=True)
    assert (result.output, result.state) == ("It is about 4.", "max_steps_error")
    assert "refused" in str(agent.memory.steps[2].error)
    assert "double: Doubles a number." in agent.model.requests[0].text


def test_a_tool_with_a_time_limit() -> None:
    @tool(timeout=0.01)
    def sleep() -> None:
        """Sleeps."""
        bridge.sleep(60)

    agent = make_agent([native(("sleep", {})), answer(1)], [sleep])
    assert agent.run("Sleep") == 1
    assert "timeout" in str(agent.memory.steps[1].error)


def test_interrupt_while_a_tool_runs() -> None:
    agents: list[ToolCallingAgent] = []

    @tool
    def stop() -> str:
        """Interrupts the agent."""
        agents[0].interrupt()
        return "stopped"

    agents.append(make_agent([native(("stop", {})), answer(1)], [stop]))
    with pytest.raises(Exception, match="interrupted"):
        agents[0].run("Stop")
    assert len(agents[0].model.requests) == 1


@pytest.mark.parametrize("threads", [0, -1, True, 2.5])
def test_max_tool_threads_that_cannot_be(threads: object) -> None:
    with pytest.raises(ConfigurationError, match="max_tool_threads"):
        make_agent([], max_tool_threads=threads)


def test_closing_early_cancels_the_calls_that_are_under_way() -> None:
    cancelled: list[int] = []

    @tool
    def wait(number: int) -> None:
        """Waits for ever.

        Args:
            number: Which call it is.
        """
        try:
            bridge.Event().wait()
        except BaseException:
            cancelled.append(number)
            raise

    @tool
    def quick() -> int:
        """Answers at once."""
        return 1

    calls = native(("wait", {"number": 1}), ("wait", {"number": 2}), ("quick", {}))
    agent = make_agent([calls], [wait, quick])
    events = agent.stream("Wait")
    for event in events:
        if isinstance(event, ToolOutput):
            break
    events.close()
    assert sorted(cancelled) == [1, 2]
    assert agent.last_result is not None
    assert agent.last_result.state == "interrupted"


class NativeModel(ScriptedModel):
    """A model whose provider knows tool calls and their results as such."""

    native_tool_history = True


def test_native_history_goes_back_to_models_that_have_it() -> None:
    replies = [native(("double", {"number": 1}), ("double", {"number": "x"})), answer("done")]
    agent = ToolCallingAgent(tools=[double], model=NativeModel(replies))
    assert agent.run("Double") == "done"
    said = agent.model.requests[1].messages[2:]
    assert [message.role for message in said] == ["assistant", "tool-response", "tool-response", "user"]
    assert [call.id for call in said[0].tool_calls] == ["c0", "c1"]
    assert said[0].tool_calls[0].function.arguments == {"number": 1}
    assert [(message.tool_call_id, message.text) for message in said[1:3]] == [
        ("c0", "2"),
        ("c1", "See the error below."),
    ]
    assert "number = 'x'" in said[3].text


def test_calls_in_text_stay_text_for_such_models() -> None:
    replies = ['{"name": "double", "arguments": {"number": 2}}', answer("done")]
    agent = ToolCallingAgent(tools=[double], model=NativeModel(replies))
    agent.run("Double")
    said = agent.model.requests[1].messages[2:]
    assert [message.role for message in said] == ["assistant", "tool-call", "tool-response"]
    assert not any(message.tool_calls for message in said)
