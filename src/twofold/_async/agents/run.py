"""``AgentRun``: one run of an agent, with everything that belongs to it alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.agent_checks import announce_variables, check_variables
from ..._core.callbacks import accepts_agent
from ..._core.errors import (
    AgentError,
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    ConfigurationError,
    ExecutionCancelled,
    ModelError,
)
from ..._core.events import ActionOutput, StreamEvent
from ..._core.history import MessageHistory, MessageView
from ..._core.logging import logger as standard_logger
from ..._core.managed import describe_plan
from ..._core.memory import (
    ActionStep,
    AgentMemory,
    FinalAnswerStep,
    MemoryStep,
    PlanningStep,
    TaskStep,
)
from ..._core.messages import ChatMessage, ChatMessageStreamDelta, MessageRole, agglomerate_stream_deltas
from ..._core.prompts import populate_template
from ..._core.results import Monitor, RunOutcome, RunResult
from ..._core.tool import Tool
from ..._core.usage import RunUsage, Timing
from ..tools.calling import run_tool

if TYPE_CHECKING:
    from ..executors.base import ExecutorSession
    from .base import MultiStepAgent

__all__ = ["AgentRun"]


class AgentRun:
    """One run of an agent: its memory, variables, executor session, step number, usage and interrupt flag.

    Made by ``run``, ``stream`` or ``start`` of an agent. Callbacks and checks get it as ``agent=``: what it
    does not have itself, it looks up on its agent.

    Attributes:
        agent: The agent whose run it is.
        task: The task as the user gave it.
        memory: What the run remembers.
        state: The run's variables, as they were given.
        step_number: The number of the step that is under way, from 1.
        max_steps: How many steps there may be.
        usage: What the run has used so far.
        timing: When it started and ended.
        outcome: ``"running"``, or how it ended.
        manager: The run that gave this one its task, where an agent is managed by another.
        output: The answer, once there is one.
    """

    def __init__(
        self,
        agent: MultiStepAgent,
        task: str,
        *,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int,
        previous: AgentRun | None = None,
        manager: AgentRun | None = None,
    ) -> None:
        self.agent = agent
        self.task = task
        self.images = list(images) if images else None
        self.max_steps = max_steps
        self.step_number = 1
        self.usage: RunUsage = RunUsage(manager=manager.usage if manager else None)
        self.manager = manager
        self.timing = Timing()
        self.outcome: RunOutcome = "running"
        self.output: Any = None
        variables = check_variables(additional_args, {**agent.tools, **agent.managed_agents})
        self.state: dict[str, Any] = {**(previous.state if previous else {}), **variables}
        system_prompt = agent.initialize_system_prompt()
        self.memory: AgentMemory = previous.memory if previous else AgentMemory(system_prompt)
        self._system_prompt = system_prompt
        self._announcement = announce_variables(variables)
        self._new_variables = variables
        self._previous = previous
        self._history: MessageHistory = previous._history if previous else MessageHistory()
        self._examples = agent.example_messages()
        self._session: ExecutorSession | None = None
        self._interrupted = False
        self._managed_runs: dict[int, AgentRun] = {}
        self._begun = False
        self._continued_by: AgentRun | None = None

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

    def result(self) -> RunResult:
        """Return what is known of the run so far, as a ``RunResult``."""
        return RunResult(
            output=self.output,
            state=self.outcome,
            steps=self.memory.get_full_steps(),
            token_usage=self.usage.tokens,
            timing=self.timing,
            usage=self.usage,
        )

    def interrupt(self) -> None:
        """Interrupt the run, from any thread: between steps, or at the next checkpoint of running code."""
        self._interrupted = True
        for run in list(self._managed_runs.values()):
            run.interrupt()
        if self._session is not None:
            self._session.stop(ExecutionCancelled("The run was interrupted."))

    # The loop -----------------------------------------------------------------------------------------

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Carry the run out and yield what happens. Can be iterated once.

        Raises:
            ConfigurationError: The run has begun already, or continues one that is being continued.
            AgentGenerationError: The model could not be asked.
            AgentInterrupted: The run was interrupted.
        """
        self._begin()
        await self.agent._run_began(self)
        try:
            loop = self._loop()
            async with bridge.closing(loop):
                async for event in loop:
                    self.logger.log_event(event)
                    yield event
        except AgentInterrupted:
            self.outcome = "interrupted"
            raise
        except AgentError:
            self.outcome = "failed"
            raise
        finally:
            self._end()
            await self.agent._run_ended(self)

    def _begin(self) -> None:
        previous = self._previous
        if self._begun:
            raise ConfigurationError("This run has been carried out already: start another one.")
        if previous is not None and previous._continued_by not in (None, self):
            raise ConfigurationError(
                "Another run is continuing this conversation right now. Wait for it, or use reset=True: "
                "two runs cannot write to one memory."
            )
        self._begun = True
        self.timing = Timing()
        if previous is not None:
            previous._continued_by = self
            self._session, previous._session = previous._session, None
        self.memory.system_prompt.system_prompt = self._system_prompt
        self.memory.steps.append(TaskStep(task=self.task + self._announcement, task_images=self.images))
        self.logger.log_task(self.task, title=self.agent.name)
        standard_logger.debug("run of %s begins", type(self.agent).__name__)

    def _end(self) -> None:
        self.timing.finish()
        if self.outcome == "running":
            self.outcome = "interrupted"  # the stream was closed early, or the task was cancelled
        if self._previous is not None:
            # what it continued is over for good: from now on this run is the one to continue
            self._previous._continued_by = None
            self._previous = None
        self.logger.end_run()
        standard_logger.debug(
            "run of %s ends: %s, %d steps", type(self.agent).__name__, self.outcome, self.step_number
        )

    async def _loop(self) -> AsyncIterator[StreamEvent]:
        while self.outcome == "running" and self.step_number <= self.max_steps:
            self._raise_if_interrupted()
            if self._is_planning_due():
                plan = self._plan()
                async with bridge.closing(plan):
                    async for event in plan:
                        yield event
            self.logger.begin_step(self.step_number, self.max_steps)
            step = ActionStep(step_number=self.step_number, observations_images=self.images)
            events = self._carry_out(step)
            async with bridge.closing(events):
                async for event in events:
                    yield event
            yield step
            self.step_number += 1
        if self.outcome == "running":
            step = await self._answer_without_steps()
            yield step
        yield FinalAnswerStep(self.output)

    def _is_planning_due(self) -> bool:
        interval = self.agent.planning_interval
        return interval is not None and (self.step_number - 1) % interval == 0

    async def _plan(self) -> AsyncIterator[StreamEvent]:
        """Make a plan, or bring it up to date, and put it into memory."""
        timing = Timing()
        messages = self._planning_messages()
        replies = self.ask(messages, stop_sequences=["<end_plan>"])
        async with bridge.closing(replies):
            async for reply in replies:
                if isinstance(reply, ChatMessage):
                    timing.finish()
                    step = PlanningStep(
                        model_input_messages=messages,
                        model_output_message=reply,
                        plan=describe_plan(reply.text, is_update=self.step_number > 1),
                        timing=timing,
                        token_usage=reply.token_usage,
                    )
                else:
                    yield reply
        self.memory.steps.append(step)
        await self._call_callbacks(step)
        yield step

    def _planning_messages(self) -> list[ChatMessage]:
        templates = self.agent.prompt_templates["planning"]
        variables = {
            "task": self.task,
            "tools": self.agent.tools,
            "managed_agents": self.agent.managed_agents,
            "remaining_steps": self.max_steps - self.step_number + 1,
        }
        if self.step_number == 1:
            text = populate_template(templates["initial_plan"], variables)
            return [ChatMessage(role=MessageRole.USER, content=text)]
        before = populate_template(templates["update_plan_pre_messages"], variables)
        after = populate_template(templates["update_plan_post_messages"], variables)
        return [
            ChatMessage(role=MessageRole.SYSTEM, content=before),
            *self.memory.to_messages(summary_mode=True),
            ChatMessage(role=MessageRole.USER, content=after),
        ]

    async def _carry_out(self, step: ActionStep) -> AsyncIterator[StreamEvent]:
        """Carry out one step and put it into memory, whatever comes of it."""
        events = self.agent._step_stream(self, step)
        try:
            async with bridge.closing(events):
                async for event in events:
                    if isinstance(event, ActionOutput) and event.is_final_answer:
                        await self._accept_answer(step, event.output)
                    yield event
        except AgentGenerationError as error:
            self._remember(step, error)
            raise
        except AgentError as error:
            if self._interrupted:
                interruption = AgentInterrupted("The run was interrupted.")
                self._remember(step, interruption)
                raise interruption from error
            standard_logger.debug("step %d failed: %s", step.step_number, type(error).__name__)
            step.error = error
        except BaseException:
            # closed early, cancelled, or an error of the program: remember what there is, and let it pass
            self._remember(step, AgentInterrupted("The step was not finished: the run was stopped."))
            raise
        self._remember(step)
        await self._call_callbacks(step)

    def _remember(self, step: ActionStep, error: AgentError | None = None) -> None:
        step.error = step.error or error
        step.timing.finish()
        self.memory.steps.append(step)

    async def _accept_answer(self, step: ActionStep, answer: Any) -> None:
        for check in self.agent.final_answer_checks:
            name = getattr(check, "__name__", repr(check))
            try:
                accepted = await bridge.call_user(check, answer, self.memory, agent=self)
            except Exception as error:
                raise self._refused(step, f"the check {name} failed: {error}") from error
            if not accepted:
                raise self._refused(step, f"the check {name} does not accept it")
        step.is_final_answer = True
        step.action_output = answer
        self.output = answer
        self.outcome = "success"

    def _refused(self, step: ActionStep, reason: str) -> AgentError:
        step.action_output = None
        return AgentError(f"The final answer was refused: {reason}.")

    async def _call_callbacks(self, step: MemoryStep) -> None:
        for callback in self.agent.step_callbacks.due(step):
            if accepts_agent(callback):
                await bridge.call_user(callback, step, agent=self)
            else:
                await bridge.call_user(callback, step)

    async def _answer_without_steps(self) -> ActionStep:
        """Ask the model for the best answer it can give now that the steps are used up."""
        step = ActionStep(
            step_number=self.step_number,
            error=AgentMaxStepsError(f"All {self.max_steps} steps were used without a final answer."),
        )
        message = await self.provide_final_answer()
        step.model_output_message = message
        step.token_usage = message.token_usage
        step.action_output = self.output = message.text
        self.outcome = "max_steps_error"
        self._remember(step)
        await self._call_callbacks(step)
        return step

    async def provide_final_answer(self) -> ChatMessage:
        """Ask the model for an answer from what the run has done so far.

        Raises:
            AgentGenerationError: The model could not be asked.
        """
        templates = self.agent.prompt_templates["final_answer"]
        before = populate_template(templates["pre_messages"], {"task": self.task})
        after = populate_template(templates["post_messages"], {"task": self.task})
        conversation = [
            ChatMessage(role=MessageRole.SYSTEM, content=before),
            *self.memory.to_messages()[1:],
            ChatMessage(role=MessageRole.USER, content=after),
        ]
        replies = self.ask(conversation, stream=False)
        async with bridge.closing(replies):
            async for reply in replies:
                if isinstance(reply, ChatMessage):
                    return reply
        raise AgentGenerationError("The model gave no reply.")

    def _raise_if_interrupted(self) -> None:
        if self._interrupted:
            raise AgentInterrupted("The run was interrupted.")

    # What steps need ----------------------------------------------------------------------------------

    def input_messages(self) -> MessageView:
        """Return the conversation as the model is to see it now."""
        messages = self.memory.to_messages()
        return self._history.view([*messages[:1], *self._examples, *messages[1:]])

    async def ask(
        self, messages: Sequence[ChatMessage], *, stream: bool | None = None, **parameters: Any
    ) -> AsyncIterator[ChatMessageStreamDelta | ChatMessage]:
        """Ask the model; yield the deltas of its reply if it is streamed, and last the whole message.

        Args:
            messages: The conversation.
            stream: Whether to stream; None for what the agent's ``stream_outputs`` says.
            **parameters: Passed to the model's ``generate``.

        Raises:
            AgentGenerationError: The model could not be asked.
        """
        model = self.agent.model
        try:
            if self.agent.stream_outputs if stream is None else stream:
                deltas: list[ChatMessageStreamDelta] = []
                replies = model.generate_stream(list(messages), **parameters)
                async with bridge.closing(replies):
                    async for delta in replies:
                        deltas.append(delta)
                        yield delta
                message = agglomerate_stream_deltas(deltas)
            else:
                message = await model.generate(list(messages), **parameters)
        except (AssertionError, ConfigurationError):
            raise  # the program's fault (no key, no SDK, a test's script that is used up), not the model's
        except Exception as error:
            raise self._generation_error(error) from error
        self.usage.count_request(message.token_usage)
        yield message

    def _generation_error(self, error: Exception) -> AgentGenerationError:
        what = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        failure = AgentGenerationError(f"The model could not be asked: {what}")
        failure.run = self
        return failure

    async def run_tool(
        self, tool: Tool, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a tool for the code of this run: its errors are raised as they are, for the code to catch."""
        self.usage.count_tool_call()
        return await run_tool(tool, args, kwargs)

    async def call_agent(
        self, agent: MultiStepAgent, task: str, additional_args: Mapping[str, Any] | None = None
    ) -> str:
        """Give a managed agent a task, and return its report. What it uses counts for this run too."""
        self.usage.count_tool_call()
        run = agent._new_run(agent._managed_task(task), True, None, additional_args, None, manager=self)
        self._managed_runs[id(run)] = run
        try:
            await agent._run_to_result(run, False)
        finally:
            self._managed_runs.pop(id(run), None)
        return agent._report(run)

    async def session(self) -> ExecutorSession:
        """Return the run's executor session, opened when it is first needed."""
        if self._session is None:
            self._session = await self.agent._open_session(self)
        elif self._new_variables:
            await self._session.send_variables(self._new_variables)
        self._new_variables = {}
        return self._session

    async def aclose(self) -> None:
        """Give up the executor session. The memory stays."""
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()
