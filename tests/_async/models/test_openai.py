"""``OpenAIModel``: the real SDK against a loopback server that speaks the protocol."""

import pytest

from twofold.aio import (
    ChatMessage,
    ChatMessageStreamDelta,
    CodeAgent,
    ConfigurationError,
    MessageRole,
    ModelError,
    OpenAIModel,
    OpenAIServerModel,
    agglomerate_stream_deltas,
    tool,
)
from twofold.aio.testing import ChatServer, Drop, Failure, Malformed, Reply, ToolCalls

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]


def make_model(server: ChatServer, model_id: str = "scripted", **kwargs) -> OpenAIModel:
    kwargs.setdefault("retry", False)
    return OpenAIModel(model_id, api_base=server.url, api_key="key-of-the-test", **kwargs)


@tool
def ping(host: str) -> str:
    """Sends a ping.

    Args:
        host: Where to.
    """
    return host


async def test_a_plain_reply_with_its_usage() -> None:
    with ChatServer([Reply("Hi!")]) as server:
        async with make_model(server, temperature=0.5) as model:
            reply = await model.generate(HELLO, stop_sequences=["END"], max_tokens=9)
    assert reply.role == MessageRole.ASSISTANT
    assert reply.content == "Hi!"
    assert reply.token_usage is not None
    assert reply.token_usage.input_tokens > 0
    body = server.requests[0].body
    assert body["model"] == "scripted"
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0.5, 9, ["END"])
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
async def test_an_address_with_and_without_a_path(end: str) -> None:
    with ChatServer([Reply("Hi!")]) as server:
        address = server.url.removesuffix("/v1") + end
        async with OpenAIModel("scripted", api_base=address, api_key="none", retry=False) as model:
            assert (await model.generate(HELLO)).content == "Hi!"
        assert server.requests[0].path == f"{end.rstrip('/')}/chat/completions"


async def test_a_streamed_reply_with_its_usage() -> None:
    with ChatServer([Reply("one two three")]) as server:
        async with make_model(server) as model:
            deltas = [delta async for delta in model.generate_stream(HELLO)]
    assert len(deltas) > 2
    assert all(isinstance(delta, ChatMessageStreamDelta) for delta in deltas)
    message = agglomerate_stream_deltas(deltas)
    assert message.content == "one two three"
    assert message.token_usage is not None
    assert message.token_usage.output_tokens > 0


async def test_tool_calls_plain_and_streamed() -> None:
    calls = ToolCalls(("ping", {"host": "a"}), ("ping", {"host": "b"}))
    with ChatServer([calls, calls]) as server:
        async with make_model(server) as model:
            plain = await model.generate(HELLO, tools_to_call_from=[ping])
            deltas = [delta async for delta in model.generate_stream(HELLO, tools_to_call_from=[ping])]
    streamed = agglomerate_stream_deltas(deltas)
    for message in (plain, streamed):
        assert message.tool_calls is not None
        assert [call.function.name for call in message.tool_calls] == ["ping", "ping"]
        assert "b" in message.tool_calls[1].function.arguments
    body = server.requests[0].body
    assert body["tools"][0]["function"]["name"] == "ping"
    assert body["tool_choice"] == "required"


async def test_reasoning_is_kept() -> None:
    with ChatServer(
        [Reply("42", reasoning="six times seven"), Reply("42", reasoning="six times seven")]
    ) as server:
        async with make_model(server) as model:
            plain = await model.generate(HELLO)
            deltas = [delta async for delta in model.generate_stream(HELLO)]
    assert plain.reasoning == "six times seven"
    assert agglomerate_stream_deltas(deltas).reasoning == "six times seven"


async def test_a_model_without_stop_parameter_is_cut_here() -> None:
    with ChatServer([Reply("keep this END not this"), Reply("keep this END not this")]) as server:
        async with make_model(server, "o4-mini") as model:
            plain = await model.generate(HELLO, stop_sequences=["END"])
            deltas = [delta async for delta in model.generate_stream(HELLO, stop_sequences=["END"])]
    assert plain.content == "keep this "
    assert agglomerate_stream_deltas(deltas).content == "keep this "
    assert all("stop" not in request.body for request in server.requests)


async def test_role_conversions() -> None:
    with ChatServer([Reply("ok")]) as server:
        async with make_model(server, custom_role_conversions={"system": "user"}) as model:
            await model.generate(
                [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
            )
    content = [{"type": "text", "text": "Be brief.\nHi"}]
    assert server.requests[0].body["messages"] == [{"role": "user", "content": content}]


async def test_flattened_messages() -> None:
    with ChatServer([Reply("ok")]) as server:
        async with make_model(server, flatten_messages_as_text=True) as model:
            await model.generate(HELLO)
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("failure", "status", "retryable"),
    [
        (Failure.wrong_key(), 401, False),
        (Failure.unknown_model("scripted"), 404, False),
        (Failure.rate_limited(retry_after=7), 429, True),
        (Failure.unavailable(), 503, True),
    ],
)
async def test_errors_of_the_provider(failure: Failure, status: int, retryable: bool) -> None:
    with ChatServer([failure, failure]) as server:
        async with make_model(server) as model:
            with pytest.raises(ModelError) as plain:
                await model.generate(HELLO)
            with pytest.raises(ModelError) as streamed:
                async for _ in model.generate_stream(HELLO):
                    pass
    for caught in (plain.value, streamed.value):
        assert (caught.provider, caught.model, caught.status) == ("OpenAI", "scripted", status)
        assert caught.retryable is retryable
        assert "key-of-the-test" not in str(caught)
        assert caught.retry_after == (7 if status == 429 else None)


async def test_a_server_that_is_not_there() -> None:
    model = OpenAIModel("m", api_base="http://127.0.0.1:9/v1", api_key="none", retry=False)
    async with model:
        with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/v1.*could not be reached") as caught:
            await model.generate(HELLO)
    assert caught.value.retryable


async def test_a_connection_that_drops_in_the_middle_of_a_stream() -> None:
    with ChatServer([Drop(Reply("one two three four five"), after=2)]) as server:
        async with make_model(server) as model:
            with pytest.raises(ModelError):
                async for _ in model.generate_stream(HELLO):
                    pass


async def test_a_reply_without_choices() -> None:
    with ChatServer([Malformed("empty_choices")]) as server:
        async with make_model(server) as model:
            with pytest.raises(ModelError, match="without a message"):
                await model.generate(HELLO)


async def test_closing_a_stream_early_closes_its_connection() -> None:
    with ChatServer(lambda request: Reply("word " * 500)) as server:
        async with make_model(server) as model:
            stream = model.generate_stream(HELLO)
            async for _ in stream:
                break
            await stream.aclose()
            server.wait_until(lambda server: server.connections.open <= 1)


async def test_a_model_can_be_used_again_after_closing() -> None:
    with ChatServer(lambda request: Reply("again")) as server:
        model = make_model(server)
        for _ in range(2):
            assert (await model.generate(HELLO)).content == "again"
            await model.aclose()


async def test_an_agent_on_it() -> None:
    replies = [Reply("<code>\nx = 40\nprint(x)\n</code>"), Reply("<code>\nfinal_answer(x + 2)\n</code>")]
    for stream_outputs in (False, True):
        with ChatServer(replies) as server:
            async with make_model(server) as model:
                agent = CodeAgent(tools=[], model=model, stream_outputs=stream_outputs)
                result = await agent.run("Compute", return_full_result=True)
                await agent.aclose()
        assert result.output == 42
        assert result.usage.requests == 2
        assert result.token_usage.input_tokens > 0
        server.assert_exhausted()


@pytest.mark.parametrize("model_id", ["", "  ", None, 3])
def test_a_model_id_that_is_none(model_id) -> None:
    with pytest.raises(ConfigurationError, match="model_id"):
        OpenAIModel(model_id)


async def test_a_missing_key_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        await OpenAIModel("gpt-4o-mini").generate(HELLO)


def test_its_other_name() -> None:
    assert OpenAIServerModel is OpenAIModel


@pytest.mark.parametrize("what", ["garbage", "half_chunk", "truncated", "content_type", "json", "empty_body"])
async def test_replies_that_are_not_what_they_should_be(what: str) -> None:
    replies = [Malformed(what, Reply("one two three")), Malformed(what, Reply("one two three"))]
    with ChatServer(replies) as server:
        async with make_model(server) as model:
            if what not in ("garbage", "half_chunk"):  # these are faults of streams
                with pytest.raises(ModelError):
                    await model.generate(HELLO)
            with pytest.raises(ModelError):
                async for _ in model.generate_stream(HELLO):
                    pass
