"""Arguments of tool calls: what a model sends is checked, what code passes is put under its name.

A model's arguments are JSON data and are checked strictly: an integer will do for a number, nothing else is
converted, except into the models, dataclasses and enums that a function asks for. Code passes Python
objects, which are taken as they are, unless they are JSON data and the hint asks for more than JSON's types.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import json
import pathlib
import reprlib
import typing
import uuid
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import AgentToolCallError
from .hints import classes_in, is_limited, is_model_like
from .schema import JsonSchema, types_of
from .text import type_text

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails, ValidationError

__all__ = ["ArgumentChecker", "did_you_mean", "is_json", "short_repr"]

_BUILT = (
    enum.Enum,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
    pathlib.PurePath,
    tuple,
    AbstractSet,
)
_NOT_FROM_JSON = "needs_python_object"  # pydantic's error for a class that JSON has no form for
_MAX_PROBLEMS = 5  # a long list of complaints about one value helps nobody

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 100


def short_repr(value: object) -> str:
    """Return a repr that fits into an error message."""
    return _short.repr(value)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question with the known name that is closest, or nothing."""
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, 1) or [key for key in names if key.lower() == name.lower()]
    return f" Did you mean {close[0]!r}?" if close else ""


def is_json(value: object) -> bool:
    """Say whether a value is made of exactly what JSON has, so that it can be checked as JSON data."""
    kind = type(value)
    if value is None or kind in (str, int, float, bool):
        return True
    if kind is list:
        return all(map(is_json, value))  # type: ignore[call-overload]
    return kind is dict and all(type(key) is str and is_json(item) for key, item in value.items())  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ArgumentChecker:
    """Checks the arguments of one tool's calls. Made once per tool; holds nothing of a call.

    Attributes:
        tool: The tool's name.
        usage: How the tool is called, for the messages.
        inputs: The tool's ``inputs``.
        adapters: The validator of each argument.
        required: The arguments that cannot be left out.
        defaults: Values for arguments that are left out and for which the function itself has none.
        hints: Type hints of the arguments, where the tool is a function.
        order: The names that arguments without a name are given, in order.
    """

    tool: str
    usage: str
    inputs: Mapping[str, JsonSchema]
    adapters: Mapping[str, TypeAdapter[Any]]
    required: frozenset[str]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    hints: Mapping[str, Any] = field(default_factory=dict)
    order: Sequence[str] = ()

    # --------------------------------------------------------------------------- what a model sent

    def validate(self, arguments: object) -> dict[str, Any]:
        """Check the arguments that a model chose.

        Args:
            arguments: A dict by name. The bare value will do for a tool that takes one argument.

        Returns:
            The arguments to call the tool with.

        Raises:
            AgentToolCallError: They do not fit; the message says each thing that is wrong.
        """
        given = self._by_name(arguments)
        problems = [self._unknown(key, value) for key, value in given.items() if key not in self.inputs]
        problems += [self._missing(key) for key in self.inputs if key in self.required and key not in given]
        checked = dict(self.defaults)
        for key in (name for name in self.inputs if name in given):
            try:
                found = self._checked(key, given[key])
            except _Misfit as misfit:
                problems.append(
                    f"{key} = {short_repr(given[key])}: {misfit}. Accepted: {self._accepted(key)}."
                )
            else:
                checked.update(found)
        if problems:
            raise self._refusal(problems)
        return {key: checked[key] for key in self.inputs if key in checked}

    def _by_name(self, arguments: object) -> Mapping[Any, Any]:
        if isinstance(arguments, Mapping):
            return arguments
        if arguments is None and not self.required:
            return {}
        if len(self.inputs) == 1:
            return {next(iter(self.inputs)): arguments}
        raise self._refusal(
            [f"the arguments are {short_repr(arguments)}, not an object with a value by each name"]
        )

    def _checked(self, key: str, value: object) -> dict[str, Any]:
        """Return the argument as the tool takes it; nothing, if null stands for leaving it out."""
        try:
            return {key: self._fitted(key, value)}
        except _Misfit:
            if value is None and key not in self.required:
                return {}  # models write null for what they leave out
            raise

    def _fitted(self, key: str, value: object) -> Any:
        from pydantic import ValidationError

        adapter = self.adapters[key]
        text = _json_text(value)
        if text is None and key not in self.hints and _takes_objects(self.inputs[key]):
            return value  # an object of the run, which a schema has nothing to say about
        try:
            if text is None:
                return adapter.validate_python(value, strict=True)
            return adapter.validate_json(text, strict=True)
        except ValidationError as error:
            misfit = error
        if text is not None and _is_about_objects(misfit):
            try:
                return adapter.validate_python(value, strict=True)
            except ValidationError as error:
                misfit = error
        raise _Misfit(_explained(misfit, value))

    def _accepted(self, key: str) -> str:
        text = type_text(self.inputs[key])
        meaning = self.inputs[key].get("description", "").rstrip(".")
        return f"{text} ({meaning})" if meaning else text

    def _unknown(self, key: object, value: object) -> str:
        hint = did_you_mean(str(key), self.inputs) or " There is no such argument."
        return f"{key} = {short_repr(value)}: unknown.{hint}"

    def _missing(self, key: str) -> str:
        return f"{key}: missing. Accepted: {self._accepted(key)}."

    def _refusal(self, problems: Sequence[str]) -> AgentToolCallError:
        lines = "\n".join(f"- {problem}" for problem in problems)
        return AgentToolCallError(
            f"The tool {self.tool!r} was called with arguments that it does not accept:\n{lines}\n"
            f"It is called as {self.usage}"
        )

    # ---------------------------------------------------------------------------- what code passed

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Put the arguments of a call from code under their names.

        One dict alone whose keys are names of arguments stands for those arguments. Objects are taken as they
        are, except that JSON data becomes the model, dataclass, enum, date, tuple or set that the function
        asks for, and is held to ``Literal`` and to limits in ``Annotated``.

        Args:
            args: Arguments without a name.
            kwargs: Arguments with a name.

        Returns:
            The arguments by name.

        Raises:
            TypeError: Arguments are missing, unknown, given twice or too many.
        """
        if len(args) == 1 and not kwargs and self._stands_for_all(args[0]):
            kwargs, args = args[0], ()
        if len(args) > len(self.order):
            raise self._misuse(f"takes at most {len(self.order)} arguments, {len(args)} were given")
        bound = dict(zip(self.order, args, strict=False))
        for key, value in kwargs.items():
            if key in bound:
                raise self._misuse(f"got two values for the argument {key!r}")
            if key not in self.inputs:
                raise self._misuse(f"has no argument {key!r}.{did_you_mean(key, self.inputs)}")
            bound[key] = value
        missing = [key for key in self.inputs if key in self.required and key not in bound]
        if missing:
            listed = " and ".join(repr(key) for key in missing)
            raise self._misuse(f"needs a value for {listed}")
        return {**self.defaults, **{key: self._built(key, value) for key, value in bound.items()}}

    def _stands_for_all(self, value: object) -> bool:
        return isinstance(value, dict) and bool(value) and value.keys() <= self.inputs.keys()

    @functools.cached_property
    def _to_build(self) -> frozenset[str]:
        """The arguments for which JSON data from code is checked, and may become something else."""
        return frozenset(key for key, hint in self.hints.items() if _asks_for_more_than_json(hint))

    def _built(self, key: str, value: object) -> Any:
        if value is None or key not in self._to_build:
            return value
        from pydantic import ValidationError

        text = _json_text(value)
        if text is None:
            return value
        try:
            return self.adapters[key].validate_json(text, strict=True)
        except ValidationError as error:
            if _is_about_objects(error):
                return value
            raise self._misuse(
                f"cannot use {key} = {short_repr(value)}: {_explained(error, value)}"
            ) from None

    def _misuse(self, what: str) -> TypeError:
        end = "" if what.endswith("?") else "."
        return TypeError(f"The tool {self.tool!r} {what.removesuffix('.')}{end} It is called as {self.usage}")


class _Misfit(Exception):
    """A value does not fit its argument; the text says why."""


def _json_text(value: object) -> str | None:
    """Return a value as JSON text, or None if it holds something that JSON does not."""
    try:
        return json.dumps(value) if is_json(value) else None
    except (RecursionError, ValueError):  # nested too deeply, an integer of thousands of digits
        return None


def _takes_objects(entry: JsonSchema) -> bool:
    return not entry.keys().isdisjoint({"$ref"}) or any(
        name in ("object", "array", "any", "image", "audio") for name in types_of(entry) or ["any"]
    )


def _asks_for_more_than_json(hint: Any) -> bool:
    return is_limited(hint) or any(
        is_model_like(cls) or typing.is_typeddict(cls) or issubclass(cls, _BUILT) for cls in classes_in(hint)
    )


def _is_about_objects(error: ValidationError) -> bool:
    return any(
        detail["type"] in (_NOT_FROM_JSON, "json_invalid") or "isinstance" in detail["msg"]
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    )


# ----------------------------------------------------------------------------- explaining misfits


def _explained(error: ValidationError, value: object) -> str:
    """Say what is wrong where, each place once, alternatives of a union joined."""
    details = error.errors(include_url=False, include_context=False)
    places: dict[str, list[str]] = {}
    for detail in details:
        place = _place(detail, value)
        message = detail["msg"].removeprefix("Value error, ")
        messages = places.setdefault(place, [])
        if message not in messages:
            messages.append(message)
    texts = [_at(place) + ", or: ".join(messages) for place, messages in places.items()]
    more = f"; and {len(texts) - _MAX_PROBLEMS} more" if len(texts) > _MAX_PROBLEMS else ""
    return "; ".join(texts[:_MAX_PROBLEMS]) + more


def _at(place: str) -> str:
    return f"at {place}: " if place else ""


def _place(detail: ErrorDetails, value: object) -> str:
    """Write where an error is, leaving out the names of union members that pydantic puts in between."""
    place = ""
    location = detail["loc"]
    for index, key in enumerate(location):
        last = index == len(location) - 1
        if isinstance(value, dict) and isinstance(key, str) and (key in value or (last and _is_gap(detail))):
            place += f".{key}" if place else key
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            place += f"[{key}]"
            value = value[key]
    return place


def _is_gap(detail: ErrorDetails) -> bool:
    return detail["type"] == "missing"
