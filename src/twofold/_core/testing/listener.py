"""The thread and the event loop that a server runs on: accepting connections, and ending all of them.

Here is all that the server has to do with asyncio, which is imported when a server starts and not before.
What is said on a connection is in ``connection.py``.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Callable
from typing import Any

from .connection import Connection
from .timing import Clock

__all__ = ["BACKLOG", "CallOnLoop", "Listener"]

BACKLOG = 4096
ACCEPT_PAUSE = 0.1  # seconds, when the process has run out of file descriptors

CallOnLoop = Callable[[Callable[[], None]], None]


class Listener:
    """Accepts connections on a socket, on a thread of its own, until it is stopped.

    The loop's own server is not used: closed while a connection is just being accepted, it fails an assertion
    and leaks that connection.

    Args:
        listening: The socket; the listener closes it.
        connect: Makes a connection, given the loop's clock and a function that runs a callback on the loop.
        complain: Told when a connection could not be accepted.
    """

    def __init__(
        self,
        listening: socket.socket,
        connect: Callable[[Clock, CallOnLoop], Connection],
        complain: Callable[[str], None],
    ) -> None:
        import asyncio

        listening.setblocking(False)
        self._listening = listening
        self._connect = connect
        self._complain = complain
        # Not whatever loop the application prefers: this one has add_reader everywhere.
        self._loop = asyncio.SelectorEventLoop()
        self._wait = asyncio.wait
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._connecting: set[Any] = set()
        self._thread = threading.Thread(target=self._run, name="twofold-chat-server", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._resume()
        self._thread.start()

    def stop(self) -> None:
        """End all connections and the thread. Called once."""
        self._call_on_loop(self._loop.stop)
        if threading.current_thread() is not self._thread:  # the garbage collector may call this there
            self._thread.join()

    def _run(self) -> None:
        self._loop.run_forever()
        self._pause()
        self._listening.close()
        if self._connecting:
            self._loop.run_until_complete(self._wait(set(self._connecting)))
        for connection in list(self._connections):
            connection.abort()
        self._loop.call_soon(self._loop.stop)  # after what abort() has put in the queue
        self._loop.run_forever()
        self._loop.close()

    def _resume(self) -> None:
        if self._listening.fileno() >= 0:
            self._loop.add_reader(self._listening, self._accept)

    def _pause(self) -> None:
        self._loop.remove_reader(self._listening)

    def _accept(self) -> None:
        """Accept whoever waits to be."""
        for _ in range(BACKLOG):
            try:
                accepted, _address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._complain(f"a connection could not be accepted: {error}")
                self._pause()
                self._loop.call_later(ACCEPT_PAUSE, self._resume)
                return
            accepted.setblocking(False)
            task = self._loop.create_task(self._loop.connect_accepted_socket(self._make_protocol, accepted))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    def _make_protocol(
        self,
    ) -> Any:  # a connection has a protocol's methods without being an asyncio.Protocol
        connection = self._connect(self._loop, self._call_on_loop)
        self._connections.add(connection)
        return connection

    def _call_on_loop(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody waits for the callback
            self._loop.call_soon_threadsafe(callback)
