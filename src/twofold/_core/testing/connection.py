"""One connection of the server: bytes in, requests to the handler, responses out with pauses and faults.

Written as callbacks, which an event loop calls on its thread. It names no event loop: the transport and the
clock are given to it.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from .chat_handler import ChatHandler
from .http1 import (
    CONTINUE,
    Hangup,
    Hold,
    HttpRequest,
    HttpSyntaxError,
    Part,
    Pause,
    RequestParser,
    frame,
    keeps_alive,
)
from .records import Records
from .timing import Clock, Timer

__all__ = ["Connection", "Transport"]

MAX_WRITE = 64 * 1024
NO_LINGERING = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # struct linger: on, for 0 seconds


class Transport(Protocol):
    """What a connection needs of its transport."""

    def write(self, data: bytes, /) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...
    def is_closing(self) -> bool: ...
    def get_extra_info(self, name: str, /) -> Any: ...


class Connection:
    """The server's side of one connection. Owned by the event loop, lives until the connection is lost.

    Args:
        handler: Answers the requests.
        records: Counts the connection.
        clock: Times the pauses.
        call_on_loop: Runs a callback on the loop's thread, from any thread.
    """

    def __init__(
        self,
        handler: ChatHandler,
        records: Records,
        clock: Clock,
        call_on_loop: Callable[[Callable[[], None]], None],
    ) -> None:
        self._handler = handler
        self._records = records
        self._clock = clock
        self._call_on_loop = call_on_loop
        self._parser = RequestParser()
        self._transport: Transport | None = None
        self._number = 0
        self._parts: Iterator[Part] | None = None  # of the response under way
        self._keep_alive = True
        self._waiting_for: object | None = (
            None  # one object per wait, so that a late call back is known as such
        )
        self._timer: Timer | None = None
        self._blocked = False  # the client reads too slowly

    # What the event loop calls

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._number = self._records.connection_opened()

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        self._next_exchange()

    def eof_received(self) -> None:
        """The client has gone; returning nothing makes the loop close the transport."""

    def connection_lost(self, error: BaseException | None) -> None:
        abandoned = self._parts is not None
        self._transport = self._parts = self._waiting_for = None
        if self._timer is not None:
            self._timer.cancel()
        self._records.connection_closed(abandoned=abandoned)

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        self._advance()

    def abort(self) -> None:
        """End the connection at once: the server is closing."""
        self._parts = None
        if self._transport is not None:
            self._transport.abort()

    # Requests

    def _next_exchange(self) -> None:
        """Begin with the next request, if it is there and the one before it has been answered."""
        while self._transport is not None and self._parts is None and self._keep_alive:
            try:
                request = self._parser.next_request()
            except HttpSyntaxError as error:
                self._reject(error)
                return
            if request is None:
                if self._parser.awaits_continue:
                    self._transport.write(CONTINUE)
                return
            response = self._handler.respond(request, self._number)
            self._keep_alive = keeps_alive(response, request)
            self._parts = frame(response, request, keep_alive=self._keep_alive)
            self._run()

    def _reject(self, error: HttpSyntaxError) -> None:
        response = self._handler.reject(str(error), error.status)
        self._keep_alive = False
        self._parts = frame(response, HttpRequest("", "", {}), keep_alive=False)
        self._run()

    # Responses

    def _advance(self) -> None:
        self._run()
        self._next_exchange()

    def _run(self) -> None:
        """Send the response as far as it goes without waiting."""
        unsent = bytearray()  # pieces that nothing comes between go out in one write
        while self._can_send():
            part = self._next_part()
            if isinstance(part, bytes):
                unsent += part
                if len(unsent) < MAX_WRITE:
                    continue
            self._write(unsent)
            unsent.clear()
            match part:
                case None:
                    self._finish()
                case Pause(seconds=seconds):
                    self._wait(partial(self._clock.call_later, seconds))
                case Hold(gate=gate) if gate is not None:
                    self._wait(gate.when_open)
                case Hold():
                    self._waiting_for = part  # until the connection is lost
                case Hangup(reset=reset):
                    self._hang_up(reset)

    def _can_send(self) -> bool:
        ready = self._parts is not None and self._waiting_for is None and not self._blocked
        return ready and self._transport is not None and not self._transport.is_closing()

    def _next_part(self) -> Part | None:
        if self._parts is None:
            return None
        try:
            return next(self._parts, None)
        except Exception as error:  # e.g. a header that cannot be encoded
            self._records.add_unexpected(f"a reply could not be sent: {type(error).__name__}: {error}")
            return Hangup(reset=True)

    def _write(self, data: bytearray) -> None:
        if data and self._transport is not None:
            self._transport.write(bytes(data))

    def _wait(self, begin: Callable[[Callable[[], None]], Timer]) -> None:
        wait = self._waiting_for = object()

        def resume() -> None:
            if self._waiting_for is wait:
                self._waiting_for = self._timer = None
                self._advance()

        self._timer = begin(lambda: self._call_on_loop(resume))

    def _finish(self) -> None:
        self._parts = None
        if not self._keep_alive and self._transport is not None:
            self._transport.close()

    def _hang_up(self, reset: bool) -> None:
        self._parts = None
        self._keep_alive = False
        if self._transport is None:
            return
        if not reset:
            self._transport.close()
            return
        connected = self._transport.get_extra_info("socket")
        # To linger for no time is the way to have the kernel send RST instead of FIN.
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
        self._transport.abort()
