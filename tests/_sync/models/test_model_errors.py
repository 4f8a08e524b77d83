# Generated from tests/_async/models/test_model_errors.py by `nox -s codegen`. Do not edit.
"""What can go wrong with a request: each with an error of its own, which says what to do and shows no key."""

import pickle
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from twofold import (
    AzureOpenAIModel,
    BrokenStream,
    ChatMessage,
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


def shown(error: BaseException | None) -> str:
    """Return all that can be seen of an error and of those that led to it."""
    if error is None:
        return ""
    notes = getattr(error, "__notes__", ())
    behind = shown(error.__cause__) + shown(error.__context__)
    return f"{error} {error!r} {error.args} {notes} {behind}"


@pytest.mark.parametrize("stream", [False, True])
def test_a_key_in_a_failure_of_status_200_is_not_shown(stream: bool) -> None:
    with ChatServer([Failure(200, f"The key {KEY} is wrong.", after=0 if stream else None)]) as server:
        error = error_of(server, stream=stream)
    assert "The key *** is wrong." in str(error)
    assert KEY not in shown(error)


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("before", [485, 495])
def test_a_key_is_found_also_where_a_long_message_is_cut(status: int, before: int) -> None:
    with ChatServer([Failure(status, "x" * before + KEY + "y" * 2_000)]) as server:
        error = error_of(server, stream=False)
    assert "characters were left out" in str(error)
    assert KEY[:5] not in shown(error)


@pytest.fixture
def page_with_the_key() -> Iterator[str]:
    """The address of a proxy that answers everything with a page, which repeats the request's header."""

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            page = f"<html>refused: {self.headers['Authorization']}</html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def test_a_key_in_a_page_is_not_shown(page_with_the_key: str) -> None:
    with OpenAIModel("scripted", api_base=page_with_the_key, api_key=KEY, retry=False) as model:
        with pytest.raises(MalformedReply, match=r"refused: Bearer \*\*\*</html>") as caught:
            model.generate(HELLO)
    assert KEY not in shown(caught.value)


@pytest.mark.parametrize("where", ["argument", "client_kwargs", "environment"])
def test_white_space_around_a_key_is_left_out(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"{KEY}\n"
    given = {"argument": {"api_key": key}, "client_kwargs": {"client_kwargs": {"api_key": key}}}
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with ChatServer([Reply("hi")], api_key=KEY) as server:
        with OpenAIModel("scripted", server.url, retry=False, **given.get(where, {})) as model:
            assert model.generate(HELLO).content == "hi"


@pytest.mark.parametrize("kind", [OpenAIModel, AzureOpenAIModel, InferenceClientModel, LiteLLMModel])
@pytest.mark.parametrize("key", [f"{KEY}\n{KEY}", f"{KEY}\u2026", f"{KEY}\x00"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(kind, key: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"cannot be a key: its character 21 of \d+ is U\+"
    ) as caught:
        kind("scripted", api_key=key)
    assert KEY not in shown(caught.value)


def test_such_a_key_of_the_environment_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n{KEY}")
    with OpenAIModel("scripted") as model:
        with pytest.raises(ConfigurationError, match="OPENAI_API_KEY cannot be a key") as caught:
            model.generate(HELLO)
    assert KEY not in shown(caught.value)


def test_a_header_that_cannot_be_sent_is_not_shown() -> None:
    headers = {"default_headers": {"X-Api-Key": f"{KEY}\n"}}
    with ChatServer([]) as server:
        with OpenAIModel("scripted", server.url, "another", client_kwargs=headers, retry=False) as model:
            with pytest.raises(ModelError) as caught:
                model.generate(HELLO)
    assert KEY not in shown(caught.value)


class Router:
    """Stands for litellm's: it fails with what a provider has said."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def completion(self, **arguments: object) -> None:
        raise self.error


class Refused(Exception):
    status_code = 401


PARAMETERS = [
    {"model": "bedrock/x", "aws_secret_access_key": KEY},
    {"model": "azure/x", "azure_ad_token": KEY},
    {"model": "x/y", "some_key": KEY},
    {"model": "openai/x", "api_base": f"http://me:{KEY}@127.0.0.1/v1"},
    {"model": "openai/x", "extra_headers": {"Authorization": f"Bearer {KEY}"}},
    {"model": "openai/x"},
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=lambda parameters: list(parameters)[-1])
def test_no_secret_of_a_deployment_is_shown(parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    if len(parameters) == 1:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
    deployments = [{"model_name": "any", "litellm_params": parameters}]
    model = LiteLLMRouterModel("any", deployments, client=Router(Refused(f"The key {KEY}")), retry=False)
    model._sdk_loaded = True  # it is another test that asks the real one
    with pytest.raises(ModelAuthenticationError, match=r"The key \*\*\*") as caught:
        model.generate(HELLO)
    assert KEY not in shown(caught.value)


def test_a_short_word_of_the_environment_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_API_KEY", "local")
    model = LiteLLMModel("x/y", client=Router(Refused("localhost: no local model")), retry=False)
    model._sdk_loaded = True
    with pytest.raises(ModelAuthenticationError, match="localhost: no local model") as caught:
        model.generate(HELLO)
    assert isinstance(caught.value.__cause__, Refused)


def test_the_password_in_an_address_is_not_shown() -> None:
    address = "http://me:the-password@127.0.0.1/v1"
    failure = ConnectionError(f"cannot connect to {address}")
    model = LiteLLMModel("x/y", address, client=Router(failure), retry=False)
    model._sdk_loaded = True
    with pytest.raises(ProviderUnavailable, match=r"at http://127\.0\.0\.1/v1 could not") as caught:
        model.generate(HELLO)
    assert "the-password" not in shown(caught.value)
