"""What ``twofold model`` prints: which local models there are, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import WeightsError
from .weights import DEFAULT_MODEL, ensure_weights, format_size, list_models, weights_path

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["find", "print_models", "pull"]


def print_models(console: Console) -> None:
    """Print the local models as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "size", "here", "licence"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what it is")
    for model in list_models():
        name = f"{model.name} (default)" if model.name == DEFAULT_MODEL else model.name
        here = "yes" if model.present else "no"
        table.add_row(name, format_size(model.size), here, model.license, model.description)
    console.print(table)


def pull(name: str | None, *, progress: bool) -> Path:
    """Fetch a model unless it is there, and return its path."""
    # a pull is asked for to be sure, so what is there is read and verified again
    return ensure_weights(name or DEFAULT_MODEL, progress=progress, verify=True)


def find(name: str | None) -> Path:
    """Return where a model is.

    Raises:
        WeightsError: It is not there yet.
    """
    name = name or DEFAULT_MODEL
    path = weights_path(name)
    if not path.is_file():
        raise WeightsError(f"{name} is not there yet: fetch it with: twofold model pull {name}")
    return path
