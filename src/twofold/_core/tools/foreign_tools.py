"""Tools that were made for other libraries, as tools of twofold."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigurationError
from .base import Tool
from .schema import JsonSchema, input_entry, tidy

__all__ = ["GradioTool", "LangChainTool", "identifier"]


def identifier(name: str) -> str:
    """Return a name as an identifier, which tools need: "Get weather!" becomes "get_weather"."""
    plain = re.sub(r"\W+", "_", name.strip()).strip("_")
    if not plain:
        raise ConfigurationError(f"{name!r} cannot become the name of a tool: it has no letters.")
    plain = plain if plain.isidentifier() else f"_{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) else plain


class LangChainTool(Tool):
    """A tool of LangChain. Made by ``Tool.from_langchain``.

    One that has a coroutine is awaited, so that it takes no thread; any other one is called as a function that
    may block.

    Attributes:
        langchain_tool: The tool that is called.
    """

    skip_forward_signature_validation = True
    output_type = "any"

    def __init__(self, langchain_tool: Any) -> None:
        for needed in ("name", "description", "invoke", "ainvoke"):
            if not hasattr(langchain_tool, needed):
                raise ConfigurationError(
                    f"from_langchain takes a tool of LangChain (langchain_core.tools.BaseTool); "
                    f"{type(langchain_tool).__name__} has no {needed!r}."
                )
        self.langchain_tool = langchain_tool
        self.name = identifier(langchain_tool.name)
        self.description = str(langchain_tool.description)
        schema = _langchain_schema(langchain_tool)
        needed_names = set(schema.get("required", ()))
        self.inputs = {
            key: input_entry(
                part,
                str(part.get("description") or part.get("title") or key),
                optional=key not in needed_names,
                default=part.get("default"),
            )
            for key, part in schema.get("properties", {}).items()
        }
        self._awaits = _has_coroutine(langchain_tool)

    def forward(self, **arguments: Any) -> Any:
        """Call the tool; the result is to be awaited if the tool has a coroutine."""
        if self._awaits:
            return self.langchain_tool.ainvoke(arguments)
        return self.langchain_tool.invoke(arguments)

    @property
    def may_block(self) -> bool:
        """Whether calling ``forward`` may hold up the thread it is called on."""
        return self.blocking and not self._awaits

    @property
    def is_async(self) -> bool:
        """Whether the tool is awaited."""
        return self._awaits


def _langchain_schema(tool: Any) -> JsonSchema:
    """Return what a model may say to the tool; arguments that LangChain would inject are not among it."""
    model = getattr(tool, "tool_call_schema", None)
    if isinstance(model, dict):
        return tidy(model)
    if model is not None:
        return tidy(model.model_json_schema())
    return {"properties": dict(tool.args), "required": list(tool.args)}


def _has_coroutine(tool: Any) -> bool:
    if getattr(tool, "coroutine", None) is not None:
        return True
    own = getattr(type(tool), "_arun", None)
    return own is not None and not str(getattr(own, "__module__", "")).startswith("langchain_core.")


_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}


class GradioTool(Tool):
    """A tool in the manner of gradio_tools: with a name, a description and a method ``run``.

    Made by ``Tool.from_gradio``.

    Attributes:
        gradio_tool: The tool that is called.
    """

    skip_forward_signature_validation = True
    output_type = "any"

    def __init__(self, gradio_tool: Any) -> None:
        run: Callable[..., Any] | None = getattr(gradio_tool, "run", None)
        if not callable(run) or not hasattr(gradio_tool, "name") or not hasattr(gradio_tool, "description"):
            raise ConfigurationError(
                f"from_gradio takes an object with name, description and run; {gradio_tool!r} is none."
            )
        self.gradio_tool = gradio_tool
        self.name = identifier(str(gradio_tool.name))
        self.description = str(gradio_tool.description)
        self.inputs = {key: _entry_of(parameter) for key, parameter in _parameters(run).items()}

    def forward(self, **arguments: Any) -> Any:
        """Call the tool."""
        return self.gradio_tool.run(**arguments)


def _parameters(run: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        key: parameter
        for key, parameter in inspect.signature(run, eval_str=True).parameters.items()
        if parameter.kind not in kinds
    }


def _entry_of(parameter: inspect.Parameter) -> JsonSchema:
    kind = _KINDS.get(parameter.annotation, "string")
    has_default = parameter.default is not parameter.empty
    default = parameter.default if has_default else None
    return input_entry({"type": kind}, parameter.name, optional=has_default, default=default)
