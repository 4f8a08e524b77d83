"""Models as data and back: ``to_dict`` and ``from_dict``, without any secret."""

import json
import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.aio import (
    REMOVE_PARAMETER,
    AmazonBedrockModel,
    AzureOpenAIModel,
    ChatMessage,
    ConfigurationError,
    FallbackModel,
    FunctionModel,
    InferenceClientModel,
    LiteLLMModel,
    LiteLLMRouterModel,
    LocalModel,
    Model,
    OpenAIModel,
    RateLimiter,
    RetryPolicy,
    TransformersModel,
)
from twofold.aio.testing import ChatServer, Reply

HELLO = [{"role": "user", "content": "Hello"}]
SECRET = "s3cr3t-of-the-test"
DEPLOYMENTS = [{"model_name": "any", "litellm_params": {"model": "openai/gpt-4o", "api_key": SECRET}}]

MODELS = [
    OpenAIModel(
        "gpt-4o-mini",
        api_base=f"https://me:{SECRET}@host/v1?api-key={SECRET}&region=eu",
        api_key=SECRET,
        organization="org",
        client_kwargs={
            "timeout": 30,
            "default_headers": {"Authorization": f"Bearer {SECRET}", "X-My-Key": SECRET, "X-Team": "red"},
        },
        custom_role_conversions={"system": "user"},
        max_connections=7,
        temperature=0.5,
        max_tokens=99,
        logit_bias={"50256": -100},
        stop=REMOVE_PARAMETER,
    ),
    AzureOpenAIModel(
        "gpt", azure_endpoint="https://me.example.com", api_key=SECRET, api_version="2024-10-21"
    ),
    LiteLLMModel("groq/llama", api_base="http://127.0.0.1:1/v1", api_key=SECRET, top_p=0.9),
    LiteLLMRouterModel("any", DEPLOYMENTS, {"routing_strategy": "least-busy"}),
    InferenceClientModel("a/b", provider="together", token=SECRET, timeout=5, bill_to="org", seed=3),
    AmazonBedrockModel(
        "nova", client_kwargs={"region_name": "eu-central-1", "aws_secret_access_key": SECRET}, max_tokens=5
    ),
    TransformersModel("a/b", device_map="cpu", model_kwargs={"token": SECRET, "revision": "main"}, top_k=2),
    LocalModel(Path("some.gguf"), context_size=1024, temperature=0.3, seed=1, progress=False, top_p=0.9),
    FallbackModel([OpenAIModel("one", api_key=SECRET), LocalModel()]),
    OpenAIModel(
        "limited",
        api_key=SECRET,
        rate_limiter=RateLimiter(60, tokens_per_minute=1_000, max_concurrency=3, burst=2),
        retry=RetryPolicy(attempts=2, max_wait=3.0),
    ),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{type(model).__name__} {model.model_id}")
def test_all_parameters_come_back_and_no_secret_is_written(model: Model) -> None:
    data = model.to_dict()
    text = json.dumps(data)
    assert SECRET not in text
    again = Model.from_dict(json.loads(text))
    assert type(again) is type(model)
    assert again.to_dict() == data
    assert (again.model_id, again.kwargs) == (model.model_id, model.kwargs)


def test_what_is_written_is_what_was_given() -> None:
    assert MODELS[0].to_dict() == {
        "class": "OpenAIModel",
        "model_id": "gpt-4o-mini",
        "api_base": "https://host/v1?region=eu",
        "organization": "org",
        "client_kwargs": {"timeout": 30, "default_headers": {"X-Team": "red"}},
        "custom_role_conversions": {"system": "user"},
        "max_connections": 7,
        "temperature": 0.5,
        "max_tokens": 99,
        "logit_bias": {"50256": -100},
        "stop": {"_type": "REMOVE_PARAMETER"},
    }
    assert LocalModel().to_dict() == {"class": "LocalModel"}


def test_limits_and_retries_come_back() -> None:
    again = Model.from_dict(MODELS[-1].to_dict())
    assert isinstance(again, OpenAIModel)
    limiter = again.rate_limiter
    assert limiter is not None
    assert limiter.to_dict() == {
        "requests_per_minute": 60,
        "tokens_per_minute": 1_000,
        "max_concurrency": 3,
        "burst": 2,
    }
    assert again._retrier.policy == RetryPolicy(attempts=2, max_wait=3.0)


async def test_a_saved_model_answers_with_the_key_that_it_is_given() -> None:
    with ChatServer(lambda request: Reply("ok"), api_key="another") as server:
        data = OpenAIModel("scripted", api_base=server.url, api_key=SECRET, temperature=0).to_dict()
        async with Model.from_dict(data, api_key="another") as model:
            assert (await model.generate(HELLO)).content == "ok"
        [request] = server.requests
        assert request.body["temperature"] == 0


def test_what_was_changed_since_is_what_is_saved() -> None:
    model = OpenAIModel("old", api_key=SECRET, temperature=1)
    model.model_id = "new"
    model.kwargs["temperature"] = 0
    model.kwargs["top_p"] = 0.5
    data = model.to_dict()
    assert (data["model_id"], data["temperature"], data["top_p"]) == ("new", 0, 0.5)


def test_a_key_of_an_environment_variable_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert SECRET not in json.dumps(OpenAIModel("gpt-4o").to_dict())


def test_a_secret_under_an_innocent_name_is_not_written(caplog: pytest.LogCaptureFixture) -> None:
    model = OpenAIModel("m", api_key=SECRET, user=f"me {SECRET}", metadata={"x": "sk-" + "a" * 40, "y": "z"})
    data = model.to_dict()
    assert data == {"class": "OpenAIModel", "model_id": "m", "metadata": {"y": "z"}}
    assert SECRET not in caplog.text


def test_a_schema_may_have_a_field_for_a_password() -> None:
    schema = {"type": "json_schema", "json_schema": {"properties": {"password": {"type": "string"}}}}
    assert OpenAIModel("m", api_key="k", response_format=schema).to_dict()["response_format"] == schema


def test_what_has_no_form_in_json_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "twofold"):
        model = OpenAIModel("m", api_key=SECRET, on_retry=print, client_kwargs={"http_client": object()})
        data = model.to_dict()
    assert data == {"class": "OpenAIModel", "model_id": "m", "client_kwargs": {}}
    warning = next(record for record in caplog.records if record.levelno == logging.WARNING)
    assert "on_retry" in warning.message
    assert "client_kwargs.http_client" in warning.message
    assert any("api_key" in record.message for record in caplog.records if record.levelno == logging.INFO)


def test_a_model_that_is_a_function_cannot_be_saved() -> None:
    with pytest.raises(ConfigurationError, match=r"its function is a function"):
        FunctionModel(lambda messages: "ok").to_dict()


class Shouting(OpenAIModel):
    """A user's own class, with a parameter of its own."""

    def __init__(self, model_id: str, volume: int, **kwargs) -> None:
        super().__init__(model_id, **kwargs)
        self.loud = volume > 5


def test_a_class_of_the_users_is_found_by_its_name() -> None:
    data = Shouting("m", 11, api_key="k", temperature=0).to_dict()
    assert data == {"class": "Shouting", "model_id": "m", "volume": 11, "temperature": 0}
    again = Model.from_dict(data)
    assert isinstance(again, Shouting)
    assert again.loud


@pytest.mark.parametrize(
    ("name", "expected"),
    [("OpenAIServerModel", OpenAIModel), ("HfApiModel", InferenceClientModel)],
)
def test_names_of_old(name: str, expected: type[Model]) -> None:
    assert type(Model.from_dict({"class": name, "data": {"model_id": "m"}})) is expected


def test_parameters_alone_where_the_class_is_known() -> None:
    assert OpenAIModel.from_dict({"model_id": "m", "temperature": 0}).kwargs == {"temperature": 0}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"class": "NoSuchModel"}, r"no Model class 'NoSuchModel'.*OpenAIModel"),
        ({"model_id": "m"}, "does not say of which class"),
        ("OpenAIModel", "a dictionary"),
        ({"class": 5}, "names its class"),
        ({"class": "FunctionModel"}, "missing a required argument: 'function'"),
        ({"class": "FallbackModel", "models": [], "unknown": 1}, "unknown"),
        ({"class": "OpenAIModel", "model_id": {"_type": "Rocket"}}, "Rocket"),
    ],
)
def test_what_cannot_be_loaded(data: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Model.from_dict(data)


def test_a_class_loads_its_own_only() -> None:
    with pytest.raises(ConfigurationError, match="no OpenAIModel class 'LocalModel'"):
        OpenAIModel.from_dict(LocalModel().to_dict())


def test_subclasses_that_keep_nothing_are_saved_too() -> None:
    class Plain(Model):
        def __init__(self, path: os.PathLike[str]) -> None:
            super().__init__(model_id="plain")

        async def generate(self, messages, *args, **kwargs) -> ChatMessage:
            raise NotImplementedError

    assert Plain(Path("a")).to_dict() == {"class": "Plain", "path": "a"}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("ab _", max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "_type", "class"]), children, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_any_json_parameter_comes_back(value: object) -> None:
    model = LocalModel(extra=value)
    assert Model.from_dict(json.loads(json.dumps(model.to_dict()))).kwargs == {"extra": value}
