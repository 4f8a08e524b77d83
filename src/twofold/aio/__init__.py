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
from .._async.agents.context import SummarizeOldSteps
from .._async.agents.run import AgentRun
from .._async.agents.tool_calling import ToolCallingAgent
from .._async.executors.base import ExecutorSession, PythonExecutor
from .._async.executors.local import LocalPythonExecutor
from .._async.models.api import ApiModel
from .._async.models.azure import AzureOpenAIModel, AzureOpenAIServerModel
from .._async.models.base import Model
from .._async.models.bedrock import AmazonBedrockModel, AmazonBedrockServerModel
from .._async.models.fallback import FallbackModel
from .._async.models.function import FunctionModel
from .._async.models.inference_client import InferenceClientModel
from .._async.models.litellm import LiteLLMModel, LiteLLMRouterModel
from .._async.models.local import LocalModel
from .._async.models.openai import OpenAIModel, OpenAIServerModel
from .._async.models.transformers import TransformersModel
from .._async.rate_limiter import RateLimiter
from .._async.tools.python_interpreter import PythonInterpreterTool
from .._core.callbacks import CallbackRegistry, StepCallback
from .._core.context import ContextLimit, ContextOverflow, SummaryStep, drop_old_steps
from .._core.errors import (
    AgentError,
    AgentExecutionError,
    AgentGenerationError,
    AgentInterrupted,
    AgentMaxStepsError,
    AgentParsingError,
    AgentToolCallError,
    AgentToolExecutionError,
    BrokenStream,
    CodeExecutionError,
    CodeSyntaxError,
    ConfigurationError,
    ContentFiltered,
    ContextLengthExceeded,
    ExecutionCancelled,
    ExecutionTimeout,
    ForbiddenOperation,
    InterpreterError,
    MalformedReply,
    MissingExtraError,
    ModelAuthenticationError,
    ModelError,
    ModelNotFoundError,
    ModelRequestError,
    ModelTimeout,
    OperationLimitExceeded,
    ProviderUnavailable,
    RateLimited,
    ToolCallRefused,
    TwofoldError,
    UsageLimitExceeded,
    WeightsError,
)
from .._core.events import ActionOutput, ManagedAgentEvent, PrintOutput, StreamEvent, ToolOutput
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
from .._core.prompts import EMPTY_PROMPT_TEMPLATES, PromptTemplates, load_prompt_templates, populate_template
from .._core.results import Monitor, RunResult
from .._core.retries import RetryEvent, RetryPolicy
from .._core.tool import Tool, tool
from .._core.usage import RunUsage, Timing, TokenUsage, UsageLimits
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
    "AmazonBedrockModel",
    "AmazonBedrockServerModel",
    "ApiModel",
    "AzureOpenAIModel",
    "AzureOpenAIServerModel",
    "BrokenStream",
    "CallbackRegistry",
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
    "ContentFiltered",
    "ContextLengthExceeded",
    "ContextLimit",
    "ContextOverflow",
    "EMPTY_PROMPT_TEMPLATES",
    "ExecutionCancelled",
    "ExecutionTimeout",
    "ExecutorSession",
    "FallbackModel",
    "FinalAnswerStep",
    "FinalAnswerTool",
    "ForbiddenOperation",
    "FunctionModel",
    "InferenceClientModel",
    "InterpreterError",
    "LiteLLMModel",
    "LiteLLMRouterModel",
    "LocalModel",
    "LocalPythonExecutor",
    "LogLevel",
    "MalformedReply",
    "ManagedAgentEvent",
    "MemoryStep",
    "MessageRole",
    "MissingExtraError",
    "Model",
    "ModelAuthenticationError",
    "ModelError",
    "ModelNotFoundError",
    "ModelRequestError",
    "ModelTimeout",
    "Monitor",
    "MultiStepAgent",
    "OpenAIModel",
    "OpenAIServerModel",
    "OperationLimitExceeded",
    "PlanningStep",
    "PrintOutput",
    "PromptTemplates",
    "ProviderUnavailable",
    "PythonExecutor",
    "PythonInterpreterTool",
    "REMOVE_PARAMETER",
    "RateLimited",
    "RateLimiter",
    "RetryEvent",
    "RetryPolicy",
    "RunResult",
    "RunUsage",
    "StepCallback",
    "StreamEvent",
    "SummarizeOldSteps",
    "SummaryStep",
    "SystemPromptStep",
    "TaskStep",
    "Timing",
    "TokenUsage",
    "Tool",
    "ToolCall",
    "ToolCallRefused",
    "ToolCallingAgent",
    "ToolOutput",
    "TransformersModel",
    "TwofoldError",
    "UsageLimitExceeded",
    "UsageLimits",
    "WeightsError",
    "__version__",
    "agglomerate_stream_deltas",
    "drop_old_steps",
    "load_prompt_templates",
    "populate_template",
    "tool",
]
