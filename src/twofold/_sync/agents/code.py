# Generated from src/twofold/_async/agents/code.py by `nox -s codegen`. Do not edit.
"""``CodeAgent``: an agent that acts by writing Python code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.agents.code_action import (
    CODE_RESPONSE_FORMAT,
    PYTHON_INTERPRETER,
    describe_output,
    stop_sequences,
)
from ..._core.agents.events import ActionOutput, StreamEvent
from ..._core.agents.memory import ActionStep, ToolCall
from ..._core.agents.results import OutputT
from ..._core.concurrency import Returned
from ..._core.errors import AgentExecutionError, AgentParsingError, ConfigurationError, InterpreterError
from ..._core.messages import ChatMessage, MessageRole
from ..._core.parsing import (
    CodeBlockTags,
    parse_code_blobs,
    parse_thought_and_code,
    resolve_code_block_tags,
)
from ..._core.prompts import PromptTemplates, load_prompt_templates, populate_template
from ..._core.tools.tool import Tool
from ..executors.base import ExecutorSession, PythonExecutor
from ..executors.local import LocalPythonExecutor
from .base import MultiStepAgent
from .bound_tool import BoundAgent, BoundTool
from .run import AgentRun

if TYPE_CHECKING:
    from typing_extensions import TypeForm

__all__ = ["CodeAgent"]


class CodeAgent(MultiStepAgent[OutputT]):
    """An agent whose model writes Python, which is run step by step until it calls ``final_answer``.

    Args:
        tools: Functions that the code can call; see ``MultiStepAgent``. They may be asynchronous: the code
            calls them like any other function.
        model: The model that writes the code.
        prompt_templates: Prompts that replace the usual ones.
        additional_authorized_imports: Modules that the code may import besides the harmless ones of the
            standard library, e.g. ``["numpy", "pandas.*"]``; ``"*"`` allows all.
        executor: What runs the code; a ``LocalPythonExecutor`` if None.
        executor_type: Which executor to make if there is none: ``"local"``. Others are passed as ``executor``.
        executor_kwargs: Arguments of the executor that is made, e.g. ``{"timeout_seconds": 60}``.
        max_print_outputs_length: How many characters of a step's prints are kept.
        use_structured_outputs_internally: Ask the model for JSON with ``thought`` and ``code``.
        code_block_tags: The texts around the code: a pair, or ``"markdown"``. ``<code>`` and ``</code>`` if
            None.
        output_type: What the answer must be; see ``MultiStepAgent``.
        **kwargs: Arguments of ``MultiStepAgent``.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold import CodeAgent, LocalModel
        >>> agent = CodeAgent(tools=[], model=LocalModel())
        >>> agent.run("What is the 20th Fibonacci number?")  # doctest: +SKIP
        6765
    """

    def __init__(
        self,
        tools: Sequence[Tool | Callable[..., Any]] | Callable[..., Any],
        model: Any,
        prompt_templates: PromptTemplates | None = None,
        additional_authorized_imports: Sequence[str] | None = None,
        executor: PythonExecutor | None = None,
        executor_type: str = "local",
        executor_kwargs: dict[str, Any] | None = None,
        max_print_outputs_length: int | None = None,
        use_structured_outputs_internally: bool = False,
        code_block_tags: str | tuple[str, str] | None = None,
        output_type: TypeForm[OutputT] = Any,
        **kwargs: Any,
    ) -> None:
        self.code_block_tags: CodeBlockTags = resolve_code_block_tags(code_block_tags)
        self.use_structured_outputs_internally = use_structured_outputs_internally
        self.additional_authorized_imports = additional_authorized_imports or ()
        self.executor_type = executor_type
        self.executor_kwargs = executor_kwargs or {}
        self.max_print_outputs_length = max_print_outputs_length
        self.executor: PythonExecutor = executor or self.create_python_executor()
        self._prompt_profile = getattr(model, "prompt_profile", None)
        super().__init__(
            tools=tools, model=model, prompt_templates=prompt_templates, output_type=output_type, **kwargs
        )

    writes_code = True

    def create_python_executor(self) -> PythonExecutor:
        """Make the executor of an agent that was given none.

        Raises:
            ConfigurationError: ``executor_type`` or ``executor_kwargs`` are not what they have to be.
        """
        if self.executor_type != "local":
            raise ConfigurationError(
                f"executor_type must be 'local', not {self.executor_type!r}: executors of other kinds are "
                "made by you and passed as executor=, which takes anything with the method open() of "
                "PythonExecutor."
            )
        arguments = {"max_print_outputs_length": self.max_print_outputs_length, **self.executor_kwargs}
        try:
            return LocalPythonExecutor(self.additional_authorized_imports, **arguments)
        except TypeError as error:
            raise ConfigurationError(
                f"executor_kwargs are no arguments of LocalPythonExecutor: {error}."
            ) from error

    @property
    def authorized_imports(self) -> list[str]:
        """The modules that the code may import."""
        return list(getattr(self.executor, "authorized_imports", ()))

    def default_prompt_templates(self) -> PromptTemplates:
        if self.use_structured_outputs_internally:
            return load_prompt_templates("structured_code_agent")
        return load_prompt_templates("code_agent_small" if self._prompt_profile == "small" else "code_agent")

    def initialize_system_prompt(self) -> str:
        return populate_template(self.prompt_templates["system_prompt"], self._prompt_variables())

    def example_messages(self) -> list[ChatMessage]:
        variables = self._prompt_variables()
        return [
            ChatMessage(role=MessageRole(turn["role"]), content=populate_template(turn["content"], variables))
            for turn in self.prompt_templates.get("examples", ())
        ]

    def _prompt_variables(self) -> dict[str, Any]:
        imports = self.authorized_imports
        return {
            "tools": self.tools,
            "managed_agents": self.managed_agents,
            "authorized_imports": "any installed module" if "*" in imports else ", ".join(imports),
            "custom_instructions": self.instructions or "",
            "code_block_opening_tag": self.code_block_tags.opening,
            "code_block_closing_tag": self.code_block_tags.closing,
        }

    def _open_session(self, run: AgentRun[OutputT], variables: Mapping[str, Any]) -> ExecutorSession:
        functions: dict[str, Callable[..., Any]] = {
            name: BoundTool(run, tool) for name, tool in self.tools.items()
        }
        functions.update((name, BoundAgent(run, agent)) for name, agent in self.managed_agents.items())
        return self.executor.open(functions, variables)

    def _step_stream(self, run: AgentRun[OutputT], step: ActionStep) -> Iterator[StreamEvent]:
        step.model_input_messages = run.input_messages()
        replies = run.ask(step.model_input_messages, **self._request_parameters())
        with bridge.closing(replies):
            for reply in replies:
                if isinstance(reply, ChatMessage):
                    self._note_reply(step, reply)
                else:
                    yield reply
        thought, code = self._parse_reply(step)
        run.logger.log_thought(thought, run)
        call = ToolCall(name=PYTHON_INTERPRETER, arguments=code, id=f"call_{len(run.memory.steps)}")
        step.code_action = code
        step.tool_calls = [call]
        yield call
        if not run.is_watched:
            yield self._execute(run, step, code)
            return
        acting = run.act(lambda: self._execute(run, step, code))
        with bridge.closing(acting):
            for event in acting:
                yield event.value if isinstance(event, Returned) else event

    def _request_parameters(self) -> dict[str, Any]:
        if self.use_structured_outputs_internally:
            return {"stop_sequences": stop_sequences(None), "response_format": CODE_RESPONSE_FORMAT}
        tags = self.code_block_tags
        # a model of the user's own may have generate() and nothing else
        hold_to_form = getattr(self.model, "code_block_parameters", None)
        form = hold_to_form(tags.opening, tags.closing, self.authorized_imports) if hold_to_form else {}
        return {"stop_sequences": stop_sequences(tags), **form}

    def _note_reply(self, step: ActionStep, reply: ChatMessage) -> None:
        text = reply.text
        if not self.use_structured_outputs_internally:
            text = self.code_block_tags.close(text)
        step.model_output_message = reply
        step.model_output = text
        step.token_usage = reply.token_usage

    def _parse_reply(self, step: ActionStep) -> tuple[str, str]:
        """Return the thought and the code of a reply.

        Raises:
            AgentParsingError: There is no code in it.
        """
        text = step.model_output
        if not isinstance(text, str) or not text.strip():
            raise AgentParsingError("The reply was empty. Write a thought and a code block.")
        if self.use_structured_outputs_internally:
            return parse_thought_and_code(text)
        code = parse_code_blobs(text, self.code_block_tags)
        return text.partition(self.code_block_tags.opening)[0], code

    def cleanup(self) -> None:
        """Do what ``close`` does."""
        self.close()

    def _execute(self, run: AgentRun[OutputT], step: ActionStep, code: str) -> ActionOutput:
        session = run.session()
        try:
            with run.trace.begin_code(run, code):
                output = session.execute(code)
        except InterpreterError as error:
            if error.logs:
                step.observations = describe_output(error.logs)
            raise AgentExecutionError(str(error)) from error
        shown = None if output.is_final_answer else output.output
        step.observations = describe_output(output.logs, shown, output.text)
        step.action_output = output.output
        return ActionOutput(output=output.output, is_final_answer=output.is_final_answer)
