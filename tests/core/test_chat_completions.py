"""Reading replies of the chat-completions protocol, as the openai SDK parses them."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from twofold._core.errors import ModelError
from twofold._core.messages import ChatMessage, MessageRole, agglomerate_stream_deltas
from twofold._core.models.chat_completions import (
    broken_stream_error,
    is_last_chunk,
    message_from_completion,
    stream_delta_from_chunk,
)
from twofold._core.usage import TokenUsage

CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}


def completion(message: dict[str, Any] | None, **extra: Any) -> ChatCompletion:
    choices = [] if message is None else [{"index": 0, "finish_reason": "stop", "message": message}]
    data = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, **extra}
    return ChatCompletion.construct(**data)


def chunk(delta: dict[str, Any] | None, **extra: Any) -> ChatCompletionChunk:
    choices = [] if delta is None else [{"index": 0, "finish_reason": None, "delta": delta}]
    data = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        **extra,
    }
    return ChatCompletionChunk.construct(**data)


def message_of(message: dict[str, Any] | None, **extra: Any) -> ChatMessage:
    return message_from_completion(completion(message, **extra), provider="OpenAI", model="m")


def streamed(*chunks: ChatCompletionChunk) -> ChatMessage:
    return agglomerate_stream_deltas([stream_delta_from_chunk(one) for one in chunks])


def test_text_and_usage() -> None:
    source = completion(
        {"role": "assistant", "content": "42"},
        usage={"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
    )
    message = message_from_completion(source, provider="OpenAI", model="m")
    assert message == ChatMessage(MessageRole.ASSISTANT, "42")
    assert message.token_usage == TokenUsage(7, 2)
    assert message.raw is source


def test_no_usage_is_unknown_and_not_zero() -> None:
    assert message_of({"role": "assistant", "content": "42"}).token_usage is None
    usage = {"prompt_tokens": 7, "completion_tokens": None}
    assert message_of({"role": "assistant", "content": "x"}, usage=usage).token_usage == TokenUsage(7, 0)


def test_tool_calls() -> None:
    message = message_of({"role": "assistant", "content": None, "tool_calls": [CALL]})
    assert message.content is None
    assert [call.dict() for call in message.tool_calls or ()] == [CALL]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_under_either_name(field: str) -> None:
    assert message_of({"role": "assistant", "content": "42", field: "hm"}).reasoning == "hm"
    assert streamed(chunk({field: "h"}), chunk({field: "m"}), chunk({"content": "42"})).reasoning == "hm"


def test_reasoning_in_an_unknown_form_is_left_out() -> None:
    assert message_of({"role": "assistant", "content": "42", "reasoning": {"text": "hm"}}).reasoning is None


def test_a_refusal_is_what_the_model_said() -> None:
    assert message_of({"role": "assistant", "content": None, "refusal": "No."}).content == "No."
    assert streamed(chunk({"refusal": "N"}), chunk({"refusal": "o."})).content == "No."


@pytest.mark.parametrize("choices", [None, []])
def test_a_reply_without_a_message(choices: Any) -> None:
    with pytest.raises(ModelError, match="OpenAI sent a reply without a message for the model 'm'") as caught:
        message_of(None, choices=choices)
    assert caught.value.retryable


def test_an_error_that_a_router_sends_with_status_200_is_shown() -> None:
    with pytest.raises(ModelError, match="upstream overloaded"):
        message_of(None, choices=None, error={"message": "upstream overloaded", "code": 502})


def test_a_stream() -> None:
    message = streamed(
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "4"}),
        chunk({"content": "2"}),
        chunk({}),
        chunk(None, usage={"prompt_tokens": 7, "completion_tokens": 2}),
    )
    assert message.text == "42"
    assert message.token_usage == TokenUsage(7, 2)


def test_a_stream_of_tool_calls() -> None:
    message = streamed(
        chunk(
            {
                "tool_calls": [
                    {"index": 0, "id": "c1", "type": "function", "function": {"name": "add", "arguments": ""}}
                ]
            }
        ),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]}),
        chunk({"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "sub", "arguments": "{}"}}]}),
        chunk(
            {
                "tool_calls": [
                    {"index": 0, "function": {"arguments": ": 1}"}},
                    {"index": 1, "type": "function"},
                ]
            }
        ),
    )
    assert [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()] == [
        ("c1", "add", '{"a": 1}'),
        ("c2", "sub", "{}"),
    ]


def test_chunks_of_careless_servers() -> None:
    without_delta = ChatCompletionChunk.construct(id="1", choices=[{"index": 0, "delta": None}])
    without_choices = ChatCompletionChunk.construct(id="1", choices=None)
    assert stream_delta_from_chunk(without_delta).content is None
    assert stream_delta_from_chunk(without_choices).tool_calls is None
    assert stream_delta_from_chunk(chunk({"content": None, "tool_calls": []})).tool_calls is None


def test_a_stream_is_whole_when_it_says_why_it_ends() -> None:
    last = ChatCompletionChunk.construct(id="1", choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    assert is_last_chunk(last)
    assert not is_last_chunk(chunk({"content": "x"}))
    assert not is_last_chunk(chunk(None))
    assert not is_last_chunk(ChatCompletionChunk.construct(id="1", choices=None))


def test_a_stream_that_broke_off_may_be_tried_again() -> None:
    error = broken_stream_error("OpenAI", "m")
    assert error.retryable
    assert "OpenAI ended the stream of the model 'm'" in str(error)
