"""Token counts, timing and what a run has used."""

from __future__ import annotations

import json
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from twofold._core.errors import ConfigurationError, UsageLimitExceeded
from twofold._core.usage import RunUsage, Timing, TokenUsage, UsageLimits, sum_token_usage


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


# What a run has used


def test_everything_is_counted() -> None:
    usage = RunUsage()
    usage.count_request()
    usage.count_request()
    usage.count_tokens(TokenUsage(2, 3))
    usage.count_tokens(None)
    usage.count_tool_call()
    assert usage.dict() == {
        "tokens": {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5},
        "requests": 2,
        "tool_calls": 1,
        "cost": None,
    }


def test_costs_are_added_up_where_they_are_known() -> None:
    top = RunUsage()
    bottom = RunUsage(manager=top)
    bottom.count_tokens(TokenUsage(2, 3), 0.5)
    bottom.count_tokens(TokenUsage(2, 3))
    top.count_tokens(TokenUsage(2, 3), 0.25)
    assert (bottom.cost, top.cost) == (0.5, 0.75)
    assert pickle.loads(pickle.dumps(top)) == top


def test_usages_of_two_runs_share_nothing() -> None:
    one, other = RunUsage(), RunUsage()
    one.count_tokens(TokenUsage(1, 1))
    assert other.tokens == TokenUsage()


def test_what_a_managed_run_uses_counts_for_its_managers() -> None:
    top = RunUsage()
    middle = RunUsage(manager=top)
    bottom = RunUsage(manager=middle)
    bottom.count_request()
    bottom.count_tokens(TokenUsage(1, 2))
    middle.count_tool_call()
    assert (top.requests, middle.requests, bottom.requests) == (1, 1, 1)
    assert top.tokens == bottom.tokens == TokenUsage(1, 2)
    assert (top.tool_calls, middle.tool_calls, bottom.tool_calls) == (1, 1, 0)


def test_a_team_that_works_at_once_loses_no_count() -> None:
    top = RunUsage()
    team = [RunUsage(manager=top) for _ in range(8)]

    def work(usage: RunUsage) -> None:
        for _ in range(200):
            usage.count_request()
            usage.count_tokens(TokenUsage(1, 1))
            usage.count_tool_call()

    with ThreadPoolExecutor(len(team)) as pool:
        list(pool.map(work, team))
    assert (top.requests, top.tool_calls, top.tokens) == (1_600, 1_600, TokenUsage(1_600, 1_600))


# Limits


@pytest.mark.parametrize("limit", [0, -1, True, "3", 1.5])
@pytest.mark.parametrize("name", ["requests", "input_tokens", "output_tokens", "total_tokens", "tool_calls"])
def test_a_limit_is_a_positive_whole_number(name: str, limit: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"limit {name} must be a positive number, or None; got"):
        UsageLimits(**{name: limit})


def test_seconds_may_be_a_fraction() -> None:
    assert UsageLimits(seconds=0.5).seconds == 0.5
    with pytest.raises(ConfigurationError, match="seconds"):
        UsageLimits(seconds=0)


def test_the_limit_of_requests_is_how_many_there_may_be() -> None:
    usage = RunUsage(limits=UsageLimits(requests=2))
    usage.count_request()
    usage.count_request()
    with pytest.raises(UsageLimitExceeded, match=r"limit requests=2 \(2 used\)") as caught:
        usage.count_request()
    assert usage.requests == 2, "a request that was refused is not counted"
    assert "2 requests" in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (UsageLimits(input_tokens=10), "input_tokens"),
        (UsageLimits(output_tokens=5), "output_tokens"),
        (UsageLimits(total_tokens=15), "total_tokens"),
    ],
)
def test_tokens_are_looked_at_before_the_next_request(limits: UsageLimits, name: str) -> None:
    usage = RunUsage(limits=limits)
    usage.count_request()
    usage.count_tokens(TokenUsage(10, 5))
    usage.count_tool_call()
    with pytest.raises(UsageLimitExceeded, match=f"limit {name}="):
        usage.count_request()


def test_the_limit_of_tool_calls_leaves_room_for_the_answer() -> None:
    usage = RunUsage(limits=UsageLimits(tool_calls=1))
    usage.count_tool_call()
    with pytest.raises(UsageLimitExceeded, match="tool_calls=1"):
        usage.count_tool_call()
    usage.count_tool_call(ends_run=True)
    usage.count_request()


def test_wall_time() -> None:
    late = time.monotonic() - 60
    usage = RunUsage(limits=UsageLimits(seconds=59), started=late)
    for count in (usage.count_request, usage.count_tool_call):
        with pytest.raises(UsageLimitExceeded, match="seconds=59"):
            count()
    RunUsage(limits=UsageLimits(seconds=600), started=late).count_request()


def test_the_limit_of_a_manager_holds_for_its_team() -> None:
    top = RunUsage(limits=UsageLimits(requests=1))
    bottom = RunUsage(manager=top)
    bottom.count_request()
    with pytest.raises(UsageLimitExceeded):
        bottom.count_request()
    assert bottom.requests == top.requests == 1


def test_figures_can_leave_the_process() -> None:
    usage = RunUsage(limits=UsageLimits(requests=3), manager=RunUsage())
    usage.count_request()
    again = pickle.loads(pickle.dumps(usage))
    assert again == usage
    assert (again.limits, again.manager) == (usage.limits, None)
    again.count_request()
