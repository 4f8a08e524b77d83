"""twofold: LLM agents that act by writing Python code, or by calling tools.

This is the sync API, for scripts, notebooks and servers with threads. ``twofold.aio`` is the async one: the
same names, with the same behaviour.

Example:
    >>> from twofold import CodeAgent, LocalModel, tool
    >>> agent = CodeAgent(tools=[], model=LocalModel())
    >>> agent.run("What is the 20th Fibonacci number?")  # doctest: +SKIP
    6765
"""

from typing import TYPE_CHECKING

from ._core.lazy_names import lazy_names

if TYPE_CHECKING:
    from ._core.agents.callbacks import CallbackRegistry, StepCallback
    from ._core.agents.context import ContextLimit, ContextOverflow, SummaryStep, drop_old_steps
    from ._core.agents.events import ActionOutput, ManagedAgentEvent, PrintOutput, StreamEvent, ToolOutput
    from ._core.agents.final_answer import FinalAnswerTool
    from ._core.agents.memory import (
        ActionStep,
        AgentMemory,
        FinalAnswerStep,
        MemoryStep,
        PlanningStep,
        SystemPromptStep,
        TaskStep,
        ToolCall,
    )
    from ._core.agents.results import Monitor, RunResult
    from ._core.display.logging import AgentLogger, LogLevel
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
    from ._core.interpreter.output import CodeOutput
    from ._core.limits.retries import RetryEvent, RetryPolicy
    from ._core.mcp.requests import McpElicitation, McpLogMessage, McpProgress, McpSamplingRequest
    from ._core.media.agent_types import (
        AgentAudio,
        AgentImage,
        AgentText,
        AgentType,
        handle_agent_input_types,
        handle_agent_output_types,
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
    from ._core.models.capabilities import REMOVE_PARAMETER
    from ._core.prompts import (
        EMPTY_PROMPT_TEMPLATES,
        FinalAnswerPromptTemplate,
        ManagedAgentPromptTemplate,
        PlanningPromptTemplate,
        PromptTemplates,
        load_prompt_templates,
        populate_template,
    )
    from ._core.sharing.definition_code import get_tools_definition_code
    from ._core.sharing.gradio_demo import launch_gradio_demo
    from ._core.sharing.space import SpaceTool
    from ._core.telemetry import ModelPrice, instrument, uninstrument
    from ._core.tools.schema import AUTHORIZED_TYPES
    from ._core.tools.tool import BaseTool, Tool, get_json_schema, tool, validate_tool_arguments
    from ._core.usage import RunUsage, Timing, TokenUsage, UsageLimits
    from ._core.version import __version__
    from ._core.web.replies import WebResponse
    from ._core.web.search import SearchEngine, SearchResult
    from ._sync.agents.base import MultiStepAgent
    from ._sync.agents.code import CodeAgent
    from ._sync.agents.context import SummarizeOldSteps
    from ._sync.agents.description import open_agent
    from ._sync.agents.run import AgentRun
    from ._sync.agents.tool_calling import ToolCallingAgent
    from ._sync.executors.base import ExecutorSession, PythonExecutor
    from ._sync.executors.local import LocalPythonExecutor
    from ._sync.mcp.client import MCPClient
    from ._sync.mcp.serving import serve_mcp
    from ._sync.mcp.tool import McpTool
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
    from ._sync.redis_storage import RedisStorage
    from ._sync.tools.base_tools import BASE_TOOLS, TOOL_MAPPING
    from ._sync.tools.browser import Browser
    from ._sync.tools.collection import ToolCollection
    from ._sync.tools.pipeline import PipelineTool
    from ._sync.tools.python_interpreter import PythonInterpreterTool
    from ._sync.tools.sharing import load_space_tool, load_tool, push_tool
    from ._sync.tools.speech_to_text import SpeechToTextTool
    from ._sync.tools.user_input import UserInputTool
    from ._sync.tools.visit_webpage import VisitWebpageTool
    from ._sync.tools.web_client import WebClient
    from ._sync.tools.web_search import (
        ApiWebSearchTool,
        DuckDuckGoSearchTool,
        GoogleSearchTool,
        WebSearchTool,
    )
    from ._sync.tools.wikipedia_search import WikipediaSearchTool
    from ._sync.ui.gradio_ui import GradioUI

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
        "._core.media.agent_types": (
            "AgentAudio AgentImage AgentText AgentType handle_agent_input_types handle_agent_output_types"
        ),
        "._core.agents.callbacks": "CallbackRegistry StepCallback",
        "._core.agents.context": "ContextLimit ContextOverflow SummaryStep drop_old_steps",
        "._core.errors": (
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
        "._core.agents.events": "ActionOutput ManagedAgentEvent PrintOutput StreamEvent ToolOutput",
        "._core.agents.final_answer": "FinalAnswerTool",
        "._core.interpreter.output": "CodeOutput",
        "._core.display.logging": "AgentLogger LogLevel",
        "._core.mcp.requests": "McpElicitation McpLogMessage McpProgress McpSamplingRequest",
        "._core.agents.memory": (
            "ActionStep AgentMemory FinalAnswerStep MemoryStep PlanningStep SystemPromptStep TaskStep "
            "ToolCall"
        ),
        "._core.messages": (
            "ChatMessage ChatMessageStreamDelta ChatMessageToolCall ChatMessageToolCallFunction "
            "ChatMessageToolCallStreamDelta MessageRole agglomerate_stream_deltas"
        ),
        "._core.models.capabilities": "REMOVE_PARAMETER",
        "._core.prompts": (
            "EMPTY_PROMPT_TEMPLATES FinalAnswerPromptTemplate ManagedAgentPromptTemplate "
            "PlanningPromptTemplate PromptTemplates load_prompt_templates populate_template"
        ),
        "._core.agents.results": "Monitor RunResult",
        "._core.limits.retries": "RetryEvent RetryPolicy",
        "._core.tools.schema": "AUTHORIZED_TYPES",
        "._core.sharing.definition_code": "get_tools_definition_code",
        "._core.sharing.gradio_demo": "launch_gradio_demo",
        "._core.sharing.space": "SpaceTool",
        "._core.telemetry": "ModelPrice instrument uninstrument",
        "._core.tools.tool": "BaseTool Tool get_json_schema tool validate_tool_arguments",
        "._core.usage": "RunUsage Timing TokenUsage UsageLimits",
        "._core.version": "__version__",
        "._core.web.replies": "WebResponse",
        "._core.web.search": "SearchEngine SearchResult",
        "._sync.agents.base": "MultiStepAgent",
        "._sync.agents.code": "CodeAgent",
        "._sync.agents.context": "SummarizeOldSteps",
        "._sync.agents.description": "open_agent",
        "._sync.agents.run": "AgentRun",
        "._sync.agents.tool_calling": "ToolCallingAgent",
        "._sync.executors.base": "ExecutorSession PythonExecutor",
        "._sync.executors.local": "LocalPythonExecutor",
        "._sync.mcp.client": "MCPClient",
        "._sync.mcp.serving": "serve_mcp",
        "._sync.mcp.tool": "McpTool",
        "._sync.models.api": "ApiModel",
        "._sync.models.azure": "AzureOpenAIModel AzureOpenAIServerModel",
        "._sync.models.base": "Model",
        "._sync.models.bedrock": "AmazonBedrockModel AmazonBedrockServerModel",
        "._sync.models.fallback": "FallbackModel",
        "._sync.models.function": "FunctionModel",
        "._sync.models.inference_client": "InferenceClientModel",
        "._sync.models.litellm": "LiteLLMModel LiteLLMRouterModel",
        "._sync.models.local": "LocalModel",
        "._sync.models.openai": "OpenAIModel OpenAIServerModel",
        "._sync.models.transformers": "TransformersModel",
        "._sync.rate_limiter": "RateLimiter",
        "._sync.redis_storage": "RedisStorage",
        "._sync.tools.base_tools": "BASE_TOOLS TOOL_MAPPING",
        "._sync.tools.browser": "Browser",
        "._sync.tools.collection": "ToolCollection",
        "._sync.tools.pipeline": "PipelineTool",
        "._sync.tools.python_interpreter": "PythonInterpreterTool",
        "._sync.tools.sharing": "load_space_tool load_tool push_tool",
        "._sync.tools.speech_to_text": "SpeechToTextTool",
        "._sync.tools.user_input": "UserInputTool",
        "._sync.tools.visit_webpage": "VisitWebpageTool",
        "._sync.tools.web_client": "WebClient",
        "._sync.tools.web_search": "ApiWebSearchTool DuckDuckGoSearchTool GoogleSearchTool WebSearchTool",
        "._sync.tools.wikipedia_search": "WikipediaSearchTool",
        "._sync.ui.gradio_ui": "GradioUI",
    },
)
