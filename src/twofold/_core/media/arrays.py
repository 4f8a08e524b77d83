"""Arrays and tensors as images and sounds: how pixels and samples are laid out, and files of them.

numpy, Pillow and soundfile are imported when something has to be converted.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from ..errors import ConfigurationError, MissingExtraError

__all__ = [
    "existing",
    "image_from_array",
    "image_from_bytes",
    "image_from_file",
    "is_array",
    "is_tensor",
    "read_sound",
    "temporary_file",
    "write_wave",
]

_CHANNELS = (1, 3, 4)


def is_tensor(value: object) -> bool:
    """Say whether a value is a tensor of torch, without importing torch."""
    return any(cls.__name__ == "Tensor" and cls.__module__.startswith("torch") for cls in type(value).__mro__)


def is_array(value: object) -> bool:
    """Say whether a value is an array of numpy, without importing numpy."""
    return any(
        cls.__name__ == "ndarray" and cls.__module__.startswith("numpy") for cls in type(value).__mro__
    )


def temporary_file(ending: str) -> str:
    """Return the path of a new file in a folder that goes when the process ends."""
    import uuid

    return os.path.join(_folder(), f"{uuid.uuid4().hex}{ending}")


@functools.cache
def _folder() -> str:
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="twofold-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _as_numpy(value: Any) -> Any:
    try:
        import numpy as np
    except ImportError as error:
        raise MissingExtraError("Converting arrays", "audio", "numpy") from error
    if is_tensor(value):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


# ----------------------------------------------------------------------------------------- images


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError("AgentImage", "vision", "pillow") from error
    return Image


def image_from_bytes(content: bytes) -> Any:
    """Return the Pillow image that the bytes of a file hold."""
    import io

    image = _pillow()
    try:
        opened = image.open(io.BytesIO(content))
        opened.load()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"These {len(content)} bytes are no image that Pillow can read.") from error
    return opened


def image_from_file(path: str | os.PathLike[str]) -> Any:
    """Return the Pillow image that a file holds."""
    try:
        with _pillow().open(path) as opened:
            opened.load()
            return opened
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{os.fspath(path)!r} cannot be read as an image: {error}") from error


def image_from_array(value: Any) -> Any:
    """Return an array or tensor as a Pillow image.

    Args:
        value: Height x width, with channels (1, 3 or 4) last or first. Whole numbers are taken as 0 to 255,
            others as 0 to 1.
    """
    import numpy as np

    image = _pillow()
    pixels = _as_numpy(value)
    if pixels.ndim == 4 and pixels.shape[0] == 1:
        pixels = pixels[0]
    if pixels.ndim == 3 and pixels.shape[-1] not in _CHANNELS and pixels.shape[0] in _CHANNELS:
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[-1] not in _CHANNELS):
        raise ConfigurationError(
            f"An array of the shape {tuple(pixels.shape)} is no image: height x width, or with 1, 3 or 4 channels."
        )
    if pixels.dtype.kind in "fb":
        pixels = np.nan_to_num(pixels.astype("float32")).clip(0.0, 1.0) * 255.0
    return image.fromarray(np.ascontiguousarray(pixels.round().clip(0, 255).astype("uint8")))


# ----------------------------------------------------------------------------------------- sounds


def read_sound(path: str) -> tuple[Any, int]:
    """Return the samples of a sound file, as a float array, and its sample rate.

    Raises:
        MissingExtraError: soundfile is not installed.
        ConfigurationError: It is no sound.
    """
    try:
        import soundfile
    except ImportError as error:
        raise MissingExtraError("Reading a sound file", "audio", "soundfile") from error
    try:
        samples, rate = soundfile.read(path, dtype="float32")
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"{path!r} cannot be read as a sound: {error}") from error
    return samples, int(rate)


def write_wave(path: str, value: Any, samplerate: int) -> None:
    """Write samples as a file with 16 bits for each.

    Args:
        path: The file.
        value: An array or tensor of samples, or of samples and channels in either order.
        samplerate: Samples in a second.
    """
    import wave

    import numpy as np

    samples = _as_numpy(value)
    if samples.ndim == 2 and samples.shape[0] < samples.shape[1]:
        samples = samples.T  # channels first, as torch has them
    if samples.ndim not in (1, 2):
        raise ConfigurationError(
            f"An array of the shape {tuple(samples.shape)} is no sound: samples x channels."
        )
    if samples.dtype.kind == "f":
        samples = np.nan_to_num(samples).clip(-1.0, 1.0) * 32767.0
    with wave.open(path, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(samplerate)
        file.writeframes(np.ascontiguousarray(samples.round().clip(-32768, 32767).astype("<i2")).tobytes())


def existing(path: str | os.PathLike[str], what: str) -> str:
    """Return a path as text if there is such a file."""
    text = os.fspath(path)
    if not os.path.isfile(text):
        raise ConfigurationError(f"There is no file {text!r} for {what}.")
    return text
