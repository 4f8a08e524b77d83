"""The cache: what is trusted, what is looked for where, and in which order."""

from __future__ import annotations

import sys

import pytest

from twofold._core import weights
from twofold._core.errors import MissingExtraError, WeightsError
from twofold._core.weights import WeightsStore
from twofold._core.weights import verify as verify_module
from twofold._core.weights.job import SourceUnavailable

from .conftest import make_file, visible, whole_bytes

pytest.importorskip("filelock")


class FakeSource:
    """A source that has the file, or does not."""

    def __init__(self, name, data=None):
        self.name = name
        self.data = data
        self.calls = 0

    def fetch(self, job):
        self.calls += 1
        if self.data is None:
            raise SourceUnavailable("closed on Sundays")
        path = job.staging / "fetched"
        path.write_bytes(self.data)
        return path


def store_with(cache, *sources):
    return WeightsStore(cache, {"tiny": make_file()}, sources)


def test_sources_are_asked_in_order_until_one_delivers(cache, recorder):
    first, second, third = FakeSource("A"), FakeSource("B", whole_bytes()), FakeSource("C", whole_bytes())
    path = store_with(cache, first, second, third).ensure("tiny", progress=recorder)
    assert path.read_bytes() == whole_bytes()
    assert [source.calls for source in (first, second, third)] == [1, 1, 0]
    assert recorder.messages == ["tiny: not from A (closed on Sundays)"]


def test_a_source_that_delivers_something_else_is_passed_over(cache):
    sources = [FakeSource("A", whole_bytes()[:-1]), FakeSource("B", whole_bytes())]
    assert store_with(cache, *sources).ensure("tiny", progress=False).read_bytes() == whole_bytes()


def test_the_error_names_every_source_and_what_to_do(cache):
    with pytest.raises(WeightsError) as caught:
        store_with(cache, FakeSource("A"), FakeSource("B", b"x")).ensure("tiny", progress=False)
    message = str(caught.value)
    assert "- A: closed on Sundays" in message
    assert "- B: what it delivered was refused and deleted: it has 1 bytes" in message
    assert str(cache / "tiny.gguf") in message
    assert visible(cache) == []


def test_a_file_that_was_put_there_by_hand_is_verified_once(cache, monkeypatch):
    cache.mkdir(parents=True)
    (cache / "tiny.gguf").write_bytes(whole_bytes())
    source = FakeSource("A")
    store_with(cache, source).ensure("tiny", progress=False)
    monkeypatch.setattr(verify_module, "sha256_of", lambda path: pytest.fail("hashed again"))
    store_with(cache, source).ensure("tiny", progress=False)
    assert source.calls == 0


def test_a_damaged_file_is_fetched_again(cache, recorder):
    store = store_with(cache, FakeSource("A", whole_bytes()))
    path = store.ensure("tiny", progress=False)
    path.write_bytes(b"x" + whole_bytes()[1:])
    assert store.ensure("tiny", progress=recorder).read_bytes() == whole_bytes()
    assert "is damaged (its sha256 is" in recorder.messages[0]


def test_verify_hashes_even_what_seems_untouched(cache, monkeypatch):
    import os

    source = FakeSource("A", whole_bytes())
    store = store_with(cache, source)
    path = store.ensure("tiny", progress=False)
    status = path.stat()
    path.write_bytes(b"x" + whole_bytes()[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    store.ensure("tiny", progress=False)
    assert source.calls == 1
    store.ensure("tiny", progress=False, verify=True)
    assert source.calls == 2
    assert path.read_bytes() == whole_bytes()


def test_models_and_paths(cache):
    store = store_with(cache, FakeSource("A", whole_bytes()))
    assert store.path("tiny") == cache / "tiny.gguf"
    assert [status.present for status in store.models()] == [False]
    store.ensure("tiny", progress=False)
    (status,) = store.models()
    assert (status.present, status.size, status.license) == (True, len(whole_bytes()), "Apache-2.0")


def test_looking_creates_nothing(cache):
    store_with(cache).models()
    store_with(cache).path("tiny")
    assert not cache.exists()


def test_the_module_functions_use_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TWOFOLD_CACHE", str(tmp_path))
    assert weights.weights_path("qwen2.5-coder-0.5b").parent == tmp_path / "models"
    assert [status.present for status in weights.list_models()] == [False, False]
    gguf = tmp_path / "own.gguf"
    gguf.write_bytes(b"GGUF...")
    assert weights.ensure_weights(gguf) == gguf


def test_an_explicit_path_is_used_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "own.gguf").write_bytes(b"GGUF and more")
    monkeypatch.chdir(tmp_path)
    assert store_with(tmp_path / "cache").ensure("own.gguf") == tmp_path / "own.gguf"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.gguf", r"'missing\.gguf' cannot be read \(No such file or directory\).*names: tiny"),
        ("text.gguf", r"'text\.gguf' is not a GGUF file: it begins with b'hell'"),
        (".", "cannot be read"),
        ("tinny", "no local model named 'tinny'. Did you mean 'tiny'"),
    ],
)
def test_paths_and_names_that_are_wrong(tmp_path, monkeypatch, name, message):
    (tmp_path / "text.gguf").write_text("hello")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=message):
        store_with(tmp_path / "cache").ensure(name)


def test_a_known_name_wins_over_a_file_of_that_name(cache, tmp_path, monkeypatch):
    (tmp_path / "tiny").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    assert (
        store_with(cache, FakeSource("A", whole_bytes())).ensure("tiny", progress=False)
        == cache / "tiny.gguf"
    )


def test_filelock_is_asked_for_by_the_name_of_its_extra(cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(MissingExtraError, match=r"twofold\[local\]"):
        store_with(cache, FakeSource("A", whole_bytes())).ensure("tiny", progress=False)
