"""Modules of Python's library in which something acts on the whole process, or runs text as code.

Each function gives what stands in for some attributes of one module, for one session.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ForbiddenOperation
from .capture import current_buffer
from .guards import check_class_contents
from .limits import Limits, check_width

__all__ = [
    "of_contextlib",
    "of_dataclasses",
    "of_decimal",
    "of_functools",
    "of_random",
    "of_secrets",
    "of_struct",
    "of_types",
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


def of_functools() -> dict[str, Any]:
    """``functools``."""

    def update_wrapper(wrapper: Any, wrapped: Any) -> Any:
        """``functools.update_wrapper`` with the usual attributes only."""
        return functools.update_wrapper(wrapper, wrapped)

    def wraps(wrapped: Any) -> Callable[[Any], Any]:
        """``functools.wraps`` with the usual attributes only."""
        return functools.wraps(wrapped)

    return {
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
        annotations = {} if func is not None else getattr(cls, "__annotations__", {})
        if any(isinstance(value, str) for value in dict(annotations).values()):
            raise ForbiddenOperation(
                "register() may not evaluate annotations that are text. Name the class: @function.register(int)."
            )
        return register(cls, func)

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
    return {"redirect_stdout": Redirect, "redirect_stderr": RedirectErrors}


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


def of_dataclasses() -> dict[str, Any]:
    """``dataclasses``."""
    import dataclasses

    def make_dataclass(cls_name: str, fields: Any, *, namespace: Any = None, **options: Any) -> type:
        """``dataclasses.make_dataclass`` for classes that a class statement could make."""
        check_class_contents(namespace or ())
        # Who calls says what module the class is from, which is ours here.
        made: type = dataclasses.make_dataclass(cls_name, fields, namespace=namespace, **options)
        made.__module__ = "__main__"
        return made

    return {"make_dataclass": make_dataclass}


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
