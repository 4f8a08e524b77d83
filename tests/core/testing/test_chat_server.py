"""What the server answers, as the official clients see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from twofold._core.errors import ConfigurationError
from twofold._core.testing import (
    ChatRequest,
    ChatServer,
    Failure,
    Reply,
    ScriptedCall,
    ScriptExhausted,
    ToolCalls,
    count_tokens,
    rate_limit_headers,
)

TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]


@contextmanager
def surprised(server: ChatServer, match: str) -> Iterator[ChatServer]:
    """Run a server that is to complain at the end."""
    with pytest.raises(ScriptExhausted, match=match):
        with server:
            yield server


def content_of(chunks: list[Any]) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


# Replies


async def test_a_plain_reply(connect):
    with ChatServer(["Héllo 🙂"]) as server:
        completion = await connect(server).create(temperature=0.5)
    assert completion.choices[0].message.content == "Héllo 🙂"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].finish_reason == "stop"
    assert (completion.model, completion.id, completion._request_id) == ("m", "chatcmpl-1", "req_1")
    (request,) = server.requests
    assert request.body["temperature"] == 0.5
    assert (request.path, request.text, request.stream) == ("/v1/chat/completions", "Hello there", False)


async def test_a_stream(connect):
    with ChatServer(["one two  three "]) as server:
        chunks = [chunk async for chunk in connect(server).chunks()]
    assert content_of(chunks) == "one two  three "
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert len(chunks) == 1 + 4 + 1
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    assert server.requests[0].stream


async def test_a_list_of_strings_says_how_the_stream_is_cut(connect):
    reply = Reply(["a", "bc", "", "d"])
    with ChatServer([reply, reply]) as server:
        client = connect(server)
        chunks = [chunk async for chunk in client.chunks()]
        completion = await client.create()
    assert [chunk.choices[0].delta.content for chunk in chunks[1:-1]] == ["a", "bc", "", "d"]
    assert completion.choices[0].message.content == "abcd"


async def test_usage_counted_given_whole_and_left_out(connect):
    whole: dict[str, Any] = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}
    whole["prompt_tokens_details"] = {"cached_tokens": 8}
    script = [Reply("a, b"), Reply("x", usage=(7, 5)), Reply("x", usage=whole), Reply("x", usage=None)]
    with ChatServer(script) as server:
        client = connect(server)
        usages = [(await client.create()).usage for _ in script]
    assert (usages[0].prompt_tokens, usages[0].completion_tokens, usages[0].total_tokens) == (2, 3, 5)
    assert (usages[1].prompt_tokens, usages[1].completion_tokens, usages[1].total_tokens) == (7, 5, 12)
    assert usages[2].prompt_tokens_details.cached_tokens == 8
    assert usages[3] is None


async def test_the_usage_chunk_comes_last_and_only_when_asked_for(connect):
    with ChatServer([Reply("hi", usage=(3, 4)), Reply("hi", usage=None)]) as server:
        client = connect(server)
        with_usage = [c async for c in client.chunks(stream_options={"include_usage": True})]
        without = [c async for c in client.chunks(stream_options={"include_usage": True})]
    assert with_usage[-1].choices == []
    assert with_usage[-1].usage.total_tokens == 7
    assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in with_usage[:-1])
    assert all(chunk.choices and chunk.usage is None for chunk in without)


def test_tokens_are_words_and_signs():
    assert count_tokens("Hello, wörld! x_1 = 2") == 7
    assert count_tokens("") == 0


async def test_tool_calls(connect):
    calls = ("add", {"a": 1, "b": "ü"}), ScriptedCall("now", "{not json", id="my-id")
    with ChatServer([ToolCalls(*calls, content="I'll call")]) as server:
        completion = await connect(server).create(tools=TOOLS)
    message = completion.choices[0].message
    assert completion.choices[0].finish_reason == "tool_calls"
    assert message.content == "I'll call"
    add, now = message.tool_calls
    assert (add.id, add.function.name) == ("call_1_0", "add")
    assert json.loads(add.function.arguments) == {"a": 1, "b": "ü"}
    assert (now.id, now.function.name, now.function.arguments) == ("my-id", "now", "{not json")
    assert server.requests[0].tools == TOOLS


async def test_streamed_tool_calls_come_in_fragments(connect):
    arguments = {"question": "how many fragments", "depth": 3}
    with ChatServer([ToolCalls(("ask", arguments), ("stop", {}))]) as server:
        chunks = [chunk async for chunk in connect(server).chunks(tools=TOOLS)]
    fragments = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    gathered: dict[int, str] = {}
    for fragment in fragments:
        gathered[fragment.index] = gathered.get(fragment.index, "") + fragment.function.arguments
    assert {index: json.loads(text) for index, text in gathered.items()} == {0: arguments, 1: {}}
    assert [(f.id, f.function.name) for f in fragments if f.id] == [("call_1_0", "ask"), ("call_1_1", "stop")]
    assert len(fragments) > 6
    assert content_of(chunks) == ""
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_fragments_without_an_index(connect):
    with ChatServer([ToolCalls(("ask", {"a": 1}), tool_index=False)]) as server:
        chunks = [chunk async for chunk in connect(server).chunks()]
    fragments = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert fragments
    assert all("index" not in fragment.model_fields_set for fragment in fragments)


async def test_reasoning_and_refusal(connect):
    reply = Reply("yes", reasoning="let me think", refusal=None)
    with ChatServer([reply, reply, Reply(None, refusal="I will not")]) as server:
        client = connect(server)
        message = (await client.create()).choices[0].message
        chunks = [chunk async for chunk in client.chunks()]
        refused = (await client.create()).choices[0].message
    assert (message.reasoning_content, message.content) == ("let me think", "yes")
    pieces = [getattr(chunk.choices[0].delta, "reasoning_content", None) for chunk in chunks]
    assert [piece for piece in pieces if piece] == ["let", " me", " think"]
    assert content_of(chunks) == "yes"
    assert (refused.content, refused.refusal) == (None, "I will not")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_the_finish_reason_is_what_the_script_says(connect, reason):
    reply = Reply("cut", finish_reason=reason, model="m-2024")
    with ChatServer([reply, reply]) as server:
        client = connect(server)
        completion = await client.create()
        chunks = [chunk async for chunk in client.chunks()]
    assert (completion.choices[0].finish_reason, completion.model) == (reason, "m-2024")
    assert (chunks[-1].choices[0].finish_reason, chunks[-1].model) == (reason, "m-2024")


async def test_a_stream_cut_within_characters_arrives_whole(connect):
    text = "äöü 🙂 日本語"
    with ChatServer([Reply(text, chunk_bytes=3)]) as server:
        assert content_of([chunk async for chunk in connect(server).chunks()]) == text


async def test_a_function_of_the_request(connect):
    def script(request: ChatRequest) -> Reply | str:
        return ToolCalls(("add", {})) if request.tools else f"{request.model}: {request.text.upper()}"

    with ChatServer(script) as server:
        client = connect(server)
        parts = [{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]
        plain = await client.create(messages=[{"role": "user", "content": parts}])
        called = await client.create(tools=TOOLS)
        server.assert_exhausted()
    assert plain.choices[0].message.content == "m: IN PARTS"
    assert called.choices[0].message.tool_calls[0].function.name == "add"


# Models, keys, limits


async def test_models(connect):
    with ChatServer(models=["a", "org/b"]) as server:
        client = connect(server)
        assert await client.models() == ["a", "org/b"]
        assert (await client.call(client.sdk.models.retrieve, model="org/b")).id == "org/b"
        with pytest.raises(openai.NotFoundError):
            await client.call(client.sdk.models.retrieve, model="c")


async def test_an_unknown_model_is_refused_and_uses_no_reply(connect):
    with ChatServer(["hi"], models=["a"]) as server:
        client = connect(server)
        with pytest.raises(openai.NotFoundError) as caught:
            await client.create(model="gpt-x")
        assert (await client.create(model="a")).choices[0].message.content == "hi"
        server.assert_exhausted()
    assert caught.value.code == "model_not_found"
    assert "gpt-x" in str(caught.value)
    assert [request.model for request in server.requests] == ["gpt-x", "a"]


async def test_a_wrong_key_is_refused_and_no_key_is_kept(connect):
    with ChatServer(["hi"], api_key="right-key", models=["m"]) as server:
        wrong = connect(server, api_key="wrong-key")
        with pytest.raises(openai.AuthenticationError) as caught:
            await wrong.create()
        with pytest.raises(openai.AuthenticationError):
            await wrong.models()
        right = connect(server, api_key="right-key")
        assert await right.models() == ["m"]
        assert (await right.create()).choices[0].message.content == "hi"
    assert caught.value.code == "invalid_api_key"
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer ***"] * 2
    assert "-key" not in repr(server.requests)


async def test_azure(connect_azure):
    with ChatServer(["hi"], api_key="azure-key") as server:
        completion = await connect_azure(server).create(model="my-deployment")
        with pytest.raises(openai.AuthenticationError):
            await connect_azure(server, api_key="other").create()
    assert completion.choices[0].message.content == "hi"
    request = server.requests[0]
    assert request.path == "/openai/deployments/my-deployment/chat/completions"
    assert (request.model, request.query) == ("my-deployment", {"api-version": "2024-10-21"})
    assert request.headers["api-key"] == "***"


async def test_a_prompt_longer_than_the_context(connect):
    with ChatServer(["ok"], context_length=5) as server:
        client = connect(server)
        with pytest.raises(openai.BadRequestError) as caught:
            await client.create(messages=[{"role": "user", "content": "a b c d e f"}])
        await client.create(messages=[{"role": "user", "content": "a b c d e"}])
    assert caught.value.code == "context_length_exceeded"
    assert "maximum context length is 5 tokens" in str(caught.value)
    assert "resulted in 6 tokens" in str(caught.value)


# Failures


@pytest.mark.parametrize(
    ("failure", "error", "code"),
    [
        (Failure.wrong_key(), openai.AuthenticationError, "invalid_api_key"),
        (Failure.unknown_model("x"), openai.NotFoundError, "model_not_found"),
        (
            Failure.context_length_exceeded(limit=8, requested=9),
            openai.BadRequestError,
            "context_length_exceeded",
        ),
        (Failure.content_filter(), openai.BadRequestError, "content_filter"),
        (Failure.rate_limited(), openai.RateLimitError, "rate_limit_exceeded"),
        (
            Failure(429, "You have no money", code="insufficient_quota"),
            openai.RateLimitError,
            "insufficient_quota",
        ),
        (Failure(403), openai.PermissionDeniedError, None),
        (Failure(), openai.InternalServerError, None),
        (Failure.unavailable(), openai.InternalServerError, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_failures(connect, failure, error, code, stream):
    with ChatServer([failure]) as server:
        with pytest.raises(error) as caught:
            await connect(server).create(stream=stream)
    assert caught.value.status_code == failure.status
    assert caught.value.code == code
    assert caught.value.body["message"] == failure.error()["message"]
    assert caught.value.request_id == "req_1"


async def test_the_content_filter_says_why(connect):
    with ChatServer([Failure.content_filter()]) as server:
        with pytest.raises(openai.BadRequestError) as caught:
            await connect(server).create()
    assert caught.value.body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


async def test_the_headers_of_a_rate_limit(connect):
    headers = rate_limit_headers(
        limit_requests=60, remaining_requests=0, reset_requests=0.02, remaining_tokens=5, reset_tokens=372.5
    )
    with ChatServer([Failure.rate_limited(retry_after=1.5, headers=headers)]) as server:
        with pytest.raises(openai.RateLimitError) as caught:
            await connect(server).create()
    sent = caught.value.response.headers
    assert sent["retry-after"] == "1.5"
    assert {name: value for name, value in sent.items() if name.startswith("x-ratelimit")} == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-remaining-tokens": "5",
        "x-ratelimit-reset-requests": "20ms",
        "x-ratelimit-reset-tokens": "6m12.5s",
    }
    assert rate_limit_headers(reset_requests=3600) == {"x-ratelimit-reset-requests": "1h0m0s"}
    assert Failure.unavailable(retry_after=2).headers == {"Retry-After": "2"}


async def test_the_sdk_retries_what_the_script_fails(connect):
    failures = [Failure.rate_limited(retry_after=0.001), Failure(500, headers={"Retry-After-Ms": "1"})]
    with ChatServer([*failures, "at last"]) as server:
        client = connect(server, max_retries=2)
        assert (await client.create()).choices[0].message.content == "at last"
        server.assert_exhausted()
    assert len(server.requests) == 3


async def test_a_failure_in_the_middle_of_a_stream(connect):
    with ChatServer([Failure(500, "it broke", after=3, reply="one two three")]) as server:
        chunks, error = await connect(server).chunks_until_error(openai.APIError)
    assert "it broke" in str(error)
    assert content_of(chunks) == "one two"


# Mistakes


async def test_an_exhausted_script_is_a_clear_error_for_client_and_test(connect):
    with surprised(ChatServer(["only one"]), "asked for reply 2, but its script has only 1") as server:
        client = connect(server)
        await client.create()
        with pytest.raises(openai.InternalServerError, match="its last message is 'Hello there'"):
            await client.create()
    assert len(server.unexpected) == 1
    with pytest.raises(ScriptExhausted, match="unexpected"):
        server.assert_exhausted()


async def test_replies_left_over(connect):
    with ChatServer(["a", "b"]) as server:
        await connect(server).create()
        with pytest.raises(ScriptExhausted, match="1 of 2"):
            server.assert_exhausted()


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (lambda request: request.body["nothing"], "KeyError: 'nothing'"),
        (lambda request: None, "not None"),
        (lambda request: Reply("\ud800"), "UnicodeEncodeError"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_script_that_fails_is_a_clear_error(connect, script, complaint, stream):
    with surprised(ChatServer(script), "the script failed on request 1") as server:
        with pytest.raises(openai.InternalServerError, match=complaint):
            await connect(server).create(stream=stream)


async def test_a_reply_that_cannot_be_sent_is_remembered(connect):
    script = [Reply("x", headers={"X-Sign": "日"})]
    with surprised(ChatServer(script), "a reply could not be sent") as server:
        with pytest.raises(openai.APIConnectionError):
            await connect(server).create()


async def test_other_addresses_are_remembered(connect):
    with surprised(ChatServer(), "POST /v1/embeddings is nothing") as server:
        client = connect(server)
        with pytest.raises(openai.NotFoundError):
            await client.call(client.sdk.embeddings.create, model="m", input="x")


async def test_the_mistake_of_the_test_comes_before_that_of_the_script(connect):
    with pytest.raises(ZeroDivisionError):
        with ChatServer() as server:
            with pytest.raises(openai.InternalServerError):
                await connect(server).create()
            raise ZeroDivisionError


@pytest.mark.parametrize(
    "make",
    [
        lambda: ChatServer("hello"),
        lambda: ChatServer([Reply("a"), 5]),
        lambda: ChatServer(7),
        lambda: ChatServer(models="m"),
        lambda: ChatServer(latency=-1),
        lambda: ChatServer().url,
    ],
)
def test_wrong_use_is_refused(make):
    with pytest.raises(ConfigurationError, match="ChatServer"):
        make()
