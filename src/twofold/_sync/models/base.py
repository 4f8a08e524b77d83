# Generated from src/twofold/_async/models/base.py by `nox -s codegen`. Do not edit.
"""``Model``, the base class of all models, and what they share: preparing a request, reading a reply."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError
from ..._core.messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
)
from ..._core.models.capabilities import REMOVE_PARAMETER, supports_stop_parameter
from ..._core.models.message_format import get_clean_message_list, tool_role_conversions
from ..._core.models.saving import (
    KeepsArguments,
    check_arguments,
    parameters_to_dict,
    read_parameters,
    read_saved_class,
    subclass_named,
)
from ..._core.sharing.public_names import import_public
from ..._core.tools.use import read_tool_calls
from ..rate_limiter import RateLimiter

__all__ = ["Model"]


class Model(KeepsArguments):
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

    saved_as: ClassVar[str] = "Model"
    """What kind of thing it is where it is part of something saved."""

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

    def parse_tool_calls(self, message: ChatMessage) -> ChatMessage:
        """Return a reply with its tool calls read: those written in its text, if it has no native ones.

        Arguments that came as JSON text become what they stand for.

        Args:
            message: The model's reply.

        Raises:
            AgentParsingError: There is no call in it.
            MalformedToolArguments: The arguments of one are no JSON.
        """
        found = read_tool_calls(
            message,
            name_key=self.tool_name_key,
            arguments_key=self.tool_arguments_key,
            provider=getattr(self, "provider", None),
            model=self.model_id,
        )
        calls = [
            ChatMessageToolCall(ChatMessageToolCallFunction(call.name, call.arguments), call.id)
            for call in found
        ]
        return dataclasses.replace(message, role=MessageRole.ASSISTANT, tool_calls=calls)

    def to_dict(self) -> dict[str, Any]:
        """Return the class and the parameters as JSON-able data, without keys and other secrets.

        What JSON has no form for, such as a client or a function, is left out with a warning in the log.

        Raises:
            ConfigurationError: The model cannot do without something that has no such form.

        Example:
            >>> from twofold import OpenAIModel
            >>> OpenAIModel("gpt-4o-mini", api_key="secret", temperature=0).to_dict()
            {'class': 'OpenAIModel', 'model_id': 'gpt-4o-mini', 'temperature': 0}
        """
        return {"class": type(self).__name__, **parameters_to_dict(self, self._secrets())}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], **kwargs: Any) -> Self:
        """Return a model of the class and with the parameters that ``to_dict`` made data of.

        Keys come from the environment, as for a new model, or are passed here.

        Args:
            data: What ``to_dict`` returned, or the parameters alone where this is called on their class.
            **kwargs: Parameters that the data has not, such as ``api_key``, or to be used instead of its own.

        Raises:
            ConfigurationError: It is no such data, the class is not known here or is none of this one, or
                a parameter is missing.
        """
        name, parameters = read_saved_class(data)
        import_public(bridge.API_MODULE, name)
        model_class = cls if name is None else subclass_named(cls, name)
        if model_class is Model:
            raise ConfigurationError("The saved model does not say of which class it is.")
        readers: dict[str, Any] = {"Model": Model.from_dict, "RateLimiter": RateLimiter.from_dict}
        arguments = {**read_parameters(parameters, readers), **kwargs}
        check_arguments(model_class, arguments)
        return model_class(**arguments)  # type: ignore[no-any-return]

    def _secrets(self) -> Sequence[str | None]:
        """Return what neither an error nor saved data may show."""
        return ()

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
