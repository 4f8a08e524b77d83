# Generated from src/twofold/_async/agents/asking.py by `nox -s codegen`. Do not edit.
"""Asking the model on behalf of a run: counted, bounded, streamed where that is wanted, retries told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.agents.events import ModelEvent
from ..._core.concurrency import Returned
from ..._core.errors import AgentGenerationError, ConfigurationError, ModelError, UsageLimitExceeded
from ..._core.limits.retries import RetryEvent, retry_listener
from ..._core.messages import ChatMessage, ChatMessageStreamDelta, agglomerate_stream_deltas
from ..._core.telemetry import begin_model_call, known_cost

if TYPE_CHECKING:
    from .run import AgentRun

__all__ = ["ask_model"]


def ask_model(
    run: AgentRun[Any], messages: Sequence[ChatMessage], stream: bool, parameters: dict[str, Any]
) -> Iterator[ModelEvent]:
    """Ask a run's model; yield deltas if its reply is streamed, retries if somebody wants to know of them
    while they happen, and last the whole message.

    Raises:
        AgentGenerationError: The model could not be asked.
        UsageLimitExceeded: The run may ask no more.
    """
    run.usage.count_request()
    request = _Request(run, list(messages), parameters, stream)
    message: ChatMessage | None = None
    try:
        if not stream and not run.is_watched:
            message = request.reply()
        else:
            asking = request.events()
            with bridge.closing(asking):
                for event in asking:
                    if isinstance(event, ChatMessage):
                        message = event
                    else:
                        yield event
    except (AssertionError, ConfigurationError, UsageLimitExceeded):
        raise  # not the model's fault: no key, no SDK, a test's script that is used up, a limit of the run
    except Exception as error:
        what = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        raise AgentGenerationError(f"The model could not be asked: {what}") from error
    if message is None:
        raise AgentGenerationError("The model gave no reply.")
    model_id = message.model_id
    if model_id is None:
        model_id = getattr(run.agent.model, "model_id", None)
    run.usage.count_tokens(message.token_usage, known_cost(model_id, message.token_usage))
    yield message


class _Request:
    """One request of a run, however often the model has to make it."""

    def __init__(
        self, run: AgentRun[Any], messages: list[ChatMessage], parameters: dict[str, Any], stream: bool
    ) -> None:
        self._run = run
        self._model = run.agent.model
        self._messages = messages
        self._parameters = parameters
        self._streams = stream
        self._operation = begin_model_call(run, messages, parameters, streams=stream)

    def reply(self) -> ChatMessage:
        """Return the whole reply, when nobody wants to know of more; and tell telemetry of it."""
        try:
            message = self._generate()
        except BaseException as error:
            self._operation.end(error)
            raise
        self._operation.reply(message, getattr(self._model, "model_id", None))
        self._operation.end()
        return message

    def events(self) -> Iterator[ModelEvent]:
        """Yield the deltas of the reply if it is streamed, then the whole of it; and tell telemetry of it."""
        asking = self._deltas_and_message() if self._streams else self._message_only()
        try:
            with bridge.closing(asking):
                for event in asking:
                    if isinstance(event, ChatMessage):
                        self._operation.reply(event, getattr(self._model, "model_id", None))
                    yield event
        except BaseException as error:
            self._operation.end(error)
            raise
        self._operation.end()

    def _message_only(self) -> Iterator[ModelEvent]:
        """Yield the whole reply."""
        # beside whoever streams the run, if somebody does, so that a retry is told before it is made
        asking = self._run.act(self._generate)
        with bridge.closing(asking):
            for event in asking:
                yield event.value if isinstance(event, Returned) else event

    def _deltas_and_message(self) -> Iterator[ModelEvent]:
        """Yield the deltas of the reply as they arrive, then the whole of it."""
        deltas: list[ChatMessageStreamDelta] = []
        replies = self._model.generate_stream(self._messages, **self._parameters)
        with bridge.closing(replies):
            arriving = replies.__iter__()
            # once there is a delta, nothing is retried any more
            asking = self._run.act(lambda: self._first_of(arriving))
            with bridge.closing(asking):
                for event in asking:
                    if not isinstance(event, Returned):
                        yield event
                    elif event.value is not None:
                        self._operation.begins_to_arrive()
                        deltas.append(event.value)
                        yield event.value
            for delta in arriving:
                deltas.append(delta)
                yield delta
        yield agglomerate_stream_deltas(deltas)

    def _generate(self) -> ChatMessage:
        token = retry_listener.set(self._note_retry)
        try:
            with self._operation.current():
                message: ChatMessage = self._model.generate(self._messages, **self._parameters)
            return message
        finally:
            retry_listener.reset(token)

    def _first_of(self, arriving: Iterator[ChatMessageStreamDelta]) -> ChatMessageStreamDelta | None:
        token = retry_listener.set(self._note_retry)
        try:
            with self._operation.current():
                return arriving.__next__()
        except StopIteration:
            return None
        finally:
            retry_listener.reset(token)

    def _note_retry(self, event: RetryEvent) -> None:
        # it is one more request, and the limits of the run hold for it too
        self._run.usage.count_request()
        self._operation.retry(event)
        if self._run.is_watched:
            self._run.emit(event)
        else:  # nobody yields it, which is when the logger hears of events
            self._run.logger.log_event(event, self._run)
