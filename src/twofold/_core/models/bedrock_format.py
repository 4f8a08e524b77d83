"""Amazon Bedrock's Converse API and the chat-completions protocol: one put into the form of the other.

Requests are made in the protocol's form, as for every provider, and converted here; replies the other way, so
that they are read by the same code. Nothing here calls boto3.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigurationError

__all__ = ["completion_of_converse", "chunk_of_event", "converse_arguments"]

_SAMPLING = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "stop": "stopSequences",
}
_FINISH_REASONS = {
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
_PROTOCOL_ONLY = ("messages", "model", "tools", "tool_choice", "response_format", *_SAMPLING)


def converse_arguments(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``converse`` for a request of the chat-completions protocol.

    Parameters that the protocol does not have, such as ``guardrailConfig``, are passed on as they are.
    """
    arguments: dict[str, Any] = {"modelId": request["model"], "messages": _messages(request["messages"])}
    system = [
        block
        for message in request["messages"]
        if message["role"] == "system"
        for block in _blocks(message["content"])
    ]
    if system:
        arguments["system"] = system
    sampling = {to: request[name] for name, to in _SAMPLING.items() if request.get(name) is not None}
    if sampling:
        arguments["inferenceConfig"] = sampling
    if request.get("tools"):
        arguments["toolConfig"] = _tool_config(request["tools"], request.get("tool_choice"))
    if request.get("response_format"):
        arguments["outputConfig"] = _output_config(request["response_format"])
    more = {name: value for name, value in request.items() if name not in _PROTOCOL_ONLY}
    return {**arguments, **more}


def completion_of_converse(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply of ``converse`` as a completion of the protocol."""
    content = response["output"]["message"]["content"]
    calls = [
        {
            "id": block["toolUse"]["toolUseId"],
            "type": "function",
            "function": {
                "name": block["toolUse"]["name"],
                "arguments": json.dumps(block["toolUse"].get("input") or {}),
            },
        }
        for block in content
        if "toolUse" in block
    ]
    texts = [block["text"] for block in content if "text" in block]
    thoughts = [
        block["reasoningContent"].get("reasoningText", {}).get("text", "")
        for block in content
        if "reasoningContent" in block
    ]
    message = {
        "role": "assistant",
        "content": "".join(texts) if texts else None,
        "tool_calls": calls,
        "reasoning_content": "".join(thoughts) or None,
    }
    reason = _finish_reason(response.get("stopReason"))
    choice = {"index": 0, "message": message, "finish_reason": reason}
    request_id = response.get("ResponseMetadata", {}).get("RequestId")
    return {"choices": [choice], "usage": _usage(response.get("usage")), "_request_id": request_id}


def chunk_of_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event of ``converse_stream`` as a chunk of the protocol."""
    if "messageStop" in event:
        reason = _finish_reason(event["messageStop"].get("stopReason"))
        return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if "metadata" in event:
        return {"choices": [], "usage": _usage(event["metadata"].get("usage"))}
    return {"choices": [{"index": 0, "delta": _delta(event), "finish_reason": None}]}


def _delta(event: Mapping[str, Any]) -> dict[str, Any]:
    if "contentBlockStart" in event:
        start = event["contentBlockStart"]
        call = start.get("start", {}).get("toolUse")
        if call is None:
            return {}
        function = {"name": call["name"], "arguments": ""}
        return _call_delta(start, {"id": call["toolUseId"], "type": "function", "function": function})
    delta = event.get("contentBlockDelta", {}).get("delta", {})
    if "toolUse" in delta:
        function = {"arguments": delta["toolUse"].get("input", "")}
        return _call_delta(event["contentBlockDelta"], {"function": function})
    if "reasoningContent" in delta:
        return {"reasoning_content": delta["reasoningContent"].get("text")}
    return {"content": delta.get("text")}


def _call_delta(event: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
    return {"tool_calls": [{"index": event.get("contentBlockIndex", 0), **call}]}


def _finish_reason(reason: str | None) -> str:
    return _FINISH_REASONS.get(reason or "", "stop")


def _usage(usage: Mapping[str, int] | None) -> dict[str, int] | None:
    if not usage:
        return None
    return {"prompt_tokens": usage.get("inputTokens", 0), "completion_tokens": usage.get("outputTokens", 0)}


def _messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    converted: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "system":
            continue
        role, blocks = _role_and_blocks(message)
        # the results of several calls belong into one message
        if converted and converted[-1]["role"] == role:
            converted[-1]["content"] += blocks
        else:
            converted.append({"role": role, "content": blocks})
    return converted


def _role_and_blocks(message: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    if message["role"] == "tool":
        content = [{"text": message["content"] or " "}]
        return "user", [{"toolResult": {"toolUseId": message["tool_call_id"], "content": content}}]
    blocks = _blocks(message["content"])
    for call in message.get("tool_calls") or ():
        function = call["function"]
        use = {"toolUseId": call["id"], "name": function["name"], "input": json.loads(function["arguments"])}
        blocks.append({"toolUse": use})
    return message["role"], blocks


def _blocks(content: Any) -> list[dict[str, Any]]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"text": content}]
    return [_block(block) for block in content]


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    if block["type"] == "text":
        return {"text": block["text"]}
    if block["type"] == "image":
        return _image("png", block["image"])
    if block["type"] == "image_url":
        url = block["image_url"]["url"]
        head, comma, data = url.partition(";base64,")
        if comma and head.startswith("data:image/"):
            return _image(head.removeprefix("data:image/"), data)
        raise ConfigurationError("Amazon Bedrock takes images themselves, not their addresses.")
    return {name: value for name, value in block.items() if name != "type"}


def _image(kind: str, data: str) -> dict[str, Any]:
    return {"image": {"format": kind, "source": {"bytes": base64.b64decode(data)}}}


def _tool_config(tools: Sequence[Mapping[str, Any]], choice: Any) -> dict[str, Any]:
    specifications = [
        {
            "toolSpec": {
                "name": tool["function"]["name"],
                "description": tool["function"].get("description") or tool["function"]["name"],
                "inputSchema": {"json": tool["function"]["parameters"]},
            }
        }
        for tool in tools
    ]
    if isinstance(choice, Mapping) and "function" in choice:
        return {"tools": specifications, "toolChoice": {"tool": {"name": choice["function"]["name"]}}}
    if isinstance(choice, Mapping):
        return {"tools": specifications, "toolChoice": choice}
    return {"tools": specifications, "toolChoice": {"any": {}} if choice == "required" else {"auto": {}}}


def _output_config(response_format: Mapping[str, Any]) -> dict[str, Any]:
    if response_format.get("type") != "json_schema":
        raise ConfigurationError(
            'Amazon Bedrock takes a response_format of type "json_schema" only; '
            f"got {response_format.get('type')!r}."
        )
    wanted = response_format["json_schema"]
    definition = {"schema": json.dumps(wanted["schema"])}
    definition |= {name: wanted[name] for name in ("name", "description") if name in wanted}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}
