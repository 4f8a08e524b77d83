"""A chat-completions server on the loopback interface that answers from a script.

Here lives the server as tests see it: starting, stopping, what it remembers. It runs an event loop on a
thread of its own, so a thousand connections cost one thread, and both colours are served alike.
"""

from __future__ import annotations

import socket
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .chat_format import ChatRequest
from .chat_handler import ChatHandler, ChatScript
from .connection import Connection
from .listener import BACKLOG, CallOnLoop, Listener
from .records import ConnectionCounts, Records
from .script import ScriptExhausted
from .timing import Clock

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["ChatServer"]


class ChatServer:
    """A server for tests that speaks OpenAI's chat-completions protocol, from a script.

    It listens on a free port of 127.0.0.1 while its ``with`` block runs. Leaving the block raises
    ``ScriptExhausted`` if there was a request that the script had no reply for.

    Args:
        script: ``Reply``, ``ToolCalls``, ``Failure``, ``Drop``, ``Stall``, ``Malformed`` or strings, used for
            one request each, in order; or a function that makes one from the ``ChatRequest``. The function is
            called on the server's thread and must not wait.
        api_key: The key that clients must send, as OpenAI's or as Azure's do; others get 401. ``None``
            takes any.
        models: The models there are; others get 404. ``None`` takes any.
        context_length: The longest prompt, in tokens as ``count_tokens`` counts them; longer ones get 400.
        latency: Seconds before the first byte of every reply that does not say otherwise.
        clock: Times latencies, stalls and slow tokens; by default the time of the server's event loop.

    Raises:
        ConfigurationError: The script holds something else, or an argument makes no sense.

    Example:
        with ChatServer(["Hello!", Failure.rate_limited(retry_after=1)]) as server:
            client = OpenAI(base_url=server.url, api_key="any")
    """

    def __init__(
        self,
        script: ChatScript = (),
        *,
        api_key: str | None = None,
        models: Sequence[str] | None = None,
        context_length: int | None = None,
        latency: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        if isinstance(models, str):
            raise ConfigurationError(f"ChatServer: models is a list of ids, not the string {models!r}")
        if latency < 0:
            raise ConfigurationError(f"ChatServer: latency is in seconds and cannot be negative: {latency!r}")
        self.api_key = api_key
        self._records = Records()
        self._handler = ChatHandler(
            script,
            self._records,
            api_key=api_key,
            models=models,
            context_length=context_length,
            latency=latency,
        )
        self._clock = clock
        self._address: tuple[str, int] | None = None
        self._stop: Callable[[], object] | None = None

    # Starting and stopping

    def start(self) -> Self:
        """Start to listen. Use ``with`` where you can: it also closes.

        Raises:
            ConfigurationError: It was started before.
        """
        if self._address is not None:
            raise ConfigurationError("a ChatServer can be started only once; make a new one")
        listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._address = listening.getsockname()
        listener = Listener(listening, self._connector(), self._records.add_unexpected)
        listener.start()
        # Also stops a server that is forgotten, and one that still runs when the interpreter ends.
        self._stop = weakref.finalize(self, listener.stop)
        return self

    def close(self) -> None:
        """Stop listening and end all connections. A second call does nothing."""
        if self._stop is not None:
            self._stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            self._assert_expected()

    # Where it is

    @property
    def origin(self) -> str:
        """``http://127.0.0.1:<port>``: the endpoint for Azure clients."""
        if self._address is None:
            raise ConfigurationError(
                "the ChatServer is not running; use it as `with ChatServer(...) as server:`"
            )
        return f"http://{self._address[0]}:{self._address[1]}"

    @property
    def url(self) -> str:
        """The base URL for OpenAI clients, ``/v1`` included. Kept after closing."""
        return f"{self.origin}/v1"

    @property
    def port(self) -> int:
        """The port."""
        return int(self.origin.rpartition(":")[2])

    # What it remembers

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """The requests for completions so far, in the order of arrival, refused ones included."""
        return self._records.requests

    @property
    def unexpected(self) -> tuple[str, ...]:
        """What was not foreseen: requests without a reply, unknown addresses, a script that raised."""
        return self._records.unexpected

    @property
    def connections(self) -> ConnectionCounts:
        """How many connections are open, were opened, and so on."""
        return self._records.connections

    def assert_exhausted(self) -> None:
        """Check that all replies of the script were used and nothing unexpected happened.

        Raises:
            ScriptExhausted: Otherwise.
        """
        self._assert_expected()
        self._handler.script.assert_exhausted()

    def wait_until(self, condition: Callable[[ChatServer], bool], *, timeout: float = 10.0) -> None:
        """Wait until something that the server remembers (see above) makes a condition true.

        Blocks: async tests call it in a thread.

        Args:
            condition: A function of the server, e.g. ``lambda server: len(server.requests) == 3``. It is
                asked again when a request or a connection comes or goes, so it is no use for a gate: see
                ``Gate.wait_for_waiting``.
            timeout: Seconds until it is given up.

        Raises:
            AssertionError: It did not come true in time.
        """
        if not self._records.wait_until(lambda: condition(self), timeout):
            raise AssertionError(
                f"not true within {timeout:g} s; the server had {len(self.requests)} requests, "
                f"{self.connections}, unexpected: {self.unexpected}"
            )

    def _connector(self) -> Callable[[Clock, CallOnLoop], Connection]:
        """Return how connections are made, without a reference to the server, so that it can be forgotten."""
        handler, records, clock = self._handler, self._records, self._clock
        return lambda loop_clock, call_on_loop: Connection(
            handler, records, loop_clock if clock is None else clock, call_on_loop
        )

    def _assert_expected(self) -> None:
        if self.unexpected:
            raise ScriptExhausted(
                "unexpected requests:\n" + "\n".join(f"- {what}" for what in self.unexpected)
            )
