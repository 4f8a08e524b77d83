# Generated from src/twofold/_async/models/base.py by `nox -s codegen`. Do not edit.
"""``Model``, the base class of all models, and what they share: preparing a request, reading a reply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self

from ..._bridge import _sync as bridge
from ..._core.message_format import get_clean_message_list, tool_role_conversions
from ..._core.messages import ChatMessage, ChatMessageStreamDelta, MessageRole
from ..._core.model_capabilities import REMOVE_PARAMETER, supports_stop_parameter

__all__ = ["Model"]


class Model:
    """A language model that agents can ask.

    A model can be shared by any number of agents and concurrent runs. Subclasses implement ``generate``
    and, where the provider streams, ``generate_stream``.

    Args:
        flatten_messages_as_text: Send each message's content as one string, for models that take no blocks.
        tool_name_key: The key of a tool's name in tool calls written as text.
        tool_arguments_key: The key of its arguments.
        model_id: The provider's name of the model.
        **kwargs: Parameters of every completion request. They win over those of a single call.
    """

    api_module: ClassVar[str] = bridge.API_MODULE
    """The module whose agents can use this model."""

    prompt_profile: ClassVar[str | None] = None
    """Which set of prompts suits the model: ``"small"``, or None for the usual one."""

    native_tool_history: bool = False
    """Whether the model is shown its own tool calls and their results as such, and not as text."""

    def __init__(
        self,
        flatten_messages_as_text: bool = False,
        tool_name_key: str = "name",
        tool_arguments_key: str = "arguments",
        model_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.flatten_messages_as_text = flatten_messages_as_text
        self.tool_name_key = tool_name_key
        self.tool_arguments_key = tool_arguments_key
        self.model_id = model_id
        self.kwargs = kwargs

    def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        """Ask the model and return its whole reply.

        Args:
            messages: The conversation, as ``ChatMessage`` or dictionaries with role and content.
            stop_sequences: Texts at which the reply ends. They are not part of it.
            response_format: A response format of the chat-completions protocol, e.g. a JSON schema.
            tools_to_call_from: Tools that the model may call.
            **kwargs: Further parameters of this request.

        Returns:
            The reply, with its usage where the provider reports it.

        Raises:
            ModelError: The model could not be asked, or its reply could not be used.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement generate().")

    def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatMessageStreamDelta]:
        """Ask the model and return its reply piece by piece. Same arguments and errors as ``generate``."""
        raise NotImplementedError(f"{type(self).__name__} does not stream.")

    @property
    def can_stream(self) -> bool:
        """Whether the model implements ``generate_stream``."""
        return type(self).generate_stream is not Model.generate_stream

    def __call__(self, *args: Any, **kwargs: Any) -> ChatMessage:
        """Do what ``generate`` does."""
        return self.generate(*args, **kwargs)

    def close(self) -> None:
        """Close what the model holds open. It can be used again afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def supports_stop_parameter(self) -> bool:
        """Whether the provider accepts ``stop`` for this model; if not, replies are cut here."""
        return supports_stop_parameter(self.model_id or "")

    def code_block_parameters(
        self, opening_tag: str, closing_tag: str, modules: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return request parameters that hold a reply to the form "thought, then code between the tags".

        For models that can be held to a grammar; others need none. ``modules`` is what the code may import,
        empty if that is not known.
        """
        return {}

    def _prepare_completion_kwargs(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        custom_role_conversions: Mapping[str, str] | None = None,
        convert_images_to_image_urls: bool = False,
        tool_choice: str | dict[str, Any] | None = "required",
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the parameters of a request: the model's own win over the call's, those over the rest."""
        parameters: dict[str, Any] = {
            "messages": get_clean_message_list(
                messages,
                role_conversions=_role_conversions(custom_role_conversions),
                convert_images_to_image_urls=convert_images_to_image_urls,
                flatten_messages_as_text=self.flatten_messages_as_text,
                native_tool_history=self.native_tool_history,
            )
        }
        if stop_sequences is not None and self.supports_stop_parameter:
            parameters["stop"] = stop_sequences
        if response_format is not None:
            parameters["response_format"] = response_format
        if tools_to_call_from:
            parameters["tools"] = [tool.json_schema for tool in tools_to_call_from]
            if tool_choice is not None:
                parameters["tool_choice"] = tool_choice
        parameters = {**parameters, **kwargs, **self.kwargs}
        return {name: value for name, value in parameters.items() if value is not REMOVE_PARAMETER}


def _role_conversions(custom: Mapping[str, str] | None) -> Mapping[MessageRole, MessageRole]:
    if not custom:
        return tool_role_conversions
    return {MessageRole(key): MessageRole(value) for key, value in custom.items()}
