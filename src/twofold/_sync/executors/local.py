# Generated from src/twofold/_async/executors/local.py by `nox -s codegen`. Do not edit.
"""``LocalPythonExecutor``: generated code in this process, compiled, behind guards, off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError
from ..._core.interpreter.imports import check_imports_installed
from ..._core.interpreter.output import CodeOutput
from ..._core.interpreter.policy import InterpreterPolicy
from ..._core.interpreter.session import InterpreterSession
from ..._core.sentinels import NOT_GIVEN, NotGiven
from ..._core.tools.tool import Tool
from ..tools.calling import run_tool

__all__ = ["LocalExecutorSession", "LocalPythonExecutor"]

_LONG_CODE = 4_000
"""How many characters of code are compiled where they run."""


class LocalExecutorSession:
    """One conversation with the interpreter of this process. Made by ``LocalPythonExecutor.open``.

    Its code runs on worker threads, never on the event loop, and stays on one of them, so that objects
    bound to a thread (database connections, figures) keep working from step to step.
    """

    __slots__ = ("_interpreter", "_slot")

    def __init__(
        self,
        policy: InterpreterPolicy,
        tools: Mapping[str, Callable[..., Any]],
        variables: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self._interpreter = InterpreterSession(
            policy, functions={**(functions or {}), **_for_program(tools)}, variables=variables
        )
        self._slot = bridge.ProgramSlot()

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables that the code has now."""
        return self._interpreter.variables

    @property
    def on_print(self) -> Callable[[str], object] | None:
        """Is told what code prints, as it prints it; for code that is executed from now on."""
        return self._interpreter.on_print

    @on_print.setter
    def on_print(self, listener: Callable[[str], object] | None) -> None:
        self._interpreter.on_print = listener

    def execute(self, code: str, timeout_seconds: float | NotGiven | None = NOT_GIVEN) -> CodeOutput:
        """Run code and return its output.

        Args:
            code: Python code.
            timeout_seconds: How long it may run by itself, in seconds; None for no limit; the executor's
                own limit if not given. Waiting for tools does not count.

        Raises:
            InterpreterError: The code could not be run to its end; see its subclasses.
        """
        limit = {} if isinstance(timeout_seconds, NotGiven) else {"timeout_seconds": timeout_seconds}
        self._slot.arrive()
        program = self._interpreter.program(code, **limit)
        if len(code) > _LONG_CODE:  # compiling it would hold up the neighbours on the worker
            bridge.call_blocking(program.prepare)
        return self._slot.run(program)

    def send_variables(self, variables: Mapping[str, Any]) -> None:
        """Set variables for the code to use."""
        self._interpreter.send_variables(variables)

    def send_tools(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        """Add functions for the code to call: tools, or functions that may be asynchronous."""
        self._interpreter.send_functions(_for_program(tools))

    def stop(self, error: Exception) -> None:
        """End the code that is running now, from any thread: ``execute`` raises ``error``."""
        self._slot.stop(error)

    def close(self) -> None:
        """Give the worker back and forget the variables."""
        self._slot.close()


class LocalPythonExecutor:
    """Runs generated code in this process: compiled, guarded, stopped when its time is up.

    This is a guard rail and not a security boundary: it keeps a model's mistakes from doing harm, and does
    not hold against someone who sets out to break it.

    An executor can be shared by any number of agents. It can also be used directly: ``send_tools``,
    ``send_variables``, then call it with code.

    Args:
        additional_authorized_imports: Modules that the code may import besides the default ones: names,
            ``package.*`` for a package with its submodules, ``*`` for everything.
        max_print_outputs_length: How many characters of one execution's prints are kept.
        additional_functions: Functions that the code can call, by name.
        timeout_seconds: How long one execution may run by itself, in seconds; None for no limit. Waiting
            for tools does not count.
        max_operations: How many loop turns and function calls one execution may make; None does not count.

    Raises:
        ConfigurationError: An argument is not what it has to be, or a module is not installed.

    Example:
        >>> from twofold import LocalPythonExecutor
        >>> executor = LocalPythonExecutor()
        >>> (executor("sum(range(5))")).output
        10
    """

    def __init__(
        self,
        additional_authorized_imports: Sequence[str] = (),
        max_print_outputs_length: int | None = None,
        additional_functions: Mapping[str, Callable[..., Any]] | None = None,
        timeout_seconds: float | None = 30.0,
        max_operations: int | None = None,
    ) -> None:
        limits = (
            {} if max_print_outputs_length is None else {"max_print_characters": max_print_outputs_length}
        )
        self.policy = InterpreterPolicy(
            authorized_imports=tuple(_list_of_names(additional_authorized_imports)),
            timeout_seconds=timeout_seconds,
            max_operations=max_operations,
            **limits,
        )
        check_imports_installed(self.policy.authorized_imports)
        self.additional_functions = dict(additional_functions or {})
        self._own_session: LocalExecutorSession | None = None

    @property
    def authorized_imports(self) -> list[str]:
        """The modules that the code may import, the default ones included."""
        return list(self.policy.imports.listed())

    def open(
        self, tools: Mapping[str, Callable[..., Any]], variables: Mapping[str, Any]
    ) -> LocalExecutorSession:
        """Return a new session whose code can call the tools and use the variables."""
        return LocalExecutorSession(self.policy, tools, variables, _for_program(self.additional_functions))

    def __call__(self, code: str) -> CodeOutput:
        """Run code in the executor's own session and return its output."""
        return self._session().execute(code)

    def send_tools(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        """Add functions for the code of the executor's own session to call."""
        self._session().send_tools(tools)

    def send_variables(self, variables: Mapping[str, Any]) -> None:
        """Set variables of the executor's own session."""
        self._session().send_variables(variables)

    def close(self) -> None:
        """Close the executor's own session, if it was used."""
        session, self._own_session = self._own_session, None
        if session is not None:
            session.close()

    def _session(self) -> LocalExecutorSession:
        if self._own_session is None:
            self._own_session = self.open({}, {})
        return self._own_session


def _list_of_names(names: Any) -> list[str]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ConfigurationError(
            f"additional_authorized_imports must be a list of module names such as ['numpy']; got {names!r}."
        )
    return list(names)


def _for_program(tools: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Return the functions as generated code calls them: plainly, wherever they have to wait."""
    return {name: _callable_for_program(function) for name, function in tools.items()}


def _callable_for_program(function: Callable[..., Any]) -> Callable[..., Any]:
    inline = getattr(function, "inline", None)
    if inline is not None:
        return inline  # type: ignore[no-any-return]
    if isinstance(function, Tool):
        return bridge.program_callable(function, run_tool)
    if getattr(function, "is_bound_tool", False):
        return bridge.program_callable(function)
    return bridge.program_callable(function, bridge.call_user_aside)
