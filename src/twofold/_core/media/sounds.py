"""Sounds for models that listen: which files are taken, and what a model of transformers is given."""

from __future__ import annotations

import importlib
import math
import os
from pathlib import PurePath
from typing import Any

from ..errors import ConfigurationError, MissingExtraError
from .agent_types import AgentAudio

__all__ = ["file_of", "load_listener", "samples_for_listener", "sound_of"]

_ENDINGS = (
    ".wav",
    ".mp3",
    ".flac",
    ".ogg",
    ".oga",
    ".opus",
    ".m4a",
    ".mp4",
    ".mpeg",
    ".mpga",
    ".webm",
    ".aac",
)


def sound_of(value: Any) -> AgentAudio:
    """Return what a tool was given as a sound.

    Raises:
        ConfigurationError: It is none. A path must end like that of a sound: models choose paths, and no other
            file is to be read or sent away.
    """
    if isinstance(value, str | os.PathLike) and PurePath(value).suffix.lower() not in _ENDINGS:
        raise ConfigurationError(
            f"{os.fspath(value)!r} is not the path of a sound file: it has to end with one of {', '.join(_ENDINGS)}."
        )
    return AgentAudio(value)


def file_of(sound: AgentAudio) -> tuple[str, bytes]:
    """Return the name and the content of a sound's file."""
    path = sound.to_string()
    with open(path, "rb") as file:
        return PurePath(path).name, file.read()


def samples_for_listener(sound: AgentAudio, listener: Any) -> dict[str, Any]:
    """Return what a pipeline of transformers takes: samples of one channel, and their rate.

    Raises:
        MissingExtraError: They have to be resampled, and scipy is not installed.
    """
    import numpy as np

    raw = sound.to_raw()
    samples = np.asarray(raw.detach().cpu().numpy() if hasattr(raw, "detach") else raw)
    if samples.dtype.kind in "iu":
        samples = samples / float(np.iinfo(samples.dtype).max)
    if samples.ndim == 2:
        samples = samples.mean(axis=int(np.argmin(samples.shape)))
    # the pipeline would do it too, but only with a package that goes with one version of torch each
    wanted = getattr(getattr(listener, "feature_extractor", None), "sampling_rate", sound.samplerate)
    if wanted != sound.samplerate:
        samples = _resampled(samples, sound.samplerate, wanted)
    return {"raw": samples.astype("float32"), "sampling_rate": wanted}


def _resampled(samples: Any, rate: int, wanted: int) -> Any:
    try:
        signal: Any = importlib.import_module("scipy.signal")
    except ImportError as error:
        raise MissingExtraError("SpeechToTextTool", "transformers", "scipy") from error
    common = math.gcd(rate, wanted)
    return signal.resample_poly(samples, wanted // common, rate // common)


def load_listener(model: str, device: str | None) -> Any:
    """Load a pipeline of transformers that turns speech into text.

    Raises:
        MissingExtraError: transformers is not installed.
    """
    try:
        from transformers import pipeline  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingExtraError("SpeechToTextTool", "transformers", "transformers") from error
    return pipeline("automatic-speech-recognition", model=model, device=device)
