"""Switching telemetry on and off, what it imports, prices, and attributes of odd models and messages."""

import json
import subprocess
import sys

import pytest

from twofold import (
    ChatMessage,
    CodeAgent,
    ConfigurationError,
    MessageRole,
    MissingExtraError,
    ModelPrice,
    TokenUsage,
    instrument,
    uninstrument,
)
from twofold._core.telemetry import attributes
from twofold._core.telemetry.costs import cost_of
from twofold._core.telemetry.spans import NO_OPERATION, RunTrace
from twofold.testing import ScriptedModel

USAGE = TokenUsage(1_000_000, 100_000)

RUN = """
import sys
from twofold import CodeAgent
from twofold.testing import ScriptedModel
agent = CodeAgent(tools=[], model=ScriptedModel(["<code>final_answer(1)</code>"]))
assert agent.run("Work") == 1
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def in_new_process(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_nothing_of_opentelemetry_is_imported_while_it_is_off() -> None:
    assert in_new_process(RUN) == "[]"


def test_what_is_missing_is_named() -> None:
    script = """
import sys
sys.modules["opentelemetry"] = None
import twofold
try:
    twofold.instrument()
except twofold.MissingExtraError as error:
    print(error)
"""
    message = in_new_process(script)
    assert "instrument()" in message
    assert "twofold[telemetry]" in message
    assert issubclass(MissingExtraError, ImportError)


def test_without_an_sdk_nothing_happens() -> None:
    pytest.importorskip("opentelemetry.trace")
    assert in_new_process(f"import twofold\ntwofold.instrument()\n{RUN}".replace("print(", "len(")) == ""


def test_no_spans_are_made_while_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what they would be told is put together."""

    def fail(*args: object, **kwargs: object) -> None:
        raise AssertionError("telemetry is off")

    from twofold._core.telemetry import spans

    for name in attributes.__all__:
        monkeypatch.setattr(attributes, name, fail)
    monkeypatch.setattr(spans.Operation, "__init__", fail)
    traces = []

    def note(step: object, agent: object) -> None:
        traces.append(agent.trace)

    model = ScriptedModel(["A plan", "<code>1</code>", "<code>final_answer(len('ab'))</code>"])
    agent = CodeAgent(tools=[], model=model, step_callbacks=[note], planning_interval=5)
    assert agent.run("Work") == 2
    assert isinstance(traces[0], RunTrace)
    assert traces[0].run is traces[0].step is traces[0].code is NO_OPERATION


def test_it_can_be_switched_off_again(seen) -> None:
    uninstrument()
    uninstrument()
    assert CodeAgent(tools=[], model=ScriptedModel(["<code>final_answer(1)</code>"])).run("Work") == 1
    assert seen.everything == []


def test_both_apis_have_one_switch() -> None:
    from twofold import aio

    assert (aio.instrument, aio.uninstrument, aio.ModelPrice) == (instrument, uninstrument, ModelPrice)


# Prices


@pytest.mark.parametrize("price", [-1, float("nan"), float("inf"), "2", None, True])
def test_prices_that_are_none(price: object) -> None:
    with pytest.raises(ConfigurationError, match="input price .* at least 0"):
        ModelPrice(price, 1)
    with pytest.raises(ConfigurationError, match="output price .* at least 0"):
        ModelPrice(1, price)


def test_prices_of_another_kind_are_refused() -> None:
    pytest.importorskip("opentelemetry.trace")
    with pytest.raises(ConfigurationError, match="The price of 'm' must be a ModelPrice; got 2"):
        instrument(prices={"m": 2})


def test_what_tokens_cost() -> None:
    prices = {"m": ModelPrice(2, 10), "free": ModelPrice(0, 0)}
    assert cost_of("m", USAGE, prices) == 3.0
    assert cost_of("free", USAGE, prices) == 0.0
    assert cost_of("other", USAGE, prices) is None
    assert cost_of(None, USAGE, prices) is None


class Litellm:
    model_cost = {
        "known": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-5},
        "half": {"input_cost_per_token": 1e-6},
        "odd": {"input_cost_per_token": "much", "output_cost_per_token": None},
        "negative": {"input_cost_per_token": -1, "output_cost_per_token": 1},
        "wrong": 5,
    }


def test_prices_of_litellm_if_it_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", Litellm)
    assert cost_of("known", USAGE, {}) == pytest.approx(3.0)
    assert cost_of("known", USAGE, {"known": ModelPrice(0, 0)}) == 0.0
    assert [cost_of(name, USAGE, {}) for name in ("half", "odd", "negative", "wrong", "none")] == [None] * 5


# Attributes


class Bare:
    """A model of the user's own, with nothing that ours have."""

    def generate(self, messages: object, **parameters: object) -> ChatMessage:
        return ChatMessage(MessageRole.ASSISTANT, "<code>final_answer(1)</code>", raw=self)

    def model_dump(self, **options: object) -> dict[str, object]:
        raise RuntimeError("This is no reply of an SDK.")


def test_a_model_with_nothing_but_generate(seen) -> None:
    assert CodeAgent(tools=[], model=Bare()).run("Work") == 1
    told = seen.span("chat").attributes
    assert seen.span("chat").name == "chat"
    assert told["gen_ai.provider.name"] == "bare"
    assert "gen_ai.request.model" not in told


def test_parameters_that_are_none_of_ours() -> None:
    model = ScriptedModel([], temperature="hot", seed=True, api_base=5)
    told = attributes.model_attributes(
        model, {"top_p": 1, "response_format": {"type": "json"}, "api_key": "sk-1"}
    )
    assert told["gen_ai.request.top_p"] == 1.0
    assert told["gen_ai.output.type"] == "json"
    assert not {"gen_ai.request.temperature", "gen_ai.request.seed"} & set(told)
    assert "sk-1" not in str(told)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://user:sk-secret@models.example/v1?key=sk-secret", {"server.address": "models.example"}),
        ("http://[::1]:8080/v1", {"server.address": "::1", "server.port": 8080}),
        ("http://models.example:port/v1", {}),
        ("models.example", {}),
    ],
)
def test_addresses_are_told_without_secrets(address: str, told: dict[str, object]) -> None:
    model = ScriptedModel([])
    model.api_base = address
    found = attributes.model_attributes(model, {})
    assert {name: value for name, value in found.items() if name.startswith("server")} == told
    assert "secret" not in str(found)


def test_messages_of_every_kind() -> None:
    image = {"type": "image", "image": object()}
    messages = [
        ChatMessage(MessageRole.USER, [{"type": "text", "text": "Look"}, image, {"type": "text"}, {}]),
        ChatMessage(MessageRole.TOOL_CALL, "called"),
        ChatMessage(MessageRole.TOOL_RESPONSE, None),
    ]
    user, call, response = json.loads(attributes.messages_text(messages))
    text = {"type": "text", "content": ""}
    assert user["parts"] == [{"type": "text", "content": "Look"}, {"type": "image"}, text, text]
    assert (call["role"], response["role"], response["parts"]) == ("assistant", "tool", [])
