"""Reading tool calls in replies: native ones, those written as text, and broken ones."""

import pytest

from twofold.aio import (
    AgentParsingError,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MalformedToolArguments,
    MessageRole,
    Model,
    OpenAIModel,
    ToolCallingAgent,
    tool,
)
from twofold.aio.testing import ChatServer, ToolCalls


def reply_with(arguments: object, name: str = "ping") -> ChatMessage:
    call = ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), "call_1")
    return ChatMessage(role=MessageRole.ASSISTANT, content=None, tool_calls=[call])


def test_native_calls_are_parsed() -> None:
    message = Model(model_id="m").parse_tool_calls(reply_with('{"host": "a"}'))
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.arguments == {"host": "a"}


def test_calls_in_the_text_go_by_the_models_own_keys() -> None:
    model = Model(model_id="m", tool_name_key="tool", tool_arguments_key="input")
    text = 'Action: {"tool": "ping", "input": {"host": "a"}}'
    message = model.parse_tool_calls(ChatMessage(role=MessageRole.USER, content=text))
    assert message.role is MessageRole.ASSISTANT
    assert message.tool_calls is not None
    assert [(call.function.name, call.function.arguments) for call in message.tool_calls] == [
        ("ping", {"host": "a"})
    ]


def test_a_reply_without_a_call() -> None:
    with pytest.raises(AgentParsingError, match="no tool call"):
        Model(model_id="m").parse_tool_calls(ChatMessage(role=MessageRole.ASSISTANT, content="Hello"))


@pytest.mark.parametrize("arguments", ['{"host": "a', '{"host" "a"}', "{host: a}"])
def test_broken_arguments_have_an_error_of_their_own(arguments: str) -> None:
    model = OpenAIModel("gpt-4o", api_key="key-of-the-test")
    message = reply_with(arguments)
    message.raw = {"id": "chatcmpl-1"}
    with pytest.raises(MalformedToolArguments, match="call of ping are no JSON") as caught:
        model.parse_tool_calls(message)
    error = caught.value
    assert (error.tool, error.arguments) == ("ping", arguments)
    assert (error.provider, error.model, error.request_id, error.status) == (
        "OpenAI",
        "gpt-4o",
        "chatcmpl-1",
        200,
    )


def test_plain_text_arguments_stay_what_they_are() -> None:
    message = Model(model_id="m").parse_tool_calls(reply_with("Paris"))
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.arguments == "Paris"


async def test_an_agent_tells_the_model_and_calls_nothing() -> None:
    called: list[str] = []

    @tool
    def ping(host: str) -> str:
        """Sends a ping.

        Args:
            host: Where to.
        """
        called.append(host)
        return "pong"

    script = [
        ToolCalls(("ping", '{"host": "exam')),
        ToolCalls(("ping", '{"host": "example"}')),
        ToolCalls(("final_answer", '{"answer": "done"}')),
    ]
    with ChatServer(script) as server:
        async with OpenAIModel("scripted", api_base=server.url, api_key="k", retry=False) as model:
            agent = ToolCallingAgent(tools=[ping], model=model, verbosity_level=0)
            assert await agent.run("Ping it") == "done"
        assert called == ["example"]
        error = agent.memory.steps[1].error
        assert isinstance(error, MalformedToolArguments)
        assert error.provider == "OpenAI"
        assert "are no JSON" in str(server.requests[1].body["messages"])
