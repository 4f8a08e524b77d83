"""Where weights live on this machine; computes paths and creates nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["CACHE_VARIABLE", "cache_directory", "models_directory"]

CACHE_VARIABLE = "TWOFOLD_CACHE"


def cache_directory() -> Path:
    """Return twofold's cache directory: ``$TWOFOLD_CACHE``, or the place the platform has for caches."""
    override = os.environ.get(CACHE_VARIABLE)
    if override:
        return Path(override).expanduser().absolute()
    return _platform_caches() / "twofold"


def models_directory() -> Path:
    """Return the directory of the weights files within the cache."""
    return cache_directory() / "models"


def _platform_caches() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    xdg = os.environ.get("XDG_CACHE_HOME")
    # The XDG specification: a relative path there is invalid and to be ignored.
    return Path(xdg) if xdg and os.path.isabs(xdg) else Path.home() / ".cache"
