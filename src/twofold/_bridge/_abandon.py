"""Unwinding a thread from outside, for code that does not listen to anything else.

CPython can raise an exception in another thread: it surfaces at the next bytecode that thread executes, so a
loop in library code ends at once, and a blocking call ends as soon as it returns. Whoever uses this must hold
off its own bookkeeping with `clear_unwind`, see ``_threads`` and ``_hub``.
"""

from __future__ import annotations

import ctypes

__all__ = ["Abandoned", "clear_unwind", "unwind"]


class Abandoned(SystemExit):
    """Raised in a thread whose caller has given up on it.

    A `SystemExit`, because `threading` lets a thread end with one without a word.
    """


def unwind(thread_id: int, error: type[BaseException]) -> None:
    """Make the thread raise an error at the next bytecode it executes."""
    _set_async_exc(thread_id, error)


def clear_unwind(thread_id: int) -> None:
    """Take back what the thread was to raise and has not raised yet."""
    _set_async_exc(thread_id, None)


def _set_async_exc(thread_id: int, error: type[BaseException] | None) -> None:
    pointer = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), pointer)
