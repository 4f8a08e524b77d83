# Generated from tests/_async/telemetry/test_details.py by `nox -s codegen`. Do not edit.
"""What is told of each operation: attributes and metrics by the conventions, costs, and content if it is wanted."""

import json

import pytest

from twofold import (
    AgentGenerationError,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    FallbackModel,
    MessageRole,
    ModelError,
    ModelPrice,
    OpenAIModel,
    RetryPolicy,
    TokenUsage,
    ToolCallingAgent,
    instrument,
    tool,
)
from twofold.testing import ChatServer, Failure, Reply, ScriptedModel

KEY = "sk-very-secret-1234567890"
WORDS = ["silver", "bronze", "copper", "zinc", "mercury", "crown", "gold", "lead", "iron", "nickel", "cobalt"]
VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@tool
def look_up(item: str) -> str:
    """Looks something up.

    Args:
        item: What.
    """
    return f"{item} of gold"


def reply(text: str) -> ChatMessage:
    return ChatMessage(MessageRole.ASSISTANT, text, token_usage=TokenUsage(1000, 10))


def make_agent(**kwargs) -> CodeAgent:
    model = ScriptedModel(
        [reply("A thought <code>\nfinal_answer(look_up('crown'))\n</code>")], model_id="m-1"
    )
    return CodeAgent(tools=[look_up], model=model, **kwargs)


def ask(replies: list[object], **kwargs) -> str:
    with ChatServer(replies) as server:
        policy = RetryPolicy(attempts=1)
        with OpenAIModel("m-1", api_base=server.url, api_key=KEY, retry=policy, **kwargs) as model:
            CodeAgent(tools=[look_up], model=model, name="asker", description="Asks.").run("Ask")
    return server.url


def test_attributes_of_a_run(seen) -> None:
    make_agent(name="finder", description="Finds.", max_steps=7).run("Work")
    told = dict(seen.span("invoke_agent finder").attributes)
    assert len(told.pop("gen_ai.conversation.id")) == 32
    assert told == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "finder",
        "gen_ai.agent.description": "Finds.",
        "gen_ai.provider.name": "scripted",
        "gen_ai.request.model": "m-1",
        "twofold.agent.type": "CodeAgent",
        "twofold.run.max_steps": 7,
        "twofold.run.outcome": "success",
        "twofold.run.steps": 1,
        "twofold.run.requests": 1,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 10,
    }


def test_attributes_of_tools_and_code(seen) -> None:
    make_agent().run("Work")
    assert seen.span("execute_tool look_up").attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look_up",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": "Looks something up.",
    }
    assert seen.span("execute_code").attributes == {
        "gen_ai.operation.name": "execute_code",
        "twofold.code.length": len("final_answer(look_up('crown'))"),
    }
    assert seen.span("step 1").attributes == {"twofold.step.number": 1}
    kinds = {span.name.split()[0]: span.kind.name for span in seen.everything}
    assert kinds.pop("chat") == "CLIENT"
    assert set(kinds.values()) == {"INTERNAL"}


def test_attributes_of_a_request(seen) -> None:
    url = ask([Reply("<code>final_answer(1)</code>")], temperature=0.5, max_tokens=99)
    told = dict(seen.span("chat m-1").attributes)
    assert (
        told.pop("gen_ai.conversation.id") == seen.span("invoke_agent").attributes["gen_ai.conversation.id"]
    )
    assert told.pop("gen_ai.usage.input_tokens") > 0
    assert told.pop("gen_ai.usage.output_tokens") > 0
    assert told.pop("gen_ai.response.id")
    assert told.pop("gen_ai.request.stop_sequences")
    assert told == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 99,
        "gen_ai.request.stream": False,
        "gen_ai.output.type": "text",
        "gen_ai.response.model": "m-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "server.address": "127.0.0.1",
        "server.port": int(url.rsplit(":", 1)[1].split("/")[0]),
    }


def test_tokens_and_durations_are_measured(seen) -> None:
    url = ask([Reply("<code>final_answer(look_up('a'))</code>")])
    metrics = seen.metrics()
    server = {"server.address": "127.0.0.1", "server.port": int(url.rsplit(":", 1)[1].split("/")[0])}
    request = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.response.model": "m-1",
        **server,
    }
    span = seen.span("chat")
    tokens = {
        dict(point.attributes)["gen_ai.token.type"]: point for point in metrics["gen_ai.client.token.usage"]
    }
    for kind in ("input", "output"):
        assert dict(tokens[kind].attributes) == {**request, "gen_ai.token.type": kind}
        assert tokens[kind].sum == span.attributes[f"gen_ai.usage.{kind}_tokens"]
        assert tokens[kind].explicit_bounds[-1] == 67108864
    (took,) = metrics["gen_ai.client.operation.duration"]
    assert dict(took.attributes) == request
    assert took.count == 1
    assert took.explicit_bounds[-1] == 81.92
    (run,) = metrics["gen_ai.invoke_agent.duration"]
    assert dict(run.attributes) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "asker",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
    }
    names = {dict(point.attributes)["gen_ai.tool.name"] for point in metrics["gen_ai.execute_tool.duration"]}
    assert names == {"look_up", "final_answer"}
    assert [point.count for point in metrics["twofold.execute_code.duration"]] == [1]


def test_failures_are_measured_by_their_kind(seen) -> None:
    with pytest.raises(AgentGenerationError):
        ask([Failure(500)])
    (took,) = seen.metrics()["gen_ai.client.operation.duration"]
    assert dict(took.attributes)["error.type"] == "ProviderUnavailable"
    (run,) = seen.metrics()["gen_ai.invoke_agent.duration"]
    assert dict(run.attributes)["error.type"] == "AgentGenerationError"


def test_costs_where_prices_are_known(seen) -> None:
    instrument(**seen.providers, prices={"m-1": ModelPrice(input=2, output=50.0), "m-2": ModelPrice(1, 1)})
    make_agent().run("Work")
    assert seen.span("chat").attributes["twofold.usage.cost"] == pytest.approx(0.0025)


def test_no_cost_where_no_price_is_known(seen) -> None:
    instrument(**seen.providers, prices={"m-2": ModelPrice(1, 1)})
    agent = make_agent()
    agent.run("Work")
    assert "twofold.usage.cost" not in seen.text()
    assert agent.last_result.usage.cost is None


def test_a_run_costs_what_its_requests_and_its_team_cost(seen) -> None:
    instrument(**seen.providers, prices={"m-1": ModelPrice(2, 50), "m-2": ModelPrice(1, 0)})
    helper = make_agent(name="helper", description="Helps.")
    asked = [reply("<code>\nhelper('Go')\n</code>"), reply("<code>\nfinal_answer(1)\n</code>")]
    agent = CodeAgent(tools=[], model=ScriptedModel(asked, model_id="m-2"), managed_agents=[helper])
    result = agent.run("Work", return_full_result=True)
    below, whole = sorted(span.attributes["twofold.usage.cost"] for span in seen.spans("invoke_agent"))
    assert below == pytest.approx(0.0025)
    assert whole == pytest.approx(0.0045) == result.usage.cost
    again = agent.load_run(agent._last_run.to_dict())
    assert again.usage.cost == result.usage.cost


@pytest.mark.parametrize("stream_outputs", [False, True])
def test_a_reply_costs_what_the_model_costs_that_answered(seen, stream_outputs: bool) -> None:
    instrument(**seen.providers, prices={"m-1": ModelPrice(200, 500), "m-2": ModelPrice(2, 50)})
    down = ScriptedModel([ModelError("down")], model_id="m-1")
    backup = ScriptedModel([reply("<code>\nfinal_answer(1)\n</code>")], model_id="m-2")
    agent = CodeAgent(tools=[], model=FallbackModel([down, backup]), stream_outputs=stream_outputs)
    result = agent.run("Work", return_full_result=True)
    told = seen.span("chat").attributes
    assert result.usage.cost == pytest.approx(0.0025) == told["twofold.usage.cost"]
    assert (told["gen_ai.request.model"], told["gen_ai.response.model"]) == ("m-1", "m-2")


def test_a_reply_costs_nothing_known_if_the_model_that_answered_has_no_price(seen) -> None:
    instrument(**seen.providers, prices={"m-1": ModelPrice(200, 500)})
    down = ScriptedModel([ModelError("down")], model_id="m-1")
    model = FallbackModel([down, lambda messages: reply("<code>\nfinal_answer(1)\n</code>")])
    result = CodeAgent(tools=[], model=model).run("Work", return_full_result=True)
    assert result.usage.cost is None
    assert "twofold.usage.cost" not in seen.text()


def test_how_soon_a_streamed_reply_begins_is_measured(seen) -> None:
    name = "gen_ai.client.operation.time_to_first_chunk"
    replies = [Reply("<code>\n1\n</code>"), Reply("<code>\nfinal_answer(1)\n</code>")]
    with ChatServer([*replies, Reply("<code>\nfinal_answer(2)\n</code>")]) as server:
        with OpenAIModel("m-1", api_base=server.url, api_key=KEY) as model:
            CodeAgent(tools=[], model=model, stream_outputs=True).run("Stream")
            (measured,) = seen.metrics()[name]
            assert measured.count == 2
            assert dict(measured.attributes)["gen_ai.request.model"] == "m-1"
            assert measured.explicit_bounds[-1] == 81.92
            CodeAgent(tools=[], model=model).run("Do not stream")
    (measured,) = seen.metrics()[name]
    assert measured.count == 2
    *streamed, whole = seen.spans("chat")
    took = [span.attributes["gen_ai.response.time_to_first_chunk"] for span in streamed]
    assert measured.sum == pytest.approx(sum(took))
    spans = [(span.end_time - span.start_time) / 1e9 for span in streamed]
    assert all(0 < first <= last for first, last in zip(took, spans, strict=True))
    assert "gen_ai.response.time_to_first_chunk" not in whole.attributes


def test_a_stream_that_never_begins_has_no_first_chunk(seen) -> None:
    with ChatServer([Failure.wrong_key()]) as server:
        with OpenAIModel("m-1", api_base=server.url, api_key=KEY) as model:
            with pytest.raises(AgentGenerationError):
                CodeAgent(tools=[], model=model, stream_outputs=True).run("Stream")
    assert "gen_ai.client.operation.time_to_first_chunk" not in seen.metrics()
    assert "gen_ai.client.operation.duration" in seen.metrics()


# Content


def test_content_is_not_told(seen) -> None:
    """Neither prompts nor replies, code, arguments, results, answers or the texts of errors."""
    model = ScriptedModel(
        [
            reply(
                "Thought: silver <code>\nprint('bronze')\nfailing = 'copper'\nraise ValueError('zinc')\n</code>"
            ),
            reply("<code>\nlook_up(1, 2, 'mercury')\n</code>"),
            reply("<code>\nfinal_answer(look_up('crown') + ' lead')\n</code>"),
        ]
    )
    agent = CodeAgent(tools=[look_up], model=model, instructions="Think of iron")
    agent.run("Find nickel", additional_args={"cobalt": 1})
    told = seen.text()
    assert [word for word in WORDS if word in told.lower()] == []
    assert "gen_ai.input.messages" not in told


def test_content_of_calls_is_not_told(seen) -> None:
    calls = [ChatMessageToolCall(ChatMessageToolCallFunction("look_up", {"item": "crown"}), "c1")]
    answer = [ChatMessageToolCall(ChatMessageToolCallFunction("final_answer", {"answer": "lead"}), "c2")]
    replies = [ChatMessage(MessageRole.ASSISTANT, None, tool_calls=each) for each in (calls, answer)]
    ToolCallingAgent(tools=[look_up], model=ScriptedModel(replies)).run("Find nickel")
    assert not [word for word in ("crown", "gold", "lead", "nickel") if word in seen.text()]


@pytest.mark.parametrize("by_environment", [False, True])
def test_content_is_told_if_it_is_wanted(seen, monkeypatch: pytest.MonkeyPatch, by_environment: bool) -> None:
    if by_environment:
        monkeypatch.setenv(VARIABLE, "true")
    instrument(**seen.providers, capture_content=None if by_environment else True)
    make_agent().run("Work")
    asked = seen.span("chat").attributes
    messages = json.loads(asked["gen_ai.input.messages"])
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "Work" in messages[1]["parts"][0]["content"]
    (said,) = json.loads(asked["gen_ai.output.messages"])
    assert said["role"] == "assistant"
    assert "A thought" in said["parts"][0]["content"]
    called = seen.span("execute_tool look_up").attributes
    assert json.loads(called["gen_ai.tool.call.arguments"]) == {"item": "crown"}
    assert json.loads(called["gen_ai.tool.call.result"]) == "crown of gold"
    assert seen.span("execute_code").attributes["twofold.code"] == "final_answer(look_up('crown'))"
    whole = seen.span("invoke_agent").attributes
    assert "Work" in whole["gen_ai.input.messages"]
    assert "crown of gold" in whole["gen_ai.output.messages"]


def test_the_environment_can_be_overruled(seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "true")
    instrument(**seen.providers, capture_content=False)
    make_agent().run("Work")
    assert "crown" not in seen.text()


def test_texts_of_errors_are_told_with_content(seen) -> None:
    instrument(**seen.providers, capture_content=True)
    model = ScriptedModel(
        [reply("<code>\nraise ValueError('zinc')\n</code>"), reply("<code>final_answer(1)</code>")]
    )
    CodeAgent(tools=[], model=model).run("Work")
    assert "zinc" in seen.spans("execute_code")[0].status.description


def test_values_that_no_json_has_a_form_for(seen) -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    @tool
    def odd() -> object:
        """Returns something odd."""
        circle: list[object] = [Odd(), b"\xff", float("nan")]
        circle.append(circle)
        return circle

    instrument(**seen.providers, capture_content=True)
    model = ScriptedModel([reply("<code>\nodd()\n</code>"), reply("<code>final_answer(1)</code>")])
    assert CodeAgent(tools=[odd], model=model).run("Work") == 1
    assert "Odd" in seen.span("execute_tool odd").attributes["gen_ai.tool.call.result"]


@pytest.mark.parametrize("capture_content", [False, True])
@pytest.mark.parametrize("replies", [[Failure(401)], [Reply("<code>final_answer(look_up('a'))</code>")]])
def test_keys_are_never_told(seen, capture_content: bool, replies: list[object]) -> None:
    instrument(**seen.providers, capture_content=capture_content)
    if isinstance(replies[0], Failure):
        with pytest.raises(AgentGenerationError):
            ask(replies)
    else:
        ask(replies)
    assert seen.spans("chat")
    assert KEY not in seen.text()
    assert "very-secret" not in seen.text()
