"""The result of a run and its figures."""

from __future__ import annotations

import json

from twofold._core.agents.memory import ActionStep, AgentMemory, TaskStep
from twofold._core.agents.results import Monitor, RunResult
from twofold._core.usage import RunUsage, Timing, TokenUsage


def test_a_result_is_json_whatever_the_answer_is() -> None:
    result = RunResult(
        output={"points": {(1, 2)}, "bytes": b"x"},
        state="success",
        steps=[{"step_number": 1}],
        token_usage=TokenUsage(3, 4),
        timing=Timing(1.0, 2.5),
    )
    data = json.loads(json.dumps(result.dict()))
    assert data == result.dict()
    assert data["output"]["points"] == [[1, 2]]
    assert data["state"] == "success"
    assert data["steps"] == [{"step_number": 1}]
    assert data["token_usage"]["total_tokens"] == 7
    assert data["timing"]["duration"] == 1.5


def test_two_results_share_no_usage() -> None:
    results = [RunResult(None, "success", [], TokenUsage(), Timing()) for _ in range(2)]
    results[0].usage.count_tokens(TokenUsage(1, 1))
    assert results[1].usage == RunUsage()


def test_a_monitor_shows_the_run_as_it_is_now() -> None:
    memory, usage = AgentMemory("system"), RunUsage()
    monitor = Monitor(memory, usage)
    assert monitor.step_durations == []
    memory.steps = [
        TaskStep("x"),
        ActionStep(1, timing=Timing(10.0, 12.0)),
        ActionStep(2, timing=Timing(12.0)),
        ActionStep(3, timing=Timing(12.0, 12.5)),
    ]
    usage.count_tokens(TokenUsage(10, 2))
    usage.count_tokens(None)
    usage.count_tokens(TokenUsage(5, 1))
    assert monitor.step_durations == [2.0, 0.5]
    assert (monitor.total_input_token_count, monitor.total_output_token_count) == (15, 3)
    assert monitor.get_total_token_counts() == TokenUsage(15, 3)
