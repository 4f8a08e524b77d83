"""Messages, and how the deltas of a stream become one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from twofold._core.errors import ConfigurationError
from twofold._core.messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ChatMessageToolCallStreamDelta,
    MessageRole,
    agglomerate_stream_deltas,
)
from twofold._core.usage import TokenUsage


def call(name: str, arguments: Any, id: str) -> ChatMessageToolCall:
    return ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), id=id)


def fragment(
    index: int | None = None, id: str | None = None, name: Any = None, arguments: Any = None
) -> ChatMessageToolCallStreamDelta:
    function = None if name is None and arguments is None else ChatMessageToolCallFunction(name, arguments)
    return ChatMessageToolCallStreamDelta(index=index, id=id, function=function)


def merged(*fragments: ChatMessageToolCallStreamDelta) -> list[tuple[str, str, Any]]:
    deltas = [ChatMessageStreamDelta(tool_calls=[one]) for one in fragments]
    calls = agglomerate_stream_deltas(deltas).tool_calls or []
    return [(one.id, one.function.name, one.function.arguments) for one in calls]


# Messages


def test_roles_may_be_given_as_text() -> None:
    assert ChatMessage("user", "hi").role is MessageRole.USER  # type: ignore[arg-type]
    assert MessageRole.roles() == ["user", "assistant", "system", "tool-call", "tool-response"]


@pytest.mark.parametrize("data", [{"role": "bot", "content": "x"}, {"content": "x"}, {"role": None}])
def test_an_unknown_role_names_those_that_there_are(data: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"one of user, assistant, system, .*got "):
        ChatMessage.from_dict(data)


def test_text_joins_the_text_blocks_and_leaves_out_the_rest() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "a"},
        {"type": "image", "image": object()},
        {"type": "text", "text": None},
        {"type": "text", "text": "b"},
    ]
    assert ChatMessage(MessageRole.USER, blocks).text == "a\n\nb"
    assert ChatMessage(MessageRole.USER).text == ""
    assert ChatMessage(MessageRole.USER, "plain").text == "plain"


messages = st.builds(
    ChatMessage,
    role=st.sampled_from(MessageRole),
    content=st.none()
    | st.text()
    | st.lists(st.builds(lambda text: {"type": "text", "text": text}, st.text())),
    tool_calls=st.none()
    | st.lists(st.builds(call, st.text(), st.dictionaries(st.text(), st.integers()), st.text()), min_size=1),
    token_usage=st.none() | st.builds(TokenUsage, st.integers(0, 10**6), st.integers(0, 10**6)),
    reasoning=st.none() | st.text(),
    tool_call_id=st.none() | st.text(),
)


@given(messages)
def test_messages_round_trip_through_json(message: ChatMessage) -> None:
    again = ChatMessage.from_dict(json.loads(message.model_dump_json()))
    assert again == message
    assert again.token_usage == message.token_usage


def test_the_providers_object_is_neither_compared_nor_written() -> None:
    one = ChatMessage(MessageRole.USER, "x", raw=object())
    assert one == ChatMessage(MessageRole.USER, "x", raw=object())
    assert "raw" not in one.dict()
    assert "object" not in repr(one)


def test_json_of_a_message_with_an_image_and_odd_arguments() -> None:
    odd: dict[Any, Any] = {("a", 1): {1, 2}}
    image = Image.new("RGB", (2, 2), "red")
    message = ChatMessage(
        MessageRole.USER, [{"type": "image", "image": image}], tool_calls=[call("f", odd, "1")]
    )
    data = json.loads(message.model_dump_json())
    assert data["content"][0]["image"]["_type"] == "image"
    assert data["tool_calls"][0]["function"]["arguments"] == {"('a', 1)": [1, 2]}
    assert '"tool": "f"' in message.render_as_markdown()


def test_markdown_shows_text_and_calls() -> None:
    message = ChatMessage(MessageRole.ASSISTANT, "I look.", tool_calls=[call("search", {"q": "é"}, "1")])
    text, _, calls = message.render_as_markdown().partition("\n")
    assert text == "I look."
    assert json.loads(calls) == [{"tool": "search", "arguments": {"q": "é"}}]
    assert "é" in calls


def test_a_provider_call_without_a_type_is_a_function() -> None:
    data = {"id": "1", "type": None, "function": {"name": "f", "arguments": "{}"}}
    assert ChatMessageToolCall.from_dict(data).type == "function"


# Deltas


def test_text_reasoning_and_the_last_usage() -> None:
    message = agglomerate_stream_deltas(
        [
            ChatMessageStreamDelta(reasoning="hm"),
            ChatMessageStreamDelta(reasoning="m", token_usage=TokenUsage(5, 1)),
            ChatMessageStreamDelta(content="4", token_usage=TokenUsage(5, 2)),
            ChatMessageStreamDelta(content="2"),
        ]
    )
    assert (message.text, message.reasoning) == ("42", "hmm")
    assert message.token_usage == TokenUsage(5, 2)
    assert message.role is MessageRole.ASSISTANT


def test_no_deltas_are_an_empty_message() -> None:
    message = agglomerate_stream_deltas([])
    assert (message.text, message.tool_calls, message.token_usage, message.reasoning) == (
        "",
        None,
        None,
        None,
    )


def pieces_of(data: st.DataObject, text: str) -> list[str]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


arguments = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=8), max_size=3).map(
    json.dumps
)
names = st.sampled_from(["search", "add", "final_answer"])


@given(st.lists(st.tuples(names, arguments), max_size=4), st.sampled_from(["index", "id", "both"]), st.data())
def test_a_message_is_the_same_however_it_was_split(
    calls: list[tuple[str, str]], told_by: str, data: st.DataObject
) -> None:
    content = data.draw(st.text())
    deltas = [ChatMessageStreamDelta(content=piece) for piece in pieces_of(data, content)]
    for position, (name, text) in enumerate(calls):
        index = position if told_by != "id" else None
        call_id = f"id-{position}" if told_by != "index" else None
        for number, piece in enumerate(pieces_of(data, text)):
            # what servers do after the first fragment: send nothing again, an empty name, or all of it
            repeats = number == 0 or data.draw(st.booleans())
            part = fragment(
                index,
                call_id if repeats else None,
                name if repeats else data.draw(st.sampled_from(["", None])),
                piece,
            )
            deltas.append(ChatMessageStreamDelta(tool_calls=[part]))
    message = agglomerate_stream_deltas(deltas)
    assert message.text == content
    expected = [
        (f"id-{position}" if told_by != "index" else f"call_{position}", name, text)
        for position, (name, text) in enumerate(calls)
    ]
    found = [(one.id, one.function.name, one.function.arguments) for one in message.tool_calls or ()]
    assert found == expected


def test_indexed_fragments_may_be_interleaved() -> None:
    assert merged(
        fragment(1, "b", "g", "{"),
        fragment(0, "a", "f", "["),
        fragment(1, None, None, "}"),
        fragment(0, None, None, "]"),
    ) == [("a", "f", "[]"), ("b", "g", "{}")]


def test_fragments_without_index_find_their_call_by_id() -> None:
    assert merged(
        fragment(None, "a", "f", "["),
        fragment(None, "b", "g", "{"),
        fragment(None, "a", None, "]"),
        fragment(None, "b", None, "}"),
    ) == [("a", "f", "[]"), ("b", "g", "{}")]


def test_whole_calls_without_index_and_id_are_kept_apart() -> None:
    found = merged(fragment(name="f", arguments='{"x": 1}'), fragment(name="f", arguments='{"x": 2}'))
    assert found == [("call_0", "f", '{"x": 1}'), ("call_1", "f", '{"x": 2}')]


def test_calls_that_all_claim_index_0_are_kept_apart() -> None:
    assert merged(fragment(0, "a", "f", "{}"), fragment(0, "b", "f", "[]")) == [
        ("a", "f", "{}"),
        ("b", "f", "[]"),
    ]


def test_a_server_that_gives_every_fragment_a_new_id() -> None:
    assert merged(
        fragment(0, "a", "f", ""), fragment(0, "b", None, '{"x":'), fragment(0, "c", None, "1}")
    ) == [("a", "f", '{"x":1}')]


def test_two_calls_with_one_id_are_both_kept() -> None:
    assert merged(fragment(0, "a", "f", "{}"), fragment(1, "a", "f", "{}")) == [("a", "f", "{}")] * 2


def test_a_fragment_without_index_after_indexed_ones_begins_a_call_of_its_own() -> None:
    assert merged(
        fragment(5, "b", "g", "{}"), fragment(0, "a", "f", "{}"), fragment(None, "c", "h", "{}")
    ) == [
        ("a", "f", "{}"),
        ("b", "g", "{}"),
        ("c", "h", "{}"),
    ]


def test_arguments_that_are_parsed_already_stay_what_they_are() -> None:
    assert merged(fragment(0, "a", "f", {"x": 1})) == [("a", "f", {"x": 1})]
    assert merged(fragment(0, "a", "f")) == [("a", "f", "")]
    assert merged(fragment(0, "a")) == [("a", "", "")]
