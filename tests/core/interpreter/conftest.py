"""What the interpreter's tests share: a host without threads, and a plain CPython to compare with."""

from __future__ import annotations

import ast
import contextlib
import contextvars
import io
import re
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from twofold._core.errors import CodeExecutionError, InterpreterError
from twofold._core.interpreter import CodeOutput, InterpreterPolicy, InterpreterSession

CORPUS = Path(__file__).parent / "corpus"


class InThreadHost:
    """A host that does everything at once, in the thread it is called in."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.switches = 0

    def resolve(self, awaitable: Any) -> Any:
        iterator = awaitable.__await__()
        while True:
            try:
                next(iterator)
            except StopIteration as end:
                return end.value

    def call_blocking(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Any:
        return function(*arguments, **keywords)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def map_concurrent(
        self, function: Callable[[Any], Any], items: Sequence[Any], limit: int | None
    ) -> list[Any]:
        return [function(item) for item in items]

    def switch(self) -> None:
        self.switches += 1


class Session(InterpreterSession):
    """A session that runs snippets in the calling thread."""

    host = InThreadHost()

    def execute(self, code: str, **options: Any) -> CodeOutput:
        return self.prepare(code, **options).run(self.host)

    def value(self, code: str) -> Any:
        return self.execute(code).output


@dataclass
class Outcome:
    """All that can be observed of running a snippet."""

    value: str = ""
    prints: str = ""
    error: str = ""
    variables: dict[str, str] = field(default_factory=dict)


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def show(value: Any) -> str:
    """A value as text that is the same in both worlds."""
    if isinstance(value, types.ModuleType):
        return f"<module {value.__name__}>"
    if isinstance(value, type | types.FunctionType):
        return f"<{type(value).__name__} {value.__name__}>"
    try:
        return _ADDRESS.sub("", f"{type(value).__name__}: {value!r}")
    except Exception as error:
        return f"{type(value).__name__}: unprintable {type(error).__name__}"


def visible(variables: dict[str, Any]) -> dict[str, str]:
    return {name: show(value) for name, value in variables.items() if not name.startswith("__")}


def in_plain_python(code: str) -> Outcome:
    """Run a snippet as CPython does."""
    flags = compile(code, "<plain>", "exec", dont_inherit=True).co_flags & 0x1000000  # future annotations
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    namespace: dict[str, Any] = {"__name__": "__main__"}
    outcome = Outcome()
    prints = io.StringIO()
    value = None
    with contextlib.redirect_stdout(prints):
        try:
            exec(compile(tree, "<plain>", "exec", dont_inherit=True), namespace)
            if last is not None:
                expression = compile(ast.Expression(last.value), "<plain>", "eval", flags, dont_inherit=True)
                value = eval(expression, namespace)
            outcome.value = show(value)
        except BaseException as error:
            outcome.error = f"{type(error).__name__}: {error}"
    outcome.prints = prints.getvalue()
    outcome.variables = visible(namespace)
    return outcome


def in_interpreter(code: str) -> Outcome:
    """Run a snippet in the interpreter."""
    session = Session(InterpreterPolicy(timeout_seconds=None))
    outcome = Outcome()
    try:
        result = session.execute(code)
        outcome.value, outcome.prints = show(result.output), result.logs
    except CodeExecutionError as error:
        outcome.error = f"{type(error.__cause__).__name__}: {error.__cause__}"
        outcome.prints = error.logs
    except InterpreterError as error:
        outcome.error = f"{type(error).__name__}: {error}"
        outcome.prints = error.logs
    outcome.variables = visible(session.variables)
    return outcome


def read_corpus(*names: str) -> list[Any]:
    """The snippets of corpus files, as parameters named by their headings."""
    found = []
    for name in names or sorted(path.stem for path in CORPUS.glob("*.txt")):
        text = (CORPUS / f"{name}.txt").read_text(encoding="utf-8")
        for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
            title, _, code = block.partition("\n")
            found.append(pytest.param(code, id=f"{name}: {title.strip()}"))
    return found


@pytest.fixture
def session() -> Session:
    """A session with the default policy."""
    return Session()


@pytest.fixture
def make_session() -> type[Session]:
    """Makes sessions with settings of the test's own."""
    return Session


@pytest.fixture
def policy() -> type[InterpreterPolicy]:
    return InterpreterPolicy


@pytest.fixture
def in_thread() -> Callable[..., threading.Thread]:
    """Starts a thread in a copy of the current context, as the bridge does."""

    def start(target: Callable[[], Any]) -> threading.Thread:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(target,), daemon=True)
        thread.start()
        return thread

    return start
