"""Weights of local models: which there are, where they are kept, how they get there. Blocking code."""

from __future__ import annotations

from .catalog import CATALOG, DEFAULT_MODEL, Piece, WeightsFile
from .paths import cache_directory, models_directory
from .progress import PlainProgress, Progress, RichProgress, SilentProgress, auto_progress, format_size
from .store import ModelStatus, WeightsStore, ensure_weights, list_models, weights_path

__all__ = [
    "CATALOG",
    "DEFAULT_MODEL",
    "ModelStatus",
    "Piece",
    "PlainProgress",
    "Progress",
    "RichProgress",
    "SilentProgress",
    "WeightsFile",
    "WeightsStore",
    "auto_progress",
    "cache_directory",
    "ensure_weights",
    "format_size",
    "list_models",
    "models_directory",
    "weights_path",
]
