"""Results of MCP tools as Python values: structured data, text, images, sounds, resources.

What comes from the SDK is read by its attributes, so that nothing of it has to be imported.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import McpToolError, TwofoldError
from .definitions import McpToolDefinition

if TYPE_CHECKING:
    from ..media.agent_types import AgentAudio

__all__ = ["arguments_as_json", "read_content", "read_result"]


def read_result(result: Any, definition: McpToolDefinition, server: str, *, structured: bool = True) -> Any:
    """Return the value that a call of a tool has given.

    Args:
        result: The SDK's ``CallToolResult``.
        definition: The tool.
        server: The server's name, for errors.
        structured: Whether to take the structured result where there is one, rather than the one for models.

    Returns:
        The structured result, if there is one. Otherwise the one piece of content: a text, an ``AgentImage``, an
        ``AgentAudio``, ``bytes`` of a resource. Several texts become one, several pieces of other kinds a list.
        None if there is nothing.

    Raises:
        McpToolError: The tool says that it failed.
    """
    if result.is_error:
        text = _as_text(result.content) or "it does not say why"
        raise McpToolError(
            f"the tool {definition.name!r} of the MCP server {server!r} failed: {text}", server=server
        )
    data = result.structured_content
    if structured and data is not None:
        if definition.wraps_result and isinstance(data, dict) and set(data) == {"result"}:
            return data["result"]
        return data
    values = [read_content(block) for block in result.content]
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    return "\n".join(values) if all(isinstance(value, str) for value in values) else values


def _as_text(blocks: Sequence[Any]) -> str:
    return "\n".join(text for text in (getattr(block, "text", None) for block in blocks) if text)


def read_content(block: Any) -> Any:
    """Return the value of one piece of content."""
    kind = block.type
    if kind == "text":
        return block.text
    if kind == "image":
        return _image(_decoded(block.data))
    if kind == "audio":
        return _sound(_decoded(block.data), block.mime_type)
    if kind == "resource":
        return _resource(block.resource)
    if kind == "resource_link":
        about = f" ({block.mime_type})" if block.mime_type else ""
        return f"{block.title or block.name}: {block.uri}{about}"
    return block.model_dump(mode="json", exclude_none=True)  # a kind that did not exist when this was written


def _resource(resource: Any) -> Any:
    if hasattr(resource, "text"):
        return resource.text
    data = _decoded(resource.blob)
    kind = (resource.mime_type or "").partition("/")[0]
    if kind == "image":
        return _image(data)
    return _sound(data, resource.mime_type) if kind == "audio" else data


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError) as error:
        raise McpToolError(f"the server sent binary data that is not base64: {error}") from None


def _image(data: bytes) -> Any:
    """Return an image; the bytes themselves if Pillow is missing or does not know the format."""
    from ..media.agent_types import AgentImage

    try:
        return AgentImage(data)
    except (TwofoldError, OSError, ValueError):
        return data


def _sound(data: bytes, mime_type: str) -> AgentAudio:
    """Return a sound, kept in a temporary file of its format."""
    from ..media.agent_types import AgentAudio
    from ..media.arrays import temporary_file

    path = temporary_file(mimetypes.guess_extension(mime_type) or ".wav")
    Path(path).write_bytes(data)
    return AgentAudio(path)


def arguments_as_json(arguments: dict[str, Any], tool: str) -> dict[str, Any]:
    """Return arguments as JSON data. Models, dataclasses and dates have a form in JSON; media become base64.

    Raises:
        TypeError: A value has no form in JSON.
    """
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    from ..media.agent_types import AgentAudio
    from ..media.images import encode_image_base64, is_image

    def fallback(value: Any) -> Any:
        if is_image(value):
            return encode_image_base64(value)
        if isinstance(value, AgentAudio):
            return base64.b64encode(Path(value.to_string()).read_bytes()).decode("ascii")
        if hasattr(value, "tolist"):  # numpy
            return value.tolist()
        raise PydanticSerializationError(f"a value of type {type(value).__name__} has no form in JSON")

    try:
        data: dict[str, Any] = to_jsonable_python(arguments, fallback=fallback, bytes_mode="base64")
    except (PydanticSerializationError, ValueError) as error:
        raise TypeError(
            f"The tool {tool!r} runs on an MCP server and takes JSON data only: {error}."
        ) from None
    return data
