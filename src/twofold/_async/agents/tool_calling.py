"""``ToolCallingAgent``: an agent that acts by calling tools."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.agents.checks import check_max_tool_threads
from ..._core.agents.code_action import stop_sequences
from ..._core.agents.events import ActionOutput, StreamEvent, ToolOutput
from ..._core.agents.managed import ManagedAgentTool
from ..._core.agents.memory import ActionStep, ToolCall
from ..._core.agents.results import OutputT
from ..._core.concurrency import Returned
from ..._core.errors import (
    AgentExecutionError,
    AgentInterrupted,
    ToolCallRefused,
    UsageLimitExceeded,
)
from ..._core.messages import ChatMessage
from ..._core.prompts import PromptTemplates, load_prompt_templates, populate_template
from ..._core.telemetry import begin_tool
from ..._core.tools.tool import Tool
from ..._core.tools.use import (
    FINAL_ANSWER,
    check_answer_stands_alone,
    gather_outputs,
    read_tool_calls,
    tool_observation,
    unknown_tool,
    with_variables,
)
from ..tools.calling import call_tool
from .acting import answering, ask_for_approval, call_agent
from .base import MultiStepAgent
from .run import AgentRun

if TYPE_CHECKING:
    from typing_extensions import TypeForm

__all__ = ["ToolCallingAgent"]


class ToolCallingAgent(MultiStepAgent[OutputT]):
    """An agent whose model calls tools, step by step, until it calls ``final_answer``.

    Models with native tool calls are offered the tools natively; calls that a model writes as text are found
    there. Several calls of one step are made at the same time.

    Args:
        tools: Functions that the model can call; see ``MultiStepAgent``. They may be asynchronous.
        model: The model that chooses the calls.
        prompt_templates: Prompts that replace the usual ones.
        planning_interval: Make a plan before the first step, and bring it up to date every so many steps.
        stream_outputs: Ask the model for a stream, so that ``stream()`` yields its reply as it arrives.
        max_tool_threads: How many calls of one step are under way at the same time; None for all of them.
        output_type: What the answer must be; see ``MultiStepAgent``.
        **kwargs: Arguments of ``MultiStepAgent``.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold.aio import OpenAIModel, ToolCallingAgent
        >>> agent = ToolCallingAgent(tools=[search], model=OpenAIModel("gpt-4o-mini"))  # doctest: +SKIP
        >>> await agent.run("Who wrote the first cookery book in English?")  # doctest: +SKIP
    """

    def __init__(
        self,
        tools: Sequence[Tool | Callable[..., Any]] | Callable[..., Any],
        model: Any,
        prompt_templates: PromptTemplates | None = None,
        planning_interval: int | None = None,
        stream_outputs: bool = False,
        max_tool_threads: int | None = None,
        output_type: TypeForm[OutputT] = Any,
        **kwargs: Any,
    ) -> None:
        self.max_tool_threads = check_max_tool_threads(max_tool_threads)
        super().__init__(
            tools=tools,
            model=model,
            prompt_templates=prompt_templates,
            planning_interval=planning_interval,
            stream_outputs=stream_outputs,
            output_type=output_type,
            **kwargs,
        )
        self._agent_tools = {
            name: ManagedAgentTool(name, agent.description or "")
            for name, agent in self.managed_agents.items()
        }

    @property
    def tools_and_managed_agents(self) -> list[Tool | MultiStepAgent[Any]]:
        """Everything that the model can call."""
        return [*self.tools.values(), *self.managed_agents.values()]

    def default_prompt_templates(self) -> PromptTemplates:
        return load_prompt_templates("toolcalling_agent")

    def initialize_system_prompt(self) -> str:
        variables = {
            "tools": self.tools,
            "managed_agents": self.managed_agents,
            "custom_instructions": self.instructions or "",
        }
        return populate_template(self.prompt_templates["system_prompt"], variables)

    async def _step_stream(self, run: AgentRun[OutputT], step: ActionStep) -> AsyncIterator[StreamEvent]:
        step.model_input_messages = await run.input_messages()
        replies = run.ask(
            step.model_input_messages,
            stop_sequences=stop_sequences(None),
            tools_to_call_from=[*self.tools.values(), *self._agent_tools.values()],
        )
        calls: list[ToolCall] = []
        async with bridge.closing(replies):
            async for reply in replies:
                if isinstance(reply, ChatMessage):
                    calls = self._note_reply(step, reply)
                    run.logger.log_thought(reply.text if reply.tool_calls else "", run)
                else:
                    yield reply
        for call in calls:
            yield call
        check_answer_stands_alone(calls)
        if not run.is_watched:
            yield await self.process_tool_calls(run, step, calls)
            return
        acting = run.act(lambda: self.process_tool_calls(run, step, calls))
        async with bridge.closing(acting):
            async for event in acting:
                yield event.value if isinstance(event, Returned) else event

    def _note_reply(self, step: ActionStep, reply: ChatMessage) -> list[ToolCall]:
        step.model_output_message = reply
        step.model_output = reply.text
        step.token_usage = reply.token_usage
        step.tool_calls = read_tool_calls(
            reply,
            name_key=getattr(self.model, "tool_name_key", "name"),
            arguments_key=getattr(self.model, "tool_arguments_key", "arguments"),
            provider=getattr(self.model, "provider", None),
            model=getattr(self.model, "model_id", None),
        )
        return step.tool_calls

    async def process_tool_calls(
        self, run: AgentRun[OutputT], step: ActionStep, calls: Sequence[ToolCall]
    ) -> ActionOutput:
        """Make the calls of a step, at the same time if there are several, and note what came of them.

        Args:
            run: The run.
            step: The step.
            calls: What the model asked for.

        Returns:
            The answer, or an output that is none.

        Raises:
            AgentExecutionError: Calls failed. The results of the others are on the step.
        """

        async def make(call: ToolCall) -> ToolOutput:
            output = await self._make_call(run, call)
            run.emit(output)
            return output

        if len(calls) == 1:
            outputs = [await make(calls[0])]
        else:
            outputs = await bridge.map_concurrent(make, calls, limit=self.max_tool_threads)
        step.tool_observations, step.observations, failure = gather_outputs(outputs)
        if failure is not None:
            raise failure
        last = outputs[-1]
        step.action_output = last.output
        return ActionOutput(last.output if last.is_final_answer else None, last.is_final_answer)

    async def _make_call(self, run: AgentRun[OutputT], call: ToolCall) -> ToolOutput:
        """Make one call. What goes wrong with it is part of the output, so that the others are not lost."""
        try:
            result = await self._execute_told(run, call)
        except ToolCallRefused as refusal:
            return ToolOutput(call.id, None, False, str(refusal), call)
        except UsageLimitExceeded:
            raise
        except AgentExecutionError as error:
            return ToolOutput(call.id, None, False, str(error), call, error)
        except AgentInterrupted as error:
            if run.is_ending:
                raise
            return ToolOutput(call.id, None, False, str(error), call, AgentExecutionError(str(error)))
        is_answer = call.name == FINAL_ANSWER
        observation = tool_observation(result, {} if is_answer else run.state)
        return ToolOutput(call.id, result, is_answer, observation, call)

    async def _execute_told(self, run: AgentRun[OutputT], call: ToolCall) -> Any:
        tool = self.tools.get(call.name)
        if tool is None:  # an agent, which has a span of its own; or there is no such tool
            return await self.execute_tool_call(run, call.name, call.arguments)
        with begin_tool(run, tool, call.arguments, call.id).carried_out() as operation:
            result = await self.execute_tool_call(run, call.name, call.arguments)
            operation.result(result)
        return result

    async def execute_tool_call(self, run: AgentRun[OutputT], tool_name: str, arguments: Any) -> Any:
        """Call a tool or a managed agent with the arguments that a model chose.

        Args:
            run: The run.
            tool_name: The name of the tool or of the managed agent.
            arguments: The arguments. A text that is the name of a run variable stands for its value.

        Raises:
            AgentToolCallError: The arguments do not fit.
            AgentToolExecutionError: There is no such tool, or it failed.
            ToolCallRefused: The call was not approved.
        """
        tool = self.tools.get(tool_name) or self._agent_tools.get(tool_name)
        if tool is None:
            raise unknown_tool(tool_name, [*self.tools, *self._agent_tools])
        checked = tool.validate_arguments(with_variables(arguments, run.state))
        agent = self.managed_agents.get(tool_name)
        if agent is not None:
            return await call_agent(run, agent, **checked)
        await ask_for_approval(run, tool, checked)
        run.count_tool_call(tool_name)
        with answering(run):
            return await call_tool(tool, (), checked)
