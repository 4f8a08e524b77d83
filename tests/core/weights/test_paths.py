"""Where the cache is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from twofold._core.weights.paths import cache_directory, models_directory


def test_the_variable_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("TWOFOLD_CACHE", str(tmp_path / "here"))
    assert cache_directory() == tmp_path / "here"
    assert models_directory() == tmp_path / "here" / "models"


def test_the_variable_may_use_the_home_directory(monkeypatch):
    monkeypatch.setenv("TWOFOLD_CACHE", "~/weights")
    assert cache_directory() == Path.home() / "weights"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG specification is for other systems")
def test_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("TWOFOLD_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "twofold"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_directory() == Path.home() / ".cache" / "twofold"
