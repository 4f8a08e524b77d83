"""The operations of agents as spans: what begins under what, and what is measured when it ends.

Runs are generators, which anybody may iterate from anywhere: what belongs under what is therefore kept by the run
and handed over explicitly. OpenTelemetry's current context is set only around what agents call (models, tools,
code), so that spans of other libraries find their place there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from ..display.safe_text import text_of
from ..messages import ChatMessage, MessageRole
from ..tools.use import named_arguments
from ..usage import TokenUsage
from . import attributes as told
from .costs import cost_of
from .settings import Telemetry, active

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from ..agents.memory import ToolCall
    from ..limits.retries import RetryEvent

__all__ = [
    "NO_OPERATION",
    "Operation",
    "RunTrace",
    "begin_code",
    "begin_model_call",
    "begin_planning",
    "begin_step",
    "begin_tool",
    "begin_tool_in_code",
]

_NOTHING = nullcontext()


class Operation:
    """One operation that is under way, as a span. While telemetry is off, all of them are ``NO_OPERATION``.

    Args:
        telemetry: Where it is told.
        name: The span's name.
        attributes: What is known of it at the start.
        parent: The context it belongs to; the current one if None.
        is_client: Whether another system is asked.
    """

    __slots__ = ("_attributes", "_first_chunk", "_is_over", "_span", "_started", "context", "telemetry")

    def __init__(
        self,
        telemetry: Telemetry,
        name: str,
        attributes: Mapping[str, Any],
        parent: Context | None = None,
        *,
        is_client: bool = False,
    ) -> None:
        kinds = telemetry.trace.SpanKind
        self.telemetry = telemetry
        self._attributes = attributes
        self._span: Span = telemetry.tracer.start_span(
            name, parent, kinds.CLIENT if is_client else kinds.INTERNAL, dict(attributes)
        )
        self.context: Context | None = telemetry.trace.set_span_in_context(self._span, parent)
        self._started = time.perf_counter()
        self._first_chunk: float | None = None
        self._is_over = False

    @property
    def captures_content(self) -> bool:
        """Whether prompts, arguments and the like are told."""
        return self.telemetry.captures_content and self._span.is_recording()

    def current(self) -> AbstractContextManager[None]:
        """Make it the current context for a block, which must not contain a ``yield``."""
        return self._current()

    @contextmanager
    def _current(self) -> Iterator[None]:
        assert self.context is not None
        token = self.telemetry.context.attach(self.context)
        try:
            yield
        finally:
            self.telemetry.context.detach(token)

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Add attributes; those that are None are left out."""
        self._span.set_attributes({name: value for name, value in attributes.items() if value is not None})

    def happened(self, name: str, attributes: Mapping[str, Any]) -> None:
        """Note something that happened in the middle."""
        self._span.add_event(name, dict(attributes))

    def reply(self, message: ChatMessage, model_id: str | None) -> None:
        """Tell of a model's reply: its usage, its cost where that is known, its content if that is wanted."""
        attributes = told.reply_attributes(message)
        self._attributes = {**self._attributes, **attributes}
        self.tell(attributes)
        if message.token_usage is not None:
            answered = model_id if message.model_id is None else message.model_id
            self.tell({"twofold.usage.cost": cost_of(answered, message.token_usage, self.telemetry.prices)})
            self._count_tokens(message.token_usage)
        if self.captures_content:
            self.tell({"gen_ai.output.messages": told.messages_text([message])})

    def begins_to_arrive(self) -> None:
        """Tell that the first piece of a reply is here."""
        self._first_chunk = time.perf_counter() - self._started
        self._span.set_attribute("gen_ai.response.time_to_first_chunk", self._first_chunk)

    def result(self, value: Any) -> None:
        """Tell of what a tool returned, if content is wanted."""
        if self.captures_content:
            self.tell({"gen_ai.tool.call.result": told.json_text(value)})

    def retry(self, event: RetryEvent) -> None:
        """Tell that a request is about to be made again."""
        details = {"error.type": type(event.error).__qualname__, "twofold.retry.wait": event.wait_seconds}
        self.happened("retry", {**details, "twofold.retry.attempt": event.attempt})

    def end(self, error: BaseException | None = None) -> None:
        """End it, once. Something that was not carried to its end has no error either: ``GeneratorExit``."""
        if self._is_over:
            return
        self._is_over = True
        kind = None
        if error is not None and not isinstance(error, GeneratorExit):
            kind = type(error).__qualname__
            self._span.set_attribute("error.type", kind)
            # the text of an error may hold what a model or a user has written
            text = text_of(error) if self.telemetry.captures_content else kind
            self._span.set_status(self.telemetry.trace.Status(self.telemetry.trace.StatusCode.ERROR, text))
        self._measure(kind)
        self._span.end()

    @contextmanager
    def carried_out(self) -> Iterator[Operation]:
        """Make it the current context for a block without ``yield``, and end it with the block."""
        try:
            with self._current():
                yield self
        except BaseException as error:
            self.end(error)
            raise
        self.end()

    def _measured(self) -> dict[str, Any]:
        names = (
            "gen_ai.operation.name",
            "gen_ai.provider.name",
            "gen_ai.request.model",
            "gen_ai.response.model",
            "gen_ai.agent.name",
            "gen_ai.tool.name",
            "server.address",
            "server.port",
        )
        return {name: self._attributes[name] for name in names if name in self._attributes}

    def _count_tokens(self, usage: TokenUsage) -> None:
        for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            attributes = {**self._measured(), "gen_ai.token.type": kind}
            self.telemetry.tokens.record(count, attributes, self.context)

    def _measure(self, error: str | None) -> None:
        histogram = self.telemetry.seconds.get(str(self._attributes.get("gen_ai.operation.name")))
        if histogram is not None:
            attributes = {**self._measured(), **({"error.type": error} if error else {})}
            histogram.record(time.perf_counter() - self._started, attributes, self.context)
        if self._first_chunk is not None:
            self.telemetry.first_chunk.record(self._first_chunk, self._measured(), self.context)


class _NoOperation(Operation):
    """What operations are while telemetry is off: nothing, at no cost."""

    __slots__ = ()

    def __init__(self) -> None:
        self.context = None

    @property
    def captures_content(self) -> bool:
        return False

    def current(self) -> AbstractContextManager[None]:
        return _NOTHING

    def tell(self, attributes: Mapping[str, Any]) -> None:
        pass

    def happened(self, name: str, attributes: Mapping[str, Any]) -> None:
        pass

    def reply(self, message: ChatMessage, model_id: str | None) -> None:
        pass

    def begins_to_arrive(self) -> None:
        pass

    def result(self, value: Any) -> None:
        pass

    def retry(self, event: RetryEvent) -> None:
        pass

    def end(self, error: BaseException | None = None) -> None:
        pass

    def carried_out(self) -> AbstractContextManager[Operation]:  # type: ignore[override]
        return _NO_BLOCK


NO_OPERATION: Operation = _NoOperation()
_NO_BLOCK: AbstractContextManager[Operation] = nullcontext(NO_OPERATION)


class RunTrace:
    """The operations of one run: the run itself, and the step and the code that are under way.

    Args:
        conversation: The id of the conversation that the run is a part of.

    Attributes:
        failure: What the run ends with, if that is an error.
    """

    __slots__ = ("_told", "_told_cost", "code", "conversation", "failure", "run", "step")

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        self.run = self.step = self.code = NO_OPERATION
        self.failure: BaseException | None = None
        self._told = (0, 0, 0, 0)
        self._told_cost = 0.0

    @property
    def innermost(self) -> Operation:
        """What new operations belong to."""
        for operation in (self.code, self.step, self.run):
            if operation is not NO_OPERATION:
                return operation
        return NO_OPERATION

    def current(self) -> AbstractContextManager[None]:
        """Make what goes on now the current context for a block without ``yield``: a call of the user's code."""
        return self.innermost.current()

    def begin(self, run: Any) -> None:
        """Begin the run's own span, if telemetry is on: a part of its manager's, or of what is current here."""
        if self.run is not NO_OPERATION:
            return
        above = NO_OPERATION if run.manager is None else run.manager.trace.innermost
        telemetry = active() if above is NO_OPERATION else above.telemetry
        if telemetry is None:
            return
        attributes = told.agent_attributes(run)
        name = f"invoke_agent {attributes['gen_ai.agent.name']}"
        operation = self.run = Operation(telemetry, name, attributes, above.context)
        self._told, self._told_cost = _figures(run), run.usage.cost or 0.0
        if operation.captures_content:
            task = ChatMessage(MessageRole.USER, run.task)
            operation.tell({"gen_ai.input.messages": told.messages_text([task])})

    def end_step(self, error: BaseException | None = None) -> None:
        """End the span of the step, or of the plan, that is under way."""
        operation, self.step = self.step, NO_OPERATION
        operation.end(error)

    @contextmanager
    def begin_code(self, run: Any, code: str) -> Iterator[None]:
        """Tell of generated code while the block runs it."""
        self.code = begin_code(run, code)
        try:
            with self.code.carried_out():
                yield
        finally:
            self.code = NO_OPERATION

    def end(self, run: Any) -> None:
        """End the run's span with what the run has come to; of a resumed run, since it was resumed."""
        operation, self.run = self.run, NO_OPERATION
        failure, self.failure = self.failure, None  # its traceback holds the run
        if operation is NO_OPERATION:
            return
        names = (
            "twofold.run.steps",
            "twofold.run.requests",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
        )
        figures = (now - before for now, before in zip(_figures(run), self._told, strict=True))
        cost = None if run.usage.cost is None else run.usage.cost - self._told_cost
        operation.tell({"twofold.run.outcome": run.outcome, "twofold.usage.cost": cost})
        operation.tell(dict(zip(names, figures, strict=True)))
        if operation.captures_content and run.output is not None:
            reply = ChatMessage(MessageRole.ASSISTANT, told.json_text(run.output))
            operation.tell({"gen_ai.output.messages": told.messages_text([reply])})
        operation.end(failure)


def _figures(run: Any) -> tuple[int, int, int, int]:
    tokens = run.usage.tokens
    return run.step_number - 1, run.usage.requests, tokens.input_tokens, tokens.output_tokens


def begin_step(run: Any) -> Operation:
    """Begin the span of a step."""
    return _begin(run, f"step {run.step_number}", {"twofold.step.number": run.step_number}, run.trace.run)


def begin_planning(run: Any) -> Operation:
    """Begin the span of making a plan."""
    return _begin(run, "plan", {"gen_ai.operation.name": "plan"}, run.trace.run)


def begin_model_call(
    run: Any, messages: Sequence[ChatMessage], parameters: Mapping[str, Any], *, streams: bool
) -> Operation:
    """Begin the span of asking a run's model."""
    trace: RunTrace = run.trace
    if trace.run is NO_OPERATION:
        return NO_OPERATION
    model = run.agent.model
    attributes = {
        **told.model_attributes(model, parameters),
        "gen_ai.conversation.id": trace.conversation,
        "gen_ai.request.stream": streams,
    }
    name = f"chat {attributes.get('gen_ai.request.model', '')}".rstrip()
    operation = _begin(run, name, attributes, trace.innermost, is_client=True)
    if operation.captures_content:
        operation.tell({"gen_ai.input.messages": told.messages_text(messages)})
    return operation


def begin_tool(run: Any, tool: Any, arguments: Any = None, call_id: str | None = None) -> Operation:
    """Begin the span of a call of a tool: by the model, or by code."""
    trace: RunTrace = run.trace
    if trace.run is NO_OPERATION:
        return NO_OPERATION
    attributes = told.tool_attributes(tool.name, tool.description, call_id)
    operation = _begin(run, f"execute_tool {tool.name}", attributes, trace.innermost)
    if arguments is not None and operation.captures_content:
        operation.tell({"gen_ai.tool.call.arguments": told.json_text(arguments)})
    return operation


def begin_tool_in_code(
    run: Any, tool: Any, args: Sequence[Any], kwargs: Mapping[str, Any], call: ToolCall | None
) -> Operation:
    """Begin the span of a call of a tool by generated code; ``call`` is what those who stream are told of it."""
    operation = begin_tool(run, tool, call_id=None if call is None else call.id)
    if operation.captures_content:
        operation.tell({"gen_ai.tool.call.arguments": told.json_text(named_arguments(tool, args, kwargs))})
    return operation


def begin_code(run: Any, code: str) -> Operation:
    """Begin the span of running generated code."""
    attributes = {"gen_ai.operation.name": "execute_code", "twofold.code.length": len(code)}
    operation = _begin(run, "execute_code", attributes, run.trace.step)
    if operation.captures_content:
        operation.tell({"twofold.code": code})
    return operation


def _begin(
    run: Any, name: str, attributes: Mapping[str, Any], under: Operation, *, is_client: bool = False
) -> Operation:
    whole: Operation = run.trace.run
    if whole is NO_OPERATION:
        return NO_OPERATION
    parent = under if under is not NO_OPERATION else whole
    return Operation(whole.telemetry, name, attributes, parent.context, is_client=is_client)
