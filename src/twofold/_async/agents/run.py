"""``AgentRun``: one run of an agent, with everything that belongs to it alone."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

from ..._bridge import _async as bridge
from ..._core.agents.checks import announce_variables, check_variables
from ..._core.agents.context import ShownSteps
from ..._core.agents.events import ModelEvent, StreamEvent
from ..._core.agents.history import MessageHistory, MessageView
from ..._core.agents.memory import ActionStep, AgentMemory, FinalAnswerStep, MemoryStep
from ..._core.agents.rendered_steps import RenderedSteps
from ..._core.agents.results import Monitor, OutputT, RunOutcome, RunResult
from ..._core.agents.run_state import (
    RunAtWork,
    begin_run,
    condition_of,
    end_run,
    keepable_variables,
    note_failure,
    prepare_resumption,
)
from ..._core.agents.saving import check_saved_run, restore_run, run_to_dict
from ..._core.concurrency import Returned
from ..._core.errors import (
    AgentError,
    AgentInterrupted,
    ConfigurationError,
    ExecutionCancelled,
    UsageLimitExceeded,
)
from ..._core.messages import ChatMessage
from ..._core.serialization import restore_from_json
from ..._core.telemetry import RunTrace
from ..._core.usage import RunUsage, Timing, UsageLimits
from .asking import ask_model
from .context import conversation
from .live_events import LiveEvents
from .planning import ask_for_answer
from .turns import call_callbacks, carry_out_by_hand, take_turn

if TYPE_CHECKING:
    from ..executors.base import ExecutorSession
    from .base import MultiStepAgent

__all__ = ["AgentRun"]

T = TypeVar("T")


class AgentRun(Generic[OutputT]):
    """One run of an agent: its memory, variables, executor session, step number, usage and interrupt flag.

    Made by ``run``, ``stream`` or ``start`` of an agent. Callbacks and checks get it as ``agent=``: what it
    does not have itself, it looks up on its agent.

    Attributes:
        id: An identifier of its own.
        agent: The agent whose run it is.
        acting: What carries out the steps: the agent; with the tools of this step, where these change.
        task: The task as the user gave it.
        memory: What the run remembers.
        state: The run's variables, as they were given; media that tools made are added.
        step_number: The number of the step that is under way, from 1.
        max_steps: How many steps there may be.
        usage: What the run has used so far.
        timing: When it started and ended.
        outcome: ``"running"``, or how it ended.
        manager: The run that gave this one its task, where an agent is managed by another.
        approver: Who is asked before tools that require approval are called.
        output: The answer, once there is one.
        has_begun: Whether it has begun.
        is_active: Whether it is under way right now.
        is_superseded: Whether a later run has continued its conversation.
        ending: The error with which the run is about to end: it was interrupted, or has reached a limit.
        at_work: Whose calls those of code in the executor session are, if there is one.
        trace: Where the run is told to OpenTelemetry, if that is on.
        is_kept: Whether the functions and classes that its code has defined are kept when other runs of the
            agent end. False until somebody sets it, who then has to call ``aclose`` in the end; a run that
            continues this one takes it over.
    """

    def __init__(
        self,
        agent: MultiStepAgent[OutputT],
        task: str,
        *,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int,
        usage_limits: UsageLimits | None = None,
        previous: AgentRun[OutputT] | None = None,
        manager: AgentRun[Any] | None = None,
    ) -> None:
        self.id = uuid4().hex
        self.agent = agent
        self.acting: MultiStepAgent[OutputT] = agent
        self.task = task
        self.images = list(images) if images else None
        self.max_steps = max_steps
        self.step_number = 1
        self.usage: RunUsage = RunUsage(manager=manager.usage if manager else None, limits=usage_limits)
        self.manager = manager
        self.approver: Callable[..., Any] | None = agent.approver or (manager.approver if manager else None)
        self.timing = Timing()
        self.outcome: RunOutcome = "running"
        self.output: Any = None
        variables = check_variables(additional_args, {**agent.tools, **agent.managed_agents})
        self.state: dict[str, Any] = {**(previous.state if previous else {}), **variables}
        system_prompt = agent.initialize_system_prompt()
        self.memory: AgentMemory = previous.memory if previous else AgentMemory(system_prompt)
        self.shown_steps: ShownSteps = previous.shown_steps if previous else ShownSteps(agent.context_limit)
        self._system_prompt = system_prompt
        self._announcement = announce_variables(variables)
        self._new_variables = variables
        self._code_variables: dict[str, Any] = {}
        self._previous = previous
        self.rendered_steps: RenderedSteps = RenderedSteps()
        self._history: MessageHistory = previous._history if previous else MessageHistory()
        self._examples = agent.example_messages()
        self._session: ExecutorSession | None = None
        self.at_work: RunAtWork | None = None
        self.ending: AgentError | None = None
        self._managed_runs: dict[int, AgentRun[Any]] = {}
        self.has_begun = False
        self.is_active = False
        self.is_superseded = False
        self.is_kept: bool = previous is not None and previous.is_kept
        self._continued_by: AgentRun[OutputT] | None = None
        self._live = LiveEvents()
        self.trace: RunTrace = RunTrace(previous.trace.conversation if previous else self.id)
        self._call_numbers = itertools.count(1)

    def __getattr__(self, name: str) -> Any:
        # only for names that the run itself does not have, so that callbacks can treat it as the agent
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return getattr(self.__dict__["agent"], name)
        except KeyError:
            raise AttributeError(name) from None

    @property
    def monitor(self) -> Monitor:
        """The run's figures."""
        return Monitor(self.memory, self.usage)

    def result(self) -> RunResult[OutputT]:
        """Return what is known of the run so far, as a ``RunResult``."""
        return RunResult(
            output=self.output,
            state=self.outcome,
            steps=self.memory.get_full_steps(),
            token_usage=self.usage.tokens,
            timing=self.timing,
            usage=self.usage,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the run as JSON-able data, from which ``load_run`` of an agent makes it again."""
        return run_to_dict(self, {**self._code_variables, **self._session_variables()})

    @classmethod
    def from_dict(cls, agent: MultiStepAgent[OutputT], data: Mapping[str, Any]) -> AgentRun[OutputT]:
        """Return the run that ``to_dict`` made data of, to be resumed, continued, or looked at.

        Args:
            agent: An agent like the one whose run it was.
            data: The data.

        Raises:
            ConfigurationError: It is no such data.
        """
        saved = check_saved_run(data)
        images = restore_from_json(saved["images"])
        run = cls(agent, saved["task"], images=images, max_steps=saved["max_steps"])
        run._code_variables = restore_run(run, saved)
        run.trace = RunTrace(run.id)
        if run.output is not None and agent.answer_type is not None:
            run.output = agent.answer_type.validate(run.output)
        run.has_begun = bool(run.memory.steps)
        return run

    # Carrying it out ------------------------------------------------------------------------------------

    def events(self) -> AsyncIterator[StreamEvent]:
        """Carry the run out and yield what happens, also in the middle of steps. Can be iterated once.

        Raises:
            ConfigurationError: The run has begun already, or continues one that is being continued.
            AgentGenerationError: The model could not be asked.
            AgentInterrupted: The run was interrupted.
            UsageLimitExceeded: The run has used all that it may.
        """
        return self._events(lambda: begin_run(self), live=True)

    async def carry_out(self) -> OutputT:
        """Carry the run out and return the answer. Same errors as ``events``."""
        return await self._to_the_end(self._events(lambda: begin_run(self), live=False))

    async def step(self) -> ActionStep:
        """Carry out the next step, and the planning before it, and return it.

        ``outcome`` says whether it was the last one. Between steps everything about the run can be looked at
        and changed. ``resume`` goes on to the end; ``aclose`` gives up a run that is left.

        Raises:
            ConfigurationError: The run is over, or under way elsewhere. Otherwise as ``events``.
        """
        steps = [step async for step in self._one_turn() if isinstance(step, ActionStep)]
        return steps[-1]

    async def step_by_hand(self, step: ActionStep) -> Any:
        """Carry out a step that somebody else puts into memory; see ``step`` of the agent."""
        before = self.approver, self.is_active
        # the agent's step, not the run's: who was asked during the run has nothing to do with it
        self.approver, self.is_active = self.agent.approver, True
        try:
            return await carry_out_by_hand(self, step)
        finally:
            self.approver, self.is_active = before

    async def _one_turn(self) -> AsyncIterator[StreamEvent]:
        if not self.has_begun:
            begin_run(self)
        elif self.outcome != "running" or self.is_active:
            raise ConfigurationError(f"This run cannot take another step: it is {condition_of(self)}.")
        else:
            self.trace.begin(self)  # if it was loaded, or given up meanwhile
        self.is_active = True
        self.agent._active_runs[id(self)] = self
        try:
            turn = take_turn(self)
            async with bridge.closing(turn):
                async for event in turn:
                    self.logger.log_event(event, self)
                    yield event
        except AgentError as error:
            note_failure(self, error)
            raise
        finally:
            self.is_active = False
            self.agent._active_runs.pop(id(self), None)
            if self.outcome != "running":
                end_run(self)
                await self.agent._run_ended(self)

    async def resume(
        self, *, max_steps: int | None = None, usage_limits: UsageLimits | None = None
    ) -> OutputT:
        """Go on from the last good step of a run that failed, was interrupted or has used up its steps.

        Variables that code has defined are still there, apart from functions and classes if another run of
        the agent has ended meanwhile.

        Args:
            max_steps: How many steps the run may have in all; needed if they were used up.
            usage_limits: New limits, in place of those it had.

        Returns:
            The answer.

        Raises:
            ConfigurationError: The run has its answer, is under way, or was continued by another one.
                Otherwise as ``events``.
        """
        return await self._to_the_end(
            self._events(prepare_resumption(self, max_steps, usage_limits), live=False)
        )

    def resume_stream(
        self, *, max_steps: int | None = None, usage_limits: UsageLimits | None = None
    ) -> AsyncIterator[StreamEvent]:
        """Do what ``resume`` does, and yield what happens."""
        return self._events(prepare_resumption(self, max_steps, usage_limits), live=True)

    def interrupt(self) -> None:
        """Interrupt the run, from any thread: between steps, or at the next checkpoint of running code."""
        self.end_with(AgentInterrupted("The run was interrupted."))

    @property
    def is_ending(self) -> bool:
        """Whether the run was interrupted, or has reached a limit, and is about to end."""
        return self.ending is not None

    def end_with(self, error: AgentError) -> None:
        """End the run with an error as soon as may be, from any thread."""
        self.ending = self.ending or error
        for run in list(self._managed_runs.values()):
            run.interrupt()
        session = self._session
        if session is not None:
            session.stop(ExecutionCancelled(str(error)))

    async def _to_the_end(self, events: AsyncIterator[StreamEvent]) -> OutputT:
        async with bridge.closing(events):
            async for _ in events:
                pass
        answer: OutputT = self.output
        return answer

    async def _events(self, begin: Callable[[], None], *, live: bool) -> AsyncIterator[StreamEvent]:
        begin()
        self.is_active = True
        self._live.wanted = live
        self.agent._active_runs[id(self)] = self
        try:
            while self.outcome == "running":
                turn = take_turn(self)
                async with bridge.closing(turn):
                    async for event in turn:
                        self.logger.log_event(event, self)
                        yield event
            answer = FinalAnswerStep(self.output)
            self.logger.log_event(answer, self)
            yield answer
        except AgentError as error:
            note_failure(self, error)
            raise
        except BaseException as error:
            self.trace.failure = error
            raise
        finally:
            self.is_active = self._live.wanted = False
            end_run(self)
            await self.agent._run_ended(self)

    async def provide_final_answer(self, task: str | None = None) -> ChatMessage:
        """Ask the model for an answer from what the run has done so far.

        Args:
            task: What it is to be about, if not the run's task.

        Raises:
            AgentGenerationError: The model could not be asked.
        """
        replies = ask_for_answer(self, task)
        async with bridge.closing(replies):
            return [reply async for reply in replies if isinstance(reply, ChatMessage)][-1]

    async def call_callbacks(self, step: MemoryStep) -> None:
        """Call the callbacks that are due for a finished step."""
        await call_callbacks(self, step)

    # What steps need ------------------------------------------------------------------------------------

    async def input_messages(self) -> MessageView:
        """Return the conversation as the model is to see it now."""
        prompt = self.memory.system_prompt.to_messages()
        return self._history.view([*prompt, *self._examples, *await conversation(self)], are_kept=True)

    def ask(
        self, messages: Sequence[ChatMessage], *, stream: bool | None = None, **parameters: Any
    ) -> AsyncIterator[ModelEvent]:
        """Ask the model; yield the deltas of its reply if it is streamed, retries as they happen, and last the
        whole message.

        Args:
            messages: The conversation.
            stream: Whether to stream; None for what the agent's ``stream_outputs`` says.
            **parameters: Passed to the model's ``generate``.

        Raises:
            AgentGenerationError: The model could not be asked.
            UsageLimitExceeded: The run may ask no more.
        """
        streamed = self.agent.stream_outputs if stream is None else stream
        return ask_model(self, messages, streamed, parameters)

    @property
    def is_watched(self) -> bool:
        """Whether somebody streams the run."""
        return self._live.wanted

    def act(self, action: Callable[[], Awaitable[T]]) -> AsyncIterator[StreamEvent | Returned[T]]:
        """Carry out an action of a step: run code, or call tools.

        Args:
            action: Does it. What it tells of by ``emit`` meanwhile is yielded if somebody streams the run.

        Yields:
            The events, and last a ``Returned`` with its result.
        """
        return self._live.during(action)

    @property
    def is_streaming(self) -> bool:
        """Whether somebody wants to know what happens in the middle of the action that is under way."""
        return self._live.is_on

    def emit(self, event: StreamEvent) -> None:
        """Tell whoever streams the run of an event in the middle of an action, from any thread."""
        self._live.emit(event)

    def emit_later(self, event: StreamEvent) -> None:
        """Tell of an event that happens between two actions, with the next one."""
        self._live.emit_later(event)

    def next_call_id(self) -> str:
        """Return an id for a call that code makes."""
        return f"tool_{next(self._call_numbers)}"

    def count_tool_call(self, name: str) -> None:
        """Count a call that is about to be made. A limit that is reached ends the run.

        Raises:
            UsageLimitExceeded: The run, or one that manages it, may make no more.
        """
        try:
            self.usage.count_tool_call(ends_run=name == "final_answer")
        except UsageLimitExceeded as error:
            self.end_with(error)
            raise

    @contextmanager
    def managing(self, run: AgentRun[Any]) -> Iterator[None]:
        """While the block runs, interrupting this run interrupts that one too."""
        self._managed_runs[id(run)] = run
        try:
            if self.ending is not None:
                run.interrupt()
            yield
        finally:
            self._managed_runs.pop(id(run), None)

    def show_prompts_of(self, agent: MultiStepAgent[OutputT]) -> None:
        """Let the model see the system prompt and the examples of an agent from now on."""
        self._system_prompt = agent.initialize_system_prompt()
        self._examples = agent.example_messages()
        self.memory.system_prompt.system_prompt = self._system_prompt

    @property
    def open_session(self) -> ExecutorSession | None:
        """The run's executor session, if there is one already."""
        return self._session

    async def session(self) -> ExecutorSession:
        """Return the run's executor session, opened when it is first needed."""
        session = self._session
        if session is None:
            variables = {**self._code_variables, **self.state}
            self.at_work = RunAtWork(self, self.acting.tools)
            session = self._session = await self.acting._open_session(self, variables)
        elif self._new_variables:
            await session.send_variables(self._new_variables)
        self._new_variables = {}
        self._live.listen_to_prints(session)
        return session

    def _session_variables(self) -> dict[str, Any]:
        return keepable_variables(getattr(self._session, "variables", None))

    async def aclose(self) -> None:
        """Give up the executor session. Memory and variables stay, and the run can be resumed."""
        if not self.is_active:
            self.trace.end(self)  # open still if it was carried out step by step, and left
        session = self._session
        if session is not None:
            self._code_variables = self._session_variables()
            self._session = self.at_work = None
            await session.aclose()
