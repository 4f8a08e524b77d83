"""Which names generated code may use, and the reserved names that the rewriter puts into it.

Only data and predicates. Reserved names are no identifiers (``<go>``): CPython accepts them in a syntax tree,
and no source text can spell them, so generated code can neither read nor replace what they stand for.
"""

from __future__ import annotations

__all__ = [
    "ALLOWED_DUNDERS",
    "INTERNALS",
    "STORABLE_DUNDERS",
    "Reserved",
    "forbidden_attribute",
    "forbidden_store",
    "is_dunder",
    "is_private",
    "is_reserved",
    "mangled",
    "plain",
]


class Reserved:
    """The names the rewriter writes into generated code. They live in the session's private builtins."""

    GO = "<go>"  # True while nothing is asked of the program: what every checkpoint tests
    CHECK = "<checkpoint>"  # called when GO is false; returns True or raises
    COUNT = "<count>"  # the checkpoint that also counts, when operations are limited
    FINALLY = "<finally>"  # called when GO is false, on entry to a ``finally``
    LEAVE = "<leave>"  # called when GO is false, before a jump out of a ``finally``
    IN_DEL = "<in del>"  # called when GO is false, on entry to ``__del__``: whether to skip it
    CONTROL = "<control>"  # the exceptions that generated code must not catch
    NOT_CONTROL = "<not control>"  # makes the types of an ``except*`` match no control exception
    TYPE = "<type>"
    MODULES = "<modules>"  # the types of modules, and of what has the attributes of another object
    SPECIAL = "<special>"  # the types of modules and classes: what attribute stores look at twice
    MADE_HERE = "<made here>"  # classes that the code made, as far as they were looked at
    PRIVATE = "<private>"  # (value, name) → value, if the private name may be read from it
    USE = "<use>"  # value → value, or the safe module for a module, or a refusal
    OWN = "<own>"  # the same for a value whose attributes are about to be changed
    BIND = "<bind>"  # checks a variable that was just bound to a module
    DICT = "<dict>"
    FORMAT = "<format>"
    ACCESSOR = "<accessor>"
    SIZED = "<sized>"
    SUM = "<sum>"
    MULTIPLY = "<multiply>"
    POWER = "<power>"
    SHIFT = "<shift>"
    MODULO = "<modulo>"
    STR = "<str>"
    INT = "<int>"
    RANGE = "<range>"
    SPEC = "<spec>"
    TYPE_CALL = "<type call>"
    SIZED_CALL = "<sized call>"
    MATCH_CLASS = "<match class>"
    AWAIT = "<await>"
    ASYNC_DEF = "<async def>"
    ASYNC_GENERATOR = "<async generator>"
    ASYNC_ITER = "<async iter>"
    ASYNC_WITH = "<async with>"
    DEFER = "<defer>"  # (function, *arguments) → the call, to be made when it is awaited
    RESULT = "<result>"
    LEFT = "<left>"
    RECEIVER = "<receiver>"  # a local variable: whose attribute is about to be read or assigned
    RIGHT = "<right>"
    AUGMENT = "<augment>"  # (operator, left, right) → what the augmented assignment assigns, bounded
    CHECKED = "<checked>"  # (operator, left, right) → right, when the result would not be too big
    ANY = "<any>"  # BaseException, however the code names its own things


def is_reserved(name: str) -> bool:
    """Return whether a name is one of the rewriter's."""
    return name.startswith("<")


def is_dunder(name: str) -> bool:
    """Return whether a name looks like ``__this__``."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_private(name: str) -> bool:
    """Return whether a name is private by convention: ``_this``, but not ``__this__`` or ``_this_``."""
    return name.startswith("_") and not name.endswith("_") and name not in _SHOWN_PRIVATE


def plain(name: str) -> str:
    """Return a name as a real ``str``: a subclass may answer one thing to a check and be another."""
    return name if type(name) is str else str.__str__(name)


def mangled(name: str, class_name: str | None) -> str:
    """Return an attribute's name as the compiler makes it inside a class: ``__x`` is ``_Class__x``."""
    if class_name is None or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


_SHOWN_PRIVATE = frozenset({"_asdict", "_fields", "_field_defaults", "_make", "_replace", "_"})

_PROTOCOL = [
    "init",
    "new",
    "del",
    "post_init",
    "init_subclass",
    "set_name",
    "class_getitem",
    "call",
    "str",
    "repr",
    "bytes",
    "format",
    "hash",
    "bool",
    "len",
    "length_hint",
    "index",
    "int",
    "float",
    "complex",
    "round",
    "trunc",
    "floor",
    "ceil",
    "lt",
    "le",
    "eq",
    "ne",
    "gt",
    "ge",
    "iter",
    "next",
    "reversed",
    "contains",
    "getitem",
    "setitem",
    "delitem",
    "missing",
    "enter",
    "exit",
    "aenter",
    "aexit",
    "aiter",
    "anext",
    "await",
    "add",
    "radd",
    "iadd",
    "sub",
    "rsub",
    "isub",
    "mul",
    "rmul",
    "imul",
    "matmul",
    "rmatmul",
    "imatmul",
    "truediv",
    "rtruediv",
    "itruediv",
    "floordiv",
    "rfloordiv",
    "ifloordiv",
    "mod",
    "rmod",
    "imod",
    "divmod",
    "rdivmod",
    "pow",
    "rpow",
    "ipow",
    "lshift",
    "rlshift",
    "ilshift",
    "rshift",
    "rrshift",
    "irshift",
    "and",
    "rand",
    "iand",
    "or",
    "ror",
    "ior",
    "xor",
    "rxor",
    "ixor",
    "neg",
    "pos",
    "abs",
    "invert",
    "get",
    "set",
    "delete",
    "getattr",
    "getattribute",
    "setattr",
    "delattr",
    "dir",
    "instancecheck",
    "subclasscheck",
    "subclasshook",
    "prepare",
    "mro_entries",
    "copy",
    "deepcopy",
    "getnewargs",
    "getnewargs_ex",
    "setstate",
    "sizeof",
    "fspath",
    "slots",
    "match_args",
]

# Read without harm: what they give leads to nothing that the code could not name itself.
_DATA = [
    "name",
    "qualname",
    "doc",
    "module",
    "version",
    "author",
    "all",
    "members",
    "annotations_cache",
    "cause",
    "context",
    "suppress_context",
    "notes",
    "dataclass_fields",
    "dataclass_params",
    "fields",
    "total",
    "required_keys",
    "optional_keys",
    "abstractmethods",
    "array",
    "array_interface",
    "array_priority",
    "array_ufunc",
    "array_function",
    "class",
    "dict",
    "objclass",
    "debug",
    "file",
    "signature",
    "parameters",
    "type_params",
    "value",
    "origin",
    "args",
    "constraints",
    "bound",
]

ALLOWED_DUNDERS = frozenset(f"__{word}__" for word in _PROTOCOL + _DATA)
"""Dunder attributes that generated code may read. ``__class__``, ``__dict__`` and the hooks are rewritten."""

STORABLE_DUNDERS = frozenset(
    f"__{word}__"
    for word in [
        *_PROTOCOL,
        "name",
        "qualname",
        "doc",
        "version",
        "author",
        "all",
        "cause",
        "context",
        "suppress_context",
        "notes",
        "signature",
        "abstractmethods",
    ]
)
"""Dunder names that generated code may assign, define and delete."""

INTERNALS = frozenset(
    [
        "gi_frame",
        "gi_code",
        "gi_yieldfrom",
        "gi_running",
        "gi_suspended",
        "cr_frame",
        "cr_code",
        "cr_await",
        "cr_origin",
        "cr_running",
        "cr_suspended",
        "ag_frame",
        "ag_code",
        "ag_await",
        "ag_running",
        "tb_frame",
        "tb_next",
        "tb_lasti",
        "f_back",
        "f_builtins",
        "f_code",
        "f_globals",
        "f_locals",
        "f_trace",
        "f_lasti",
        "f_trace_lines",
        "f_trace_opcodes",
        "f_generator",
        "co_code",
        "co_consts",
        "co_names",
        "co_varnames",
        "co_freevars",
        "co_cellvars",
        "co_filename",
        "co_linetable",
        "co_lines",
        "co_positions",
        "co_exceptiontable",
        "co_qualname",
        "co_firstlineno",
        "co_flags",
        "co_stacksize",
        "func_globals",
        "func_code",
        "func_closure",
        "func_defaults",
        "func_dict",
        "func_name",
        "im_func",
        "im_self",
        "im_class",
        "mro",
        "cell_contents",
        "_convert_",  # of enumerations: makes members of what a module holds, whichever
        # What the stand-ins that generated code gets to see keep to themselves.
        "_NamespaceView__namespace",
        "_NamespaceView__protected",
        "_Pattern__real",
        "_Pattern__other",
        "_Match__found",
    ]
)
"""Attributes of frames, code, generators, coroutines, tracebacks and functions: ways out of the program."""


def forbidden_attribute(name: str) -> bool:
    """Return whether generated code may not read an attribute of this name."""
    if name in INTERNALS:
        return True
    first = name[:1]
    if first == "_":
        return is_dunder(name) and name not in ALLOWED_DUNDERS
    return first == "<"


def forbidden_store(name: str) -> bool:
    """Return whether generated code may not assign, define or delete a name or attribute of this name."""
    if name in INTERNALS:
        return True
    first = name[:1]
    if first == "_":
        return is_dunder(name) and name not in STORABLE_DUNDERS
    return first == "<"
