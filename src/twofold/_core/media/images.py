"""Images as text: what goes into requests and into saved memories."""

from __future__ import annotations

import base64
import io
import weakref
from typing import Any

from ..errors import ConfigurationError

__all__ = ["decode_image_base64", "encode_image_base64", "is_image", "make_image_url", "png_bytes"]

# An image is sent again with every request of a run; it is encoded once, as long as the object lives.
_encoded_images: dict[int, tuple[weakref.ref[Any], str]] = {}


def is_image(value: Any) -> bool:
    """Return whether a value is a Pillow image, without importing Pillow."""
    return all(hasattr(value, name) for name in ("save", "mode", "size"))


def encode_image_base64(image: Any) -> str:
    """Return an image as base64 text of its PNG form.

    The text is kept as long as the image lives: to change an image that was sent, make a copy of it.

    Args:
        image: A Pillow image.

    Raises:
        ConfigurationError: It is no image.
    """
    key = id(image)
    known = _encoded_images.get(key)
    if known is not None and known[0]() is image:
        return known[1]
    if not is_image(image):
        raise ConfigurationError(
            f"An image must be a Pillow image (PIL.Image.open(...)), not {type(image).__name__}."
        )
    text = base64.b64encode(png_bytes(image)).decode("ascii")
    _encoded_images[key] = (weakref.ref(image, lambda _: _encoded_images.pop(key, None)), text)
    return text


def decode_image_base64(text: str) -> Any:
    """Return the Pillow image that ``encode_image_base64`` made text of.

    Raises:
        ConfigurationError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ConfigurationError(
            "There is an image to load, and Pillow is not installed: python -m pip install pillow"
        ) from error
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    return image


def png_bytes(image: Any) -> bytes:
    """Return the PNG form of a Pillow image."""
    buffer = io.BytesIO()
    try:
        image.save(buffer, format="PNG")
    except OSError:
        # PNG has no form for some modes, such as the CMYK of photographs for print
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, format="PNG")
    return buffer.getvalue()


def make_image_url(base64_image: str) -> str:
    """Return a data URL for base64 text of a PNG."""
    return f"data:image/png;base64,{base64_image}"
