"""The tree of errors, and that errors survive the ways in which programs hand them on."""

from __future__ import annotations

import copy
import inspect
import pickle
import threading
from collections.abc import Callable

import pytest

from twofold._core import errors
from twofold._core.errors import (
    AgentError,
    AgentExecutionError,
    AgentGenerationError,
    AgentToolCallError,
    CodeExecutionError,
    ConfigurationError,
    ExecutionTimeout,
    InterpreterError,
    MissingExtraError,
    ModelError,
    TwofoldError,
)

ALL = [getattr(errors, name) for name in errors.__all__]


def make(error_class: type[TwofoldError]) -> TwofoldError:
    if error_class is MissingExtraError:
        return MissingExtraError("OpenAIModel", "openai", "openai")
    return error_class("what went wrong")


def test_every_error_of_the_module_is_public_and_in_the_tree() -> None:
    defined = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == errors.__name__
    }
    assert defined == set(errors.__all__)
    assert all(issubclass(error, TwofoldError) for error in ALL)


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (ConfigurationError, (TwofoldError, ValueError)),
        (MissingExtraError, (ConfigurationError, ImportError)),
        (ExecutionTimeout, (InterpreterError, ValueError)),
        (AgentToolCallError, (AgentExecutionError, AgentError)),
        (AgentGenerationError, (AgentError,)),
    ],
)
def test_relations(error: type[Exception], bases: tuple[type[Exception], ...]) -> None:
    assert all(issubclass(error, base) for base in bases)


def test_errors_of_the_model_and_of_code_are_not_confused() -> None:
    assert not issubclass(InterpreterError, AgentError)
    assert not issubclass(ModelError, AgentError)
    assert not issubclass(AgentError, ValueError)


@pytest.mark.parametrize("error_class", ALL)
def test_making_an_error_prints_nothing(
    error_class: type[TwofoldError], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    make(error_class)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def by_pickle(error: TwofoldError) -> TwofoldError:
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("hand_on", [by_pickle, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("error_class", ALL)
def test_errors_survive(
    error_class: type[TwofoldError], hand_on: Callable[[TwofoldError], TwofoldError]
) -> None:
    error = make(error_class)
    error.add_note("a note")
    again = hand_on(error)
    assert type(again) is error_class
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("hand_on", [by_pickle, copy.copy, copy.deepcopy])
def test_what_errors_carry_survives(hand_on: Callable[[TwofoldError], TwofoldError]) -> None:
    model_error = ModelError(
        "busy", provider="OpenAI", model="m", status=429, request_id="r1", retryable=True, retry_after=2.5
    )
    assert vars(hand_on(model_error)) == vars(model_error)
    code_error = hand_on(CodeExecutionError("division by zero", logs="before\n", line=3))
    assert isinstance(code_error, CodeExecutionError)
    assert (code_error.logs, code_error.line) == ("before\n", 3)
    missing = hand_on(MissingExtraError("OpenAIModel", "openai", "openai-sdk"))
    assert isinstance(missing, MissingExtraError)
    assert (missing.what, missing.extra, missing.package) == ("OpenAIModel", "openai", "openai-sdk")
    assert missing.name == "openai-sdk"


def test_an_error_with_its_run_can_be_pickled() -> None:
    error = AgentGenerationError("no reply")
    error.run = threading.Lock()  # like a run, nothing that can leave the process
    again = by_pickle(error)
    assert isinstance(again, AgentGenerationError)
    assert (again.message, again.run) == ("no reply", None)
    assert error.run is not None


def test_missing_extra_says_how_to_install_it() -> None:
    message = str(MissingExtraError("OpenAIModel", "openai", "openai"))
    assert "OpenAIModel" in message
    assert "python -m pip install 'twofold[openai]'" in message


def test_agent_errors_as_data() -> None:
    assert AgentToolCallError("bad arguments").dict() == {
        "type": "AgentToolCallError",
        "message": "bad arguments",
    }
