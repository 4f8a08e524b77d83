"""The memory of a run: its steps, and what each of them says to the model.

Steps are plain data that callbacks may edit between steps. How they are shown to people is the business
of ``logging`` and ``render``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import AgentError
from ..messages import ChatMessage, ChatMessageToolCall, ChatMessageToolCallFunction, MessageRole
from ..serialization import make_json_serializable
from ..usage import Timing, TokenUsage

if TYPE_CHECKING:
    from ..display.logging import AgentLogger

__all__ = [
    "ActionStep",
    "AgentMemory",
    "FinalAnswerStep",
    "MemoryStep",
    "PlanningStep",
    "SystemPromptStep",
    "TaskStep",
    "ToolCall",
    "join_observations",
    "steps_to_messages",
]


# inside of classes with a method dict(), type checkers take `dict` for that
JsonObject = dict[str, Any]


@dataclass(slots=True)
class ToolCall:
    """A tool call that an agent makes: the tool's name, the arguments (for code: the code) and an id."""

    name: str
    arguments: Any
    id: str
    dict_is_json: ClassVar[bool] = True

    def dict(self) -> dict[str, Any]:
        """Return the call as JSON-able data in the form of the chat-completions protocol."""
        function = {"name": self.name, "arguments": make_json_serializable(self.arguments)}
        return {"id": self.id, "type": "function", "function": function}


@dataclass
class MemoryStep:
    """Base class of everything that a run remembers."""

    def dict(self) -> dict[str, Any]:
        """Return the step as JSON-able data."""
        return {name: make_json_serializable(value) for name, value in vars(self).items()}

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from ..display.html import step_html

        return step_html(self.dict())

    def to_dict(self) -> JsonObject:
        """Return the step as JSON-able data, from which ``from_dict`` makes it again."""
        from .saving import step_to_dict

        return step_to_dict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> MemoryStep:
        """Return the step that ``to_dict`` made data of, of whichever class it is.

        Raises:
            ConfigurationError: It is no such data.
        """
        from .saving import step_from_dict

        return step_from_dict(data)

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        """Return what the step says to the model.

        Args:
            summary_mode: Leave out what a summary of the run does not need (prompts, plans, raw replies).
        """
        raise NotImplementedError


@dataclass
class SystemPromptStep(MemoryStep):
    """The system prompt: the first thing in every memory."""

    system_prompt: str

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        if summary_mode:
            return []
        return [_text_message(MessageRole.SYSTEM, self.system_prompt)]


@dataclass
class TaskStep(MemoryStep):
    """A task that the user gave, with its images.

    Args:
        task: The task's text, as the model sees it.
        task_images: Pillow images that belong to it.
    """

    task: str
    task_images: list[Any] | None = None

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        content = [_text(f"New task:\n{self.task}"), *_images(self.task_images)]
        return [ChatMessage(role=MessageRole.USER, content=content)]


@dataclass
class PlanningStep(MemoryStep):
    """A plan that the model made, or an update of it.

    Args:
        model_input_messages: What the model was asked.
        model_output_message: What it replied.
        plan: The plan as it goes into memory.
        timing: When it was made.
        token_usage: What making it used.
    """

    model_input_messages: Sequence[ChatMessage]
    model_output_message: ChatMessage
    plan: str
    timing: Timing
    token_usage: TokenUsage | None = None

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        if summary_mode:
            return []
        return [
            _text_message(MessageRole.ASSISTANT, self.plan.strip()),
            _text_message(MessageRole.USER, "Go ahead and carry out this plan."),
        ]


@dataclass
class ActionStep(MemoryStep):
    """One turn of the loop: what the model was asked, what it replied, what came of it.

    Args:
        step_number: Which turn of the run it is, from 1.
        timing: When it started and ended.
        model_input_messages: What the model was sent (a view that shares storage with other steps).
        tool_calls: The calls that the model chose. For code there is one, of the tool ``python_interpreter``.
        error: What went wrong, where something did.
        model_output_message: The model's reply.
        model_output: The text of the reply.
        code_action: The code that was run.
        observations: What the model is shown of the outcome.
        observations_images: Images that belong to the observation.
        action_output: The value that the action returned.
        token_usage: What the model call used.
        is_final_answer: Whether the action was the final answer.
        tool_observations: What the model is shown of each tool call that succeeded, by the call's id.
    """

    step_number: int
    timing: Timing = field(default_factory=Timing)
    model_input_messages: Sequence[ChatMessage] | None = None
    tool_calls: list[ToolCall] | None = None
    error: AgentError | None = None
    model_output_message: ChatMessage | None = None
    model_output: str | list[dict[str, Any]] | None = None
    code_action: str | None = None
    observations: str | None = None
    observations_images: list[Any] | None = None
    action_output: Any = None
    token_usage: TokenUsage | None = None
    is_final_answer: bool = False
    tool_observations: dict[str, str] | None = None

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        messages: list[ChatMessage] = []
        said = "" if self.model_output is None or summary_mode else _output_text(self.model_output)
        if said:  # some providers refuse a message without text
            messages.append(_text_message(MessageRole.ASSISTANT, said))
        if self.tool_calls:
            calls = [call.dict() for call in self.tool_calls]
            messages.append(_text_message(MessageRole.TOOL_CALL, f"Calling tools:\n{calls}"))
        if self.observations_images:
            messages.append(ChatMessage(role=MessageRole.USER, content=_images(self.observations_images)))
        if self.observations is not None:
            messages.append(_text_message(MessageRole.TOOL_RESPONSE, f"Observation:\n{self.observations}"))
        if self.error is not None:
            messages.append(_text_message(MessageRole.TOOL_RESPONSE, self._error_text()))
        return messages

    def to_native_messages(self) -> list[ChatMessage]:
        """Return what the step says to a model whose provider knows tool calls and their results as such.

        Where the model wrote its calls as text, that is what it is shown again.
        """
        asked = self.model_output_message
        if not self.tool_calls or asked is None or not asked.tool_calls:
            return self.to_messages()
        said = "" if self.model_output is None else _output_text(self.model_output)
        calls = [
            ChatMessageToolCall(
                ChatMessageToolCallFunction(call.name, call.dict()["function"]["arguments"]), call.id
            )
            for call in self.tool_calls
        ]
        messages = [ChatMessage(role=MessageRole.ASSISTANT, content=said or None, tool_calls=calls)]
        messages += [
            ChatMessage(role=MessageRole.TOOL_RESPONSE, content=text, tool_call_id=call_id)
            for call_id, text in self._responses().items()
        ]
        if self.observations_images:
            messages.append(ChatMessage(role=MessageRole.USER, content=_images(self.observations_images)))
        if self.error is not None:
            messages.append(_text_message(MessageRole.USER, self._error_text()))
        return messages

    def _responses(self) -> dict[str, str]:
        """Return a response to every call: providers refuse a conversation in which one is missing."""
        calls = self.tool_calls or []
        shown = self.tool_observations or {}
        names = {call.id: call.name for call in calls}
        if self.observations != (join_observations(shown, names, alone=len(calls) == 1) if shown else None):
            # somebody has edited the observations: what was there before is not for the model
            shown = {calls[0].id: self.observations or ""}
        missing = "See the error below." if self.error is not None else "See above."
        return {call.id: shown.get(call.id, missing) for call in calls}

    def _error_text(self) -> str:
        call = f"Call id: {self.tool_calls[0].id}\n" if self.tool_calls else ""
        return (
            f"{call}Error:\n{self.error}\n"
            "Now try again, and do not make the same mistake twice. "
            "If it keeps failing, go about it in a completely different way.\n"
        )


@dataclass
class FinalAnswerStep(MemoryStep):
    """The last event of a run's stream: the answer. Not part of memory."""

    output: Any

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        return []


class AgentMemory:
    """What one run remembers: the system prompt, then the steps in order.

    Owned by the run. Callbacks may edit ``steps`` between steps.

    Args:
        system_prompt: The system prompt's text.
    """

    def __init__(self, system_prompt: str) -> None:
        self.system_prompt = SystemPromptStep(system_prompt)
        self.steps: list[MemoryStep] = []

    def reset(self) -> None:
        """Forget every step. The system prompt stays."""
        self.steps = []

    def to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        """Return the whole conversation as messages."""
        return [*self.system_prompt.to_messages(summary_mode), *steps_to_messages(self.steps, summary_mode)]

    def to_dict(self) -> JsonObject:
        """Return the memory as JSON-able data, from which ``from_dict`` makes it again, images included."""
        from .saving import memory_to_dict

        return memory_to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AgentMemory:
        """Return the memory that ``to_dict`` made data of.

        Raises:
            ConfigurationError: It is no such data.
        """
        from .saving import memory_from_dict

        return memory_from_dict(data)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from ..display.html import steps_html

        return steps_html([self.system_prompt.dict(), *self.get_succinct_steps()])

    def replay(self, logger: AgentLogger, detailed: bool = False) -> None:
        """Print what the run did, whatever the logger's level.

        Args:
            logger: Whose console to print on.
            detailed: Show also what the model was sent at each step.
        """
        from ..display.render import replay_memory

        replay_memory(self, logger, detailed)

    def get_succinct_steps(self) -> list[dict[str, Any]]:
        """Return the steps as dictionaries, without what the model was sent."""
        return [_without_input(step).dict() for step in self.steps]

    def get_full_steps(self) -> list[dict[str, Any]]:
        """Return the steps as dictionaries, with everything."""
        return [step.dict() for step in self.steps]

    def return_full_code(self) -> str:
        """Return all code that was run, in order, as one script."""
        return "\n\n".join(
            step.code_action for step in self.steps if isinstance(step, ActionStep) and step.code_action
        )

    def of_type(self, step_type: type[Any]) -> list[Any]:
        """Return the steps of one class, in order."""
        return [step for step in self.steps if isinstance(step, step_type)]


def steps_to_messages(
    steps: Iterable[MemoryStep], summary_mode: bool = False, *, native_tool_calls: bool = False
) -> list[ChatMessage]:
    """Return what steps say to the model.

    Args:
        steps: The steps.
        summary_mode: Leave out what a summary does not need.
        native_tool_calls: Put tool calls and their results into the form of the provider's protocol.
    """
    messages: list[ChatMessage] = []
    for step in steps:
        if native_tool_calls and not summary_mode and isinstance(step, ActionStep):
            messages.extend(step.to_native_messages())
        else:
            messages.extend(step.to_messages(summary_mode))
    return messages


def join_observations(observations: Mapping[str, str], names: Mapping[str, str], *, alone: bool) -> str:
    """Return what the model is shown of several calls as one text.

    Args:
        observations: What it is shown of each call, by the call's id.
        names: The names of the tools, by the call's id.
        alone: Whether the step had one call only, so that there is nothing to tell apart.
    """
    if alone:
        return next(iter(observations.values()))
    return "\n".join(f"Result of {names[key]} ({key}):\n{text}" for key, text in observations.items())


def _without_input(step: MemoryStep) -> MemoryStep:
    succinct = copy.copy(step)
    vars(succinct).pop("model_input_messages", None)
    return succinct


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _images(images: Sequence[Any] | None) -> list[dict[str, Any]]:
    return [{"type": "image", "image": image} for image in images or ()]


def _text_message(role: MessageRole, text: str) -> ChatMessage:
    return ChatMessage(role=role, content=[_text(text)])


def _output_text(model_output: str | list[dict[str, Any]]) -> str:
    if isinstance(model_output, str):
        return model_output.strip()
    return "\n".join(block.get("text") or "" for block in model_output if block.get("type") == "text").strip()
