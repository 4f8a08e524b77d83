"""The interpreter for generated code: checked, rewritten, compiled, and run as CPython bytecode.

It is a guard rail, not a security boundary. It keeps code that a language model wrote from doing by accident
what it was not asked to do (importing what was not authorised, reaching into the interpreter, running for
ever, eating the machine), and it refuses the known ways around that. Code that is written to break out of a
Python process by somebody who means it needs a boundary that the operating system enforces.

What lives here does not wait: no event loop, no threads. ``Program.run`` is called by the bridge, on the
thread or greenlet of its choice, with a :class:`Host` through which the program reaches the world outside.
"""

from __future__ import annotations

from .control import Control, ControlException, FinalAnswer, ProgramStopped
from .host import Host, current_host
from .imports import DEFAULT_IMPORTS, ImportRules, check_imports_installed
from .output import CodeOutput
from .policy import InterpreterPolicy
from .session import InterpreterSession, Program

__all__ = [
    "DEFAULT_IMPORTS",
    "CodeOutput",
    "Control",
    "ControlException",
    "FinalAnswer",
    "Host",
    "ImportRules",
    "InterpreterPolicy",
    "InterpreterSession",
    "Program",
    "ProgramStopped",
    "check_imports_installed",
    "current_host",
]
