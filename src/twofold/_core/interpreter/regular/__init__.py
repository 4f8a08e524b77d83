"""The ``re`` that generated code sees: the semantics of ``re``, with a deadline.

CPython's ``re`` holds the interpreter lock while it matches, and some patterns take it for ever. So a search
goes to ``re`` only if it is certainly quick (``cost``), which nearly all are, and else to the ``regex``
package, which takes a timeout and lets other threads run; the pattern is translated for it (``translate``),
so that it means the same. ``patterns`` has the classes, ``functions`` the module's functions.
"""

from __future__ import annotations

from .functions import contents, of_match

__all__ = ["contents", "of_match"]
