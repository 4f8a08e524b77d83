"""A session of generated code and the programs that run in it.

The session owns the variables, which live from snippet to snippet. A program is one snippet, prepared and
run once. Nothing here waits or makes threads: the bridge decides where a program runs and when it stops.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from typing import Any

from ..errors import CodeExecutionError, ConfigurationError, ForbiddenOperation, InterpreterError
from .capture import captured, tool_caller
from .checkpoints import current_execution
from .compiling import check_expression, compile_snippet
from .control import Control, FinalAnswer, ProgramStopped
from .environment import Environment
from .explain import SourceMap, describe, last_line
from .host import Host, current_host
from .names import Reserved, is_dunder, is_reserved, plain
from .output import CodeOutput
from .policy import InterpreterPolicy
from .printing import PrintBuffer
from .provisions import names_used
from .rehome import rehome
from .rewrite import RewriteContext
from .value_text import value_text

__all__ = ["InterpreterSession", "Program"]

_UNSET: Any = object()
FINAL_ANSWER = "final_answer"


class InterpreterSession:
    """The variables, functions and modules of one conversation with generated code.

    Owned by an executor's session; one program runs in it at a time.

    Args:
        policy: What the code is allowed.
        functions: Callables that the code may call but not assign (tools). One named ``final_answer`` ends
            the program with what it returns.
        variables: Initial variables.

    Attributes:
        on_print: Is told what the programs print, as they print it; for programs made from now on.
    """

    __slots__ = ("_receivers", "_unchecked", "environment", "on_print", "policy", "sources")

    def __init__(
        self,
        policy: InterpreterPolicy | None = None,
        *,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.policy = InterpreterPolicy() if policy is None else policy
        self.sources = SourceMap()
        self.on_print: Callable[[str], object] | None = None
        self._receivers: set[str] | None = None  # until there are some
        self._unchecked: set[str] | None = None
        self.environment = Environment(self.policy, self._evaluate)
        self.send_functions(functions or {})
        self.send_variables(variables or {})

    # -- what the code finds ------------------------------------------------------------------------------

    def send_functions(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        """Give the code functions to call. A later one of the same name replaces an earlier one."""
        environment = self.environment
        for name, function in functions.items():
            if not name.isidentifier() or is_dunder(name):
                raise ConfigurationError(f"A tool cannot be called {name!r}: that is no Python name.")
            if not callable(function):
                raise ConfigurationError(f"The tool {name!r} is not callable: {function!r}.")
            environment.functions[name] = function
            environment.builtins[name] = (
                self._final_answer(function) if name == FINAL_ANSWER else _closed(function)
            )
            environment.namespace.pop(name, None)

    def send_variables(self, variables: Mapping[str, Any]) -> None:
        """Set variables of the session."""
        environment = self.environment
        for name, value in variables.items():
            if not isinstance(name, str) or not name.isidentifier() or is_dunder(name):
                raise ConfigurationError(f"A variable cannot be called {name!r}: that is no Python name.")
            if name in environment.functions:
                raise ConfigurationError(
                    f"The variable {name!r} has the name of a tool, which it would hide. Rename one of them."
                )
            if isinstance(value, ModuleType):
                value = self._safe_module(name, value)
            environment.namespace[name] = value

    def _safe_module(self, name: str, module: ModuleType) -> ModuleType:
        try:
            return self.environment.modules.admit(module)
        except (ForbiddenOperation, ImportError) as error:
            raise ConfigurationError(
                f"The variable {name!r} is the module {module.__name__!r}, which is not authorised. "
                f"Authorise it with additional_authorized_imports=[{module.__name__!r}]."
            ) from error

    @property
    def variables(self) -> dict[str, Any]:
        """What the code has defined so far, as a copy."""
        return {
            name: value
            for name, value in list(self.environment.namespace.items())
            if not is_reserved(name) and not is_dunder(name)
        }

    def _final_answer(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function that ends a program."""

        @functools.wraps(function, assigned=("__name__", "__doc__"), updated=())
        def final_answer(*arguments: Any, **keywords: Any) -> Any:
            answer = FinalAnswer(function(*arguments, **keywords))
            gate = self.environment.gate
            execution = gate.running()
            if execution is not None:
                execution.answer = answer
                gate.signal()
            raise answer

        del final_answer.__wrapped__
        return final_answer

    # -- programs -----------------------------------------------------------------------------------------

    def prepare(self, code: str, *, timeout_seconds: float | None = _UNSET) -> Program:
        """Make a program of a snippet, and parse, check, rewrite and compile it.

        Args:
            code: The snippet.
            timeout_seconds: How long it may run by itself, if not what the policy says.

        Returns:
            The program, to be run once.

        Raises:
            CodeSyntaxError: It is not Python.
            ForbiddenOperation: It uses what it may not use.
        """
        program = self.program(code, timeout_seconds=timeout_seconds)
        program.prepare()
        return program

    def program(self, code: str, *, timeout_seconds: float | None = _UNSET) -> Program:
        """Make a program of a snippet, to be run once; it is compiled when it is prepared or run."""
        if not isinstance(code, str):
            raise ConfigurationError(f"Code must be a string, not {type(code).__name__}.")
        limit = self.policy.timeout_seconds if timeout_seconds is _UNSET else timeout_seconds
        return Program(self, code, limit)

    def compile(
        self, code: str, filename: str, environment: Environment, *, keep_result: bool = True
    ) -> CodeType:
        """Compile a snippet for an environment of this session."""
        context = RewriteContext(
            functions=environment.functions.keys(),
            variables=environment.namespace.keys(),
            receivers=set() if self._receivers is None else self._receivers,
            unchecked=set() if self._unchecked is None else self._unchecked,
            count_operations=self.policy.max_operations is not None,
        )
        compiled = compile_snippet(code, filename, context, keep_result=keep_result)
        self._receivers = context.receivers or None
        self._unchecked = context.unchecked or None
        environment.provide(names_used(compiled))
        return compiled

    def abandon(self, program: Program) -> None:
        """Go on in a new environment; what is stuck in the old one can no longer reach the variables."""
        if program.environment is not self.environment:
            return
        old = self.environment
        old.gate.abandon()
        new = Environment(self.policy, self._evaluate)
        rehome(old.namespace, new.namespace)
        new.succeed(old)
        self.environment = new

    def _evaluate(self, source: Any, given: Any, mode: str) -> Any:
        """``eval`` and ``exec`` of generated code: text goes the way of every snippet."""
        if not isinstance(source, str):
            raise ForbiddenOperation(f"{mode}() takes text only in this code, not {type(source).__name__}.")
        environment = self.environment
        text = source.strip() if mode == "eval" else source
        if mode == "eval":
            check_expression(text)
        filename = self.sources.add(text)
        code = self.compile(text, filename, environment)
        outer = environment.namespace.get(Reserved.RESULT, _UNSET)
        namespace = environment.namespace if given is None else self._private_namespace(given)
        exec(code, namespace)
        result = namespace.pop(Reserved.RESULT, None)
        if outer is not _UNSET:
            environment.namespace[Reserved.RESULT] = outer
        if given is not None and namespace is not environment.namespace:
            for name, value in namespace.items():
                if not is_reserved(name) and not is_dunder(name):
                    given[name] = value
        return result

    def _private_namespace(self, given: Any) -> dict[str, Any]:
        admit = self.environment.guards.use
        values = {
            plain(name): admit(value)
            for name, value in dict(given).items()
            if isinstance(name, str) and not is_dunder(plain(name)) and not is_reserved(plain(name))
        }
        return {"__name__": "__main__", **values, "__builtins__": self.environment.builtins}


class Program:
    """One snippet: run once, on the thread or greenlet that the bridge picked.

    Attributes:
        control: Stops, pauses and times it, from any thread.
        session: The session it runs in.
    """

    __slots__ = (
        "_code",
        "_filename",
        "_source",
        "answer",
        "buffer",
        "control",
        "environment",
        "operations",
        "session",
    )

    def __init__(self, session: InterpreterSession, source: str, timeout_seconds: float | None) -> None:
        self.session = session
        self.environment = session.environment
        self.control = Control(timeout_seconds, signal=self.environment.gate.signal)
        self.answer: FinalAnswer | None = None
        self.operations = 0
        self.buffer = PrintBuffer(session.policy.max_print_characters, session.on_print)
        self._source: str | None = source
        self._filename = session.sources.add(source)
        self._code: CodeType | None = None

    def prepare(self) -> None:
        """Parse, check, rewrite and compile the snippet, unless that has been done. On any thread.

        Raises:
            CodeSyntaxError: It is not Python.
            ForbiddenOperation: It uses what it may not use.
        """
        source, self._source = self._source, None
        if source is not None:
            self._code = self.session.compile(source, self._filename, self.environment)

    def run(self, host: Host) -> CodeOutput:
        """Run the program to its end.

        Args:
            host: How it reaches the world outside.

        Returns:
            Its output, or its final answer.

        Raises:
            CodeExecutionError: The code raised; the original error is the cause.
            CodeSyntaxError: It is not Python.
            ForbiddenOperation: A guard refused something.
            BaseException: What ``control.stop`` was given, if the program was stopped.
        """
        if self._source is None and self._code is None:
            raise RuntimeError("A program is run once; make another one.")
        gate = self.environment.gate
        tokens = current_execution.set(self), current_host.set(host)
        gate.enter(self)
        try:
            self.prepare()
            self.control.start()  # compiling does not count as running
            with captured:
                return self._outcome()
        finally:
            self.control.finish()
            gate.leave()
            current_execution.reset(tokens[0])
            current_host.reset(tokens[1])

    def _outcome(self) -> CodeOutput:
        code, self._code = self._code, None
        assert code is not None
        namespace = self.environment.namespace
        namespace.pop(Reserved.RESULT, None)
        text = ""
        try:
            self.control.raise_if_stopped()
            self.environment.begin()
            try:
                exec(code, namespace)
            finally:
                self.environment.end()
            text = value_text(namespace.get(Reserved.RESULT))
        except FinalAnswer as answer:
            self.answer = self.answer or answer
        except ProgramStopped as stop:
            raise self._stopped(stop.error) from None
        except BaseException as error:
            if self.control.stopped is not None:
                raise self._stopped(None) from None
            if self.answer is None:
                raise self._failure(error) from error
        if self.control.stopped is not None and self.answer is None:
            raise self._stopped(None)
        if self.answer is not None:
            return CodeOutput(self.answer.value, self.buffer.text(), True)
        return CodeOutput(namespace.pop(Reserved.RESULT, None), self.buffer.text(), False, text)

    def _stopped(self, error: BaseException | None) -> BaseException:
        """The error the program was stopped with."""
        error = error or self.control.stopped or RuntimeError("The program was stopped from outside.")
        if isinstance(error, InterpreterError):
            error.logs = self.buffer.text()
        return error

    def _failure(self, error: BaseException) -> BaseException:
        """The error to raise for one that the code raised."""
        kind = ForbiddenOperation if isinstance(error, ForbiddenOperation) else CodeExecutionError
        message = self._describe(error)
        return kind(message, logs=self.buffer.text(), line=last_line(error, self.session.sources))

    def _describe(self, error: BaseException) -> str:
        environment = self.environment
        try:
            return describe(
                error, self.session.sources, self._filename, self.session.variables, environment.functions
            )
        except (ProgramStopped, FinalAnswer):  # raised by a __str__ of the code
            return type(error).__name__

    def abandon(self) -> None:
        """Cut the session loose from this program, whose thread does not come back.

        The session goes on with its variables as they are now; nothing that the stuck code does later
        changes them. The error it was stopped with has what it printed until now. Call it after
        ``control.stop``.
        """
        self._stopped(None)
        self.session.abandon(self)


def _closed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function in front of a tool, so that the tool object is not in the code's hands."""
    packed: Callable[[Any, Any], Any] = getattr(function, "packed", None) or (
        lambda arguments, keywords: function(*arguments, **keywords)
    )

    def tool(*arguments: Any, **keywords: Any) -> Any:
        outside = tool_caller.set(current_execution.get())
        try:
            return packed(arguments, keywords)
        finally:
            tool_caller.reset(outside)

    tool.__name__ = tool.__qualname__ = getattr(function, "__name__", type(function).__name__)
    tool.__doc__ = getattr(function, "__wrapped__", function).__doc__
    return tool
