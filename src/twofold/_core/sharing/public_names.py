"""The public classes of an API by name. They are imported when they are first asked for."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["import_public"]


def import_public(api: str, name: Any) -> Any:
    """Return what an API exports under a name, or None; a class is known to its base classes from then on.

    Args:
        api: ``"twofold"`` or ``"twofold.aio"``.
        name: The name, as it is in somebody's file.
    """
    module = importlib.import_module(api)
    return getattr(module, name) if isinstance(name, str) and name in module.__all__ else None
