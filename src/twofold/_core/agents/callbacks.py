"""Which callbacks are due for which kind of step. Calling them is the agent's business."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from ..errors import ConfigurationError
from .memory import ActionStep, MemoryStep

__all__ = ["CallbackRegistry", "StepCallback", "accepts_agent"]

StepCallback = Callable[..., Any]
"""Called with a finished step, and with ``agent=`` the run if it takes a second parameter."""


class CallbackRegistry:
    """The callbacks of an agent, by class of step.

    Args:
        callbacks: Callbacks for action steps, or a mapping from step class to one or several callbacks.
    """

    def __init__(
        self,
        callbacks: Iterable[StepCallback]
        | Mapping[type[MemoryStep], StepCallback | Iterable[StepCallback]]
        | None = None,
    ) -> None:
        self._callbacks: dict[type[MemoryStep], list[StepCallback]] = {}
        if isinstance(callbacks, Mapping):
            by_class = cast(Mapping[type[MemoryStep], StepCallback | Iterable[StepCallback]], callbacks)
            for step_class, value in by_class.items():
                self._register_all(step_class, value)
        elif callbacks is not None:
            self._register_all(ActionStep, callbacks)

    def register(self, step_class: type[MemoryStep], callback: StepCallback) -> None:
        """Add a callback for steps of a class and of the classes derived from it.

        Raises:
            ConfigurationError: The class is no step class, or the callback cannot be called.
        """
        if not (isinstance(step_class, type) and issubclass(step_class, MemoryStep)):
            raise ConfigurationError(
                f"Step callbacks are registered for step classes, not for {step_class!r}."
            )
        if not callable(callback):
            raise ConfigurationError(f"A step callback must be callable; got {callback!r}.")
        self._callbacks.setdefault(step_class, []).append(callback)

    def _register_all(
        self, step_class: type[MemoryStep], callbacks: StepCallback | Iterable[StepCallback]
    ) -> None:
        for callback in _listed(callbacks):
            self.register(step_class, callback)

    def __bool__(self) -> bool:
        return bool(self._callbacks)

    def due(self, step: MemoryStep) -> list[StepCallback]:
        """Return the callbacks for a step, those of its own class first."""
        return [
            callback for step_class in type(step).__mro__ for callback in self._callbacks.get(step_class, ())
        ]

    def callback(self, step: MemoryStep, **kwargs: Any) -> None:
        """Call the callbacks for a step, outside of a run.

        Args:
            step: The step.
            **kwargs: What callbacks with further parameters get, such as ``agent``.

        Raises:
            ConfigurationError: One is asynchronous; runs can wait for those.
        """
        for callback in self.due(step):
            result = callback(step, **kwargs) if accepts_agent(callback) else callback(step)
            if inspect.isawaitable(result):
                getattr(result, "close", lambda: None)()
                name = getattr(callback, "__name__", repr(callback))
                raise ConfigurationError(f"The callback {name} is asynchronous: only a run can call it.")


def _listed(callbacks: StepCallback | Iterable[StepCallback]) -> list[StepCallback]:
    if callable(callbacks):
        return [callbacks]
    if not isinstance(callbacks, Iterable):
        raise ConfigurationError(
            "Step callbacks are a list of callables, or a mapping from step class to such; "
            f"got {callbacks!r}."
        )
    return list(callbacks)


def accepts_agent(callback: StepCallback) -> bool:
    """Return whether a callback takes the run as ``agent=`` besides its first parameter."""
    try:
        parameters = list(inspect.signature(callback).parameters.values())
    except (TypeError, ValueError):
        return False
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return True
    return any(
        parameter.name == "agent" and parameter.kind is not parameter.POSITIONAL_ONLY
        for parameter in parameters[1:]
    )
