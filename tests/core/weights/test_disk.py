"""Counting what has been written, while somebody else writes and removes it."""

from __future__ import annotations

import errno
import os

import pytest

from twofold._core.errors import WeightsError
from twofold._core.weights.disk import DiskFull, clear_disk_errors, says_disk_full, tree_size


def test_the_size_of_a_tree(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"x" * 10)
    (tmp_path / "a" / "b" / "two").write_bytes(b"x" * 5)
    assert tree_size(tmp_path) == 15
    assert tree_size(tmp_path / "missing") == 0


def test_a_directory_that_vanishes_meanwhile(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "one").write_bytes(b"x")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("a"):
            raise FileNotFoundError(errno.ENOENT, "gone", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert tree_size(tmp_path) == 1


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, DiskFull), (errno.EACCES, WeightsError)])
def test_errors_of_the_system(tmp_path, code, kind):
    with pytest.raises(WeightsError) as caught, clear_disk_errors(tmp_path):
        raise OSError(code, os.strerror(code))
    assert type(caught.value) is kind
    assert "TWOFOLD_CACHE" in str(caught.value)


def test_what_pip_says_of_a_full_disk():
    assert says_disk_full("ERROR: Could not install: [Errno 28] No space left on device")
    assert not says_disk_full("ERROR: No matching distribution found")
