"""``MultiStepAgent``: the description of an agent, shared by any number of runs."""

from __future__ import annotations

import keyword
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, overload

from ..._bridge import _async as bridge
from ..._core.agents.answer_type import AnswerType
from ..._core.agents.callbacks import CallbackRegistry, StepCallback
from ..._core.agents.checks import (
    MANAGED_AGENT_INPUTS,
    check_approvals,
    check_approver,
    check_is_model_of,
    check_managed_agents,
    check_max_steps,
    check_planning_interval,
    check_task,
    check_usage_limits,
)
from ..._core.agents.context import ContextLimit, check_context_limit
from ..._core.agents.events import StreamEvent
from ..._core.agents.final_answer import FinalAnswerTool
from ..._core.agents.managed import ManagedAgentTool, summarize_work
from ..._core.agents.memory import ActionStep, AgentMemory, MemoryStep
from ..._core.agents.results import Monitor, OutputT, RunResult
from ..._core.display.logging import AgentLogger, LogLevel
from ..._core.errors import AgentParsingError, ConfigurationError
from ..._core.messages import ChatMessage
from ..._core.prompts import PromptTemplates, populate_template, validate_prompt_templates
from ..._core.tools.tool import Tool, tool_mapping, tool_source
from ..._core.usage import UsageLimits
from ..models.function import as_model
from .run import AgentRun
from .saving import SavedAgent

if TYPE_CHECKING:
    from typing_extensions import TypeForm

__all__ = ["MultiStepAgent"]


class MultiStepAgent(SavedAgent, Generic[OutputT]):
    """An agent that works in steps: it asks its model, acts on the reply, and looks at what came of it.

    An agent is a description and holds no state of a run, so one instance can be shared: any number of
    ``run()`` calls may be under way at once. ``memory``, ``state`` and ``monitor`` show the run that
    finished last.

    Args:
        tools: Functions made by ``@tool``, ``Tool`` instances, or plain functions with type hints. Or a
            function, which may be asynchronous, of the run that returns such a list: it is called before each
            step, and the system prompt changes when the tools do.
        model: The model that is asked.
        prompt_templates: Prompts that replace the usual ones; see ``PromptTemplates``.
        instructions: Text that becomes part of the system prompt.
        max_steps: How many steps a run may take.
        add_base_tools: Add the tools of ``BASE_TOOLS``: searching the web, reading a page, and, for agents
            that do not write code themselves, running Python. Own tools of the same names replace them.
        verbosity_level: How much is printed on the console; nothing by default.
        managed_agents: Agents that this one can give tasks to. Each needs a name and a description.
        step_callbacks: Called after each action step; or a mapping from step class to such callables. Each
            gets the step, and the run as ``agent=`` if it takes it. May be asynchronous.
        final_answer_checks: Called with the answer, the memory and ``agent=`` the run; a falsy result or an
            error refuses the answer, and the run goes on. May be asynchronous.
        planning_interval: Make a plan before the first step, and bring it up to date every so many steps.
        name: The agent's name: an identifier. Needed to be managed by another agent.
        description: What the agent is good for. Needed likewise.
        provide_run_summary: When managed, add a summary of the work to the answer.
        return_full_result: Make ``run`` return a ``RunResult`` rather than the answer alone.
        logger: The console logger to use instead of an own one.
        stream_outputs: Ask the model for a stream, so that ``stream()`` yields its reply as it arrives.
        output_type: What the answer must be: a pydantic model, a dataclass, ``list[int]``, ``Literal["a",
            "b"]``, ... An answer that does not fit goes back to the model with what is wrong. Type checkers
            know the type of the answer then.
        usage_limits: What each run may use, its managed agents included.
        approver: Asked before a tool with ``requires_approval=True`` is called: a function, which may be
            asynchronous, of tool, arguments and run. True lets the call be made; a text is the reason why
            not, which the model is told. Managed agents without one of their own ask their manager's. It is
            also asked what MCP servers ask in the middle of a call: with the tool (None if the server does not
            say which of several calls it is about) and the question as a dict of ``server``, ``message`` and
            ``schema`` (or ``url``), to be answered with a dict, or as a call is.
        context_limit: How many tokens the model can read, or a ``ContextLimit`` which says also what happens
            when a conversation outgrows that. Unless it does, tasks, plan and the latest steps are kept.

    Raises:
        ConfigurationError: An argument is not what it has to be.
    """

    def __init__(
        self,
        tools: Sequence[Tool | Callable[..., Any]] | Callable[..., Any],
        model: Any,
        prompt_templates: PromptTemplates | None = None,
        instructions: str | None = None,
        max_steps: int = 20,
        add_base_tools: bool = False,
        verbosity_level: LogLevel | int = LogLevel.OFF,
        managed_agents: Sequence[MultiStepAgent[Any]] | None = None,
        step_callbacks: Sequence[StepCallback]
        | Mapping[type[MemoryStep], StepCallback | Sequence[StepCallback]]
        | None = None,
        planning_interval: int | None = None,
        name: str | None = None,
        description: str | None = None,
        provide_run_summary: bool = False,
        final_answer_checks: Sequence[Callable[..., Any]] | None = None,
        return_full_result: bool = False,
        logger: AgentLogger | None = None,
        stream_outputs: bool = False,
        output_type: TypeForm[OutputT] = Any,
        usage_limits: UsageLimits | None = None,
        approver: Callable[..., Any] | None = None,
        context_limit: int | ContextLimit | None = None,
    ) -> None:
        model = as_model(model)
        check_is_model_of(bridge.API_MODULE, model, agent=type(self).__name__)
        if name is not None and (not str.isidentifier(name) or keyword.iskeyword(name)):
            raise ConfigurationError(
                f"An agent's name must be an identifier and no keyword, because code calls it; got {name!r}."
            )
        self.model = model
        self.output_type = output_type
        self.name = name
        self.description = description
        self.answer_type = AnswerType.of(output_type)
        final_answer = FinalAnswerTool(self.answer_type)
        self.tools_source = tool_source(tools)
        fixed = tool_mapping(() if self.tools_source else tools)
        base_tools = self._make_base_tools() if add_base_tools else {}
        self.tools: dict[str, Tool] = {final_answer.name: final_answer, **base_tools, **fixed}
        self.managed_agents: dict[str, MultiStepAgent[Any]] = check_managed_agents(
            managed_agents, self.tools, bridge.API_MODULE
        )
        self.planning_interval = check_planning_interval(planning_interval)
        self.provide_run_summary = provide_run_summary
        self.prompt_templates = validate_prompt_templates(
            self.default_prompt_templates() if prompt_templates is None else prompt_templates
        )
        self.instructions = instructions
        self.max_steps = check_max_steps(max_steps)
        self.step_callbacks = CallbackRegistry(step_callbacks)
        self.final_answer_checks = list(final_answer_checks or ())
        self.return_full_result = return_full_result
        self.stream_outputs = stream_outputs
        self.logger = logger or AgentLogger(LogLevel(verbosity_level))
        self.usage_limits = check_usage_limits(usage_limits)
        self.approver = check_approver(approver)
        self.context_limit = check_context_limit(context_limit)
        self._last_run: AgentRun[OutputT] | None = None
        self._active_runs: dict[int, AgentRun[OutputT]] = {}
        if stream_outputs and not getattr(model, "can_stream", True):
            raise ConfigurationError(
                f"stream_outputs=True needs a model that streams, and {type(model).__name__} does not."
            )

    api_module: ClassVar[str] = bridge.API_MODULE
    """The module that the agent comes from."""

    writes_code: ClassVar[bool] = False
    """Whether the agent acts by writing code."""

    inputs: ClassVar[dict[str, dict[str, Any]]] = MANAGED_AGENT_INPUTS
    """What a managed agent takes when it is called like a tool."""

    # Running --------------------------------------------------------------------------------------

    @overload
    async def run(
        self,
        task: str,
        stream: Literal[False] = False,
        reset: bool = True,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        return_full_result: Literal[False] | None = None,
        usage_limits: UsageLimits | None = None,
    ) -> OutputT: ...

    @overload
    async def run(
        self,
        task: str,
        stream: Literal[False] = False,
        reset: bool = True,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        *,
        return_full_result: Literal[True],
        usage_limits: UsageLimits | None = None,
    ) -> RunResult[OutputT]: ...

    @overload
    def run(
        self,
        task: str,
        stream: Literal[True],
        reset: bool = True,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        return_full_result: bool | None = None,
        usage_limits: UsageLimits | None = None,
    ) -> AsyncIterator[StreamEvent]: ...

    def run(
        self,
        task: str,
        stream: bool = False,
        reset: bool = True,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        return_full_result: bool | None = None,
        usage_limits: UsageLimits | None = None,
    ) -> Any:
        """Work on a task and return the answer.

        Args:
            task: What to do.
            stream: Return the iterator of events that ``stream`` returns, instead of the answer.
            reset: Begin with an empty memory. False continues the run that finished last: its memory and
                its variables.
            images: Pillow images that belong to the task.
            additional_args: Variables for the run, by name; the task's text announces them.
            max_steps: How many steps this run may take, instead of the agent's ``max_steps``.
            return_full_result: Return a ``RunResult``, instead of what the agent's setting says.
            usage_limits: What this run may use, instead of the agent's ``usage_limits``.

        Returns:
            The answer, or a ``RunResult``.

        Raises:
            ConfigurationError: An argument is not what it has to be.
            AgentGenerationError: The model could not be asked. The error's ``run`` can be resumed.
            AgentInterrupted: The run was interrupted.
            UsageLimitExceeded: The run has used all that it may.
        """
        run = self.start(task, reset, images, additional_args, max_steps, usage_limits)
        if stream:
            return run.events()
        full = self.return_full_result if return_full_result is None else return_full_result
        return self._result_of(run) if full else run.carry_out()

    def stream(
        self,
        task: str,
        reset: bool = True,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        usage_limits: UsageLimits | None = None,
    ) -> AsyncIterator[StreamEvent]:
        """Work on a task and yield what happens, as it happens; the last event is a ``FinalAnswerStep``.

        Prints, tool calls and the events of managed agents come while the code that makes them still runs.
        Closing the iterator early stops the run. Same arguments and errors as ``run``.

        Example:
            >>> async for event in agent.stream("What is 2 + 2?"):  # doctest: +SKIP
            ...     print(event)
        """
        return self.start(task, reset, images, additional_args, max_steps, usage_limits).events()

    def start(
        self,
        task: str,
        reset: bool = True,
        images: Sequence[Any] | None = None,
        additional_args: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        usage_limits: UsageLimits | None = None,
        *,
        previous: AgentRun[OutputT] | None = None,
        approver: Callable[..., Any] | None = None,
    ) -> AgentRun[OutputT]:
        """Return a run of the task that has not begun, for those who want to hold it while it goes on.

        Same arguments and errors as ``run``. ``carry_out``, ``events`` and ``step`` of the run begin it.

        Args:
            task: What to do.
            reset: Whether to begin with an empty memory; does not matter with ``previous``.
            images: Pillow images that belong to the task.
            additional_args: Variables for the run, by name.
            max_steps: How many steps this run may take.
            usage_limits: What this run may use.
            previous: The run to continue, instead of the one that finished last: one agent can have a
                conversation with each of many users. Set the ``is_kept`` of such runs.
            approver: Who is asked before tools of this run that require approval are called, instead of the
                agent's ``approver``: the user whose conversation it is, say.

        Example:
            >>> first = agent.start("Count the lines of the report.")  # doctest: +SKIP
            >>> first.is_kept = True  # doctest: +SKIP
            >>> await first.carry_out()  # doctest: +SKIP
            >>> second = agent.start("And the words?", previous=first)  # doctest: +SKIP
        """
        if check_approver(approver) is None:
            check_approvals(self)
        limits = self.usage_limits if usage_limits is None else check_usage_limits(usage_limits)
        run = AgentRun(
            self,
            check_task(task),
            images=images,
            additional_args=additional_args,
            max_steps=self.max_steps if max_steps is None else check_max_steps(max_steps),
            usage_limits=limits,
            previous=previous or (None if reset else self._last_run),
        )
        run.approver = approver or run.approver
        return run

    def load_run(
        self, data: Mapping[str, Any], *, approver: Callable[..., Any] | None = None
    ) -> AgentRun[OutputT]:
        """Return a run that was saved with ``to_dict``, in this process or another one.

        It is the one that ``memory`` shows and ``run(..., reset=False)`` continues from now on; ``resume`` of
        the run goes on with it if it was not over. Values that JSON has no form for are gone.

        Args:
            data: The data.
            approver: Who is asked before tools that require approval are called, instead of the agent's
                ``approver``. It is not part of the data: pass it again if the run was started with one.

        Raises:
            ConfigurationError: It is no such data; or the run can go on, and nobody can be asked about a tool
                that requires approval.
        """
        check_approver(approver)
        run = AgentRun.from_dict(self, data)
        run.approver = approver or run.approver
        if run.approver is None and run.outcome != "success":
            check_approvals(self)
        self._last_run = run
        return run

    def interrupt(self) -> None:
        """Interrupt every run of this agent that is under way, from any thread."""
        for run in list(self._active_runs.values()):
            run.interrupt()

    async def _result_of(self, run: AgentRun[OutputT]) -> RunResult[OutputT]:
        await run.carry_out()
        return run.result()

    async def step(self, memory_step: ActionStep) -> Any:
        """Carry out one step by hand: on the agent's ``memory``, to which you add the step yourself.

        Args:
            memory_step: The step, on which the outcome is noted.

        Returns:
            The final answer if the step gave it, else None.

        Raises:
            AgentError: The step failed. The error is noted on the step too.

        Example:
            >>> agent.memory.steps.append(TaskStep("What is 2 + 2?"))  # doctest: +SKIP
            >>> step = ActionStep(step_number=1)  # doctest: +SKIP
            >>> answer = await agent.step(step)  # doctest: +SKIP
            >>> agent.memory.steps.append(step)  # doctest: +SKIP
        """
        return await self._run_by_hand().step_by_hand(memory_step)

    def _run_by_hand(self) -> AgentRun[OutputT]:
        """Return the run that finished last, or one without a task for steps that are made by hand."""
        if self._last_run is None:
            self._last_run = AgentRun(self, "", max_steps=self.max_steps, usage_limits=self.usage_limits)
        return self._last_run

    # Working for another agent ----------------------------------------------------------------------

    async def __call__(
        self, task: str, additional_args: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> str:
        """Work on a task for a manager, and return the answer as a report.

        Args:
            task: What to do.
            additional_args: Variables for the run.
            **kwargs: Further arguments of ``run``.
        """
        run = self.start(self._managed_task(task), additional_args=additional_args, **kwargs)
        await run.carry_out()
        return self._report(run)

    @property
    def json_schema(self) -> dict[str, Any]:
        """The function schema by which the agent is offered to a manager's model."""
        return ManagedAgentTool(self.name or "", self.description or "").json_schema

    def _managed_run(
        self, task: str, additional_args: Mapping[str, Any] | None, manager: AgentRun[Any]
    ) -> AgentRun[OutputT]:
        return AgentRun(
            self,
            self._managed_task(task),
            additional_args=additional_args,
            max_steps=self.max_steps,
            usage_limits=self.usage_limits,
            manager=manager,
        )

    def _managed_task(self, task: str) -> str:
        template = self.prompt_templates["managed_agent"]["task"]
        return populate_template(template, {"name": self.name, "task": check_task(task)})

    def _report(self, run: AgentRun[OutputT]) -> str:
        template = self.prompt_templates["managed_agent"]["report"]
        report = populate_template(template, {"name": self.name, "final_answer": run.output})
        return report + (summarize_work(run.memory) if self.provide_run_summary else "")

    # What the run that finished last left behind -----------------------------------------------------

    @property
    def memory(self) -> AgentMemory:
        """The memory of the run that finished last; an empty one before the first."""
        return self._run_by_hand().memory

    @property
    def state(self) -> dict[str, Any]:
        """The variables of the run that finished last."""
        return self._run_by_hand().state

    @property
    def monitor(self) -> Monitor | None:
        """The figures of the run that finished last; None before the first."""
        return None if self._last_run is None else self._last_run.monitor

    @property
    def last_result(self) -> RunResult[OutputT] | None:
        """The whole result of the run that finished last; None before the first."""
        return None if self._last_run is None else self._last_run.result()

    def write_memory_to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        """Return the memory of the run that finished last as messages."""
        return self.memory.to_messages(summary_mode)

    async def provide_final_answer(self, task: str) -> ChatMessage:
        """Ask the model for an answer from what the run that finished last has done.

        Args:
            task: What the answer is to be about.

        Raises:
            AgentGenerationError: The model could not be asked.
        """
        return await self._run_by_hand().provide_final_answer(task)

    def extract_action(self, model_output: str, split_token: str) -> tuple[str, str]:
        """Split a reply at the last ``split_token``: into the thought before it and the action behind it.

        Raises:
            AgentParsingError: It is not there.
        """
        thought, found, action = model_output.rpartition(split_token)
        if not found:
            raise AgentParsingError(
                f"The reply has no {split_token!r}: write your thought, {split_token!r}, then the action."
            )
        return thought.strip(), action.strip()

    def replay(self, detailed: bool = False) -> None:
        """Print what the run that finished last did.

        Args:
            detailed: Show also what the model was sent at each step.
        """
        from ..._core.display.render import replay_memory

        replay_memory(self.memory, self.logger, detailed)

    def visualize(self) -> None:
        """Print the agent and its tools as a tree."""
        self.logger.visualize_agent_tree(self)

    # Prompts ------------------------------------------------------------------------------------------

    def default_prompt_templates(self) -> PromptTemplates:
        """Return the prompts to use where the user gives none."""
        raise NotImplementedError(f"{type(self).__name__} has no prompts of its own: pass prompt_templates.")

    @property
    def system_prompt(self) -> str:
        """The system prompt, rendered from the templates as they are now."""
        return self.initialize_system_prompt()

    def initialize_system_prompt(self) -> str:
        """Render the system prompt. Called once for every run."""
        raise NotImplementedError

    def example_messages(self) -> list[ChatMessage]:
        """Return the chat turns that stand between system prompt and task, where the templates have some."""
        return []

    # Acting -------------------------------------------------------------------------------------------

    def _make_base_tools(self) -> dict[str, Tool]:
        from ..tools.base_tools import make_base_tools

        return {tool.name: tool for tool in make_base_tools(writes_code=self.writes_code)}

    def _step_stream(self, run: AgentRun[OutputT], step: ActionStep) -> AsyncIterator[StreamEvent]:
        """Carry out one step of a run: ask the model, act, note the outcome on ``step``."""
        raise NotImplementedError

    async def _open_session(self, run: AgentRun[OutputT], variables: Mapping[str, Any]) -> Any:
        """Return a new executor session for a run, for agents that run code."""
        raise NotImplementedError(f"{type(self).__name__} runs no code.")

    # Life ---------------------------------------------------------------------------------------------

    async def aclose(self) -> None:
        """Give up what the run that finished last still holds. The agent can be used again."""
        last, self._last_run = self._last_run, None
        if last is not None:
            await last.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run_ended(self, run: AgentRun[OutputT]) -> None:
        """Make a run the one that finished last, and let go of the one before it."""
        self._active_runs.pop(id(run), None)
        previous, self._last_run = self._last_run, run
        if previous is not None and previous is not run and not previous.is_kept:
            await previous.aclose()
