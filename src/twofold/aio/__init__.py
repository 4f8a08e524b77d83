"""The async API of twofold: for servers, and for thousands of agents on one event loop.

The same names as in ``twofold``, with the same behaviour; what waits is awaited.

Example:
    >>> from twofold.aio import CodeAgent, LocalModel, tool
    >>> agent = CodeAgent(tools=[], model=LocalModel())
    >>> await agent.run("What is the 20th Fibonacci number?")  # doctest: +SKIP
    6765
"""

from typing import TYPE_CHECKING

from .._core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .._async.agents.base import MultiStepAgent
    from .._async.agents.code import CodeAgent
    from .._async.agents.context import SummarizeOldSteps
    from .._async.agents.description import open_agent
    from .._async.agents.run import AgentRun
    from .._async.agents.tool_calling import ToolCallingAgent
    from .._async.executors.base import ExecutorSession, PythonExecutor
    from .._async.executors.local import LocalPythonExecutor
    from .._async.mcp.client import MCPClient
    from .._async.mcp.serving import serve_mcp
    from .._async.mcp.tool import McpTool
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
    from .._async.redis_storage import RedisStorage
    from .._async.tools.base_tools import BASE_TOOLS, TOOL_MAPPING
    from .._async.tools.browser import Browser
    from .._async.tools.collection import ToolCollection
    from .._async.tools.pipeline import PipelineTool
    from .._async.tools.python_interpreter import PythonInterpreterTool
    from .._async.tools.sharing import load_space_tool, load_tool, push_tool
    from .._async.tools.speech_to_text import SpeechToTextTool
    from .._async.tools.user_input import UserInputTool
    from .._async.tools.visit_webpage import VisitWebpageTool
    from .._async.tools.web_client import WebClient
    from .._async.tools.web_search import (
        ApiWebSearchTool,
        DuckDuckGoSearchTool,
        GoogleSearchTool,
        WebSearchTool,
    )
    from .._async.tools.wikipedia_search import WikipediaSearchTool
    from .._async.ui.gradio_ui import GradioUI
    from .._core.agents.callbacks import CallbackRegistry, StepCallback
    from .._core.agents.context import ContextLimit, ContextOverflow, SummaryStep, drop_old_steps
    from .._core.agents.events import ActionOutput, ManagedAgentEvent, PrintOutput, StreamEvent, ToolOutput
    from .._core.agents.final_answer import FinalAnswerTool
    from .._core.agents.memory import (
        ActionStep,
        AgentMemory,
        FinalAnswerStep,
        MemoryStep,
        PlanningStep,
        SystemPromptStep,
        TaskStep,
        ToolCall,
    )
    from .._core.agents.results import Monitor, RunResult
    from .._core.display.logging import AgentLogger, LogLevel
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
        BrowserError,
        CodeExecutionError,
        CodeSyntaxError,
        ConfigurationError,
        ContentFiltered,
        ContextLengthExceeded,
        ExecutionCancelled,
        ExecutionTimeout,
        ForbiddenOperation,
        HubError,
        InterpreterError,
        MalformedReply,
        MalformedToolArguments,
        McpConnectionError,
        McpError,
        McpTimeout,
        McpToolError,
        MissingExtraError,
        ModelAuthenticationError,
        ModelError,
        ModelNotFoundError,
        ModelRequestError,
        ModelTimeout,
        OperationLimitExceeded,
        ProviderUnavailable,
        RateLimited,
        RateLimiterUnavailable,
        ToolCallRefused,
        TwofoldError,
        UsageLimitExceeded,
        WebAddressRefused,
        WebRequestError,
        WeightsError,
    )
    from .._core.interpreter.output import CodeOutput
    from .._core.limits.retries import RetryEvent, RetryPolicy
    from .._core.mcp.requests import McpElicitation, McpLogMessage, McpProgress, McpSamplingRequest
    from .._core.media.agent_types import (
        AgentAudio,
        AgentImage,
        AgentText,
        AgentType,
        handle_agent_input_types,
        handle_agent_output_types,
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
    from .._core.models.capabilities import REMOVE_PARAMETER
    from .._core.prompts import (
        EMPTY_PROMPT_TEMPLATES,
        FinalAnswerPromptTemplate,
        ManagedAgentPromptTemplate,
        PlanningPromptTemplate,
        PromptTemplates,
        load_prompt_templates,
        populate_template,
    )
    from .._core.sharing.definition_code import get_tools_definition_code
    from .._core.sharing.gradio_demo import launch_gradio_demo
    from .._core.sharing.space import SpaceTool
    from .._core.telemetry import ModelPrice, instrument, uninstrument
    from .._core.tools.schema import AUTHORIZED_TYPES
    from .._core.tools.tool import BaseTool, Tool, get_json_schema, tool, validate_tool_arguments
    from .._core.usage import RunUsage, Timing, TokenUsage, UsageLimits
    from .._core.version import __version__
    from .._core.web.replies import WebResponse
    from .._core.web.search import SearchEngine, SearchResult

__all__ = [
    "AUTHORIZED_TYPES",
    "ActionOutput",
    "ActionStep",
    "AgentAudio",
    "AgentError",
    "AgentExecutionError",
    "AgentGenerationError",
    "AgentImage",
    "AgentInterrupted",
    "AgentLogger",
    "AgentMaxStepsError",
    "AgentMemory",
    "AgentParsingError",
    "AgentRun",
    "AgentText",
    "AgentToolCallError",
    "AgentToolExecutionError",
    "AgentType",
    "AmazonBedrockModel",
    "AmazonBedrockServerModel",
    "ApiModel",
    "ApiWebSearchTool",
    "AzureOpenAIModel",
    "AzureOpenAIServerModel",
    "BASE_TOOLS",
    "BaseTool",
    "BrokenStream",
    "Browser",
    "BrowserError",
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
    "DuckDuckGoSearchTool",
    "EMPTY_PROMPT_TEMPLATES",
    "ExecutionCancelled",
    "ExecutionTimeout",
    "ExecutorSession",
    "FallbackModel",
    "FinalAnswerPromptTemplate",
    "FinalAnswerStep",
    "FinalAnswerTool",
    "ForbiddenOperation",
    "FunctionModel",
    "GoogleSearchTool",
    "GradioUI",
    "HubError",
    "InferenceClientModel",
    "InterpreterError",
    "LiteLLMModel",
    "LiteLLMRouterModel",
    "LocalModel",
    "LocalPythonExecutor",
    "LogLevel",
    "MCPClient",
    "MalformedReply",
    "MalformedToolArguments",
    "ManagedAgentEvent",
    "ManagedAgentPromptTemplate",
    "McpConnectionError",
    "McpElicitation",
    "McpError",
    "McpLogMessage",
    "McpProgress",
    "McpSamplingRequest",
    "McpTimeout",
    "McpTool",
    "McpToolError",
    "MemoryStep",
    "MessageRole",
    "MissingExtraError",
    "Model",
    "ModelAuthenticationError",
    "ModelError",
    "ModelNotFoundError",
    "ModelPrice",
    "ModelRequestError",
    "ModelTimeout",
    "Monitor",
    "MultiStepAgent",
    "OpenAIModel",
    "OpenAIServerModel",
    "OperationLimitExceeded",
    "PipelineTool",
    "PlanningPromptTemplate",
    "PlanningStep",
    "PrintOutput",
    "PromptTemplates",
    "ProviderUnavailable",
    "PythonExecutor",
    "PythonInterpreterTool",
    "REMOVE_PARAMETER",
    "RateLimited",
    "RateLimiter",
    "RateLimiterUnavailable",
    "RedisStorage",
    "RetryEvent",
    "RetryPolicy",
    "RunResult",
    "RunUsage",
    "SearchEngine",
    "SearchResult",
    "SpaceTool",
    "SpeechToTextTool",
    "StepCallback",
    "StreamEvent",
    "SummarizeOldSteps",
    "SummaryStep",
    "SystemPromptStep",
    "TOOL_MAPPING",
    "TaskStep",
    "Timing",
    "TokenUsage",
    "Tool",
    "ToolCall",
    "ToolCallRefused",
    "ToolCallingAgent",
    "ToolCollection",
    "ToolOutput",
    "TransformersModel",
    "TwofoldError",
    "UsageLimitExceeded",
    "UsageLimits",
    "UserInputTool",
    "VisitWebpageTool",
    "WebAddressRefused",
    "WebClient",
    "WebRequestError",
    "WebResponse",
    "WebSearchTool",
    "WeightsError",
    "WikipediaSearchTool",
    "__version__",
    "agglomerate_stream_deltas",
    "drop_old_steps",
    "get_json_schema",
    "get_tools_definition_code",
    "handle_agent_input_types",
    "handle_agent_output_types",
    "instrument",
    "launch_gradio_demo",
    "load_prompt_templates",
    "load_space_tool",
    "load_tool",
    "open_agent",
    "populate_template",
    "push_tool",
    "serve_mcp",
    "tool",
    "uninstrument",
    "validate_tool_arguments",
]

# the same names at run time: each module is imported when one of its names is first used
__getattr__, __dir__ = lazy_names(
    __name__,
    {
        ".._async.agents.base": "MultiStepAgent",
        ".._async.agents.code": "CodeAgent",
        ".._async.agents.context": "SummarizeOldSteps",
        ".._async.agents.description": "open_agent",
        ".._async.agents.run": "AgentRun",
        ".._async.agents.tool_calling": "ToolCallingAgent",
        ".._async.executors.base": "ExecutorSession PythonExecutor",
        ".._async.executors.local": "LocalPythonExecutor",
        ".._async.mcp.client": "MCPClient",
        ".._async.mcp.serving": "serve_mcp",
        ".._async.mcp.tool": "McpTool",
        ".._async.models.api": "ApiModel",
        ".._async.models.azure": "AzureOpenAIModel AzureOpenAIServerModel",
        ".._async.models.base": "Model",
        ".._async.models.bedrock": "AmazonBedrockModel AmazonBedrockServerModel",
        ".._async.models.fallback": "FallbackModel",
        ".._async.models.function": "FunctionModel",
        ".._async.models.inference_client": "InferenceClientModel",
        ".._async.models.litellm": "LiteLLMModel LiteLLMRouterModel",
        ".._async.models.local": "LocalModel",
        ".._async.models.openai": "OpenAIModel OpenAIServerModel",
        ".._async.models.transformers": "TransformersModel",
        ".._async.rate_limiter": "RateLimiter",
        ".._async.redis_storage": "RedisStorage",
        ".._async.tools.base_tools": "BASE_TOOLS TOOL_MAPPING",
        ".._async.tools.browser": "Browser",
        ".._async.tools.collection": "ToolCollection",
        ".._async.tools.pipeline": "PipelineTool",
        ".._async.tools.python_interpreter": "PythonInterpreterTool",
        ".._async.tools.sharing": "load_space_tool load_tool push_tool",
        ".._async.tools.speech_to_text": "SpeechToTextTool",
        ".._async.tools.user_input": "UserInputTool",
        ".._async.tools.visit_webpage": "VisitWebpageTool",
        ".._async.tools.web_client": "WebClient",
        ".._async.tools.web_search": "ApiWebSearchTool DuckDuckGoSearchTool GoogleSearchTool WebSearchTool",
        ".._async.tools.wikipedia_search": "WikipediaSearchTool",
        ".._async.ui.gradio_ui": "GradioUI",
        ".._core.media.agent_types": (
            "AgentAudio AgentImage AgentText AgentType handle_agent_input_types handle_agent_output_types"
        ),
        ".._core.agents.callbacks": "CallbackRegistry StepCallback",
        ".._core.agents.context": "ContextLimit ContextOverflow SummaryStep drop_old_steps",
        ".._core.errors": (
            "AgentError AgentExecutionError AgentGenerationError AgentInterrupted AgentMaxStepsError "
            "AgentParsingError AgentToolCallError AgentToolExecutionError BrokenStream BrowserError CodeExecutionError "
            "CodeSyntaxError ConfigurationError ContentFiltered ContextLengthExceeded ExecutionCancelled "
            "ExecutionTimeout ForbiddenOperation HubError InterpreterError MalformedReply "
            "MalformedToolArguments McpConnectionError McpError McpTimeout McpToolError MissingExtraError "
            "ModelAuthenticationError ModelError ModelNotFoundError ModelRequestError ModelTimeout "
            "OperationLimitExceeded ProviderUnavailable RateLimited RateLimiterUnavailable "
            "ToolCallRefused TwofoldError UsageLimitExceeded WebAddressRefused WebRequestError "
            "WeightsError"
        ),
        ".._core.agents.events": "ActionOutput ManagedAgentEvent PrintOutput StreamEvent ToolOutput",
        ".._core.agents.final_answer": "FinalAnswerTool",
        ".._core.interpreter.output": "CodeOutput",
        ".._core.display.logging": "AgentLogger LogLevel",
        ".._core.mcp.requests": "McpElicitation McpLogMessage McpProgress McpSamplingRequest",
        ".._core.agents.memory": (
            "ActionStep AgentMemory FinalAnswerStep MemoryStep PlanningStep SystemPromptStep TaskStep "
            "ToolCall"
        ),
        ".._core.messages": (
            "ChatMessage ChatMessageStreamDelta ChatMessageToolCall ChatMessageToolCallFunction "
            "ChatMessageToolCallStreamDelta MessageRole agglomerate_stream_deltas"
        ),
        ".._core.models.capabilities": "REMOVE_PARAMETER",
        ".._core.prompts": (
            "EMPTY_PROMPT_TEMPLATES FinalAnswerPromptTemplate ManagedAgentPromptTemplate "
            "PlanningPromptTemplate PromptTemplates load_prompt_templates populate_template"
        ),
        ".._core.agents.results": "Monitor RunResult",
        ".._core.limits.retries": "RetryEvent RetryPolicy",
        ".._core.tools.schema": "AUTHORIZED_TYPES",
        ".._core.sharing.definition_code": "get_tools_definition_code",
        ".._core.sharing.gradio_demo": "launch_gradio_demo",
        ".._core.sharing.space": "SpaceTool",
        ".._core.telemetry": "ModelPrice instrument uninstrument",
        ".._core.tools.tool": "BaseTool Tool get_json_schema tool validate_tool_arguments",
        ".._core.usage": "RunUsage Timing TokenUsage UsageLimits",
        ".._core.version": "__version__",
        ".._core.web.replies": "WebResponse",
        ".._core.web.search": "SearchEngine SearchResult",
    },
)
