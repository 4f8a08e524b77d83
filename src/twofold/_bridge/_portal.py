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
from concurrent.futures import CancelledError, Future
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar, cast

import anyio
from anyio.from_thread import BlockingPortal

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
    context = copy_context()
    context.run(_depth.set, depth + 1)
    future = context.run(_portal(depth).start_task_soon, _guarded, awaitable)
    try:
        value, error = _wait(future)
    except BaseException:
        future.cancel()
        raise
    if error is not None:
        raise error
    return cast("T", value)


async def _guarded(awaitable: Awaitable[T]) -> tuple[T | None, BaseException | None]:
    """Carry the outcome over as a value: a `BaseException` that is raised in a task ends the loop."""
    try:
        return await awaitable, None
    except anyio.get_cancelled_exc_class():
        raise
    except BaseException as error:
        return None, error


def _wait(future: Future[Any]) -> Any:
    done = _scopes.Event()
    future.add_done_callback(lambda _: done.set())
    _scopes.wait(done)
    try:
        return future.result()
    except CancelledError:  # by itself: whoever cancels us does not get here
        raise RuntimeError("The awaited code was cancelled.") from None


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
