"""Which modules generated code may import.

Here are the default list, the rules and the check that is made when an executor is constructed. How a module
is shown to generated code is in ``modules``.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence

from ..errors import ConfigurationError, ForbiddenOperation

__all__ = ["DEFAULT_IMPORTS", "ForbiddenImport", "ImportRules", "check_imports_installed"]

DEFAULT_IMPORTS = (
    "abc",
    "array",
    "asyncio",
    "base64",
    "binascii",
    "bisect",
    "calendar",
    "cmath",
    "collections",
    "collections.abc",
    "colorsys",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "graphlib",
    "hashlib",
    "heapq",
    "html",
    "io",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "pprint",
    "queue",
    "random",
    "re",
    "secrets",
    "stat",
    "statistics",
    "string",
    "struct",
    "textwrap",
    "time",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
    "uuid",
    "zoneinfo",
)
"""Modules that generated code may import without being authorised: they compute and reach nothing outside.

Of some (``io``, ``types``, ``typing``, ``traceback``) only the harmless part is shown.
"""


class ForbiddenImport(ForbiddenOperation, ImportError):
    """An import was refused. An ``ImportError`` too, so that ``try: import x`` can fall back."""


class ImportRules:
    """Answers whether a module is authorised. Immutable; shared by all sessions of a policy.

    Args:
        additional: What the user authorised besides the default modules.
    """

    def __init__(self, additional: Iterable[str] = ()) -> None:
        self.additional = tuple(additional)
        self.everything = "*" in self.additional
        names = (*DEFAULT_IMPORTS, *(name for name in self.additional if name != "*"))
        self._trees = frozenset(name[:-2] for name in names if name.endswith(".*"))
        self._names = frozenset(name for name in names if not name.endswith(".*")) | self._trees
        self._explicit = frozenset(name.removesuffix(".*") for name in self.additional)
        self._parents = frozenset(
            ".".join(parts[:end])
            for parts in (name.split(".") for name in self._names)
            for end in range(1, len(parts))
        )

    def allows(self, name: str) -> bool:
        """Return whether a module of this dotted name may be used."""
        if self.everything or name in self._names:
            return True
        parts = name.split(".")
        if any(part.startswith("_") for part in parts[1:]):
            return False
        return any(".".join(parts[:end]) in self._trees for end in range(1, len(parts))) or self._published(
            name
        )

    def is_explicit(self, name: str) -> bool:
        """Return whether the user (not the default list) authorised this module."""
        return self.everything or name in self._explicit

    def is_parent(self, name: str) -> bool:
        """Return whether a module is only a step on the way to an authorised one."""
        return name in self._parents and name not in self._names

    def _published(self, name: str) -> bool:
        """Whether an authorised package names this submodule in its ``__all__`` (``numpy.linalg``)."""
        parent, _, last = name.rpartition(".")
        if not parent or parent not in self._names:
            return False
        package = sys.modules.get(parent)
        return package is not None and last in getattr(package, "__all__", ())

    def refusal(self, name: str) -> ForbiddenImport:
        """The error for an import that is not authorised."""
        return ForbiddenImport(
            f"Import of {name!r} is not authorised. Authorised modules: {', '.join(self.listed())}. "
            f"Whoever runs this code can authorise more with additional_authorized_imports=[{name!r}]."
        )

    def listed(self) -> Sequence[str]:
        """The authorised names for a message: the user's first, then the default ones."""
        return [*self.additional, *(name for name in DEFAULT_IMPORTS if name not in self._explicit)]


def check_imports_installed(names: Iterable[str]) -> None:
    """Refuse authorised imports that are not installed, when an executor is constructed.

    Args:
        names: What the user authorised; ``*`` and the suffix ``.*`` are understood.

    Raises:
        ConfigurationError: Some module cannot be found.
    """
    missing = [name for name in names if name != "*" and not _is_installed(name.removesuffix(".*"))]
    if missing:
        raise ConfigurationError(
            f"These authorised imports are not installed: {', '.join(missing)}. "
            f"Install them, or remove them from additional_authorized_imports."
        )


def _is_installed(name: str) -> bool:
    """Whether the top-level package can be found; for a submodule its parents are imported."""
    top, _, rest = name.partition(".")
    if top in sys.modules:
        found = True
    else:
        try:
            found = importlib.util.find_spec(top) is not None
        except (ImportError, ValueError, AttributeError):
            found = False
    if not found or not rest or name in sys.modules:
        return found
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:  # importing the parent runs its code, which may fail in any way
        return False
