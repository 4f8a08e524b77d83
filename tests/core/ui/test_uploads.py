"""Which files come in, and under which names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold import ConfigurationError
from twofold._core.ui.uploads import UploadRules, safe_name


@given(st.text(max_size=300))
def test_a_name_is_a_name_and_nothing_else(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe) <= 100
    assert not set(safe) & set('/\\:*?"<>|\x00\n\r;&$`')
    assert not safe.startswith((".", "-", " "))
    assert Path(safe).name == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\report.pdf", "report.pdf"),
        ("my report.PDF", "my report.PDF"),
        ("con.txt", "_con.txt"),
        ("...", "file"),
        ("naïve café.csv", "naïve café.csv"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.txt", tmp_path / "kept"
    rules = UploadRules()
    for text in ("first", "second"):
        source.write_text(text)
        rules.admit(source, folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "a.txt": "first",
        "a-2.txt": "second",
    }


def test_what_is_too_large_or_too_much_is_refused(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.txt", tmp_path / "kept"
    source.write_text("12345")
    with pytest.raises(ConfigurationError, match="5 bytes"):
        UploadRules(max_file_size=4).admit(source, folder)
    rules = UploadRules(max_files=1)
    rules.admit(source, folder)
    with pytest.raises(ConfigurationError, match="1 files are the limit"):
        rules.admit(source, folder)


def test_settings_that_make_no_sense() -> None:
    with pytest.raises(ConfigurationError, match="not the string"):
        UploadRules.of(".pdf", 1)
    with pytest.raises(ConfigurationError, match="with the dot"):
        UploadRules.of(["pdf"], 1)
    with pytest.raises(ConfigurationError, match="at least 1"):
        UploadRules.of(None, 0)
    assert UploadRules.of([".PDF"], 1).file_types == (".pdf",)
