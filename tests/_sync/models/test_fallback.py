# Generated from tests/_async/models/test_fallback.py by `nox -s codegen`. Do not edit.
"""``FallbackModel`` and ``FunctionModel``: models made of other things."""

import pytest

from twofold import (
    ChatMessage,
    CodeAgent,
    ConfigurationError,
    FallbackModel,
    FunctionModel,
    MalformedReply,
    MessageRole,
    Model,
    ModelError,
    ProviderUnavailable,
)
from twofold._core.messages import agglomerate_stream_deltas
from twofold.testing import ScriptedModel

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]
DOWN = ProviderUnavailable("down", provider="A", model="a")


class Breaking(Model):
    """Streams some deltas, then breaks."""

    def generate_stream(self, messages, *arguments, **kwargs):
        for delta in ScriptedModel(["one two"], chunk_size=3).generate_stream(messages):
            yield delta
            raise DOWN

    def generate(self, messages, *arguments, **kwargs):
        raise DOWN


class Nameless(Model):
    """Says what it is told."""

    def generate(self, messages, *arguments, **kwargs):
        return messages[0]


def text_of(stream) -> str:
    return "".join([delta.content or "" for delta in stream])


def test_the_next_is_asked_when_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    first, second = ScriptedModel([DOWN, DOWN]), ScriptedModel(["hi", "hi"])
    model = FallbackModel([first, second])
    assert model.generate(HELLO, stop_sequences=["X"], temperature=1).content == "hi"
    assert text_of(model.generate_stream(HELLO)) == "hi"
    request = second.requests[0]
    assert (request.stop_sequences, request.parameters) == (["X"], {"temperature": 1})
    assert "the next one is asked" in caplog.text


def test_the_first_is_asked_alone_while_it_works() -> None:
    second = ScriptedModel([])
    assert FallbackModel([ScriptedModel(["hi"]), second]).generate(HELLO).content == "hi"
    assert second.requests == []


def test_when_all_fail_the_last_error_is_raised() -> None:
    model = FallbackModel([ScriptedModel([DOWN, DOWN]), ScriptedModel([ModelError("also down")] * 2)])
    with pytest.raises(ModelError, match="also down"):
        model.generate(HELLO)
    with pytest.raises(ModelError, match="also down"):
        text_of(model.generate_stream(HELLO))


def test_mistakes_of_the_program_are_not_covered_up() -> None:
    model = FallbackModel([ScriptedModel([ConfigurationError("no key")]), ScriptedModel(["hi"])])
    with pytest.raises(ConfigurationError, match="no key"):
        model.generate(HELLO)


def test_a_stream_that_has_begun_does_not_change_over() -> None:
    second = ScriptedModel(["hi"])
    with pytest.raises(ProviderUnavailable):
        text_of(FallbackModel([Breaking(), second]).generate_stream(HELLO))
    assert second.requests == []


def test_closing_closes_all() -> None:
    closed = []

    class Closing(ScriptedModel):
        def close(self) -> None:
            closed.append(self.model_id)

    with FallbackModel([Closing([], model_id="a"), Closing([], model_id="b")]):
        pass
    assert closed == ["a", "b"]


@pytest.mark.parametrize("models", [[], [ScriptedModel], ["gpt-4o"]])
def test_what_is_no_model(models) -> None:
    with pytest.raises(ConfigurationError):
        FallbackModel(models)


def test_a_function_as_a_model() -> None:
    def answer(messages) -> str:
        return f"<code>final_answer({len(messages)} * 0 + 42)</code>"

    for model in (FunctionModel(answer), answer, FallbackModel([ScriptedModel([DOWN]), answer])):
        assert CodeAgent(tools=[], model=model).run("Compute") == 42


def test_a_function_gets_what_it_takes() -> None:
    seen = []

    def some(messages, stop_sequences=None):
        seen.append(stop_sequences)
        return "a END b"

    def everything(messages, **kwargs):
        seen.append(sorted(kwargs))
        return {"content": "x"}

    assert FunctionModel(some).generate(HELLO, stop_sequences=["END"], top_p=1).content == "a "
    assert FunctionModel(everything).generate(HELLO, top_p=1).content == "x"
    assert FunctionModel(lambda messages: messages[0]).generate(HELLO) is HELLO[0]
    names = ["response_format", "stop_sequences", "tools_to_call_from", "top_p"]
    assert seen == [["END"], names]


def test_what_no_function_may_return() -> None:
    with pytest.raises(MalformedReply, match="returned int"):
        FunctionModel(lambda messages: 3).generate(HELLO)
    with pytest.raises(ConfigurationError, match="needs a function"):
        FunctionModel("gpt-4o")


def test_a_reply_says_which_model_it_is_from() -> None:
    def make() -> FallbackModel:
        first = ScriptedModel([DOWN], model_id="a")
        return FallbackModel(
            [first, FallbackModel([ScriptedModel([DOWN]), ScriptedModel(["hi"], model_id="b")])]
        )

    assert make().generate(HELLO).model_id == "b"
    deltas = [delta for delta in make().generate_stream(HELLO)]
    assert agglomerate_stream_deltas(deltas).model_id == "b"
    nameless = FallbackModel([ScriptedModel([DOWN], model_id="a"), Nameless()])
    assert nameless.generate(HELLO).model_id == ""
    assert HELLO[0].model_id is None
