"""twofold: LLM agents that act by writing Python code, or by calling tools.

This is the sync API, for scripts, notebooks and servers with threads. ``twofold.aio`` is the async one: the
same names, with the same behaviour.

Example:
    >>> from twofold import CodeAgent, LocalModel, tool
    >>> agent = CodeAgent(tools=[], model=LocalModel())
    >>> agent.run("What is the 20th Fibonacci number?")  # doctest: +SKIP
    6765
"""

from ._core.callbacks import CallbackRegistry, StepCallback
from ._core.context import ContextLimit, ContextOverflow, SummaryStep, drop_old_steps
from ._core.errors import (
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
from ._core.events import ActionOutput, ManagedAgentEvent, PrintOutput, StreamEvent, ToolOutput
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
from ._core.prompts import EMPTY_PROMPT_TEMPLATES, PromptTemplates, load_prompt_templates, populate_template
from ._core.results import Monitor, RunResult
from ._core.retries import RetryEvent, RetryPolicy
from ._core.tool import Tool, tool
from ._core.usage import RunUsage, Timing, TokenUsage, UsageLimits
from ._core.version import __version__
from ._sync.agents.base import MultiStepAgent
from ._sync.agents.code import CodeAgent
from ._sync.agents.context import SummarizeOldSteps
from ._sync.agents.run import AgentRun
from ._sync.agents.tool_calling import ToolCallingAgent
from ._sync.executors.base import ExecutorSession, PythonExecutor
from ._sync.executors.local import LocalPythonExecutor
from ._sync.models.api import ApiModel
from ._sync.models.azure import AzureOpenAIModel, AzureOpenAIServerModel
from ._sync.models.base import Model
from ._sync.models.bedrock import AmazonBedrockModel, AmazonBedrockServerModel
from ._sync.models.fallback import FallbackModel
from ._sync.models.function import FunctionModel
from ._sync.models.inference_client import InferenceClientModel
from ._sync.models.litellm import LiteLLMModel, LiteLLMRouterModel
from ._sync.models.local import LocalModel
from ._sync.models.openai import OpenAIModel, OpenAIServerModel
from ._sync.models.transformers import TransformersModel
from ._sync.rate_limiter import RateLimiter
from ._sync.tools.python_interpreter import PythonInterpreterTool

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
