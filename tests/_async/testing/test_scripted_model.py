"""``ScriptedModel``: replies in order or from a function, latency, failures, streams."""

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import ChatMessage, ConfigurationError, MessageRole, ModelError, agglomerate_stream_deltas
from twofold.aio.testing import ScriptedModel, ScriptExhausted


def ask(text: str) -> list[ChatMessage]:
    return [ChatMessage(role=MessageRole.USER, content=text)]


async def test_replies_in_order_then_an_error_that_says_so() -> None:
    model = ScriptedModel(["one", "two"])
    assert [(await model.generate(ask("?"))).content for _ in range(2)] == ["one", "two"]
    with pytest.raises(ScriptExhausted, match="reply 3"):
        await model.generate(ask("and now?"))


async def test_replies_from_functions_of_the_messages() -> None:
    async def shout(messages: list[ChatMessage]) -> str:
        await bridge.sleep(0)
        return messages[-1].text.upper()

    for function in (shout, lambda messages: messages[-1].text.upper()):
        assert (await ScriptedModel(function).generate(ask("hey"))).content == "HEY"


async def test_failures_are_raised_and_the_script_goes_on() -> None:
    model = ScriptedModel([ModelError("busy", status=503), "fine"])
    with pytest.raises(ModelError, match="busy"):
        await model.generate(ask("?"))
    assert (await model.generate(ask("?"))).content == "fine"


async def test_streams_sum_up_to_the_reply() -> None:
    model = ScriptedModel(["a longer reply than one chunk", ModelError("broken")], chunk_size=5)
    deltas = [delta async for delta in model.generate_stream(ask("?"))]
    assert len(deltas) == 7
    message = agglomerate_stream_deltas(deltas)
    assert message.content == "a longer reply than one chunk"
    assert message.token_usage is not None
    with pytest.raises(ModelError, match="broken"):
        async for _ in model.generate_stream(ask("?")):
            pass


async def test_stop_sequences_cut_the_reply() -> None:
    reply = await ScriptedModel(["keep STOP drop"]).generate(ask("?"), stop_sequences=["STOP"])
    assert reply.content == "keep "


async def test_requests_are_recorded() -> None:
    model = ScriptedModel(["ok"])
    await model.generate([{"role": "user", "content": "Hello"}], ["END"], temperature=0)
    request = model.requests[0]
    assert request.messages == ask("Hello")
    assert (request.stop_sequences, request.parameters) == (["END"], {"temperature": 0})


async def test_latency_is_waited_for_concurrently() -> None:
    model = ScriptedModel(lambda messages: messages[-1].text, latency=0.01)

    async def one(number: int) -> str:
        return (await model.generate(ask(str(number)))).text

    assert await bridge.map_concurrent(one, range(50)) == [str(number) for number in range(50)]


@pytest.mark.parametrize("script", ["text", 5, None])
def test_a_script_that_is_none(script) -> None:
    with pytest.raises(ConfigurationError):
        ScriptedModel(script)


@pytest.mark.parametrize("settings", [{"latency": -1}, {"chunk_size": 0}])
def test_settings_that_cannot_be(settings) -> None:
    with pytest.raises(ConfigurationError):
        ScriptedModel([], **settings)
