"""Modules of Python's library in which something acts on the whole process, or runs text as code.

Each function gives what stands in for some attributes of one module, for one session.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin

from ..errors import ForbiddenOperation
from . import asyncio_shim
from .capture import current_buffer
from .guards import Guards, check_bases, check_class_contents, made_here
from .limits import Limits, check_width

__all__ = [
    "of_abc",
    "of_contextlib",
    "of_copy",
    "of_dataclasses",
    "of_decimal",
    "of_functools",
    "of_random",
    "of_secrets",
    "of_struct",
    "of_types",
    "of_typing",
]


def of_random(limits: Limits) -> Mapping[str, Any]:
    """``random``: a generator of the session's own, so that ``seed`` changes nothing for anybody else."""
    import random

    own = random.Random()
    names = {name for name in random.__all__ if name in dir(own)}
    return {**{name: getattr(own, name) for name in names}, **limits.random(own)}


def of_secrets() -> dict[str, Any]:
    """``secrets``: tokens of a size that somebody could want."""
    import secrets

    def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
        def token(nbytes: int | None = None) -> Any:
            check_width(nbytes)
            return function(nbytes)

        return token

    return {name: bounded(getattr(secrets, name)) for name in ("token_bytes", "token_hex", "token_urlsafe")}


def of_functools(guards: Guards) -> dict[str, Any]:
    """``functools``."""

    usual = functools.WRAPPER_ASSIGNMENTS

    def update_wrapper(
        wrapper: Any,
        wrapped: Any,
        assigned: Iterable[str] = usual,
        updated: Iterable[str] = functools.WRAPPER_UPDATES,
    ) -> Any:
        """``functools.update_wrapper``: other attributes than the usual ones as code reads and assigns them."""
        guards.own(wrapper)
        wrapped = guards.use(wrapped)
        if assigned is usual and updated is functools.WRAPPER_UPDATES:
            return functools.update_wrapper(wrapper, wrapped)
        for name in assigned:
            safe = type(name) is str and name in usual
            try:
                value = getattr(wrapped, name) if safe else guards.getattr(wrapped, name)
            except AttributeError:
                continue
            (setattr if safe else guards.setattr)(wrapper, name, value)
        for name in updated:
            guards.getattr(wrapper, name).update(guards.getattr(wrapped, name, {}))
        wrapper.__wrapped__ = wrapped
        return wrapper

    def wraps(
        wrapped: Any, assigned: Iterable[str] = usual, updated: Iterable[str] = functools.WRAPPER_UPDATES
    ) -> Callable[[Any], Any]:
        """``functools.wraps``, with the same care."""
        return lambda wrapper: update_wrapper(wrapper, wrapped, assigned, updated)

    def total_ordering(cls: Any) -> Any:
        """``functools.total_ordering`` of classes that the code made."""
        return functools.total_ordering(guards.own(cls))

    return {
        "total_ordering": total_ordering,
        "update_wrapper": update_wrapper,
        "wraps": wraps,
        "singledispatch": singledispatch,
        "singledispatchmethod": SingleDispatchMethod,
    }


def singledispatch(function: Callable[..., Any]) -> Any:
    """``functools.singledispatch``, which would run annotations that are text as code."""
    made: Any = functools.singledispatch(function)
    register = made.register

    def checked(cls: Any, func: Any = None) -> Any:
        if func is not None:
            return register(cls, func)
        if issubclass(type(cls), type | UnionType) or get_origin(cls) is Union:
            return lambda function: register(cls, function)
        annotations = dict(getattr(cls, "__annotations__", {}))
        if not annotations:
            raise TypeError(
                f"Invalid first argument to `register()`: {cls!r}. Use either `@register(some_class)` or plain "
                f"`@register` on an annotated function."
            )
        name, annotation = next(iter(annotations.items()))
        if any(isinstance(value, str) for value in annotations.values()):
            raise ForbiddenOperation(
                "register() may not evaluate annotations that are text. Name the class: @function.register(int)."
            )
        # Not left to ``register``, which evaluates what is text inside the annotations, too.
        found = type(None) if annotation is None else annotation
        parts = get_args(found) if isinstance(found, UnionType) or get_origin(found) is Union else (found,)
        if not all(isinstance(part, type) for part in parts):
            raise TypeError(f"Invalid annotation for {name!r}. {found!r} is not a class.")
        return register(found, cls)

    made.register = checked
    return made


class SingleDispatchMethod(functools.singledispatchmethod):  # type: ignore[type-arg]
    """``functools.singledispatchmethod``, with the same care."""

    __module__ = "functools"

    def __init__(self, func: Any) -> None:
        super().__init__(func)
        self.dispatcher = singledispatch(func)


SingleDispatchMethod.__name__ = SingleDispatchMethod.__qualname__ = "singledispatchmethod"


class Redirect:
    """``contextlib.redirect_stdout`` for the prints of this program; nobody else's are touched."""

    def __init__(self, new_target: Any) -> None:
        self._target = new_target
        self._buffers: list[Any] = []

    def __enter__(self) -> Any:
        buffer = current_buffer()
        self._buffers.append(buffer)
        if buffer is not None:
            buffer.redirects.append(self._target)
        return self._target

    def __exit__(self, *_: object) -> None:
        buffer = self._buffers.pop()
        if buffer is not None and self._target in buffer.redirects:
            buffer.redirects.remove(self._target)


class RedirectErrors(Redirect):
    """``contextlib.redirect_stderr``: nothing of a program goes there."""

    def __enter__(self) -> Any:
        return self._target

    def __exit__(self, *_: object) -> None:
        return None


def of_contextlib() -> dict[str, Any]:
    """``contextlib``."""
    return {
        "aclosing": asyncio_shim.Closing,
        "asynccontextmanager": asyncio_shim.async_context_manager,
        "redirect_stderr": RedirectErrors,
        "redirect_stdout": Redirect,
    }


def of_struct() -> dict[str, Any]:
    """``struct``: ``x`` and ``s`` with a huge count make as much as they are told to."""
    import struct

    def pack(format: Any, /, *values: Any) -> bytes:
        check_width(struct.calcsize(format))
        return struct.pack(format, *values)

    class Struct(struct.Struct):
        def __init__(self, format: Any) -> None:
            check_width(struct.calcsize(format))
            super().__init__(format)

    return {"pack": pack, "Struct": Struct}


def of_dataclasses(guards: Guards) -> dict[str, Any]:
    """``dataclasses``, which runs text that it makes of the names of fields."""
    import dataclasses

    def dataclass(cls: Any = None, /, **options: Any) -> Any:
        """``dataclasses.dataclass`` of classes that the code made, with fields that have names."""

        def made(found: Any) -> Any:
            _check_fields(guards.own(found), own=True)
            return dataclasses.dataclass(found, **options)

        return made if cls is None else made(cls)

    def make_dataclass(
        cls_name: str, fields: Any, *, bases: Any = (), namespace: Any = None, **options: Any
    ) -> type:
        """``dataclasses.make_dataclass`` for classes that a class statement could make."""
        fields, bases = list(fields), tuple(bases)
        namespace = {} if namespace is None else dict(namespace)
        check_class_contents(namespace)
        check_class_contents(field if isinstance(field, str) else next(iter(field), "") for field in fields)
        for base in bases:
            _check_fields(base)
        # Who calls says what module the class is from, which is ours here.
        made: type = dataclasses.make_dataclass(cls_name, fields, bases=bases, namespace=namespace, **options)
        made.__module__ = "__main__"
        return made

    return {"dataclass": dataclass, "make_dataclass": make_dataclass}


def _check_fields(cls: Any, *, own: bool = False) -> None:
    """Refuse to make a dataclass of what has fields whose names are no names.

    Args:
        cls: The class, or a base of it.
        own: Whether its annotations become fields, beside those that it and its bases have.
    """
    import dataclasses

    if not isinstance(cls, type):
        return
    names: list[Any] = []
    for base in type.__getattribute__(cls, "__mro__"):
        fields = type.__getattribute__(base, "__dict__").get("__dataclass_fields__", {})
        if type(fields) is not dict or any(type(field) is not dataclasses.Field for field in fields.values()):
            raise ForbiddenOperation("Fields of dataclasses may not be made by hand in this code.")
        names += [*fields, *(field.name for field in fields.values())]
    if own:
        annotations = type.__getattribute__(cls, "__dict__").get("__annotations__", {})
        if type(annotations) is not dict:
            raise ForbiddenOperation("Annotations of dataclasses may not be made by hand in this code.")
        names += annotations
    _check_names(names)


def _check_names(names: Iterable[Any]) -> None:
    for name in names:
        if type(name) is not str or not name.isidentifier():
            raise ForbiddenOperation(f"A field may not be called {name!r}: that is no name.")


def of_copy() -> dict[str, Any]:
    """``copy``: neither modules nor classes of others are given the state of a copied object."""
    own = _own_copy()
    return {name: getattr(own, name) for name in ("copy", "deepcopy", "replace") if hasattr(own, name)}


@functools.cache
def _own_copy() -> Any:
    """The module ``copy`` once more, in which what a class gives for a copy of its instance is looked at."""
    import copy

    spec = importlib.util.find_spec("copy")
    assert spec is not None
    assert spec.loader is not None
    own: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    own.Error = own.error = copy.Error
    reconstruct = own._reconstruct

    def checked(x: Any, memo: Any, func: Any, args: Any, *rest: Any, **options: Any) -> Any:
        def make(*arguments: Any) -> Any:
            made = func(*arguments)
            if isinstance(made, ModuleType) or (isinstance(made, type) and not made_here(made)):
                raise ForbiddenOperation("A copy of an object may be neither a module nor a class of others.")
            return made

        return reconstruct(x, memo, make, args, *rest, **options)

    own._reconstruct = checked
    return own


def of_abc(guards: Guards) -> dict[str, Any]:
    """``abc``."""
    import abc

    def update_abstractmethods(cls: Any) -> Any:
        """``abc.update_abstractmethods`` of classes that the code made."""
        return abc.update_abstractmethods(guards.own(cls))

    def abstractmethod(funcobj: Any) -> Any:
        """``abc.abstractmethod``."""
        return abc.abstractmethod(guards.own(funcobj))

    return {"update_abstractmethods": update_abstractmethods, "abstractmethod": abstractmethod}


def of_typing(guards: Guards) -> dict[str, Any]:
    """``typing``: decorators that leave a mark on what they are given."""
    import typing

    def marking(name: str) -> Callable[[Any], Any]:
        real: Any = getattr(typing, name)

        def decorator(arg: Any) -> Any:
            return real(guards.own(arg))

        decorator.__name__ = decorator.__qualname__ = name
        decorator.__doc__ = real.__doc__
        return decorator

    def dataclass_transform(**options: Any) -> Callable[[Any], Any]:
        """``typing.dataclass_transform``."""
        return lambda cls_or_fn: typing.dataclass_transform(**options)(guards.own(cls_or_fn))

    names = ("final", "no_type_check", "override", "runtime_checkable")
    found: dict[str, Any] = {name: marking(name) for name in names if hasattr(typing, name)}
    return {**found, "dataclass_transform": dataclass_transform}


def of_types() -> dict[str, Any]:
    """``types``."""
    import types

    def new_class(
        name: str,
        bases: tuple[Any, ...] = (),
        kwds: Any = None,
        exec_body: Callable[[Any], Any] | None = None,
    ) -> Any:
        """``types.new_class`` for classes that a class statement could make."""

        def body(namespace: Any) -> None:
            if exec_body is not None:
                exec_body(namespace)
            check_class_contents(namespace)
            check_bases(types.resolve_bases(bases))
            namespace.setdefault("__module__", "__main__")

        return types.new_class(name, bases, kwds, body)

    return {"new_class": new_class}


def of_decimal(adopt: Callable[[], None]) -> dict[str, Any]:
    """``decimal``: contexts of the session's own.

    Args:
        adopt: Gives the session a context that is kept from step to step.
    """
    import decimal

    adopt()
    names = ("DefaultContext", "BasicContext", "ExtendedContext")
    return {name: getattr(decimal, name).copy() for name in names}
