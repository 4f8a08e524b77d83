# Generated from tests/_async/models/test_model_errors.py by `nox -s codegen`. Do not edit.
"""What can go wrong with a request: each with an error of its own, which says what to do and shows no key."""

import pickle
import traceback

import pytest

from twofold import (
    BrokenStream,
    ChatMessage,
    ContentFiltered,
    ContextLengthExceeded,
    MalformedReply,
    MessageRole,
    ModelAuthenticationError,
    ModelError,
    ModelNotFoundError,
    ModelRequestError,
    ModelTimeout,
    OpenAIModel,
    ProviderUnavailable,
    RateLimited,
)
from twofold.testing import ChatServer, Drop, Failure, Malformed, Reply, Stall

KEY = "sk-a-very-secret-key"
HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]
LLAMA_CPP = {"type": "exceed_context_size_error", "extra": {"n_prompt_tokens": 150, "n_ctx": 100}}


def make_model(server: ChatServer, **kwargs) -> OpenAIModel:
    return OpenAIModel("scripted", api_base=server.url, api_key=KEY, retry=False, **kwargs)


def error_of(server: ChatServer, *, stream: bool) -> ModelError:
    with make_model(server) as model:
        with pytest.raises(ModelError) as caught:
            if stream:
                for _ in model.generate_stream(HELLO):
                    pass
            else:
                model.generate(HELLO)
    return caught.value


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Failure.wrong_key(), ModelAuthenticationError, "check that it is right"),
        (Failure(403), ModelAuthenticationError, "may not use"),
        (Failure.unknown_model("scripted"), ModelNotFoundError, "Check the model's name"),
        (Failure.content_filter(), ContentFiltered, "content management policy"),
        (Reply("Once upon", finish_reason="content_filter"), ContentFiltered, "Word the task differently"),
        (Failure.context_length_exceeded(limit=100, requested=150), ContextLengthExceeded, "100 tokens"),
        (Failure(400, "too large", **LLAMA_CPP), ContextLengthExceeded, "too large"),
        (Failure(400), ModelRequestError, "refused the request"),
        (Failure.rate_limited(retry_after=3), RateLimited, "wait"),
        (Failure.unavailable(), ProviderUnavailable, "The provider failed"),
        (Failure(408), ModelTimeout, "too long"),
        (Malformed("content_type"), MalformedReply, ""),
        (Malformed("json", Reply("one two")), MalformedReply, ""),
        (Malformed("empty_body"), MalformedReply, ""),
        (Malformed("empty_choices"), MalformedReply, ""),
        (Drop(Reply("one two three"), after=2), ModelError, ""),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, (str, type)) else "",
)
def test_each_has_its_class(reply, kind: type[ModelError], words: str, stream: bool) -> None:
    with ChatServer([reply]) as server:
        error = error_of(server, stream=stream)
    assert isinstance(error, kind)
    assert (error.provider, error.model) == ("OpenAI", "scripted")
    assert words in str(error)
    assert KEY not in str(error)
    if isinstance(error, ContextLengthExceeded):
        assert (error.limit, error.requested) == (100, 150)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.status) == (type(error), str(error), error.status)


@pytest.mark.parametrize("what", ["truncated", "half_chunk"])
def test_a_stream_that_just_ends(what) -> None:
    with ChatServer([Malformed(what, Reply("one two three"), after=2)]) as server:
        error = error_of(server, stream=True)
    assert isinstance(error, MalformedReply)
    assert isinstance(error, BrokenStream) or what == "half_chunk"


def test_a_key_that_the_server_repeats_is_not_shown() -> None:
    with ChatServer([Failure(401, f"The key {KEY} is wrong.")]) as server:
        error = error_of(server, stream=False)
    assert "The key *** is wrong." in str(error)
    assert KEY not in "".join(traceback.format_exception(error))


def test_a_server_that_stalls() -> None:
    with ChatServer([Stall(Reply("late"))]) as server:
        with make_model(server, timeout=0.2) as model:
            with pytest.raises(ModelTimeout, match="did not answer in time") as caught:
                model.generate(HELLO)
    assert caught.value.retryable


def test_an_error_in_the_middle_of_a_stream() -> None:
    failure = Failure(503, "overloaded now", type="overloaded_error", after=2, reply="one two three")
    with ChatServer([failure]) as server:
        error = error_of(server, stream=True)
    assert isinstance(error, ProviderUnavailable)
    assert "overloaded now" in str(error)


def test_the_id_of_the_request_is_kept() -> None:
    with ChatServer([Failure(500, headers={"x-request-id": "req-7"})]) as server:
        assert error_of(server, stream=False).request_id == "req-7"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "reply",
    [Malformed("empty_choices"), Reply("Once upon", finish_reason="content_filter")],
    ids=["malformed", "filtered"],
)
def test_a_reply_that_cannot_be_used_says_which_request_it_was(reply, stream: bool) -> None:
    with ChatServer([reply]) as server:
        error = error_of(server, stream=stream)
    assert (error.status, error.request_id) == (200, "req_1")


def test_a_key_of_the_environment_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer([Failure(401, f"The key {KEY} is wrong.")], api_key=KEY) as server:
        with OpenAIModel("scripted", api_base=server.url, retry=False) as model:
            with pytest.raises(ModelAuthenticationError) as caught:
                model.generate(HELLO)
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in f"{error} {error!r} {error.args}"
        error = error.__cause__ or error.__context__
