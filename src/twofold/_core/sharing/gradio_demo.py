"""A web page for trying a tool out, made with Gradio."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["gradio_demo", "launch_gradio_demo"]

_COMPONENTS = {
    "string": "Textbox",
    "boolean": "Checkbox",
    "integer": "Number",
    "number": "Number",
    "image": "Image",
    "audio": "Audio",
}


def launch_gradio_demo(tool: Tool, **kwargs: Any) -> None:
    """Serve a web page on which a tool can be tried out. Returns when the server is stopped.

    Args:
        tool: The tool.
        **kwargs: Arguments of Gradio's ``launch``, e.g. ``server_port=7860``.

    Raises:
        MissingExtraError: Gradio is not installed.
        ConfigurationError: Something is no tool.
    """
    gradio_demo(tool).launch(**kwargs)


def gradio_demo(tool: Tool) -> Any:
    """Return the page of a tool: a ``gradio.Interface``."""
    from ..tools.base import Tool as AnyTool

    if not isinstance(tool, AnyTool):
        raise ConfigurationError(f"launch_gradio_demo takes a tool, not {tool!r}.")
    try:
        import gradio  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingExtraError("launch_gradio_demo", "ui", "gradio") from error
    names = list(tool.inputs)

    def call(*values: Any) -> Any:
        return tool(**dict(zip(names, values, strict=True)))

    async def call_async(*values: Any) -> Any:
        return await call(*values)

    function: Any = call_async if tool.is_async else call
    # whoever calls the page as an API sees these names
    function.__signature__ = Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names])

    inputs = [
        _component(gradio, entry["type"], name, entry.get("description"))
        for name, entry in tool.inputs.items()
    ]
    return gradio.Interface(
        fn=function,
        inputs=inputs,
        outputs=_component(gradio, tool.output_type, "result", None),
        title=tool.name,
        description=tool.description,
        api_name=tool.name,
    )


def _component(gradio: Any, kind: Any, label: str, info: str | None) -> Any:
    name = _COMPONENTS.get(kind, "JSON") if isinstance(kind, str) else "JSON"
    if name == "Image":
        return gradio.Image(label=label, type="pil")
    if name == "Audio":
        return gradio.Audio(label=label, type="filepath")
    details: dict[str, Any] = {"info": info} if info and name in ("Textbox", "Checkbox", "Number") else {}
    if kind == "integer":
        details["precision"] = 0
    return getattr(gradio, name)(label=label, **details)
