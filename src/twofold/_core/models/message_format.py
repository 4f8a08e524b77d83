"""Putting messages into the form that chat-completions providers want: roles, merged turns, images."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigurationError
from ..media.images import encode_image_base64, make_image_url
from ..messages import ChatMessage, ChatMessageToolCall, MessageRole
from ..serialization import make_json_serializable

__all__ = ["encode_image_base64", "get_clean_message_list", "make_image_url", "tool_role_conversions"]

tool_role_conversions: dict[MessageRole, MessageRole] = {
    MessageRole.TOOL_CALL: MessageRole.ASSISTANT,
    MessageRole.TOOL_RESPONSE: MessageRole.USER,
}
"""What tool roles become for providers that know only system, user and assistant."""


def get_clean_message_list(
    message_list: Iterable[ChatMessage | Mapping[str, Any]],
    role_conversions: Mapping[MessageRole, MessageRole] | Mapping[str, str] | None = None,
    convert_images_to_image_urls: bool = False,
    flatten_messages_as_text: bool = False,
    native_tool_history: bool = False,
) -> list[dict[str, Any]]:
    """Convert messages to the plain dictionaries of the chat-completions protocol.

    Consecutive messages of one role become one, because many chat templates refuse two in a row.

    Args:
        message_list: The messages, as ``ChatMessage`` or as dictionaries with role and content.
        role_conversions: Which role stands for which.
        convert_images_to_image_urls: Send images as data URLs (otherwise as base64 text).
        flatten_messages_as_text: Send each message's text as one string, for models that take no blocks.
        native_tool_history: Send tool calls and their results in the protocol's own form.

    Returns:
        One dictionary with ``role`` and ``content`` for each turn.

    Raises:
        ConfigurationError: A role is not known, or an image is to be flattened to text.
    """
    conversions = {MessageRole(key): MessageRole(value) for key, value in (role_conversions or {}).items()}
    cleaned: list[dict[str, Any]] = []
    for item in message_list:
        role, content = _role_and_content(item)
        if native_tool_history and (native := _native_tool_message(item, role)) is not None:
            cleaned.append(native)
            continue
        role = conversions.get(role, role)
        blocks = _blocks(content, convert_images_to_image_urls)
        if cleaned and cleaned[-1]["role"] == role.value and "tool_calls" not in cleaned[-1]:
            _append_blocks(cleaned[-1]["content"], blocks)
        else:
            cleaned.append({"role": role.value, "content": blocks})
    if flatten_messages_as_text:
        for message in cleaned:
            if isinstance(message["content"], list):
                message["content"] = _flatten(message["content"])
    return cleaned


def _native_tool_message(item: ChatMessage | Mapping[str, Any], role: MessageRole) -> dict[str, Any] | None:
    """Return a message that calls tools, or answers a call, in the protocol's form; None if it is no such."""
    if not isinstance(item, ChatMessage):
        return None
    if item.tool_calls:
        calls = [_native_call(call) for call in item.tool_calls]
        return {"role": "assistant", "content": item.text or None, "tool_calls": calls}
    if role is MessageRole.TOOL_RESPONSE and item.tool_call_id is not None:
        return {"role": "tool", "tool_call_id": item.tool_call_id, "content": item.text}
    return None


def _native_call(call: ChatMessageToolCall) -> dict[str, Any]:
    arguments = call.function.arguments
    if not isinstance(arguments, str):
        arguments = json.dumps(make_json_serializable(arguments if arguments is not None else {}))
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.function.name, "arguments": arguments},
    }


def _role_and_content(item: ChatMessage | Mapping[str, Any]) -> tuple[MessageRole, Any]:
    if isinstance(item, ChatMessage):
        return item.role, item.content
    try:
        return MessageRole(item["role"]), item.get("content")
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"A message needs a role (one of {', '.join(MessageRole.roles())}) and a content; got {item!r}."
        ) from error


def _blocks(content: Any, images_as_urls: bool) -> list[dict[str, Any]]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, (list, tuple)):
        raise ConfigurationError(
            f"The content of a message must be a text or a list of blocks, not {type(content).__name__}."
        )
    return [_format_block(block, images_as_urls) for block in content]


def _format_block(block: Any, images_as_urls: bool) -> dict[str, Any]:
    if not _is_block(block):
        raise ConfigurationError(
            'A block of a message is a dictionary such as {"type": "text", "text": "..."} or '
            f'{{"type": "image", "image": ...}}; got {block!r}.'
        )
    if block["type"] != "image":
        return dict(block)
    encoded = encode_image_base64(block["image"])
    if images_as_urls:
        return {"type": "image_url", "image_url": {"url": make_image_url(encoded)}}
    return {"type": "image", "image": encoded}


def _is_block(block: Any) -> bool:
    if not isinstance(block, Mapping) or not isinstance(block.get("type"), str):
        return False
    if block["type"] == "text":
        return isinstance(block.get("text"), str)
    return block["type"] != "image" or "image" in block


def _append_blocks(present: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    for block in more:
        if present and block.get("type") == "text" and present[-1].get("type") == "text":
            present[-1] = {**present[-1], "text": present[-1]["text"] + "\n" + block["text"]}
        else:
            present.append(block)


def _flatten(blocks: list[dict[str, Any]]) -> str:
    for block in blocks:
        if block.get("type") != "text":
            raise ConfigurationError(
                f"This model takes text only, but a message has a block of type {block.get('type')!r}. "
                "Leave out the images, or use a model with flatten_messages_as_text=False."
            )
    return "\n".join(block["text"] for block in blocks)
