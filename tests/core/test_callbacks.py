"""Which callbacks are due for which step."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from twofold._core.agents.callbacks import CallbackRegistry, accepts_agent
from twofold._core.agents.memory import ActionStep, FinalAnswerStep, MemoryStep, TaskStep
from twofold._core.errors import ConfigurationError


def one(step: Any) -> None: ...
def two(step: Any, agent: Any) -> None: ...
def three(step: Any, **kwargs: Any) -> None: ...


class LoudStep(ActionStep):
    pass


def test_a_list_is_for_action_steps() -> None:
    registry = CallbackRegistry([one, two])
    assert registry.due(ActionStep(1)) == [one, two]
    assert registry.due(TaskStep("x")) == []


def test_a_mapping_is_by_class_and_takes_one_or_several() -> None:
    registry = CallbackRegistry({TaskStep: one, ActionStep: [two, three]})
    assert registry.due(TaskStep("x")) == [one]
    assert registry.due(ActionStep(1)) == [two, three]
    assert registry.due(FinalAnswerStep(1)) == []


def test_callbacks_of_base_classes_come_after_those_of_the_class() -> None:
    registry = CallbackRegistry({MemoryStep: three, ActionStep: two, LoudStep: one})
    assert registry.due(LoudStep(1)) == [one, two, three]
    assert registry.due(TaskStep("x")) == [three]


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_no_callbacks(nothing: Any) -> None:
    registry = CallbackRegistry(nothing)
    assert not registry
    assert registry.due(ActionStep(1)) == []


def test_a_registry_with_callbacks_is_true() -> None:
    registry = CallbackRegistry()
    registry.register(ActionStep, one)
    assert registry


def test_a_single_callback_need_not_be_in_a_list() -> None:
    assert CallbackRegistry(one).due(ActionStep(1)) == [one]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [3, {ActionStep: 3}, {ActionStep: ["x"]}, {"ActionStep": one}, {int: one}, "ab"]
)
def test_what_is_no_callback_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"[Ss]tep callback"):
        CallbackRegistry(wrong)


class Method:
    def plain(self, step: Any) -> None: ...
    def with_agent(self, step: Any, *, agent: Any = None) -> None: ...
    def __call__(self, step: Any, agent: Any) -> None: ...


def positional_only(step: Any, agent: Any, /) -> None: ...
def first_is_agent(agent: Any) -> None: ...
async def asynchronous(step: Any, agent: Any) -> None: ...


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (one, False),
        (two, True),
        (three, True),
        (asynchronous, True),
        (Method().plain, False),
        (Method().with_agent, True),
        (Method(), True),
        (functools.partial(two), True),
        (lambda step, agent=None: None, True),
        (positional_only, False),
        (first_is_agent, False),
    ],
)
def test_who_is_given_the_run(callback: Any, expected: bool) -> None:
    assert accepts_agent(callback) is expected


def test_a_callable_without_a_signature_gets_the_step_alone() -> None:
    class Opaque:
        __signature__ = "none"

        def __call__(self, step: Any) -> None: ...

    assert accepts_agent(Opaque()) is False


def test_asynchronous_callbacks_are_refused_outside_of_a_run() -> None:
    async def later(step: ActionStep) -> None:
        raise AssertionError("must not begin")

    with pytest.raises(ConfigurationError, match="later is asynchronous"):
        CallbackRegistry([later]).callback(ActionStep(1))
