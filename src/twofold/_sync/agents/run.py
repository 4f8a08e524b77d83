# Generated from src/twofold/_async/agents/run.py by `nox -s codegen`. Do not edit.
"""``AgentRun``: one run of an agent, with everything that belongs to it alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

from ..._bridge import _sync as bridge
from ..._core.agent_checks import announce_variables, check_max_steps, check_usage_limits, check_variables
from ..._core.callbacks import accepts_agent
from ..._core.concurrency import Returned
from ..._core.context import ShownSteps
from ..._core.errors import (
    AgentError,
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    ConfigurationError,
    ExecutionCancelled,
    UsageLimitExceeded,
)
from ..._core.events import ActionOutput, StreamEvent
from ..._core.history import MessageHistory, MessageView
from ..._core.logging import logger as standard_logger
from ..._core.memory import ActionStep, AgentMemory, FinalAnswerStep, MemoryStep, TaskStep
from ..._core.messages import ChatMessage, ChatMessageStreamDelta
from ..._core.results import Monitor, OutputT, RunOutcome, RunResult
from ..._core.run_state import check_resumable, condition_of, forget_failure, keepable_variables
from ..._core.saving import check_saved_run, restore_run, run_to_dict
from ..._core.serialization import restore_from_json
from ..._core.usage import RunUsage, Timing, UsageLimits
from .answers import answer_from_text, check_answer
from .asking import ask_model
from .context import conversation
from .live_events import LiveEvents
from .planning import ask_for_answer, is_planning_due, make_plan

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
        self._history: MessageHistory = previous._history if previous else MessageHistory()
        self._examples = agent.example_messages()
        self._session: ExecutorSession | None = None
        self._ending: AgentError | None = None
        self._managed_runs: dict[int, AgentRun[Any]] = {}
        self.has_begun = False
        self.is_active = False
        self.is_superseded = False
        self._continued_by: AgentRun[OutputT] | None = None
        self._live = LiveEvents()
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
        if run.output is not None and agent.answer_type is not None:
            run.output = agent.answer_type.validate(run.output)
        run.has_begun = bool(run.memory.steps)
        return run

    # Carrying it out ------------------------------------------------------------------------------------

    def events(self) -> Iterator[StreamEvent]:
        """Carry the run out and yield what happens, also in the middle of steps. Can be iterated once.

        Raises:
            ConfigurationError: The run has begun already, or continues one that is being continued.
            AgentGenerationError: The model could not be asked.
            AgentInterrupted: The run was interrupted.
            UsageLimitExceeded: The run has used all that it may.
        """
        return self._events(self._begin, live=True)

    def carry_out(self) -> OutputT:
        """Carry the run out and return the answer. Same errors as ``events``."""
        return self._to_the_end(self._events(self._begin, live=False))

    def step(self) -> ActionStep:
        """Carry out the next step, and the planning before it, and return it.

        ``outcome`` says whether it was the last one. Between steps everything about the run can be looked at
        and changed. ``resume`` goes on to the end; ``close`` gives up a run that is left.

        Raises:
            ConfigurationError: The run is over, or under way elsewhere. Otherwise as ``events``.
        """
        steps = [step for step in self._one_turn() if isinstance(step, ActionStep)]
        return steps[-1]

    def step_by_hand(self, step: ActionStep) -> Any:
        """Carry out a step that somebody else puts into memory; see ``step`` of the agent."""
        self.step_number = step.step_number
        answer = None
        events = self.agent._step_stream(self, step)
        try:
            with bridge.closing(events):
                for event in events:
                    if isinstance(event, ActionOutput) and event.is_final_answer:
                        answer = check_answer(self, step, event.output)
        except AgentError as error:
            step.error = error
            raise
        finally:
            step.timing.finish()
        return answer

    def _one_turn(self) -> Iterator[StreamEvent]:
        if not self.has_begun:
            self._begin()
        elif self.outcome != "running" or self.is_active:
            raise ConfigurationError(f"This run cannot take another step: it is {condition_of(self)}.")
        self.is_active = True
        self.agent._active_runs[id(self)] = self
        try:
            turn = self._turn()
            with bridge.closing(turn):
                for event in turn:
                    self.logger.log_event(event, self)
                    yield event
        except AgentError as error:
            self._note_failure(error)
            raise
        finally:
            self.is_active = False
            self.agent._active_runs.pop(id(self), None)
            if self.outcome != "running":
                self._end()
                self.agent._run_ended(self)

    def resume(self, *, max_steps: int | None = None, usage_limits: UsageLimits | None = None) -> OutputT:
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
        return self._to_the_end(self._events(self._resumption(max_steps, usage_limits), live=False))

    def resume_stream(
        self, *, max_steps: int | None = None, usage_limits: UsageLimits | None = None
    ) -> Iterator[StreamEvent]:
        """Do what ``resume`` does, and yield what happens."""
        return self._events(self._resumption(max_steps, usage_limits), live=True)

    def interrupt(self) -> None:
        """Interrupt the run, from any thread: between steps, or at the next checkpoint of running code."""
        self.end_with(AgentInterrupted("The run was interrupted."))

    @property
    def is_ending(self) -> bool:
        """Whether the run was interrupted, or has reached a limit, and is about to end."""
        return self._ending is not None

    def end_with(self, error: AgentError) -> None:
        """End the run with an error as soon as may be, from any thread."""
        self._ending = self._ending or error
        for run in list(self._managed_runs.values()):
            run.interrupt()
        session = self._session
        if session is not None:
            session.stop(ExecutionCancelled(str(error)))

    def _to_the_end(self, events: Iterator[StreamEvent]) -> OutputT:
        with bridge.closing(events):
            for _ in events:
                pass
        answer: OutputT = self.output
        return answer

    def _events(self, begin: Callable[[], None], *, live: bool) -> Iterator[StreamEvent]:
        begin()
        self.is_active = True
        self._live.wanted = live
        self.agent._active_runs[id(self)] = self
        try:
            while self.outcome == "running":
                turn = self._turn()
                with bridge.closing(turn):
                    for event in turn:
                        self.logger.log_event(event, self)
                        yield event
            answer = FinalAnswerStep(self.output)
            self.logger.log_event(answer, self)
            yield answer
        except AgentError as error:
            self._note_failure(error)
            raise
        finally:
            self.is_active = self._live.wanted = False
            self._end()
            self.agent._run_ended(self)

    def _begin(self) -> None:
        previous = self._previous
        if self.has_begun:
            raise ConfigurationError("This run has been carried out already: start another one.")
        if previous is not None and previous._continued_by not in (None, self):
            raise ConfigurationError(
                "Another run is continuing this conversation right now. Wait for it, or use reset=True: "
                "two runs cannot write to one memory."
            )
        self.has_begun = True
        self.timing = Timing()
        self.usage.start_clock()
        if previous is not None:
            previous._continued_by = self
            previous.is_superseded = True
            self._session, previous._session = previous._session, None
            self._code_variables = previous._code_variables
        self.memory.system_prompt.system_prompt = self._system_prompt
        self.memory.steps.append(TaskStep(task=self.task + self._announcement, task_images=self.images))
        self.logger.log_task(self.task, title=self.agent.name)
        standard_logger.debug("run of %s begins", type(self.agent).__name__)

    def _resumption(self, max_steps: int | None, usage_limits: UsageLimits | None) -> Callable[[], None]:
        steps = self.max_steps if max_steps is None else check_max_steps(max_steps)
        limits = self.usage.limits if usage_limits is None else check_usage_limits(usage_limits)

        def begin_again() -> None:
            check_resumable(self, steps)
            self.max_steps = steps
            self.usage.limits = limits
            self.usage.start_clock()
            forget_failure(self.memory)
            self.outcome = "running"
            self._ending = None
            self.timing.end_time = None
            standard_logger.debug("run of %s resumes", type(self.agent).__name__)

        return begin_again

    def _note_failure(self, error: AgentError) -> None:
        if isinstance(error, AgentInterrupted):
            self.outcome = "interrupted"
        elif self.outcome == "running":
            self.outcome = "failed"
        if error.run is None:
            error.run = self

    def _end(self) -> None:
        self.timing.finish()
        if self.outcome == "running":
            self.outcome = "interrupted"  # the stream was closed early, or the task was cancelled
        if self._previous is not None:
            # what it continued is over for good: from now on this run is the one to continue
            self._previous._continued_by = None
            self._previous = None
        self.logger.end_run(self)
        standard_logger.debug(
            "run of %s ends: %s, %d steps", type(self.agent).__name__, self.outcome, self.step_number
        )

    # One turn of the loop -------------------------------------------------------------------------------

    def _turn(self) -> Iterator[StreamEvent]:
        """Plan if that is due, and carry out one step; or answer, if there are no steps left."""
        if self._ending is not None:
            raise self._ending
        if self.step_number > self.max_steps:
            yield self._answer_without_steps()
            return
        if is_planning_due(self):
            plan = make_plan(self)
            with bridge.closing(plan):
                for event in plan:
                    yield event
        self.logger.begin_step(self.step_number, self.max_steps)
        step = ActionStep(step_number=self.step_number, observations_images=self.images)
        events = self._carry_out_step(step)
        with bridge.closing(events):
            for event in events:
                yield event
        self.step_number += 1
        yield step

    def _carry_out_step(self, step: ActionStep) -> Iterator[StreamEvent]:
        """Carry out one step and put it into memory, whatever comes of it."""
        events = self.agent._step_stream(self, step)
        try:
            with bridge.closing(events):
                for event in events:
                    if isinstance(event, ActionOutput) and event.is_final_answer:
                        event.output = self.output = check_answer(self, step, event.output)
                        self.outcome = "success"
                    yield event
        except AgentError as error:
            self._note_step_error(step, error)
        except BaseException:
            # closed early, cancelled, or an error of the program: remember what there is, and let it pass
            self._remember(step, AgentInterrupted("The step was not finished: the run was stopped."))
            raise
        self._remember(step)
        self.call_callbacks(step)

    def _note_step_error(self, step: ActionStep, error: AgentError) -> None:
        """Note an error that the model can act on, or raise the one that ends the run."""
        if self._ending is not None:
            self._remember(step, self._ending)
            raise self._ending from (None if error is self._ending else error)
        if isinstance(error, AgentGenerationError | UsageLimitExceeded):
            self._remember(step, error)
            raise error
        standard_logger.debug("step %d failed: %s", step.step_number, type(error).__name__)
        step.error = error

    def _remember(self, step: ActionStep, error: AgentError | None = None) -> None:
        step.error = step.error or error
        step.timing.finish()
        self.memory.steps.append(step)

    def call_callbacks(self, step: MemoryStep) -> None:
        """Call the callbacks that are due for a finished step."""
        for callback in self.agent.step_callbacks.due(step):
            if accepts_agent(callback):
                bridge.call_user(callback, step, agent=self)
            else:
                bridge.call_user(callback, step)

    def _answer_without_steps(self) -> ActionStep:
        """Ask the model for the best answer it can give now that the steps are used up."""
        error = AgentMaxStepsError(f"All {self.max_steps} steps were used without a final answer.")
        step = ActionStep(step_number=self.step_number, error=error)
        try:
            self.output = answer_from_text(self, step, error)
        except AgentMaxStepsError:
            self.outcome = "max_steps_error"
            self._remember(step)
            raise
        self.outcome = "max_steps_error"
        self._remember(step)
        self.call_callbacks(step)
        return step

    def provide_final_answer(self) -> ChatMessage:
        """Ask the model for an answer from what the run has done so far.

        Raises:
            AgentGenerationError: The model could not be asked.
        """
        return ask_for_answer(self)

    # What steps need ------------------------------------------------------------------------------------

    def input_messages(self) -> MessageView:
        """Return the conversation as the model is to see it now."""
        prompt = self.memory.system_prompt.to_messages()
        return self._history.view([*prompt, *self._examples, *conversation(self)])

    def ask(
        self, messages: Sequence[ChatMessage], *, stream: bool | None = None, **parameters: Any
    ) -> Iterator[ChatMessageStreamDelta | ChatMessage]:
        """Ask the model; yield the deltas of its reply if it is streamed, and last the whole message.

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

    def act(self, action: Callable[[], T]) -> Iterator[StreamEvent | Returned[T]]:
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
            if self._ending is not None:
                run.interrupt()
            yield
        finally:
            self._managed_runs.pop(id(run), None)

    def session(self) -> ExecutorSession:
        """Return the run's executor session, opened when it is first needed."""
        session = self._session
        if session is None:
            variables = {**self._code_variables, **self.state}
            session = self._session = self.agent._open_session(self, variables)
        elif self._new_variables:
            session.send_variables(self._new_variables)
        self._new_variables = {}
        self._live.listen_to_prints(session)
        return session

    def _session_variables(self) -> dict[str, Any]:
        return keepable_variables(getattr(self._session, "variables", None))

    def close(self) -> None:
        """Give up the executor session. Memory and variables stay, and the run can be resumed."""
        session = self._session
        if session is not None:
            self._code_variables = self._session_variables()
            self._session = None
            session.close()
