# Generated from src/twofold/_async/executors/base.py by `nox -s codegen`. Do not edit.
"""What every executor of generated code offers: a description that opens sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from ..._core.interpreter.output import CodeOutput
from ..._core.sentinels import NOT_GIVEN, NotGiven

__all__ = ["ExecutorSession", "PythonExecutor"]


@runtime_checkable
class ExecutorSession(Protocol):
    """One conversation with an interpreter: variables live as long as the session.

    Owned by one run; it runs one piece of code at a time.
    """

    def execute(self, code: str, timeout_seconds: float | NotGiven | None = NOT_GIVEN) -> CodeOutput:
        """Run code and return its output.

        Args:
            code: Python code.
            timeout_seconds: How long it may run, in seconds; None for no limit; the executor's own limit if
                not given.

        Raises:
            InterpreterError: The code could not be run to its end. Its ``logs`` hold what was printed.
        """
        ...

    def send_variables(self, variables: Mapping[str, Any]) -> None:
        """Set variables for the code to use."""
        ...

    def send_tools(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        """Add functions for the code to call."""
        ...

    def stop(self, error: Exception) -> None:
        """End the code that is running now, from any thread: ``execute`` raises ``error``."""
        ...

    def close(self) -> None:
        """Give up what the session holds."""
        ...


@runtime_checkable
class PythonExecutor(Protocol):
    """Describes how generated code is run. Shared by any number of sessions; holds no variables itself."""

    def open(self, tools: Mapping[str, Callable[..., Any]], variables: Mapping[str, Any]) -> ExecutorSession:
        """Return a new session whose code can call the tools and use the variables."""
        ...
