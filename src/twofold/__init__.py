"""twofold: LLM agents that act by writing Python code, or by calling tools.

This is the sync API, for scripts, notebooks and servers with threads. ``twofold.aio`` is the async one: the
same names, with the same behaviour.

Example:
    >>> from twofold import CodeAgent, LocalModel, tool
    >>> agent = CodeAgent(tools=[], model=LocalModel())
    >>> agent.run("What is the 20th Fibonacci number?")  # doctest: +SKIP
    6765
"""

from ._core.callbacks import StepCallback
from ._core.errors import (
    AgentError,
    AgentExecutionError,
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    AgentParsingError,
    AgentToolCallError,
    AgentToolExecutionError,
    CodeExecutionError,
    CodeSyntaxError,
    ConfigurationError,
    ExecutionCancelled,
    ExecutionTimeout,
    ForbiddenOperation,
    InterpreterError,
    MissingExtraError,
    ModelError,
    OperationLimitExceeded,
    TwofoldError,
    WeightsError,
)
from ._core.events import ActionOutput, StreamEvent, ToolOutput
from ._core.final_answer import FinalAnswerTool
from ._core.interpreter.output import CodeOutput
from ._core.logging import AgentLogger, LogLevel
from ._core.memory import (
    ActionStep,
    AgentMemory,
    FinalAnswerStep,
    MemoryStep,
    PlanningStep,
    SystemPromptStep,
    TaskStep,
    ToolCall,
)
from ._core.messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ChatMessageToolCallStreamDelta,
    MessageRole,
    agglomerate_stream_deltas,
)
from ._core.model_capabilities import REMOVE_PARAMETER
from ._core.prompts import PromptTemplates, load_prompt_templates, populate_template
from ._core.results import Monitor, RunResult
from ._core.tool import Tool, tool
from ._core.usage import RunUsage, Timing, TokenUsage
from ._core.version import __version__
from ._sync.agents.base import MultiStepAgent
from ._sync.agents.code import CodeAgent
from ._sync.agents.run import AgentRun
from ._sync.executors.base import ExecutorSession, PythonExecutor
from ._sync.executors.local import LocalPythonExecutor
from ._sync.models.base import Model
from ._sync.models.local import LocalModel
from ._sync.models.openai import OpenAIModel, OpenAIServerModel

__all__ = [
    "ActionOutput",
    "ActionStep",
    "AgentError",
    "AgentExecutionError",
    "AgentGenerationError",
    "AgentInterrupted",
    "AgentLogger",
    "AgentMaxStepsError",
    "AgentMemory",
    "AgentParsingError",
    "AgentRun",
    "AgentToolCallError",
    "AgentToolExecutionError",
    "ChatMessage",
    "ChatMessageStreamDelta",
    "ChatMessageToolCall",
    "ChatMessageToolCallFunction",
    "ChatMessageToolCallStreamDelta",
    "CodeAgent",
    "CodeExecutionError",
    "CodeOutput",
    "CodeSyntaxError",
    "ConfigurationError",
    "ExecutionCancelled",
    "ExecutionTimeout",
    "ExecutorSession",
    "FinalAnswerStep",
    "FinalAnswerTool",
    "ForbiddenOperation",
    "InterpreterError",
    "LocalModel",
    "LocalPythonExecutor",
    "LogLevel",
    "MemoryStep",
    "MessageRole",
    "MissingExtraError",
    "Model",
    "ModelError",
    "Monitor",
    "MultiStepAgent",
    "OpenAIModel",
    "OpenAIServerModel",
    "OperationLimitExceeded",
    "PlanningStep",
    "PromptTemplates",
    "PythonExecutor",
    "REMOVE_PARAMETER",
    "RunResult",
    "RunUsage",
    "StepCallback",
    "StreamEvent",
    "SystemPromptStep",
    "TaskStep",
    "Timing",
    "TokenUsage",
    "Tool",
    "ToolCall",
    "ToolOutput",
    "TwofoldError",
    "WeightsError",
    "__version__",
    "agglomerate_stream_deltas",
    "load_prompt_templates",
    "populate_template",
    "tool",
]
