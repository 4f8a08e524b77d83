"""Programs in RestrictedPython, with its own guards, those that its documentation shows, and more builtins.

RestrictedPython compiles; who uses it brings the guards. What is added here beyond the package's own is what
the programs need: builtins that do not reach anything, four modules, ``+=`` on names.
"""

# mypy: ignore-errors
# pyright: reportMissingImports=false
# (type checkers run where RestrictedPython is not installed)

import builtins
import operator

from executor_timing import main
from RestrictedPython import compile_restricted
from RestrictedPython.Eval import default_guarded_getitem, default_guarded_getiter
from RestrictedPython.Guards import (
    full_write_guard,
    guarded_iter_unpack_sequence,
    guarded_unpack_sequence,
    safe_builtins,
    safer_getattr,
)

ADDED = [
    "all",
    "any",
    "dict",
    "enumerate",
    "filter",
    "frozenset",
    "iter",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "property",
    "reversed",
    "set",
    "sorted",
    "staticmethod",
    "classmethod",
    "sum",
    "super",
    "tuple",
    "zip",
]
MODULES = ("collections", "itertools", "math", "numpy", "re")
IN_PLACE = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "//=": operator.ifloordiv,
    "%=": operator.imod,
}


def import_module(name, globals=None, locals=None, fromlist=(), level=0):
    """``__import__`` for the modules that the programs may use."""
    if name not in MODULES:
        raise ImportError(f"{name} may not be imported")
    return __import__(name, globals, locals, fromlist, level)


def make_class(name, bases, namespace):
    """What the documentation proposes as ``__metaclass__``: instances may be written to."""
    made = type(name, bases, namespace)
    made._guarded_writes = 1
    return made


def in_place(symbol, left, right):
    """``left += right`` and the like."""
    return IN_PLACE[symbol](left, right)


BUILTINS = {
    **safe_builtins,
    **{name: getattr(builtins, name) for name in ADDED},
    "__import__": import_module,
}


def fresh_globals():
    """Return the globals of one run."""
    return {
        "__builtins__": BUILTINS,
        "__name__": "__main__",
        "__metaclass__": make_class,
        "_getattr_": safer_getattr,
        "_getitem_": default_guarded_getitem,
        "_getiter_": default_guarded_getiter,
        "_inplacevar_": in_place,
        "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
        "_unpack_sequence_": guarded_unpack_sequence,
        "_write_": full_write_guard,
    }


def run_restricted(source):
    """Text in, result out."""

    def run():
        namespace = fresh_globals()
        exec(compile_restricted(source, "<program>", "exec"), namespace)
        return namespace.get("result")

    return run


if __name__ == "__main__":
    main({"restrictedpython": run_restricted})
