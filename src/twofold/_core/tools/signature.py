"""What a function says about itself as a tool: its arguments and its result, from hints and docstring.

Only functions are read here. `tool` makes tools from what is found.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from ..errors import ConfigurationError
from .docstrings import parse_docstring
from .hints import adapter_of, classes_in, hint_text, is_model_like, schemas_of
from .schema import AUTHORIZED_TYPES, JsonSchema, input_entry, is_structured, types_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["FunctionDescription", "describe_function"]


@dataclass(frozen=True, slots=True)
class FunctionDescription:
    """A function as a tool sees it.

    Attributes:
        name: The function's name.
        description: What it does.
        inputs: Its arguments, in the form of a tool's ``inputs``.
        output_type: The kind of its result.
        output_schema: The JSON schema of its result, where that says more than the kind.
        adapters: The validator of each argument.
        hints: The type hint of each argument.
        returns: The type hint of the result; Any where there is none.
        returns_text: What the docstring says about the result.
    """

    name: str
    description: str
    inputs: dict[str, JsonSchema]
    output_type: str
    output_schema: JsonSchema | None
    adapters: dict[str, TypeAdapter[Any]]
    hints: dict[str, Any]
    returns: Any
    returns_text: str


def describe_function(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    local_names: Mapping[str, Any] | None = None,
) -> FunctionDescription:
    """Describe a function by its type hints and its docstring.

    Args:
        function: A function or bound method, ``def`` or ``async def``.
        name: Its name as a tool; that of the function if not given.
        description: What it does; what its docstring says if not given.
        local_names: Names that its hints may use beside those of its module.

    Returns:
        The description.

    Raises:
        ConfigurationError: Something that a model must know is missing, or cannot be expressed.
    """
    name = name or str(getattr(function, "__name__", ""))
    owner = f"The tool {name!r}"
    parameters = _parameters(function, owner)
    hints = _hints(function, owner, local_names or {})
    doc = parse_docstring(inspect.getdoc(function))
    _require_hints(parameters, hints, owner)
    texts = {key: _described(hints[key]) or doc.parameters.get(key, "") for key in parameters}
    description = description or doc.description
    _require_texts(description, texts, owner)
    adapters = {key: _adapter(owner, f"the argument {key!r}", hints[key]) for key in parameters}
    schemas = schemas_of(adapters)
    inputs = {key: _entry(schemas[key], texts[key], parameters[key], adapters[key]) for key in parameters}
    returns = _awaited(hints.get("return", Any))
    output_type, output_schema = _output(returns)
    return FunctionDescription(
        name=name,
        description=description,
        inputs=inputs,
        output_type=output_type,
        output_schema=output_schema,
        adapters=adapters,
        hints={key: hints[key] for key in parameters},
        returns=returns,
        returns_text=doc.returns or _described(returns),
    )


# -------------------------------------------------------------------------------------- arguments


def _parameters(function: Callable[..., Any], owner: str) -> dict[str, inspect.Parameter]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{owner}: the signature of {function!r} cannot be read: {error}") from error
    for key, parameter in parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            raise ConfigurationError(
                f"{owner}: '*{key}' cannot be described to a model; take one argument that is a list."
            )
        if parameter.kind is parameter.VAR_KEYWORD:
            raise ConfigurationError(
                f"{owner}: '**{key}' cannot be described to a model; name the arguments, or take one dict."
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise ConfigurationError(
                f"{owner}: {key!r} is taken by position only, but tools are called by name; remove the '/'."
            )
        if type(parameter.default).__name__ == "FieldInfo":
            raise ConfigurationError(
                f"{owner}: the default of {key!r} is a pydantic Field, which the function would get as its "
                f"value; write '{key}: Annotated[…, Field(…)] = …' instead."
            )
    return dict(parameters)


def _hints(function: Callable[..., Any], owner: str, local_names: Mapping[str, Any]) -> dict[str, Any]:
    source = inspect.unwrap(getattr(function, "__func__", function))
    try:
        return typing.get_type_hints(source, localns=dict(local_names) or None, include_extras=True)
    except NameError as error:
        word = re.compile(rf"\b{re.escape(error.name or '')}\b")
        users = [repr(key) for key, hint in source.__annotations__.items() if word.search(str(hint))]
        raise ConfigurationError(
            f"{owner}: the type hint of {', '.join(users) or 'an argument'} cannot be resolved: {error}. "
            f"Import or define the name where the function is (not only under TYPE_CHECKING)."
        ) from error
    except (TypeError, SyntaxError) as error:
        raise ConfigurationError(f"{owner}: a type hint cannot be resolved: {error}") from error


def _require_hints(parameters: Mapping[str, inspect.Parameter], hints: Mapping[str, Any], owner: str) -> None:
    bare = [key for key in parameters if key not in hints]
    if not bare:
        return
    if bare[0] in ("self", "cls") and next(iter(parameters)) == bare[0]:
        raise ConfigurationError(
            f"{owner}: the function takes {bare[0]!r}: it is a method. Make a tool of the bound method, "
            f"tool(instance.method), or write a subclass of Tool."
        )
    listed = ", ".join(repr(key) for key in bare)
    raise ConfigurationError(f"{owner}: no type hint for {listed}; write e.g. '{bare[0]}: str'.")


def _require_texts(description: str, texts: Mapping[str, str], owner: str) -> None:
    if not description:
        raise ConfigurationError(
            f"{owner}: the function needs a docstring that says what it does, for the model."
        )
    missing = [key for key, text in texts.items() if not text]
    if missing:
        listed = ", ".join(repr(key) for key in missing)
        raise ConfigurationError(
            f"{owner}: no description for {listed}. Describe each argument in the docstring "
            f"(under 'Args:', a line '{missing[0]}: what it means'), or with Annotated[…, 'what it means']."
        )


def _described(hint: Any) -> str:
    """Return the description that an ``Annotated`` hint carries: a string, or a pydantic Field with one."""
    if get_origin(hint) is not Annotated:
        return ""
    for extra in reversed(hint.__metadata__):
        text = extra if isinstance(extra, str) else getattr(extra, "description", None)
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())
    return ""


def _adapter(owner: str, what: str, hint: Any) -> TypeAdapter[Any]:
    try:
        return adapter_of(hint)
    except ConfigurationError as error:
        raise ConfigurationError(f"{owner}: {what}: the type {error}") from error


def _entry(
    schema: JsonSchema, text: str, parameter: inspect.Parameter, adapter: TypeAdapter[Any]
) -> JsonSchema:
    if parameter.default is parameter.empty:
        return input_entry(schema, text)
    return input_entry(schema, text, optional=True, default=_as_json(parameter.default, adapter))


def _as_json(default: Any, adapter: TypeAdapter[Any]) -> Any:
    """Return a default as JSON data, or None if it has no such form."""
    from pydantic_core import PydanticSerializationError

    try:
        return adapter.dump_python(default, mode="json", warnings=False)
    except (PydanticSerializationError, ValueError, TypeError, AttributeError):
        return None  # the model sees that the argument is optional, which is what matters


# ----------------------------------------------------------------------------------------- result


def _awaited(hint: Any) -> Any:
    """Return what awaiting gives, for a plain function that is annotated with an awaitable."""
    origin = get_origin(hint)
    if origin in (Awaitable, Coroutine) and get_args(hint):
        return get_args(hint)[-1]
    return hint


def _output(hint: Any) -> tuple[str, JsonSchema | None]:
    if hint is Any:
        return "any", None
    try:
        schema = schemas_of({"result": adapter_of(hint)}, "serialization")["result"]
    except ConfigurationError:
        return "object", None  # a result is not checked, so pydantic need not understand its type
    if not schema and not any(is_model_like(cls) for cls in classes_in(hint)):
        return ("any" if hint_text(hint) in ("Any", "object") else "object"), None
    names = types_of(schema) or (["object"] if "$ref" in schema else ["any"])
    output_type = names[0] if len(names) == 1 and names[0] in AUTHORIZED_TYPES else "any"
    return output_type, schema if is_structured(schema) else None
