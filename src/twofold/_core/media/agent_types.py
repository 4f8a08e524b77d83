"""What tools hand to each other besides plain data: texts, images and sounds, whatever library made them.

Each can be had as what it is (``to_raw``) and as text (``to_string``: a text itself, else the path of a file).
How arrays and files are read and written is in `media_arrays`.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, MissingExtraError
from . import arrays
from .images import is_image

if TYPE_CHECKING:
    from PIL import Image as PillowImage

__all__ = [
    "AgentAudio",
    "AgentImage",
    "AgentText",
    "AgentType",
    "handle_agent_input_types",
    "handle_agent_output_types",
    "media_output",
]


class AgentType:
    """Base class of what tools take and return."""

    def to_raw(self) -> Any:
        """Return the thing itself, as libraries take it."""
        raise NotImplementedError

    def to_string(self) -> str:
        """Return a text that stands for it."""
        raise NotImplementedError


class AgentText(AgentType, str):
    """A text. It is a ``str``."""

    __slots__ = ()

    def to_raw(self) -> str:
        """Return the text as a plain ``str``."""
        return str.__str__(self)

    def to_string(self) -> str:
        """Return the text as a plain ``str``."""
        return str.__str__(self)


if TYPE_CHECKING:

    class _ImageBase(AgentType, PillowImage.Image): ...

else:
    _ImageBase = AgentType


class AgentImage(_ImageBase):
    """An image. It is a Pillow image, so it can be shown, saved and changed like one.

    Pillow is imported when the first one is made.

    Args:
        value: A Pillow image, the bytes or path of an image file, or an array of numpy or torch: height x
            width, with 1, 3 or 4 channels last or first; whole numbers from 0 to 255, or others from 0 to 1.

    Raises:
        ConfigurationError: It is no image.
        MissingExtraError: Pillow is not installed.

    Example:
        >>> import numpy
        >>> from twofold import AgentImage
        >>> AgentImage(numpy.zeros((20, 30, 3))).size
        (30, 20)
    """

    def __new__(cls, value: Any = None) -> AgentImage:
        # a class that derives from Pillow's cannot be defined before Pillow is wanted
        wanted: Any = cls
        made: AgentImage = object.__new__(cls if cls.__dict__.get("_is_pillow") else _with_pillow(wanted))
        return made

    def __init__(self, value: Any) -> None:
        raw = _image_of(value)
        raw.load()
        self.__dict__.update({key: part for key, part in vars(raw).items() if key not in _OF_FILES})
        self._path: str | None = os.fspath(value) if isinstance(value, str | os.PathLike) else None

    def to_raw(self) -> Any:
        """Return the image as a plain Pillow image."""
        return self.copy()

    def to_string(self) -> str:
        """Return the path of a file with the image; a PNG is written if it came from none."""
        if self._path is None:
            path = arrays.temporary_file(".png")
            self.to_raw().save(path, format="PNG")
            self._path = path
        return self._path

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).__mro__[1], (self.to_raw(),)


_OF_FILES = ("fp", "_fp", "_exclusive_fp", "filename", "tile", "decoderconfig", "_path")


@functools.cache
def _with_pillow(cls: type[Any]) -> Any:
    try:
        from PIL.Image import Image
    except ImportError as error:
        raise MissingExtraError("AgentImage", "vision", "pillow") from error
    return type(cls.__name__, (cls, Image), {"_is_pillow": True, "__module__": cls.__module__})


def _image_of(value: Any) -> Any:
    if is_image(value):
        return value
    if isinstance(value, bytes | bytearray):
        return arrays.image_from_bytes(bytes(value))
    if isinstance(value, str | os.PathLike):
        return arrays.image_from_file(arrays.existing(value, "an image"))
    if arrays.is_tensor(value) or arrays.is_array(value):
        return arrays.image_from_array(value)
    raise ConfigurationError(
        f"An image is a Pillow image, bytes, a path, or an array of numpy or torch; not {type(value).__name__}."
    )


class AgentAudio(AgentType):
    """A sound. It can be used where a path is wanted.

    Args:
        value: The path of a sound file; an array of numpy or torch; or a pair of sample rate and array.
        samplerate: Samples in a second of an array; that of a file comes from the file.

    Raises:
        ConfigurationError: It is no sound.

    Example:
        >>> import numpy
        >>> from twofold import AgentAudio
        >>> AgentAudio((8000, numpy.zeros(8000))).samplerate
        8000
    """

    def __init__(self, value: Any, samplerate: int = 16_000) -> None:
        self._rate: int | None = int(samplerate)
        self._path: str | None = None
        self._samples: Any = None
        if isinstance(value, AgentAudio):
            self._rate, self._path, self._samples = value._rate, value._path, value._samples
            return
        if isinstance(value, tuple) and len(value) == 2:
            self._rate, value = int(value[0]), value[1]
        if isinstance(value, str | os.PathLike):
            self._path = arrays.existing(value, "a sound")
            self._rate = None
        elif arrays.is_tensor(value) or arrays.is_array(value):
            self._samples = value
        else:
            raise ConfigurationError(
                "A sound is a path, an array of numpy or torch, or a pair of sample rate and array; not "
                f"{type(value).__name__}."
            )

    def to_raw(self) -> Any:
        """Return the samples: the array that was given, or what the file holds as a float array of numpy.

        Raises:
            MissingExtraError: The file cannot be read without soundfile.
        """
        self._load()
        return self._samples

    @property
    def samplerate(self) -> int:
        """Samples in a second."""
        if self._rate is None:
            self._load()
        return self._rate or 0

    def _load(self) -> None:
        if self._samples is None and self._path is not None:
            self._samples, self._rate = arrays.read_sound(self._path)

    def to_string(self) -> str:
        """Return the path of a file with the sound; a WAV is written if it came from none."""
        if self._path is None:
            path = arrays.temporary_file(".wav")
            arrays.write_wave(path, self._samples, self.samplerate)
            self._path = path
        return self._path

    def __fspath__(self) -> str:
        return self.to_string()

    def __str__(self) -> str:
        return self.to_string()

    def __repr__(self) -> str:
        return f"<AgentAudio {self._path or type(self._samples).__name__}>"


# --------------------------------------------------------------------------------- in and out


def handle_agent_input_types(*args: Any, **kwargs: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments with what they are in place of texts, images and sounds of agents."""
    return [_raw(value) for value in args], {key: _raw(value) for key, value in kwargs.items()}


def _raw(value: Any) -> Any:
    return value.to_raw() if isinstance(value, AgentType) else value


def handle_agent_output_types(output: Any, output_type: str | None = None) -> Any:
    """Return a tool's result as a text, image or sound of agents.

    Args:
        output: The result.
        output_type: The tool's ``output_type``; what the result itself is decides if None, or if it is none
            of ``"string"``, ``"image"`` and ``"audio"``.
    """
    if isinstance(output, AgentType) or output is None:
        return output
    if output_type == "string":
        return AgentText(output)
    if output_type in ("image", "audio"):
        return media_output(output, output_type)
    if isinstance(output, str):
        return AgentText(output)
    if is_image(output):
        return AgentImage(output)
    return AgentAudio(output) if arrays.is_tensor(output) else output


def media_output(output: Any, output_type: str) -> Any:
    """Return what a tool with images or sounds as its result has returned, as such; anything else as it is."""
    if isinstance(output, AgentType) or output is None:
        return output
    if output_type == "image":
        return AgentImage(output)
    return AgentAudio(output) if output_type == "audio" else output
