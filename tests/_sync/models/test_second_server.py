# Generated from tests/_async/models/test_second_server.py by `nox -s codegen`. Do not edit.
"""A real LLM behind a server that is not ours: ``LocalModel``'s own speaks the same protocol."""

import importlib.util

import pytest

from twofold import (
    LiteLLMModel,
    LocalModel,
    ModelAuthenticationError,
    OpenAIModel,
    agglomerate_stream_deltas,
    tool,
)
from twofold._core.weights import list_models

SMALLEST = min((status for status in list_models() if status.present), key=lambda s: s.size, default=None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.local_model,
    pytest.mark.skipif(SMALLEST is None, reason="no weights in the cache"),
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"
    ),
]

QUESTION = [{"role": "user", "content": "What is the capital of France? One word."}]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


@tool
def look_up(city: str) -> str:
    """Looks up the weather of a city.

    Args:
        city: The city's name.
    """
    return city


def openai_model(server, **kwargs) -> OpenAIModel:
    return OpenAIModel(
        server.model_id, api_base=server.url, temperature=0, **{"api_key": server.api_key, **kwargs}
    )


def litellm_model(server, **kwargs) -> LiteLLMModel:
    model_id = f"openai/{server.model_id}"
    return LiteLLMModel(model_id, api_base=server.url, temperature=0, **{"api_key": server.api_key, **kwargs})


@pytest.fixture(autouse=True)
def _engine():
    pytest.importorskip("xllamacpp")


@pytest.fixture(params=[openai_model, litellm_model], ids=lambda make: make.__name__)
def make_model(request):
    if request.param is litellm_model and importlib.util.find_spec("litellm") is None:
        pytest.skip("litellm is not installed")
    return request.param


def test_a_real_model(make_model) -> None:
    with LocalModel(SMALLEST.name, context_size=512) as local, local.serve() as server:
        with make_model(server) as model:
            plain = model.generate(QUESTION, max_tokens=20)
            deltas = [delta for delta in model.generate_stream(QUESTION, max_tokens=20)]
            cut = model.generate(QUESTION, max_tokens=20, stop_sequences=["ar"])
            formed = model.generate(QUESTION, max_tokens=40, response_format=SCHEMA)
    streamed = agglomerate_stream_deltas(deltas)
    assert "Paris" in plain.content
    assert streamed.content == plain.content
    assert len(deltas) > 1
    for message in (plain, streamed):
        assert message.token_usage.input_tokens > 10
        assert 0 < message.token_usage.output_tokens <= 20
    assert cut.content == plain.content.partition("ar")[0]
    assert formed.content.replace(" ", "").startswith('{"city":')


def test_a_real_model_calls_a_tool(make_model) -> None:
    weather = [{"role": "user", "content": "How is the weather in Paris?"}]
    request = {"tools_to_call_from": [look_up], "tool_choice": "auto", "max_tokens": 40}
    with LocalModel(SMALLEST.name, context_size=512) as local, local.serve() as server:
        with make_model(server) as model:
            plain = model.generate(weather, **request)
            deltas = [delta for delta in model.generate_stream(weather, **request)]
    # such small models write their calls as text, which is left to the client to read
    for reply in (plain, agglomerate_stream_deltas(deltas)):
        (call,) = model.parse_tool_calls(reply).tool_calls
        assert (call.function.name, call.function.arguments) == ("look_up", {"city": "Paris"})


def test_a_wrong_key(make_model) -> None:
    with LocalModel(SMALLEST.name, context_size=512) as local, local.serve() as server:
        with make_model(server, api_key="wrong-key", retry=False) as model:
            with pytest.raises(ModelAuthenticationError) as caught:
                model.generate(QUESTION)
    assert "wrong-key" not in str(caught.value)
