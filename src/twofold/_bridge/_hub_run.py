"""One execution of a program on a hub, on behalf of a task of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from .._core.interpreter.output import CodeOutput
from ._greenlet_host import GreenletHost
from ._hub import Hub
from ._loop_port import LoopPort
from ._runs import ProgramRun, RunnableProgram, cancelled_error
from ._strands import Strand

__all__ = ["HubRun"]

# How long a cancelled caller waits for the tools' coroutines, which are being cancelled as well, to clean up.
CLEANUP_GRACE = 0.25


class HubRun(ProgramRun):
    """One execution of a program. The caller awaits `outcome`; the program runs in strands of a hub.

    Args:
        program: What to run.
        hub: Where.
        port: The loop of the caller, on which the tools' coroutines run.
        on_drop: Called when the session can no longer use the hub.
        find_hub: Gives the session another hub; None if what it has made may be bound to this one.
    """

    __slots__ = ("_context", "_find_hub", "_future", "_on_drop", "calls", "hub", "port", "strands")

    def __init__(
        self,
        program: RunnableProgram,
        hub: Hub,
        port: LoopPort,
        on_drop: Callable[[], object],
        find_hub: Callable[[], Hub] | None = None,
    ) -> None:
        super().__init__(program)
        self._active = 0  # until the hub gives it its first turn
        self.hub = hub
        self.port = port
        self._on_drop = on_drop
        self._find_hub = find_hub
        self._context: Context | None = copy_context()
        self._future = port.create_future()
        self.strands: set[Strand] = set()
        self.calls: set[asyncio.Task[Any]] = set()

    async def outcome(self) -> CodeOutput:
        """Wait for the program; when the caller is cancelled, the program is stopped first.

        Returns:
            What the program returned; what it raised is raised.
        """
        self.hub.begin(self)
        try:
            await self._future
        except BaseException as error:
            self.stop(cancelled_error("the task that waited for it was cancelled"))
            if isinstance(error, asyncio.CancelledError):
                await self._wind_down()
            raise
        return self.result()

    def first_strand(self, hub: Hub) -> Strand:
        """Return the strand that runs the program."""
        context, self._context = self._context, None
        return Strand(hub, self, context or Context(), self._execute)

    def move(self) -> bool:
        """Go to another hub before the program has begun; return whether that was possible."""
        if self._find_hub is None:
            return False
        self.hub = self._find_hub()
        self.hub.begin(self)
        return True

    async def _wind_down(self) -> None:
        """Wait for the end of the program and of its tools; short, since the watchdog gives up."""
        try:
            if not self.settled:
                self._future = self.port.create_future()
                await self._future
            if self.calls:
                await asyncio.wait(self.calls, timeout=CLEANUP_GRACE)
        except asyncio.CancelledError:
            self.give_up()
            raise

    def _execute(self) -> None:
        self.execute(GreenletHost(self, self.hub))

    def _blame(self, error: BaseException) -> BaseException:
        if isinstance(error, asyncio.CancelledError):  # not the caller's task: that would have stopped us
            return cancelled_error("what it waited for was cancelled")
        return super()._blame(error)

    def _wake(self) -> None:
        self.hub.interrupt(self)

    def _unwind(self) -> None:
        self.hub.unwind(self)

    def _drop_thread(self) -> None:
        if self.hub.give_up(self) or self.hub.stuck:
            self._on_drop()

    def _deliver(self) -> None:
        self.port.post(HubRun._resolve_future, self)

    def _resolve_future(self) -> None:
        if not self._future.done():
            self._future.set_result(None)
