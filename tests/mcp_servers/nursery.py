"""Starts Python programs that serve MCP in a moment: it has imported already what takes them a second or two.

Run as ``python nursery.py SOCKET``; it says ``ready`` and ends when its standard input does. For each program that
`launch.py` asks for, it forks: what runs is a process of its own, with the pipes, the environment and the folder
that ``launch.py`` was started with.
"""

import contextlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).with_name("sample.py")
_MAX_REQUEST = 1 << 20


class Nursery:
    """The process from which programs are forked."""

    def __init__(self, path: str) -> None:
        self._ready: dict[str, Callable[[], Any]] = _import_all()
        self._waiting: dict[int, socket.socket] = {}
        self._events = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._ended, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def run(self) -> None:
        """Fork programs until standard input ends."""
        self._events.register(0, selectors.EVENT_READ, lambda: None)
        self._events.register(self._listener, selectors.EVENT_READ, self._begin)
        self._events.register(self._ended, selectors.EVENT_READ, self._report)
        print("ready", flush=True)
        while True:
            for key, _ in self._events.select():
                if key.fd == 0:
                    return
                key.data()

    def _begin(self) -> None:
        connection, _ = self._listener.accept()
        data, descriptors, _, _ = socket.recv_fds(connection, _MAX_REQUEST, 3)
        while not data.endswith(b"\n") and (more := connection.recv(_MAX_REQUEST)):
            data += more
        pid = os.fork()
        if pid == 0:
            self._become(json.loads(data), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            connection.sendall(b"%d\n" % pid)
        self._waiting[pid] = connection
        self._events.register(connection, selectors.EVENT_READ, lambda: self._end(pid, connection))

    def _end(self, pid: int, connection: socket.socket) -> None:
        """Whoever started the program is gone: it was killed, and that is meant for the program."""
        self._events.unregister(connection)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _report(self) -> None:
        """Tell those who started them how programs ended."""
        os.read(self._ended, 4096)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                connection = self._waiting.pop(pid)
                with contextlib.suppress(KeyError):
                    self._events.unregister(connection)
                with contextlib.suppress(OSError):
                    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
                connection.close()

    def _become(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Become the program. Does not come back."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for target, descriptor in enumerate(descriptors):
                os.dup2(descriptor, target)
            os.closerange(3, 4096)
            sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
            sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
            os.chdir(request["folder"])
            os.environ.clear()
            os.environ.update(request["environment"])
            sys.argv = request["arguments"]
            program = sys.argv[0]
            known = self._ready.get(program)
            ended = known() if known else runpy.run_path(program, run_name="__main__")
            code = ended if isinstance(ended, int) else 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _import_all() -> dict[str, Callable[[], Any]]:
    """Import what programs need; return those that can be begun without being read again."""
    import sse_starlette
    import uvicorn.lifespan.on
    import uvicorn.loops.auto
    import uvicorn.protocols.http.auto
    import uvicorn.protocols.websockets.auto

    import twofold
    import twofold._async.mcp.serving
    import twofold._bridge.foreign.mcp.serving
    import twofold._sync.agents.description
    import twofold._sync.mcp.serving
    import twofold.aio
    import twofold.cli

    assert [sse_starlette, uvicorn, twofold.aio.CodeAgent, twofold.CodeAgent, twofold.FunctionModel]
    sample: Any = type(sys)("sample")
    sample.__file__ = str(SAMPLE)
    sys.modules["sample"] = sample  # where pydantic looks for the names in its annotations
    exec(compile(SAMPLE.read_text(), SAMPLE, "exec"), sample.__dict__)
    return {str(SAMPLE): sample.main, "twofold": lambda: twofold.cli.main(sys.argv[1:])}


if __name__ == "__main__":
    Nursery(sys.argv[1]).run()
    os._exit(0)
