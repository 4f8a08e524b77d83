"""The text of a step's value: whole for what is ordinary, an outline for what would be endless."""

from __future__ import annotations

import pytest

from .conftest import Session


@pytest.mark.parametrize(
    "value",
    [
        [],
        [1, "a", None, {"k": (1, {2})}],
        [list(range(100))] * 100,
        {n: [n] * 3 for n in range(1_000)},
        ["x" * 1_000] * 50,
        "x" * 200_000,
        [[[[[[[["deep"]]]]]]]],
    ],
)
def test_ordinary_values_are_shown_whole(value: object, make_session: type[Session]) -> None:
    assert make_session(variables={"v": value}).execute("v").text == str(value)


def test_what_holds_itself_is_shown_as_python_shows_it(session: Session) -> None:
    assert session.execute("a = [1]\na.append({'a': a})\na").text == "[1, {'a': [...]}]"


@pytest.mark.parametrize(
    "code",
    [
        "a = []\nfor _ in range(60): a = [a, a]\na",
        "a = {}\nfor _ in range(60): a = {1: a, 2: (a,)}\na",
        "a = 0\nfor _ in range(5): a = [a] * 1_000\na",
        "a = ['x' * 10**7] * 10**4\na",
    ],
)
def test_what_shares_its_parts_is_shown_in_outline(code: str, session: Session) -> None:
    text = session.execute(code).text
    assert len(text) < 100_000
    assert text.endswith(" (too large to be shown whole)")


def test_of_long_collections_the_first_items_are_shown(session: Session) -> None:
    assert session.execute("list(range(20_000))").text.endswith(", 998, 999, ...] (20,000 items)")
    nested = session.execute("a = 0\nfor _ in range(4): a = [a] * 1_000\n[a] * 20_000").text
    assert nested.endswith(" (20,000 items)")
    assert len(nested) < 100_000
