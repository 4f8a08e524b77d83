"""What steps say to the model, kept from one request to the next as long as nobody has edited them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..messages import ChatMessage
from .context import SummaryStep
from .memory import ActionStep, MemoryStep, PlanningStep, TaskStep, steps_to_messages

__all__ = ["RenderedSteps"]

_PLAIN = (str, int, float, bool, type(None))


class RenderedSteps:
    """The messages of a run's steps. Owned by the run.

    Rendering all steps anew for each request would make a step cost more the longer the run is. Steps may be
    edited at any time, by callbacks for example, so what was rendered is used again only while all that went
    into it is still the same. What cannot be told from a look is rendered anew.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[MemoryStep, Any, list[ChatMessage]]] = {}

    def messages(self, steps: Iterable[MemoryStep], *, native_tool_calls: bool) -> list[ChatMessage]:
        """Return what the steps say. The messages belong to this object, and nobody may change them."""
        kept: dict[int, tuple[MemoryStep, Any, list[ChatMessage]]] = {}
        messages: list[ChatMessage] = []
        for step in steps:
            ingredients = _ingredients(step, native_tool_calls)
            known = self._kept.get(id(step))
            # as long as the step is kept here, no other one can have its id
            if known is None or ingredients is None or known[1] != ingredients:
                rendered = steps_to_messages([step], native_tool_calls=native_tool_calls)
                known = (step, ingredients, rendered)
            if ingredients is not None:
                kept[id(step)] = known
            messages += known[2]
        self._kept = kept
        return messages


def _ingredients(step: MemoryStep, native_tool_calls: bool) -> tuple[Any, ...] | None:
    """Return all that goes into a step's messages, as values that cannot change; None if that cannot be."""
    kind = type(step)
    if kind is ActionStep:
        return _of_action(step, native_tool_calls)  # type: ignore[arg-type]
    if kind is TaskStep:
        return (vars(step)["task"], _identities(vars(step)["task_images"]))
    if kind is PlanningStep:
        return (vars(step)["plan"],)
    return (vars(step)["text"],) if kind is SummaryStep else None  # a class of somebody's own


def _of_action(step: ActionStep, native_tool_calls: bool) -> tuple[Any, ...] | None:
    if not isinstance(step.model_output, str | None):
        return None
    calls: list[tuple[Any, ...]] = []
    for call in step.tool_calls or ():
        arguments = _unchanging(call.arguments)
        if arguments is None:
            return None
        calls.append((call.name, call.id, arguments))
    reply = step.model_output_message
    return (
        native_tool_calls and reply is not None and bool(reply.tool_calls),
        step.model_output,
        tuple(calls),
        _identities(step.observations_images),
        step.observations,
        None if step.error is None else (id(step.error), str(step.error)),
        None if step.tool_observations is None else tuple(step.tool_observations.items()),
    )


def _unchanging(arguments: Any) -> tuple[Any, ...] | None:
    # the types belong to it: 1, 1.0 and True are equal, and are not written alike
    if type(arguments) is dict:
        if all(type(value) in _PLAIN for value in arguments.values()):
            return tuple((name, type(value), value) for name, value in arguments.items())
        return None
    return (type(arguments), arguments) if type(arguments) in _PLAIN else None


def _identities(images: Sequence[Any] | None) -> tuple[int, ...]:
    # images are not compared: the message that was rendered holds on to them, so ids are not used again
    return tuple(map(id, images or ()))
