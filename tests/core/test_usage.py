"""Token counts, timing and what a run has used."""

from __future__ import annotations

import json

import pytest

from twofold._core.usage import RunUsage, Timing, TokenUsage, sum_token_usage


def test_token_usage_adds_up_without_changing_its_parts() -> None:
    first, second = TokenUsage(3, 4), TokenUsage(10, 20)
    assert first + second == TokenUsage(13, 24)
    assert (first, second) == (TokenUsage(3, 4), TokenUsage(10, 20))
    assert (first + second).total_tokens == 37
    assert first.dict() == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}


def test_a_call_without_usage_does_not_hide_the_others() -> None:
    assert sum_token_usage([TokenUsage(1, 2), None, TokenUsage(5, 5)]) == TokenUsage(6, 7)
    assert sum_token_usage([]) == TokenUsage(0, 0)


def test_timing_ends_once() -> None:
    timing = Timing(start_time=100.0)
    assert timing.duration is None
    assert timing.dict() == {"start_time": 100.0, "end_time": None, "duration": None}
    timing.end_time = 102.5
    timing.finish()
    assert timing.end_time == 102.5
    assert timing.duration == 2.5


def test_timing_notes_now() -> None:
    timing = Timing()
    timing.finish()
    assert timing.duration is not None
    assert timing.duration >= 0
    assert json.loads(json.dumps(timing.dict())) == timing.dict()


@pytest.mark.parametrize(("tokens", "expected"), [(TokenUsage(2, 3), TokenUsage(2, 3)), (None, TokenUsage())])
def test_a_request_counts_even_if_its_tokens_are_unknown(
    tokens: TokenUsage | None, expected: TokenUsage
) -> None:
    usage = RunUsage()
    usage.count_request(tokens)
    assert (usage.requests, usage.tokens) == (1, expected)


def test_usages_of_two_runs_share_nothing() -> None:
    one, other = RunUsage(), RunUsage()
    one.count_request(TokenUsage(1, 1))
    assert other.tokens == TokenUsage()
