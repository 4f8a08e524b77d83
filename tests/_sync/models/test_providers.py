# Generated from tests/_async/models/test_providers.py by `nox -s codegen`. Do not edit.
"""Every provider whose SDK speaks the chat-completions protocol: the same behaviour through each of them."""

import contextlib
import importlib.util
import traceback

import pytest

from twofold import (
    AzureOpenAIModel,
    AzureOpenAIServerModel,
    BrokenStream,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    ConfigurationError,
    ContentFiltered,
    ContextLengthExceeded,
    InferenceClientModel,
    LiteLLMModel,
    LiteLLMRouterModel,
    MalformedReply,
    MessageRole,
    ModelAuthenticationError,
    ModelError,
    ModelNotFoundError,
    OpenAIModel,
    ProviderUnavailable,
    RateLimited,
    RateLimiter,
    RetryPolicy,
    agglomerate_stream_deltas,
    tool,
)
from twofold.testing import ChatServer, Drop, Failure, Malformed, Reply, ToolCalls

KEY = "sk-key-of-the-test"
REQUEST_7 = {"x-request-id": "req-7"}
HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": {"type": "object", "properties": {"x": {"type": "string"}}}},
}
AT_ONCE = RetryPolicy(attempts=3, initial_wait=0, jitter=0)


def openai_model(server: ChatServer, **kwargs) -> OpenAIModel:
    return OpenAIModel("scripted", api_base=server.url, api_key=KEY, **kwargs)


def azure_model(server: ChatServer, **kwargs) -> AzureOpenAIModel:
    return AzureOpenAIModel(
        "scripted", azure_endpoint=server.origin, api_key=KEY, api_version="2024-10-21", **kwargs
    )


def litellm_model(server: ChatServer, **kwargs) -> LiteLLMModel:
    return LiteLLMModel("openai/scripted", api_base=server.url, api_key=KEY, **kwargs)


def router_model(server: ChatServer, **kwargs) -> LiteLLMRouterModel:
    parameters = {"model": "openai/scripted", "api_base": server.url, "api_key": KEY}
    # otherwise a deployment that fails is not asked for a while
    router = {"disable_cooldowns": True}
    deployments = [{"model_name": "any", "litellm_params": parameters}]
    return LiteLLMRouterModel("any", deployments, client_kwargs=router, **kwargs)


def hugging_face_model(server: ChatServer, **kwargs) -> InferenceClientModel:
    return InferenceClientModel("scripted", base_url=server.url, api_key=KEY, **kwargs)


PROVIDERS = [
    ("openai", openai_model),
    ("openai", azure_model),
    ("litellm", litellm_model),
    ("litellm", router_model),
    ("huggingface_hub", hugging_face_model),
]
# what litellm does when it is imported and used: its own affair
SDK_WARNINGS = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"
)

pytestmark = [SDK_WARNINGS]


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider[1].__name__)
def make_model(request):
    package, make = request.param
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    return lambda server, **kwargs: make(server, **{"retry": False, **kwargs})


@tool
def ping(host: str) -> str:
    """Sends a ping.

    Args:
        host: Where to.
    """
    return host


def test_plain_and_streamed(make_model) -> None:
    reply = Reply("one two three", reasoning="hm", usage=(7, 5))
    with ChatServer([reply, reply], api_key=KEY) as server:
        with make_model(server, temperature=0.5) as model:
            plain = model.generate(HELLO, stop_sequences=["END"])
            deltas = [delta for delta in model.generate_stream(HELLO, stop_sequences=["END"])]
    assert len(deltas) > 2
    for message in (plain, agglomerate_stream_deltas(deltas)):
        assert message.content == "one two three"
        assert message.reasoning == "hm"
        assert (message.token_usage.input_tokens, message.token_usage.output_tokens) == (7, 5)
    for request in server.requests:
        assert request.model == "scripted"
        assert (request.body["temperature"], request.body["stop"]) == (0.5, ["END"])


def test_tool_calls(make_model) -> None:
    calls = ToolCalls(("ping", {"host": "a"}), ("ping", {"host": "b"}))
    with ChatServer([calls, calls]) as server:
        with make_model(server) as model:
            plain = model.generate(HELLO, tools_to_call_from=[ping])
            deltas = [delta for delta in model.generate_stream(HELLO, tools_to_call_from=[ping])]
    for message in (plain, agglomerate_stream_deltas(deltas)):
        assert [call.function.name for call in message.tool_calls] == ["ping", "ping"]
        assert "b" in message.tool_calls[1].function.arguments
    for request in server.requests:
        assert request.tools[0]["function"]["name"] == "ping"
        assert request.body["tool_choice"] == "required"


def test_structured_output_and_parameters_of_the_provider(make_model) -> None:
    with ChatServer([Reply("{}")]) as server:
        with make_model(server, extra_body={"top_k": 3}) as model:
            model.generate(HELLO, response_format=SCHEMA, max_tokens=9)
    body = server.requests[0].body
    if isinstance(model, InferenceClientModel):  # its SDK has a form of its own for such an endpoint
        assert body["response_format"] == {"type": "json_object", "value": SCHEMA["json_schema"]["schema"]}
    else:
        assert body["response_format"]["json_schema"]["name"] == "answer"
    assert (body["max_tokens"], body["top_k"]) == (9, 3)


def test_images(make_model) -> None:
    image_module = pytest.importorskip("PIL.Image")
    image = image_module.new("RGB", (2, 2), "red")
    content = [{"type": "text", "text": "What is it?"}, {"type": "image", "image": image}]
    with ChatServer([Reply("red")]) as server:
        with make_model(server) as model:
            model.generate([ChatMessage(role=MessageRole.USER, content=content)])
    blocks = server.requests[0].messages[0]["content"]
    assert blocks[0] == {"type": "text", "text": "What is it?"}
    assert blocks[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


def test_the_history_of_tool_calls(make_model) -> None:
    call = ChatMessageToolCall(ChatMessageToolCallFunction("ping", {"host": "a"}), id="call-1")
    messages = [
        *HELLO,
        ChatMessage(role=MessageRole.ASSISTANT, tool_calls=[call]),
        ChatMessage(role=MessageRole.TOOL_RESPONSE, content="pong", tool_call_id="call-1"),
    ]
    with ChatServer([Reply("ok")]) as server:
        with make_model(server) as model:
            assert model.native_tool_history
            model.generate(messages, tools_to_call_from=[ping])
    asked, answered = server.requests[0].messages[1:]
    assert asked["tool_calls"][0]["function"] == {"name": "ping", "arguments": '{"host": "a"}'}
    assert (answered["role"], answered["tool_call_id"], answered["content"]) == ("tool", "call-1", "pong")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure.wrong_key(), ModelAuthenticationError),
        (Failure.context_length_exceeded(limit=100, requested=150), ContextLengthExceeded),
        (Failure(401, f"Nobody knows {KEY} here", headers=REQUEST_7), ModelAuthenticationError),
        (Failure(403, headers=REQUEST_7), ModelAuthenticationError),
        (Failure(404, "No such model", code="model_not_found", headers=REQUEST_7), ModelNotFoundError),
        (Failure(400, "Filtered", code="content_filter", headers=REQUEST_7), ContentFiltered),
        (Failure.rate_limited(retry_after=7), RateLimited),
        (Failure.unavailable(), ProviderUnavailable),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_errors(make_model, failure: Failure, kind: type[ModelError], caplog) -> None:
    with ChatServer([failure, failure]) as server:
        with make_model(server) as model:
            with pytest.raises(ModelError) as plain:
                model.generate(HELLO)
            with pytest.raises(ModelError) as streamed:
                for _ in model.generate_stream(HELLO):
                    pass
    for caught in (plain.value, streamed.value):
        assert type(caught) is kind
        assert caught.retryable is (kind in (RateLimited, ProviderUnavailable))
        assert (caught.provider, caught.model) == (model.provider, model.model_id)
        assert caught.status == failure.status
        assert caught.request_id
        assert "req-7" in (caught.request_id, failure.headers.get("x-request-id", "req-7"))
        assert not any(KEY in f"{error} {error!r} {error.args}" for error in chain_of(caught))
        if kind is RateLimited:
            assert caught.retry_after == 7
        if kind is ContextLengthExceeded:
            assert (caught.limit, caught.requested) == (100, 150)
    assert KEY not in caplog.text


def chain_of(error: BaseException | None) -> list[BaseException]:
    """Return an error and what led to it, as tools that report errors see it."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Malformed("json", Reply("one two")), MalformedReply),
        (Malformed("empty_body"), MalformedReply),
        (Malformed("empty_choices"), MalformedReply),
        (Reply("Once upon", finish_reason="content_filter"), ContentFiltered),
    ],
    ids=["json", "empty_body", "empty_choices", "content_filter"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_replies_that_cannot_be_used(make_model, reply, kind: type[ModelError], stream: bool) -> None:
    with ChatServer(lambda request: reply) as server:
        with make_model(server) as model:
            if isinstance(model, LiteLLMRouterModel) and kind is MalformedReply:
                pytest.skip("litellm's router makes something else of such replies")
            with pytest.raises(kind) as caught:
                if stream:
                    for _ in model.generate_stream(HELLO):
                        pass
                else:
                    model.generate(HELLO)
    assert (caught.value.provider, caught.value.model) == (model.provider, model.model_id)
    assert caught.value.retryable is (kind is MalformedReply)


def test_a_stream_that_just_ends(make_model) -> None:
    with ChatServer(lambda request: Malformed("truncated", Reply("one two three"), after=2)) as server:
        with make_model(server) as model:
            if isinstance(model, LiteLLMRouterModel):
                pytest.skip("litellm's router makes up an end and does not say so")
            with pytest.raises(BrokenStream):
                for _ in model.generate_stream(HELLO):
                    pass


def test_an_error_in_the_middle_of_a_stream(make_model) -> None:
    failure = Failure(503, "overloaded now", type="overloaded_error", after=2, reply="one two three")
    with ChatServer([failure]) as server:
        with make_model(server) as model:
            with pytest.raises(ProviderUnavailable, match="overloaded now"):
                for _ in model.generate_stream(HELLO):
                    pass


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimited), (500, ProviderUnavailable), (503, ProviderUnavailable)]
)
def test_retries_are_made_once_and_not_by_the_sdk_too(make_model, status: int, kind) -> None:
    with ChatServer([Failure(status)] * 7 + [Reply("late")]) as server:
        with make_model(server, retry=AT_ONCE) as model:
            with pytest.raises(kind):
                model.generate(HELLO)
            assert len(server.requests) == 3
            with pytest.raises(kind):
                for _ in model.generate_stream(HELLO):
                    pass
            assert len(server.requests) == 6
            deltas = [delta for delta in model.generate_stream(HELLO)]
    assert agglomerate_stream_deltas(deltas).content == "late"
    assert len(server.requests) == 8


def test_a_stream_that_breaks_is_never_begun_again(make_model) -> None:
    with ChatServer([Drop(Reply("one two three four five"), after=3)]) as server:
        with make_model(server, retry=AT_ONCE) as model:
            seen = []
            with pytest.raises(ModelError):
                for delta in model.generate_stream(HELLO):
                    seen.append(delta.content)  # noqa: PERF401 (what came before the error counts)
    assert "".join(part or "" for part in seen).startswith("one")
    assert len(server.requests) == 1


def test_a_shared_limiter(make_model) -> None:
    limiter = RateLimiter(max_concurrency=1, tokens_per_minute=10_000)
    with ChatServer([Reply("a"), Reply("b")]) as server:
        with make_model(server, rate_limiter=limiter) as model:
            assert model.generate(HELLO).content == "a"
            for _ in model.generate_stream(HELLO):
                assert limiter.active == 1
    assert (limiter.active, limiter.waiting) == (0, 0)


def test_an_agent(make_model) -> None:
    replies = [Reply("<code>\nx = 40\n</code>"), Reply("<code>\nfinal_answer(x + 2)\n</code>")]
    with ChatServer(replies) as server:
        with make_model(server) as model:
            agent = CodeAgent(tools=[], model=model, stream_outputs=True)
            assert agent.run("Compute") == 42
            agent.close()


def test_a_stream_that_is_given_up(make_model) -> None:
    with ChatServer(lambda request: Reply("word " * 50)) as server:
        with make_model(server) as model:
            stream = model.generate_stream(HELLO)
            for _ in stream:
                break
            stream.close()
            assert model.generate(HELLO).content.startswith("word")


def test_the_other_name_of_azure() -> None:
    assert AzureOpenAIServerModel is AzureOpenAIModel


def test_azure_without_an_endpoint_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="AZURE_OPENAI_ENDPOINT"):
        AzureOpenAIModel("deployment", api_key="k").generate(HELLO)


def test_a_router_without_such_a_group() -> None:
    with pytest.raises(ConfigurationError, match=r"no deployment with model_name='big'.*'small'"):
        LiteLLMRouterModel("big", [{"model_name": "small", "litellm_params": {"model": "openai/x"}}])


@pytest.mark.parametrize("stream", [False, True])
def test_a_router_shows_no_key_of_the_environment(stream: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("litellm") is None:
        pytest.skip("litellm is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer(lambda request: Failure(401, f"The key {KEY} is wrong."), api_key=KEY) as server:
        parameters = {"model": "openai/scripted", "api_base": server.url}
        deployments = [{"model_name": "any", "litellm_params": parameters}]
        with LiteLLMRouterModel("any", deployments, retry=False) as model:
            with pytest.raises(ModelAuthenticationError) as caught:
                if stream:
                    for _ in model.generate_stream(HELLO):
                        pass
                else:
                    model.generate(HELLO)
    assert "The key *** is wrong." in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_two_names_for_one_token() -> None:
    with pytest.raises(ConfigurationError, match="two names of one thing"):
        InferenceClientModel("m", token="a", api_key="b")


@pytest.mark.parametrize("model_id", ["", None, 3])
@pytest.mark.parametrize("kind", [LiteLLMModel, InferenceClientModel, AzureOpenAIModel])
def test_a_model_id_that_is_none(kind, model_id) -> None:
    with contextlib.suppress(TypeError), pytest.raises(ConfigurationError, match="model_id"):
        kind(model_id)
