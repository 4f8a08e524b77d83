# Generated from tests/_async/models/test_local.py by `nox -s codegen`. Do not edit.
"""``LocalModel`` in front of a stand-in for xllamacpp that answers from a script."""

import gc
import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest

from twofold import (
    ChatMessage,
    ConfigurationError,
    LocalModel,
    MissingExtraError,
    ModelError,
    WeightsError,
    tool,
)


class FakeServer:
    """What xllamacpp's server does as far as it matters here: chunks to a callback, which may stop it."""

    loaded = []

    def __init__(self, params):
        if "broken" in params.model.path:
            raise RuntimeError("Failed to init server")
        self.params = params
        self.requests = []
        self.script = lambda request: ["Hello", " world"]
        self.delivered = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.stopped = threading.Event()
        self.listening_address = "http://127.0.0.1:4321"
        FakeServer.loaded.append(self)

    def handle_chat_completions(self, request, receive):
        self.requests.append(request)
        try:
            self._stream(self.script(request), receive)
        except RuntimeError:
            raise
        except BaseException:  # as the real one: printed and forgotten
            pass

    def _stream(self, script, receive):
        if isinstance(script, dict):
            receive(script)
            return
        receive({"choices": [{"delta": {"role": "assistant", "content": None}}]})
        for text in script:
            if self.delivered:
                self.may_go_on.wait(30)
            if receive({"choices": [{"delta": {"content": text}}]}):
                self.stopped.set()
                return
            self.delivered += 1
        receive({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        receive({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(script)}})


class FakeParams:
    def __init__(self):
        self.model = SimpleNamespace(path="")
        self.cpuparams = SimpleNamespace(n_threads=-1)
        self.cpuparams_batch = SimpleNamespace(n_threads=-1)


@pytest.fixture(autouse=True)
def library(monkeypatch):
    module = ModuleType("xllamacpp")
    module.CommonParams = FakeParams
    module.Server = FakeServer
    monkeypatch.setitem(sys.modules, "xllamacpp", module)
    FakeServer.loaded = []
    return module


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    return path


@pytest.fixture
def model(weights):
    with LocalModel(weights, context_size=512, threads=3) as model:
        model.load()
        yield model


def the_server():
    return FakeServer.loaded[-1]


ASK = [{"role": "user", "content": "Hi"}]


def test_a_reply(model):
    reply = model.generate(ASK)
    assert reply.content == "Hello world"
    assert (reply.token_usage.input_tokens, reply.token_usage.output_tokens) == (7, 2)


def test_a_stream(model):
    deltas = [delta for delta in model.generate_stream(ASK)]
    assert [delta.content for delta in deltas] == ["Hello", " world", None]
    assert deltas[-1].token_usage.output_tokens == 2


def test_what_is_asked_for(model):
    model.generate([ChatMessage(role="system", content="Be brief."), *ASK], ["END"], temperature=0.5)
    (request,) = the_server().requests
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
    assert request["stop"] == ["END"]
    assert (request["temperature"], request["max_tokens"]) == (0.5, 1024)
    assert "seed" not in request


def test_parameters_of_the_model_win(weights):
    model = LocalModel(weights, max_tokens=9, seed=3, top_p=0.4)
    model.generate(ASK, top_p=0.9)
    request = the_server().requests[-1]
    assert (request["max_tokens"], request["seed"], request["temperature"], request["top_p"]) == (
        9,
        3,
        0.0,
        0.4,
    )


def test_how_it_is_loaded(weights):
    model = LocalModel(weights, context_size=512, threads=3, parallel=2, gpu_layers=5)
    model.load()
    params = the_server().params
    assert params.model.path == str(weights)
    assert (params.n_ctx, params.n_parallel, params.n_gpu_layers) == (1024, 2, 5)
    assert (params.cpuparams.n_threads, params.cpuparams_batch.n_threads) == (3, 3)
    assert params.no_extra_bufts is True
    assert len(params.api_keys[0]) > 20


def test_nothing_is_loaded_before_it_is_needed(weights):
    LocalModel(weights)
    assert FakeServer.loaded == []


def test_models_with_equal_settings_share_one_engine(weights):
    first, second, other = LocalModel(weights), LocalModel(weights), LocalModel(weights, context_size=4096)
    for model in (first, second, other):
        model.load()
    assert len(FakeServer.loaded) == 2


def test_a_closed_model_is_unloaded_and_can_be_used_again(weights):
    model = LocalModel(weights)
    model.load()
    model.close()
    gc.collect()
    assert model.generate(ASK).content == "Hello world"
    assert len(FakeServer.loaded) == 2


def test_closing_a_stream_stops_generation(model):
    server = the_server()
    server.script = lambda request: ["word "] * 1000
    server.may_go_on.clear()
    stream = model.generate_stream(ASK)
    for _ in stream:
        break
    stream.close()
    server.may_go_on.set()
    assert server.stopped.wait(30)
    assert server.delivered == 1
    assert model.generate(ASK).content == "word " * 1000


def test_a_conversation_that_is_too_long(model):
    error = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 10030, "n_ctx": 4096}
    the_server().script = lambda request: {"error": error}
    with pytest.raises(ModelError, match=r"10,030 tokens.*holds 4,096\..*context_size=16384"):
        model.generate(ASK)
    the_server().script = lambda request: ["fine"]
    assert model.generate(ASK).content == "fine"


def test_other_refusals(model):
    the_server().script = lambda request: {"error": {"code": 400, "message": "failed to parse grammar"}}
    with pytest.raises(ModelError, match=r"'model' refused the request: failed to parse grammar") as caught:
        model.generate(ASK, grammar="root ::=")
    assert caught.value.status == 400


def test_a_request_that_the_library_cannot_take(model):
    def script(request):
        raise RuntimeError("image input is not supported")

    the_server().script = script
    with pytest.raises(ModelError, match="image input is not supported"):
        model.generate(ASK)


def test_a_response_format_goes_out_and_takes_the_place_of_a_grammar(model):
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    model.generate(ASK, response_format=form, grammar="root ::= .")
    request = the_server().requests[-1]
    assert request["response_format"] == form
    assert "grammar" not in request


@tool
def weather(city: str) -> str:
    """Tells the weather.

    Args:
        city: The city's name.
    """
    return "sunny"


def test_tools_are_called_by_a_schema(model):
    the_server().script = lambda request: ['{"name": "weather", ', '"arguments": {"city": "Rome"}}']
    reply = model.generate(ASK, tools_to_call_from=[weather])
    (call,) = reply.tool_calls
    assert (call.function.name, call.function.arguments) == ("weather", {"city": "Rome"})
    assert not reply.content
    request = the_server().requests[-1]
    schema = request["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["name"] == {"const": "weather"}
    assert "Tells the weather." in request["messages"][0]["content"]
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert "tools" not in request


def test_tools_that_need_not_be_called(model):
    the_server().script = lambda request: ['{"reply": "No need."}']
    reply = model.generate(
        [{"role": "system", "content": "Be brief."}, *ASK], tools_to_call_from=[weather], tool_choice="auto"
    )
    assert (reply.content, reply.tool_calls) == ("No need.", None)
    assert (
        the_server().requests[-1]["messages"][0]["content"].startswith("Be brief.\nYou can call these tools:")
    )


def test_a_tool_call_that_was_cut_off_is_text(model):
    the_server().script = lambda request: ['{"name": "weat']
    reply = model.generate(ASK, tools_to_call_from=[weather])
    assert (reply.content, reply.tool_calls) == ('{"name": "weat', None)


def test_images_are_refused(model):
    with pytest.raises(ConfigurationError, match="text only"):
        model.generate([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])


def test_the_server_for_other_clients(model):
    with model.serve() as server:
        assert server.url == "http://127.0.0.1:4321/v1"
        assert server.api_key == the_server().params.api_keys[0]
        assert server.model_id == "model"
        assert server.api_key not in repr(server)


def test_the_code_block_grammar(model):
    parameters = model.code_block_parameters("<code>", "</code>")
    model.generate(ASK, **parameters)
    assert '"<code>"' in the_server().requests[-1]["grammar"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model_id": ""}, "model_id"),
        ({"model_id": 7}, "model_id"),
        ({"context_size": 0}, "context_size"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"threads": True}, "threads"),
        ({"parallel": 1.5}, "parallel"),
    ],
)
def test_arguments_that_cannot_be(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        LocalModel(**arguments)


def test_an_unknown_name():
    with pytest.raises(WeightsError, match="no local model named 'gpt-4'"):
        LocalModel("gpt-4").generate(ASK)


def test_weights_that_cannot_be_loaded(tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(ModelError, match=r"broken\.gguf' could not be loaded"):
        LocalModel(path).load()


def test_without_the_library(weights, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtraError, match=r"twofold\[local\]"):
        LocalModel(weights).load()
