"""A subprocess that writes files, watched by the bytes it has written and ended with its owner."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from .disk import tree_size
from .job import SourceUnavailable

__all__ = ["Child"]

_GRACE_SECONDS = 3.0


class Child:
    """A running subprocess whose temporary files and output all stay inside one directory.

    Output goes to files and not to pipes: nobody has to read it for the child to go on.
    """

    def __init__(self, command: Sequence[str], directory: Path, env: Mapping[str, str]) -> None:
        self.directory = directory
        self._output = directory / "output.log"
        self._errors = directory / "errors.log"
        temporary = directory / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            try:
                self._process = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    cwd=directory,
                    env={**os.environ, **env, **places},
                )
            except OSError as error:
                raise SourceUnavailable(f"{command[0]} could not be started: {error}") from error

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def wait(self, seconds: float) -> int | None:
        """Wait at most ``seconds`` for the child's end; return its exit code, or ``None`` if it runs on."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End the child if it still runs."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
            return
        self._process.kill()
        self._process.wait()

    @property
    def written(self) -> int:
        """The bytes that the child has written so far."""
        return tree_size(self.directory)

    @property
    def output(self) -> str:
        """What the child has printed so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def errors(self) -> str:
        """What the child has printed to its standard error so far."""
        return self._errors.read_text(encoding="utf-8", errors="replace")
