"""The background event loop on which the sync colour runs asynchronous user code.

One per process, on a daemon thread, started when first needed; nothing here is imported before. It is a
thread of its own, so it works where the caller's thread has a running loop (Jupyter), and every calling
thread shares it. The loop and the hand-over to it are an anyio portal; the thread is ours, because
anyio's would keep the interpreter from ending.

Asynchronous code that calls back into the sync colour blocks the loop it runs on. What that inner
call resolves runs on a further loop, so it does not wait for itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable
from contextvars import ContextVar, copy_context
from typing import Generic, TypeVar, cast

import anyio
from anyio.from_thread import BlockingPortal

from .._core.concurrency import drop_awaitable
from . import _scopes
from ._threads import start_thread

__all__ = ["run_awaitable"]

T = TypeVar("T")

_depth: ContextVar[int] = ContextVar("twofold_portal_depth", default=0)
_portals: dict[int, BlockingPortal] = {}
_lock = threading.Lock()


def run_awaitable(awaitable: Awaitable[T]) -> T:
    """Wait for an awaitable on the background loop.

    The caller's context variables are visible to it. Ctrl-C, and cancelling the caller's scope, cancel it.

    Returns:
        Its result; what it raises is raised here.
    """
    depth = _depth.get()
    portal = _portal(depth)
    context = copy_context()
    context.run(_depth.set, depth + 1)
    call = _Call(awaitable)
    try:  # from here on: Ctrl-C may come as soon as the other thread has begun
        context.run(portal.start_task_soon, call.run)
        _scopes.wait(call.ended)
    except BaseException:
        call.unwanted = True
        portal.start_task_soon(call.cancel)
        raise
    return call.result()


class _Call(Generic[T]):
    """One awaitable on the background loop."""

    def __init__(self, awaitable: Awaitable[T]) -> None:
        self._awaitable = awaitable
        self._scope: anyio.CancelScope | None = None
        self._value: T | None = None
        self._error: BaseException | None = None
        self.ended = _scopes.Event()
        self.unwanted = False

    def result(self) -> T:
        """Return what the awaitable returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    async def run(self) -> None:
        """Await it. The outcome is kept as a value: a `BaseException` raised in a task would end the loop."""
        with anyio.CancelScope() as self._scope:
            if self.unwanted:
                self._scope.cancel()
            try:
                self._value = await self._awaitable
            except anyio.get_cancelled_exc_class():
                self._error = RuntimeError("The awaited code was cancelled.")
                if self.unwanted:
                    raise
            except BaseException as error:
                self._error = error
            finally:
                self.ended.set()

    def cancel(self) -> None:
        """Cancel it, on the loop."""
        if self._scope is not None:
            self._scope.cancel()
        else:  # it did not get as far as being started
            drop_awaitable(self._awaitable)


def _portal(depth: int) -> BlockingPortal:
    portal = _portals.get(depth)
    if portal is None:
        with _lock:
            portal = _portals.get(depth) or _start(depth)
    return portal


def _start(depth: int) -> BlockingPortal:
    ready = threading.Event()
    failure: list[BaseException] = []

    async def serve() -> None:
        async with BlockingPortal() as portal:
            _portals[depth] = portal
            ready.set()
            await portal.sleep_until_stopped()

    def run() -> None:
        try:
            anyio.run(serve)
        except BaseException as error:
            failure.append(error)
        finally:
            _portals.pop(depth, None)
            ready.set()

    start_thread(run, f"twofold-loop-{depth + 1}")
    ready.wait()
    if depth not in _portals:
        raise RuntimeError("The background event loop could not be started") from next(iter(failure), None)
    return _portals[depth]


def _after_fork() -> None:
    global _lock
    _portals.clear()  # the loops run in the parent only
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
