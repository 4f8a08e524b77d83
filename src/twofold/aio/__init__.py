"""The async API of twofold: for servers, and for thousands of agents on one event loop.

The same names as in ``twofold``, with the same behaviour; what waits is awaited.

Example:
    >>> from twofold.aio import CodeAgent, LocalModel, tool
    >>> agent = CodeAgent(tools=[], model=LocalModel())
    >>> await agent.run("What is the 20th Fibonacci number?")  # doctest: +SKIP
    6765
"""

from .._async.agents.base import MultiStepAgent
from .._async.agents.code import CodeAgent
from .._async.agents.run import AgentRun
from .._async.executors.base import ExecutorSession, PythonExecutor
from .._async.executors.local import LocalPythonExecutor
from .._async.models.base import Model
from .._async.models.local import LocalModel
from .._async.models.openai import OpenAIModel, OpenAIServerModel
from .._core.callbacks import StepCallback
from .._core.errors import (
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
from .._core.events import ActionOutput, StreamEvent, ToolOutput
from .._core.final_answer import FinalAnswerTool
from .._core.interpreter.output import CodeOutput
from .._core.logging import AgentLogger, LogLevel
from .._core.memory import (
    ActionStep,
    AgentMemory,
    FinalAnswerStep,
    MemoryStep,
    PlanningStep,
    SystemPromptStep,
    TaskStep,
    ToolCall,
)
from .._core.messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ChatMessageToolCallStreamDelta,
    MessageRole,
    agglomerate_stream_deltas,
)
from .._core.model_capabilities import REMOVE_PARAMETER
from .._core.prompts import PromptTemplates, load_prompt_templates, populate_template
from .._core.results import Monitor, RunResult
from .._core.tool import Tool, tool
from .._core.usage import RunUsage, Timing, TokenUsage
from .._core.version import __version__

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
