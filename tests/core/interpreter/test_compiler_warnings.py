"""The compiler's warnings about generated code stay away from the host, whose own warnings stay as they are."""

from __future__ import annotations

import warnings

import pytest

from .conftest import in_interpreter

CODE = "value = '\\d' + str(1 is 1)\nprint(eval(\"'\\\\d'\"))\nvalue"


@pytest.mark.filterwarnings("error")
def test_snippets_give_no_warning_even_where_warnings_are_errors() -> None:
    assert "SyntaxError" not in repr(in_interpreter(CODE))


def test_a_filter_that_the_host_sets_later_does_not_matter() -> None:
    with warnings.catch_warnings():
        in_interpreter(CODE)
        warnings.simplefilter("error")
        assert "SyntaxError" not in repr(in_interpreter(CODE))


def test_the_filters_do_not_pile_up() -> None:
    with warnings.catch_warnings():
        in_interpreter(CODE)
        before = len(warnings.filters)
        for _ in range(5):
            in_interpreter(CODE)
        assert len(warnings.filters) == before


def test_the_host_is_still_warned_of_its_own_code() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_interpreter(CODE)
        with pytest.raises(SyntaxError):
            compile("1 is 1", "<host>", "exec")
