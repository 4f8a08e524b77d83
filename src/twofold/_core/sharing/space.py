"""Tools that call the API of a Gradio app: a Space on the Hub, or any other. Through ``gradio_client``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, HubError, MissingExtraError
from ..tools.base import Tool

__all__ = ["SpaceTool", "space_tool"]

_KINDS = {"Image": "image", "Audio": "audio"}
_PYTHON_TYPES = {
    "str": "string",
    "float": "number",
    "int": "integer",
    "bool": "boolean",
    "filepath": "string",
}


class SpaceTool(Tool):
    """Calls an endpoint of a Gradio app, such as a Space on the Hugging Face Hub.

    Made by ``Tool.from_space`` or ``load_space_tool``, which ask the app what the endpoint takes. The
    connection is made at the first call, and can be used by any number of runs.

    Args:
        space_id: The Space, or the URL of the app.
        name: The tool's name.
        description: What it does, for the model.
        api_name: The name of the endpoint, e.g. ``"/predict"``.
        inputs: What it takes.
        output_type: What it returns.
        token: A token of the Hub, for private Spaces. It is never saved.
    """

    def __init__(
        self,
        space_id: str,
        name: str,
        description: str,
        api_name: str,
        inputs: dict[str, dict[str, Any]],
        output_type: str = "any",
        token: str | None = None,
    ) -> None:
        self.space_id = space_id
        self.name = name
        self.description = description
        self.api_name = api_name
        self.inputs = inputs
        self.output_type = output_type
        self._token = token
        self._client: Any = None

    skip_forward_signature_validation = True

    def setup(self) -> None:
        """Connect to the app."""
        self._client = _connect(self.space_id, self._token)

    def forward(self, **kwargs: Any) -> Any:
        """Call the endpoint and return its first result; a file is returned as its path."""
        values = {name: self._outgoing(name, value) for name, value in kwargs.items()}
        result = self._client.predict(api_name=self.api_name, **values)
        return result[0] if isinstance(result, tuple | list) and result else result

    def _outgoing(self, name: str, value: Any) -> Any:
        if self.inputs[name]["type"] not in ("image", "audio"):
            return value
        from gradio_client import handle_file  # pyright: ignore[reportMissingImports]

        path = getattr(value, "to_string", lambda: value)()  # images and sounds of an agent name a file
        return handle_file(str(path) if isinstance(path, Path) else path)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {**state, "_client": None, "is_initialized": False}


def space_tool(
    space_id: str, name: str, description: str = "", api_name: str | None = None, token: str | None = None
) -> SpaceTool:
    """Ask an app what an endpoint takes, and return the tool that calls it; see ``Tool.from_space``."""
    client = _connect(space_id, token)
    try:
        endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    finally:
        client.close()
    chosen = _choose(endpoints, space_id, api_name)
    entry = endpoints[chosen]
    inputs = {parameter["parameter_name"]: _input(parameter) for parameter in entry["parameters"]}
    returns = entry["returns"]
    return SpaceTool(
        space_id=space_id,
        name=name,
        description=description,
        api_name=chosen,
        inputs=inputs,
        output_type=_KINDS.get(returns[0]["component"], "any") if returns else "any",
        token=token,
    )


def _choose(endpoints: dict[str, Any], space_id: str, api_name: str | None) -> str:
    known = ", ".join(endpoints) or "none"
    if api_name is None:
        if not endpoints:
            raise ConfigurationError(
                f"The app {space_id!r} has no endpoint with a name that could be called."
            )
        return next(iter(endpoints))
    for candidate in (api_name, f"/{api_name}"):
        if candidate in endpoints:
            return candidate
    raise ConfigurationError(f"The app {space_id!r} has no endpoint {api_name!r}; it has: {known}.")


def _input(parameter: dict[str, Any]) -> dict[str, Any]:
    python_type = parameter["python_type"]
    kind = _KINDS.get(parameter["component"]) or _PYTHON_TYPES.get(python_type["type"], "any")
    described = [parameter.get("label") or "", python_type.get("description") or ""]
    entry: dict[str, Any] = {"type": kind, "description": ". ".join(part for part in described if part)}
    if parameter.get("parameter_has_default"):
        entry["nullable"] = True
    return entry


def _connect(space_id: str, token: str | None) -> Any:
    try:
        from gradio_client import Client  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingExtraError("A tool of a Space", "spaces", "gradio_client") from error
    names = inspect.signature(Client).parameters
    given = {} if token is None else {"token" if "token" in names else "hf_token": token}
    try:
        return Client(space_id, verbose=False, **given)
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0] or type(error).__name__
        raise HubError(f"The app {space_id!r} cannot be reached: {first_line}.") from error
