"""Weights from the Hub: the real huggingface_hub against a server on the loopback interface."""

from __future__ import annotations

import os
import socket

import pytest

from twofold._core.errors import WeightsError
from twofold._core.weights import WeightsStore
from twofold._core.weights.hub import HubSource

from .conftest import make_file, visible, whole_bytes

pytest.importorskip("filelock")
pytest.importorskip("huggingface_hub")

FILE = "/someone/Tiny-GGUF/resolve/main/tiny.gguf"
COMMIT = "c" * 40


@pytest.fixture(autouse=True)
def hub_settings(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("HF_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


@pytest.fixture
def hub(loopback, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", loopback.url)
    file = make_file()
    for path in (FILE, FILE.replace("main", COMMIT)):
        loopback.files[path] = whole_bytes()
        loopback.headers[path] = {
            "ETag": f'"{file.sha256}"',
            "X-Linked-Etag": f'"{file.sha256}"',
            "X-Linked-Size": str(file.size),
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
    return loopback


def ensure(cache, progress=False, **changes):
    source = HubSource(answer_seconds=changes.pop("answer_seconds", 30))
    store = WeightsStore(cache, {"tiny": make_file(pieces=(), **changes)}, [source])
    return store.ensure("tiny", progress=progress)


def test_the_file_comes_from_its_repository(hub, cache, recorder):
    assert ensure(cache, recorder).read_bytes() == whole_bytes()
    assert visible(cache) == ["tiny.gguf", "tiny.gguf.verified"]
    assert recorder.updates
    assert recorder.messages == []


def test_another_file_is_not_even_fetched(hub, cache):
    with pytest.raises(WeightsError, match="it has another file now"):
        ensure(cache, sha256="0" * 64)
    assert ("GET", FILE) not in hub.requests


def test_a_repository_that_lies_about_its_file(hub, cache):
    for path in (FILE, FILE.replace("main", COMMIT)):
        hub.files[path] = whole_bytes()[::-1]
    with pytest.raises(WeightsError, match="refused and deleted"):
        ensure(cache)
    assert visible(cache) == []


def test_a_hub_that_does_not_have_it(hub, cache):
    hub.files.clear()
    with pytest.raises(WeightsError, match=r"the Hugging Face Hub: .*404"):
        ensure(cache)


def test_a_hub_that_does_not_answer(hub, cache):
    hub.hold(FILE)
    with pytest.raises(WeightsError, match=r"it has not answered for 0\.5 seconds"):
        ensure(cache, answer_seconds=0.5)


def test_a_hub_that_cannot_be_reached(cache, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(WeightsError, match=r"(?s)the Hugging Face Hub: \w*Connect.*put it at"):
        ensure(cache)


def test_offline_asks_nobody(hub, cache, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match="HF_HUB_OFFLINE is set"):
        ensure(cache)
    assert hub.requests == []


def test_offline_uses_what_the_hubs_own_cache_has(hub, cache, monkeypatch, tmp_path):
    repository = tmp_path / "hf" / "hub" / "models--someone--Tiny-GGUF"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    (repository / "snapshots" / COMMIT).mkdir(parents=True)
    (repository / "snapshots" / COMMIT / "tiny.gguf").write_bytes(whole_bytes())
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert ensure(cache).read_bytes() == whole_bytes()
    assert hub.requests == []
    assert (repository / "snapshots" / COMMIT / "tiny.gguf").exists()
