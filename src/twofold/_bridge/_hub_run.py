"""One execution of a program on a hub, on behalf of a task of an event loop."""

from __future__ import annotations

import asyncio
from contextvars import Context, copy_context
from typing import Any, Protocol

from .._core.interpreter.output import CodeOutput
from ._greenlet_host import GreenletHost
from ._hub import Hub
from ._loop_port import LoopPort, current_port
from ._runs import ProgramRun, RunnableProgram, cancelled_error
from ._strands import Strand

__all__ = ["HubRun"]

# How long a cancelled caller waits for the tools' coroutines, which are being cancelled as well, to clean up.
CLEANUP_GRACE = 0.25


class Home(Protocol):
    """The session's side of a run."""

    def occupy(self, run: HubRun, /) -> None:
        """The run begins, if it may."""
        ...

    def place(self, run: HubRun, /) -> Hub:
        """Say where the run is to begin, and whether it may move."""
        ...

    def find_hub(self) -> Hub:
        """Give the session another hub."""
        ...

    def drop_hub(self) -> None:
        """The session can no longer use the hub."""
        ...

    def forget(self, run: HubRun, /) -> None:
        """The caller has the outcome."""
        ...


class HubRun(ProgramRun):
    """One execution of a program. The caller awaits `outcome`; the program runs in strands of a hub.

    Args:
        program: What to run.
        home: The session.

    Attributes:
        hub: Where it runs; None before it has begun.
        port: The loop on which the tools' coroutines run: the one on which it is awaited.
        may_move: Whether nothing that the session has made can be bound to the hub.
    """

    __slots__ = ("_context", "_future", "_home", "calls", "hub", "may_move", "port", "strands")

    port: LoopPort
    _future: asyncio.Future[None]

    def __init__(self, program: RunnableProgram, home: Home) -> None:
        super().__init__(program)
        self._active = 0  # until the hub gives it its first turn
        self._home = home
        self._context: Context | None = None
        self.hub: Hub | None = None
        self.may_move = False
        self.strands: list[Strand] = []
        self.calls: list[asyncio.Task[Any]] = []

    async def outcome(self) -> CodeOutput:
        """Wait for the program; when the caller is cancelled, the program is stopped first.

        Returns:
            What the program returned; what it raised is raised.
        """
        self._home.occupy(self)
        self._context = copy_context()
        self.port = current_port()
        self._future = self.port.create_future()
        try:
            self._begin()
            await self._future
        except BaseException as error:
            self.stop(cancelled_error("the task that waited for it was cancelled"))
            if isinstance(error, asyncio.CancelledError):
                await self._wind_down()
            raise
        finally:
            self._home.forget(self)
        return self.result()

    def _begin(self) -> None:
        while True:
            self.hub = self._home.place(self)
            if self.hub.begin(self):
                return

    def first_strand(self, hub: Hub) -> Strand:
        """Return the strand that runs the program."""
        context, self._context = self._context, None
        return Strand(hub, self, context or Context(), self._execute)

    def move(self) -> bool:
        """Go to another hub before the program has begun; return whether that was possible."""
        if not self.may_move:
            return False
        self.hub = self._home.find_hub()
        if not self.hub.begin(self):
            self._begin()
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
        assert self.hub is not None
        self.execute(GreenletHost(self, self.hub))

    def _blame(self, error: BaseException) -> BaseException:
        if isinstance(error, asyncio.CancelledError):  # not the caller's task: that would have stopped us
            return cancelled_error("what it waited for was cancelled")
        return super()._blame(error)

    def _wake(self) -> None:
        if self.hub is not None:
            self.hub.interrupt(self)

    def _unwind(self) -> None:
        if self.hub is not None:
            self.hub.unwind(self)

    def _drop_thread(self) -> None:
        if self.hub is not None and (self.hub.give_up(self) or self.hub.stuck):
            self._home.drop_hub()

    def _deliver(self) -> None:
        self.port.post(HubRun._resolve_future, self)

    def _resolve_future(self) -> None:
        if not self._future.done():
            self._future.set_result(None)
