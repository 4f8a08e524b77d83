"""Type hints and pydantic: validators and JSON schemas of hints, and how hints read in a prompt.

pydantic is imported when the first tool is described, never when twofold is imported.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from ..errors import ConfigurationError
from .schema import JsonSchema, tidy

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "adapter_of",
    "classes_in",
    "hint_text",
    "is_limited",
    "is_model_like",
    "schemas_of",
    "supported_hint",
]

Mode = Literal["validation", "serialization"]

_CHANGES = "__get_pydantic_core_schema__"  # what metadata that changes values has, e.g. AfterValidator
_MEDIA_CLASSES = {"Image": "image", "AgentImage": "image", "AgentAudio": "audio"}


def adapter_of(hint: Any) -> TypeAdapter[Any]:
    """Make the pydantic validator of a type hint.

    Args:
        hint: Any type hint; classes that pydantic does not know are checked with ``isinstance``.

    Returns:
        The validator.

    Raises:
        ConfigurationError: pydantic cannot work with the hint.
    """
    from pydantic import ConfigDict, TypeAdapter
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

    hint = supported_hint(hint)
    try:
        try:
            return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))
        except PydanticUserError as error:
            if error.code != "type-adapter-config-unused":
                raise
            return TypeAdapter(hint)  # a model, dataclass or TypedDict brings its own configuration
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise ConfigurationError(f"{hint_text(hint)} cannot be used: {error.message}") from error
    except (TypeError, ValueError) as error:  # e.g. constraints that do not fit the type
        raise ConfigurationError(f"{hint_text(hint)} cannot be used: {error}") from error


def schemas_of(adapters: Mapping[str, TypeAdapter[Any]], mode: Mode = "validation") -> dict[str, JsonSchema]:
    """Return the tidy JSON schema of each validator.

    Args:
        adapters: Validators by name.
        mode: Whether values come in ("validation") or go out ("serialization").

    Returns:
        A schema by each name. What JSON cannot express is the empty schema, or ``image`` and ``audio``.
    """
    from pydantic import TypeAdapter

    if not adapters:
        return {}
    schemas, shared = TypeAdapter.json_schemas(
        [(name, mode, adapter) for name, adapter in adapters.items()], schema_generator=_generator()
    )
    definitions = shared.get("$defs", {})
    return {name: tidy(schemas[name, mode], definitions) for name in adapters}


def _generator() -> type[Any]:
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        """Describes the classes that JSON has no form for, instead of refusing them."""

        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}

        def is_instance_schema(self, schema: Any) -> JsonSchema:
            kind = _media_type(schema["cls"])
            return {"type": kind} if kind else {}

        def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchema:
            return {}

    return Generator


def _media_type(cls: object) -> str | None:
    if not isinstance(cls, type):
        return None
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] in ("PIL", "twofold"):
            kind = _MEDIA_CLASSES.get(base.__name__)
            if kind:
                return kind
    return None


# -------------------------------------------------------------------------- TypedDict before 3.12


def supported_hint(hint: Any) -> Any:
    """Return the hint in a form that pydantic accepts on this Python.

    Before Python 3.12 pydantic refuses the ``TypedDict`` of ``typing``, not of ``typing_extensions``.
    """
    return _with_extended_typed_dicts(hint, {}) if sys.version_info < (3, 12) else hint


def _with_extended_typed_dicts(hint: Any, seen: dict[Any, Any]) -> Any:
    if typing.is_typeddict(hint):
        if type(hint).__module__ != "typing":
            return hint
        if hint not in seen:
            seen[hint] = Any  # one that holds itself is checked down to its first level
            seen[hint] = _extended_typed_dict(hint, seen)
        return seen[hint]
    arguments = get_args(hint)
    if not arguments or get_origin(hint) is Literal:
        return hint
    if get_origin(hint) is Annotated:
        inner = _with_extended_typed_dicts(hint.__origin__, seen)
        return Annotated[(inner, *hint.__metadata__)]
    changed = tuple(
        argument if isinstance(argument, list) else _with_extended_typed_dicts(argument, seen)
        for argument in arguments
    )
    if all(new is old for new, old in zip(changed, arguments, strict=True)):
        return hint
    if get_origin(hint) in (Union, types.UnionType):
        return Union[changed]  # noqa: UP007 - the members are known only now
    return hint.copy_with(changed) if hasattr(hint, "copy_with") else get_origin(hint)[changed]


def _extended_typed_dict(hint: Any, seen: dict[Any, Any]) -> Any:
    import typing_extensions

    fields: dict[str, Any] = {}
    for key, kind in typing.get_type_hints(hint, include_extras=True).items():
        # with annotations that are strings, __required_keys__ knows nothing of the fields' own marks
        needed = key in hint.__required_keys__
        while get_origin(kind) in (typing.Required, typing.NotRequired):
            needed = get_origin(kind) is typing.Required
            kind = get_args(kind)[0]
        kind = _with_extended_typed_dicts(kind, seen)
        wrap: Any = typing_extensions.Required if needed else typing_extensions.NotRequired
        fields[key] = wrap[kind]
    make: Any = typing_extensions.TypedDict
    extended = make(hint.__name__, fields)
    extended.__doc__ = hint.__doc__
    return extended


# ----------------------------------------------------------------------------- looking into hints


def classes_in(hint: Any) -> Iterator[type]:
    """Yield the classes that a hint is made of, containers' members included, in order."""
    hint = getattr(hint, "__value__", hint)  # an alias made by the `type` statement
    origin = get_origin(hint)
    if origin is Literal:
        return
    if origin is Annotated:
        yield from classes_in(hint.__origin__)
        return
    if origin is None:
        if isinstance(hint, type):
            yield hint
        return
    if isinstance(origin, type) and origin is not types.UnionType:
        yield origin
    for argument in get_args(hint):
        yield from classes_in(argument)


def is_limited(hint: Any) -> bool:
    """Say whether a hint allows some values of a type only: by ``Literal``, or by limits in ``Annotated``.

    Not if it has a validator that is a function: its result may be something that it does not accept itself.
    """
    from annotated_types import BaseMetadata, GroupedMetadata  # pydantic's own dependency

    limits = [isinstance(extra, BaseMetadata | GroupedMetadata) for extra in _limits_in(hint)]
    return bool(limits) and all(limits)


def _limits_in(hint: Any) -> Iterator[Any]:
    """Yield what limits or changes values: metadata of ``Annotated``, one entry for each ``Literal``."""
    from annotated_types import BaseMetadata, GroupedMetadata
    from pydantic.fields import FieldInfo

    hint = getattr(hint, "__value__", hint)
    origin = get_origin(hint)
    if origin is Literal:
        yield BaseMetadata()
    elif origin is Annotated:
        for extra in hint.__metadata__:
            if isinstance(extra, FieldInfo):
                yield from extra.metadata  # a description alone limits nothing
            elif isinstance(extra, BaseMetadata | GroupedMetadata) or hasattr(extra, _CHANGES):
                yield extra
        yield from _limits_in(hint.__origin__)
    else:
        for argument in get_args(hint):
            yield from _limits_in(argument)


def is_model_like(cls: type) -> bool:
    """Say whether instances of a class have named fields: a pydantic model, dataclass or named tuple."""
    return (
        hasattr(cls, "__pydantic_fields__")
        or hasattr(cls, "__dataclass_fields__")
        or (issubclass(cls, tuple) and hasattr(cls, "_fields"))
    )


_NAMES: dict[Any, str] = {type(None): "None", None: "None", Ellipsis: "...", Any: "Any"}


def hint_text(hint: Any) -> str:
    """Write a type hint as Python would, without the modules its names come from."""
    if hint.__hash__ is not None and hint in _NAMES:
        return _NAMES[hint]
    origin = get_origin(hint)
    if origin is Annotated:
        return hint_text(hint.__origin__)
    if origin in (Union, types.UnionType):
        return " | ".join(hint_text(argument) for argument in get_args(hint))
    if origin is Literal:
        return f"Literal[{', '.join(repr(value) for value in get_args(hint))}]"
    if origin is not None:
        return f"{_bare_name(origin)}[{', '.join(_argument_texts(hint))}]"
    return _bare_name(hint)


def _argument_texts(hint: Any) -> Iterator[str]:
    as_text: Callable[[Any], str] = hint_text
    for argument in get_args(hint):
        yield f"[{', '.join(map(as_text, argument))}]" if isinstance(argument, list) else as_text(argument)


def _bare_name(hint: Any) -> str:
    name = getattr(hint, "__name__", None)
    return name if isinstance(name, str) else str(hint).rpartition(".")[2]
