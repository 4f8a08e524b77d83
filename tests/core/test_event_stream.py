"""Events in a stream of bytes, however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold._core.models.event_stream import EventDecoder

STREAM = (
    'data: {"a": "é"}\n\n: a comment\nevent: x\nid: 3\ndata:{"b": 1}\r\n\r\n'
    "data: one\ndata: two\n\ndata: [DONE]\n\n"
)
EVENTS = ['{"a": "é"}', '{"b": 1}', "one\ntwo"]


def decoded(pieces: list[bytes]) -> tuple[list[str], bool]:
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)], decoder.done


@given(cuts=st.lists(st.integers(0, len(STREAM.encode()))))
def test_however_it_is_cut(cuts: list[int]) -> None:
    data = STREAM.encode()
    ends = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(ends)]
    assert decoded(pieces) == (EVENTS, True)


def test_half_an_event_is_none() -> None:
    assert decoded([b"data: half\n"]) == ([], False)
    assert decoded([b"data: half"]) == ([], False)


def test_nothing_counts_after_the_end() -> None:
    assert decoded([b"data: [DONE]\n\ndata: more\n\n"]) == ([], True)


def test_what_is_no_text() -> None:
    with pytest.raises(UnicodeDecodeError):
        decoded([b"\xff\xfe\n\n"])
