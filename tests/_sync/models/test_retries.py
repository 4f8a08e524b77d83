# Generated from tests/_async/models/test_retries.py by `nox -s codegen`. Do not edit.
"""Requests that fail and are made again: which, how often, after how long. No test waits for real."""

import logging

import pytest

from twofold import (
    ChatMessage,
    ConfigurationError,
    MessageRole,
    ModelError,
    OpenAIModel,
    ProviderUnavailable,
    RateLimited,
    RetryEvent,
    RetryPolicy,
    agglomerate_stream_deltas,
)
from twofold._bridge import _sync as bridge
from twofold._core.limits.retries import retry_listener
from twofold.testing import ChatServer, Drop, Failure, Malformed, Reply

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make sleeping instant, and remember for how long it was."""
    seconds: list[float] = []

    def sleep(duration: float) -> None:
        seconds.append(duration)

    monkeypatch.setattr(bridge, "sleep", sleep)
    return seconds


def make_model(server: ChatServer, policy: RetryPolicy | bool = True, **kwargs) -> OpenAIModel:
    return OpenAIModel("scripted", api_base=server.url, api_key="key", retry=policy, **kwargs)


@pytest.mark.parametrize(
    "failure",
    [Failure(status) for status in (408, 409, 429, 500, 502, 503, 529)]
    + [
        Drop(Reply("x")),
        Drop(Reply("x"), reset=True),
        Drop(Reply("one two three"), after=1),
        Malformed("json"),
    ],
    ids=repr,
)
def test_what_may_pass_is_tried_again(failure, waits: list[float]) -> None:
    with ChatServer([failure, Reply("fine")]) as server:
        with make_model(server) as model:
            assert model.generate(HELLO).content == "fine"
    assert len(waits) == 1
    server.assert_exhausted()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_pass_is_not(status: int, waits: list[float]) -> None:
    with ChatServer([Failure(status)]) as server:
        with make_model(server) as model:
            with pytest.raises(ModelError):
                model.generate(HELLO)
    assert waits == []


def test_a_quota_that_is_used_up_is_not_asked_for_again(waits: list[float]) -> None:
    with ChatServer([Failure(429, code="insufficient_quota")]) as server:
        with make_model(server) as model:
            with pytest.raises(RateLimited) as caught:
                model.generate(HELLO)
    assert not caught.value.retryable


def test_waits_grow_up_to_a_limit(waits: list[float]) -> None:
    policy = RetryPolicy(attempts=6, initial_wait=1, multiplier=3, max_wait=10, jitter=0)
    with ChatServer([Failure.unavailable()] * 6) as server:
        with make_model(server, policy) as model:
            with pytest.raises(ProviderUnavailable):
                model.generate(HELLO)
    assert waits == [1, 3, 9, 10, 10]


def test_jitter_only_adds(waits: list[float]) -> None:
    policy = RetryPolicy(attempts=4, initial_wait=1, multiplier=1, jitter=0.5)
    with ChatServer([Failure.rate_limited(retry_after=5)] + [Failure.unavailable()] * 3) as server:
        with make_model(server, policy) as model:
            with pytest.raises(ProviderUnavailable):
                model.generate(HELLO)
    assert 5 <= waits[0] <= 5.5
    assert all(1 <= wait <= 1.5 for wait in waits[1:])


def test_what_the_provider_asks_for_is_obeyed(waits: list[float]) -> None:
    policy = RetryPolicy(jitter=0)
    script = [Failure.rate_limited(retry_after=17), Failure.unavailable(retry_after=90), Reply("fine")]
    with ChatServer(script) as server:
        with make_model(server, policy) as model:
            model.generate(HELLO)
    assert waits == [17, 90]


def test_a_wait_beyond_the_deadline_is_not_begun(waits: list[float]) -> None:
    with ChatServer([Failure.unavailable(), Failure.rate_limited(retry_after=3_600)]) as server:
        with make_model(server, RetryPolicy(jitter=0, total_seconds=60)) as model:
            with pytest.raises(RateLimited) as caught:
                model.generate(HELLO)
    assert caught.value.retry_after == 3_600
    assert waits == [1]


def test_false_is_never(waits: list[float]) -> None:
    with ChatServer([Failure.unavailable()]) as server:
        with make_model(server, False) as model:
            with pytest.raises(ProviderUnavailable):
                model.generate(HELLO)


def test_a_rule_of_ones_own(waits: list[float]) -> None:
    policy = RetryPolicy(retry_on=lambda error: error.status == 404)
    with ChatServer([Failure.unknown_model("m"), Failure.unavailable()]) as server:
        with make_model(server, policy) as model:
            with pytest.raises(ProviderUnavailable):
                model.generate(HELLO)
    assert len(waits) == 1


def test_each_retry_is_told_and_logged(waits: list[float], caplog: pytest.LogCaptureFixture) -> None:
    told: list[RetryEvent] = []

    def note(event: RetryEvent) -> None:
        told.append(event)

    with ChatServer([Failure.unavailable(), Failure.rate_limited(), Reply("fine")]) as server:
        with make_model(server, RetryPolicy(jitter=0), on_retry=note) as model:
            with caplog.at_level(logging.WARNING, "twofold"):
                model.generate(HELLO)
    assert [(event.attempt, event.attempts, event.wait_seconds) for event in told] == [(1, 5, 1), (2, 5, 2)]
    assert [type(event.error) for event in told] == [ProviderUnavailable, RateLimited]
    assert [record.name for record in caplog.records] == ["twofold", "twofold"]
    assert "attempt 2 of 5 to ask the model 'scripted' failed (RateLimited)" in caplog.text


def test_a_listener_of_the_context_is_told(waits: list[float]) -> None:
    told: list[RetryEvent] = []
    token = retry_listener.set(told.append)
    try:
        with ChatServer([Failure.unavailable(), Reply("fine")]) as server:
            with make_model(server) as model:
                model.generate(HELLO)
    finally:
        retry_listener.reset(token)
    assert [event.attempt for event in told] == [1]


def test_a_stream_is_begun_again_before_its_first_delta(waits: list[float]) -> None:
    # the chunk with nothing but the role has not been passed on, so there is nothing to take back
    script = [Failure.unavailable(), Drop(Reply("one two")), Drop(Reply("one two"), after=1), Reply("fine")]
    with ChatServer(script) as server:
        with make_model(server) as model:
            deltas = [delta for delta in model.generate_stream(HELLO)]
    assert agglomerate_stream_deltas(deltas).content == "fine"
    assert len(waits) == 3


def test_a_stream_is_never_begun_again_after_it(waits: list[float]) -> None:
    with ChatServer([Drop(Reply("one two three four"), after=3)]) as server:
        with make_model(server) as model:
            seen = ""
            with pytest.raises(ModelError):
                for delta in model.generate_stream(HELLO):
                    seen += delta.content or ""
    assert seen.startswith("one")
    assert waits == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"attempts": 0},
        {"attempts": 2.5},
        {"attempts": True},
        {"initial_wait": -1},
        {"jitter": "much"},
        {"max_wait": None},
        {"total_seconds": float("nan")},
    ],
)
def test_policies_that_make_no_sense(arguments) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(arguments))):
        RetryPolicy(**arguments)


def test_retry_is_a_bool_or_a_policy() -> None:
    with pytest.raises(ConfigurationError, match="RetryPolicy"):
        OpenAIModel("m", retry=3)
