"""Messages in the form of the chat-completions protocol."""

from __future__ import annotations

import base64
import gc
import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from twofold._core.errors import ConfigurationError
from twofold._core.media import images
from twofold._core.messages import ChatMessage, MessageRole
from twofold._core.models.message_format import (
    encode_image_base64,
    get_clean_message_list,
    make_image_url,
    tool_role_conversions,
)


class CountingImage(Image.Image):
    """An image that counts how often it is encoded."""

    saved = 0

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.saved += 1
        super().save(*args, **kwargs)


def counting_image() -> CountingImage:
    image = Image.new("RGB", (3, 2), "blue")
    image.__class__ = CountingImage
    assert isinstance(image, CountingImage)
    return image


def decoded(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def test_consecutive_messages_of_one_role_become_one() -> None:
    given_messages = [
        ChatMessage(MessageRole.SYSTEM, "be brief"),
        ChatMessage(MessageRole.USER, "one"),
        {"role": "user", "content": [text("two")]},
        ChatMessage(MessageRole.ASSISTANT, "ok"),
    ]
    assert get_clean_message_list(given_messages) == [
        {"role": "system", "content": [text("be brief")]},
        {"role": "user", "content": [text("one\ntwo")]},
        {"role": "assistant", "content": [text("ok")]},
    ]


def test_roles_are_converted_before_turns_are_merged() -> None:
    given_messages = [
        ChatMessage(MessageRole.ASSISTANT, "I call."),
        ChatMessage(MessageRole.TOOL_CALL, "call"),
        ChatMessage(MessageRole.TOOL_RESPONSE, "result"),
        ChatMessage(MessageRole.USER, "go on"),
    ]
    cleaned = get_clean_message_list(given_messages, tool_role_conversions, flatten_messages_as_text=True)
    assert cleaned == [
        {"role": "assistant", "content": "I call.\ncall"},
        {"role": "user", "content": "result\ngo on"},
    ]


def test_conversions_may_be_given_as_text() -> None:
    assert (
        get_clean_message_list([{"role": "system", "content": "x"}], {"system": "user"})[0]["role"] == "user"
    )


role = st.sampled_from([MessageRole.USER, MessageRole.ASSISTANT])
blocks = st.lists(st.text(max_size=5).map(text), min_size=1, max_size=3)


@given(st.lists(st.builds(ChatMessage, role=role, content=st.text(max_size=5) | blocks), max_size=8))
def test_no_text_is_lost_and_roles_alternate(conversation: list[ChatMessage]) -> None:
    before = [ChatMessage.from_dict(message.dict()) for message in conversation]
    cleaned = get_clean_message_list(conversation, flatten_messages_as_text=True)
    assert "\n".join(turn["content"] for turn in cleaned) == "\n".join(m.text for m in conversation)
    assert all(one["role"] != other["role"] for one, other in pairwise(cleaned))
    assert conversation == before


def test_messages_given_are_not_changed_by_merging() -> None:
    first, second = [text("a")], [text("b")]
    get_clean_message_list([{"role": "user", "content": first}, {"role": "user", "content": second}])
    assert (first, second) == ([text("a")], [text("b")])


def test_images_stand_between_the_texts_around_them() -> None:
    image = Image.new("RGB", (2, 3), "red")
    content: list[Any] = [text("before"), {"type": "image", "image": image}]
    cleaned = get_clean_message_list(
        [ChatMessage(MessageRole.USER, content), ChatMessage(MessageRole.USER, "after")],
        convert_images_to_image_urls=True,
    )
    assert [block["type"] for block in cleaned[0]["content"]] == ["text", "image_url", "text"]
    url = cleaned[0]["content"][1]["image_url"]["url"]
    assert url == make_image_url(encode_image_base64(image))
    assert decoded(url.removeprefix("data:image/png;base64,")).size == (2, 3)


def test_an_image_as_base64() -> None:
    image = Image.new("RGB", (2, 3), "red")
    cleaned = get_clean_message_list([{"role": "user", "content": [{"type": "image", "image": image}]}])
    assert decoded(cleaned[0]["content"][0]["image"]).getpixel((0, 0)) == (255, 0, 0)


def test_an_image_is_encoded_once_however_often_it_is_sent() -> None:
    image = counting_image()
    conversation = [ChatMessage(MessageRole.USER, [{"type": "image", "image": image}])]
    sent = [get_clean_message_list(conversation) for _ in range(5)]
    assert image.saved == 1
    assert all(one == sent[0] for one in sent)


def test_equal_images_are_not_confused() -> None:
    red, blue = Image.new("RGB", (1, 1), "red"), Image.new("RGB", (1, 1), "blue")
    assert encode_image_base64(red) != encode_image_base64(blue)


def test_the_encoded_text_goes_when_its_image_goes() -> None:
    before = len(images._encoded_images)
    image = Image.new("RGB", (1, 1))
    encode_image_base64(image)
    assert len(images._encoded_images) == before + 1
    del image
    gc.collect()
    assert len(images._encoded_images) == before


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F"]
)
def test_images_of_every_mode_can_be_sent(mode: str) -> None:
    image = Image.new(mode, (4, 5))
    assert decoded(encode_image_base64(image)).size == (4, 5)


@pytest.mark.parametrize("wrong", ["cat.png", b"\x89PNG", None, 3])
def test_what_is_no_image_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigurationError, match=f"Pillow image.*not {type(wrong).__name__}"):
        get_clean_message_list([{"role": "user", "content": [{"type": "image", "image": wrong}]}])


def test_an_image_cannot_be_flattened() -> None:
    content = [text("look"), {"type": "image", "image": Image.new("RGB", (1, 1))}]
    with pytest.raises(ConfigurationError, match="text only"):
        get_clean_message_list([{"role": "user", "content": content}], flatten_messages_as_text=True)


def test_blocks_of_the_provider_pass_unchanged() -> None:
    block = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}
    assert get_clean_message_list([{"role": "user", "content": [block]}])[0]["content"] == [block]


@pytest.mark.parametrize(
    "content", [["plain"], [{"text": "no type"}], [{"type": "text", "text": None}], [{"type": "image"}], 5]
)
def test_malformed_content_is_refused(content: Any) -> None:
    with pytest.raises(ConfigurationError):
        get_clean_message_list([{"role": "user", "content": content}])


@pytest.mark.parametrize("item", [{"role": "robot", "content": "x"}, {"content": "x"}, "hello", None])
def test_malformed_messages_are_refused(item: Any) -> None:
    with pytest.raises(ConfigurationError, match="role"):
        get_clean_message_list([item])
