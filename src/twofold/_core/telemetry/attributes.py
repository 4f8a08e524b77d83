"""What is told of an operation, as attributes of the conventions for generative AI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..display.safe_text import text_of
from ..messages import ChatMessage, ChatMessageToolCall
from ..models.chat_completions import as_data
from ..serialization import make_json_serializable

__all__ = [
    "agent_attributes",
    "json_text",
    "messages_text",
    "model_attributes",
    "provider_name",
    "reply_attributes",
    "tool_attributes",
]

_ROLES = {"tool-call": "assistant", "tool-response": "tool"}
_PROVIDERS = {
    "OpenAI": "openai",
    "Azure OpenAI": "azure.ai.openai",
    "Amazon Bedrock": "aws.bedrock",
    "Hugging Face": "huggingface",
}
_PARAMETERS = {
    "temperature": float,
    "top_p": float,
    "top_k": float,
    "max_tokens": int,
    "seed": int,
    "frequency_penalty": float,
    "presence_penalty": float,
}


def agent_attributes(run: Any) -> dict[str, Any]:
    """Return what is told of a run of an agent when it begins."""
    agent = run.agent
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": agent.name or type(agent).__name__,
        "gen_ai.agent.description": agent.description,
        "gen_ai.conversation.id": run.trace.conversation,
        "gen_ai.provider.name": provider_name(agent.model),
        "gen_ai.request.model": _model_id(agent.model),
        "twofold.agent.type": type(agent).__name__,
        "twofold.run.max_steps": run.max_steps,
    }
    return _known(attributes)


def model_attributes(model: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a request to a model when it begins."""
    settings = {**_mapping(getattr(model, "kwargs", None)), **parameters}
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider_name(model),
        "gen_ai.request.model": _model_id(model),
        "gen_ai.request.stop_sequences": settings.get("stop_sequences"),
        "gen_ai.output.type": "json" if settings.get("response_format") else "text",
    }
    for name, kind in _PARAMETERS.items():
        value = settings.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            attributes[f"gen_ai.request.{name}"] = kind(value)
    return _known({**attributes, **_server(getattr(model, "api_base", None))})


def reply_attributes(message: ChatMessage) -> dict[str, Any]:
    """Return what is told of a model's reply."""
    raw = _provider_data(message.raw)
    choices = raw.get("choices")
    reasons = [
        choice["finish_reason"]
        for choice in (choices if isinstance(choices, list) else [])
        if isinstance(choice, Mapping) and isinstance(choice.get("finish_reason"), str)
    ]
    attributes: dict[str, Any] = {
        "gen_ai.response.id": _text(raw.get("id")),
        "gen_ai.response.model": _text(raw.get("model")) or message.model_id or None,
        "gen_ai.response.finish_reasons": reasons or None,
    }
    if message.token_usage is not None:
        attributes["gen_ai.usage.input_tokens"] = message.token_usage.input_tokens
        attributes["gen_ai.usage.output_tokens"] = message.token_usage.output_tokens
    return _known(attributes)


def tool_attributes(name: str, description: str | None, call_id: str | None) -> dict[str, Any]:
    """Return what is told of a tool call when it begins."""
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": description,
        "gen_ai.tool.call.id": call_id,
    }
    return _known(attributes)


def provider_name(model: Any) -> str:
    """Return the conventions' name of a model's provider; where they have none, the model class's own."""
    provider = getattr(model, "provider", None)
    name = provider if isinstance(provider, str) else type(model).__name__.removesuffix("Model").lower()
    return _PROVIDERS.get(name, name.lower())


def messages_text(messages: Iterable[ChatMessage]) -> str:
    """Return messages as JSON in the form of the conventions: roles and parts. Images are left out."""
    return json_text([{"role": _role(message), "parts": _parts(message)} for message in messages])


def json_text(value: Any) -> str:
    """Return any value as JSON text; what JSON has no form for is described."""
    try:
        return json.dumps(make_json_serializable(value), ensure_ascii=False, default=text_of)
    except (TypeError, ValueError, RecursionError):
        return text_of(value)


def _role(message: ChatMessage) -> str:
    role = str(getattr(message.role, "value", message.role))
    return _ROLES.get(role, role)


def _parts(message: ChatMessage) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if isinstance(message.content, str):
        parts.append({"type": "text", "content": message.content})
    for block in message.content if isinstance(message.content, list) else []:
        kind = str(block.get("type", "text"))
        text = {"content": block.get("text") or ""} if kind == "text" else {}
        parts.append({"type": kind, **text})
    parts += [_call(call) for call in message.tool_calls or []]
    return parts


def _call(call: ChatMessageToolCall) -> dict[str, Any]:
    return {
        "type": "tool_call",
        "id": call.id,
        "name": call.function.name,
        "arguments": call.function.arguments,
    }


def _model_id(model: Any) -> str | None:
    return _text(getattr(model, "model_id", None))


def _server(address: Any) -> dict[str, Any]:
    if not isinstance(address, str):
        return {}
    try:
        parts = urlsplit(address)
        return {"server.address": parts.hostname, "server.port": parts.port}
    except ValueError:
        return {}


def _provider_data(raw: Any) -> Mapping[str, Any]:
    try:
        return as_data(raw)
    except Exception:  # a model of the user's own may keep anything there
        return {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
