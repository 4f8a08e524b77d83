"""The parts of a ``PipelineTool``: loaded with ``transformers``, and moved between devices. Everything here blocks."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigurationError, MissingExtraError, WeightsError

__all__ = ["PipelineWork", "choose_device", "load_part"]


class PipelineWork:
    """The work of a pipeline, call by call, on whatever thread. One of these belongs to each tool."""

    def __init__(self) -> None:
        # a call that was given up may still be at work when the next one has its turn
        self._lock = threading.Lock()

    def __call__(self, tool: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Do what one call of the tool asks for: set it up if need be, encode, ask the model, decode."""
        with self._lock:
            if not tool.is_initialized:
                tool.setup()
                tool.is_initialized = True
            encoded = tool.encode(*args, **kwargs)
            with _library("torch").no_grad():
                outputs = tool.forward(_moved(encoded, tool.device))
            return tool.decode(_moved(outputs, "cpu"))


def load_part(kind: Any, source: Any, options: Mapping[str, Any]) -> Any:
    """Return a part that is there already as it is; load the one that a name or a path stands for.

    Args:
        kind: Its class, or the name of a class of ``transformers``.
        source: The part, or its name on the Hub, or the path of its folder.
        options: Further arguments of ``from_pretrained``.

    Raises:
        ConfigurationError: ``transformers`` has no such class.
        MissingExtraError: transformers or torch is not installed.
        WeightsError: The part could not be loaded.
    """
    if not isinstance(source, str):
        return source
    if isinstance(kind, str):
        name, kind = kind, getattr(_library("transformers"), kind, None)
        if kind is None:
            raise ConfigurationError(f"transformers has no class {name!r}.")
    try:
        return kind.from_pretrained(source, **options)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{kind.__name__} could not be loaded from {source!r}: {error}") from error


def choose_device(model: Any, device: Any, *, is_placed: bool) -> Any:
    """Return where a model's inputs belong: where it is asked for, or where the model is, or the fastest there is.

    Args:
        model: The model.
        device: What the user says; None if nothing.
        is_placed: Whether the model was put where it belongs when it was loaded.
    """
    if device is not None:
        return device
    accelerator = getattr(_library("torch"), "accelerator", None)
    if is_placed:
        return getattr(model, "device", "cpu")
    return accelerator.current_accelerator() if accelerator and accelerator.is_available() else "cpu"


def _moved(value: Any, device: Any) -> Any:
    """Return a value whose tensors, at any depth, are on a device; everything else is as it was."""
    if hasattr(value, "to"):  # a tensor, or what processors return
        return value.to(device)
    if isinstance(value, Mapping):
        parts = {key: _moved(part, device) for key, part in value.items()}
        # what models return is a dict with attributes
        return type(value)(**parts) if hasattr(value, "to_tuple") else parts
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(_moved(part, device) for part in value)
    return value


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError("PipelineTool", "transformers", name) from error
