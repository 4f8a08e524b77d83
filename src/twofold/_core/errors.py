"""Every error that twofold raises, in one tree.

    TwofoldError
    ├── ConfigurationError            a mistake of the program: a bad argument, a missing key
    │   └── MissingExtraError         an optional dependency is not installed
    ├── ModelError                    a provider or model failed
    │   ├── ModelAuthenticationError      the key was refused, or may not do this
    │   ├── ModelNotFoundError            there is no such model
    │   ├── ModelRequestError             the provider refused the request as it was
    │   │   ├── ContextLengthExceeded         the conversation is longer than the model's context
    │   │   └── ContentFiltered               a content filter refused the prompt or the reply
    │   ├── RateLimited                   too many requests or tokens, or the quota is used up
    │   ├── ProviderUnavailable           the provider failed, or could not be reached
    │   │   └── ModelTimeout                  it did not answer in time
    │   └── MalformedReply                a reply is empty or not what the protocol says
    │       └── BrokenStream                  a stream ended in the middle of its reply
    ├── WeightsError                  the weights of a local model could not be found, fetched or verified
    ├── HubError                      the Hugging Face Hub refused, or could not be reached
    ├── WebRequestError               a web page or search could not be fetched
    │   └── WebAddressRefused             its address is not one that tools may connect to
    ├── BrowserError                  a browser could not do what was asked of it
    ├── McpError                      something about an MCP server
    │   ├── McpConnectionError            it cannot be reached, or the connection was lost
    │   ├── McpTimeout                    it did not answer in time
    │   └── McpToolError                  a tool of it failed
    ├── InterpreterError              generated code could not be run
    │   ├── CodeSyntaxError           it is not Python
    │   ├── CodeExecutionError        it raised; the original error is its ``__cause__``
    │   ├── ForbiddenOperation        a guard refused something
    │   ├── ExecutionTimeout          it ran longer than it may
    │   ├── OperationLimitExceeded    it took more steps than it may
    │   └── ExecutionCancelled        it was stopped from outside
    └── AgentError                    something about a run
        ├── AgentParsingError         the model's reply has no action in it
        ├── AgentExecutionError       the action failed
        │   ├── AgentToolCallError        a tool was called with wrong arguments
        │   └── AgentToolExecutionError   a tool raised
        │       └── ToolCallRefused           whoever had to agree to the call did not
        ├── AgentMaxStepsError        the run has used all its steps
        ├── AgentGenerationError      the model could not be asked
        ├── UsageLimitExceeded        the run has used all that it may
        └── AgentInterrupted          the run was interrupted

Constructing an error has no side effect. What the model caused is recorded on its step and shown to the
model; what the program caused is raised.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AgentError",
    "AgentExecutionError",
    "AgentGenerationError",
    "AgentInterrupted",
    "AgentMaxStepsError",
    "AgentParsingError",
    "AgentToolCallError",
    "AgentToolExecutionError",
    "BrokenStream",
    "BrowserError",
    "CodeExecutionError",
    "CodeSyntaxError",
    "ConfigurationError",
    "ContentFiltered",
    "ContextLengthExceeded",
    "ExecutionCancelled",
    "ExecutionTimeout",
    "ForbiddenOperation",
    "HubError",
    "InterpreterError",
    "MalformedReply",
    "MalformedToolArguments",
    "McpConnectionError",
    "McpError",
    "McpTimeout",
    "McpToolError",
    "MissingExtraError",
    "ModelAuthenticationError",
    "ModelError",
    "ModelNotFoundError",
    "ModelRequestError",
    "ModelTimeout",
    "OperationLimitExceeded",
    "ProviderUnavailable",
    "RateLimited",
    "RateLimiterUnavailable",
    "ToolCallRefused",
    "TwofoldError",
    "UsageLimitExceeded",
    "WebAddressRefused",
    "WebRequestError",
    "WeightsError",
]


class TwofoldError(Exception):
    """Base class of every error that twofold raises on purpose."""


class ConfigurationError(TwofoldError, ValueError):
    """The program that uses twofold asked for something that cannot be.

    Raised where the mistake is made (a constructor, the call of ``run``), never in the middle of a run.
    """


class MissingExtraError(ConfigurationError, ImportError):
    """An optional dependency is needed and not installed.

    Args:
        what: What needs it, as the user knows it, e.g. ``"OpenAIModel"``.
        extra: The extra of twofold that brings it, e.g. ``"openai"``.
        package: The package that could not be imported.
    """

    def __init__(self, what: str, extra: str, package: str) -> None:
        super().__init__(
            f"{what} needs the package {package!r}, which is not installed. "
            f"Install it with: python -m pip install 'twofold[{extra}]'"
        )
        self.what = what
        self.extra = extra
        self.package = package
        self.name = package  # where ImportError keeps it

    def __reduce__(self) -> tuple[Any, ...]:
        # pickle would call the class with the finished message
        return type(self), (self.what, self.extra, self.package), self.__dict__


class ModelError(TwofoldError):
    """A model could not be asked, or its reply could not be used.

    Args:
        message: What went wrong and what to do.
        provider: The provider's name, e.g. ``"openai"``.
        model: The model's id.
        status: The HTTP status, where there was one.
        request_id: The provider's id of the request, where it gave one.
        retryable: Whether the same request may succeed later.
        retry_after: Seconds to wait before the next attempt, where the provider said so.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.model = model
        self.status = status
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after = retry_after


class ModelAuthenticationError(ModelError):
    """The key was refused, or it may not use the model."""


class ModelNotFoundError(ModelError):
    """The provider has no model of that name."""


class ModelRequestError(ModelError):
    """The provider refused the request as it was; the same request would be refused again."""


class ContextLengthExceeded(ModelRequestError):
    """The conversation is longer than the model's context.

    Attributes:
        limit: How many tokens the model takes, where the provider said so.
        requested: How many tokens the request had, where the provider said so.
    """

    limit: int | None = None
    requested: int | None = None


class ContentFiltered(ModelRequestError):
    """A content filter refused the prompt, or cut the reply off."""


class RateLimited(ModelError):
    """Too many requests or tokens for now; or, if ``retryable`` is false, the quota is used up."""


class ProviderUnavailable(ModelError):
    """The provider failed, is overloaded, or could not be reached."""


class ModelTimeout(ProviderUnavailable):
    """The provider did not answer in time."""


class RateLimiterUnavailable(ProviderUnavailable):
    """The storage in which a rate limiter keeps its state cannot be used, so nothing was asked."""


class MalformedReply(ModelError):
    """A reply is empty, or not what the protocol says."""


class BrokenStream(MalformedReply):
    """A streamed reply ended before it was whole."""


class WeightsError(TwofoldError):
    """The weights of a local model could not be found, fetched, verified or stored."""


class HubError(TwofoldError):
    """The Hugging Face Hub refused what was asked of it, or could not be reached.

    Attributes:
        status: The HTTP status, where there was an answer.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class WebRequestError(TwofoldError):
    """Something on the web could not be fetched. The message is for the model that wanted it.

    Args:
        message: What went wrong and what to do.
        url: The URL, without its query, where there was one.
        status: The HTTP status, where there was one.
    """

    def __init__(self, message: str, *, url: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.url = url
        self.status = status


class WebAddressRefused(WebRequestError):
    """An address is not one that tools may connect to: not http, or not on the public internet."""


class BrowserError(TwofoldError):
    """A browser could not do what was asked of it. The message is for the model that asked."""


class McpError(TwofoldError):
    """Something went wrong with an MCP server.

    Args:
        message: What went wrong and what to do.
        server: The server's name.
    """

    def __init__(self, message: str, *, server: str | None = None) -> None:
        super().__init__(message)
        self.server = server


class McpConnectionError(McpError, ConnectionError):
    """An MCP server could not be started or reached, or the connection to it was lost."""


class McpTimeout(McpError, TimeoutError):
    """An MCP server did not answer in time."""


class McpToolError(McpError):
    """A tool of an MCP server failed, or answered with something that it must not answer."""


class InterpreterError(TwofoldError, ValueError):
    """Generated code could not be run to its end.

    Attributes:
        logs: What the code had printed before it failed.
        line: The number of the line in the generated code, from 1, where it is known.
    """

    def __init__(self, message: str, *, logs: str = "", line: int | None = None) -> None:
        super().__init__(message)
        self.logs = logs
        self.line = line


class CodeSyntaxError(InterpreterError):
    """Generated code is not Python."""


class CodeExecutionError(InterpreterError):
    """Generated code raised an error. The original is ``__cause__``."""


class ForbiddenOperation(InterpreterError):
    """A guard of the interpreter refused what generated code tried to do."""


class ExecutionTimeout(InterpreterError):
    """Generated code ran longer than its time limit."""


class OperationLimitExceeded(InterpreterError):
    """Generated code used more operations than its limit."""


class ExecutionCancelled(InterpreterError):
    """Generated code was stopped from outside."""


class AgentError(TwofoldError):
    """Something went wrong in an agent's run.

    Args:
        message: What went wrong, for the model or the user to act on.

    Attributes:
        run: The run that the error ended, with its memory and usage, where it ended one.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.run: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        # a run holds what cannot leave its process; its error can
        return type(self), self.args, {**self.__dict__, "run": None}

    def dict(self) -> dict[str, Any]:
        """Return the error as JSON-able data: its type and its message."""
        return {"type": type(self).__name__, "message": self.message}


class AgentParsingError(AgentError):
    """The model's reply does not hold an action in the form that was asked for."""


class MalformedToolArguments(AgentParsingError):
    """A tool call of the model has arguments that are no JSON: cut off in the middle, most often.

    Args:
        message: What was wrong and what to do, for the model to act on.
        tool: The name of the tool that was to be called.
        arguments: What came as its arguments.
        provider: The provider's name, where it is known.
        model: The model's id, where it is known.
        request_id: The provider's id of the reply, where it gave one.
    """

    def __init__(
        self,
        message: str,
        *,
        tool: str | None = None,
        arguments: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.tool = tool
        self.arguments = arguments
        self.provider = provider
        self.model = model
        self.request_id = request_id
        self.status = 200  # the request itself succeeded


class AgentExecutionError(AgentError):
    """The action that the model chose could not be carried out."""


class AgentToolCallError(AgentExecutionError):
    """A tool was called with arguments that it does not accept."""


class AgentToolExecutionError(AgentExecutionError):
    """A tool raised while it was running, or does not exist."""


class ToolCallRefused(AgentToolExecutionError):
    """A tool that requires approval was not approved. Nothing was called."""


class AgentMaxStepsError(AgentError):
    """The run has used all its steps without a final answer."""


class AgentGenerationError(AgentError):
    """The model could not be asked. Ends the run."""


class AgentInterrupted(AgentError):
    """The run was interrupted by ``interrupt()``."""


class UsageLimitExceeded(AgentError):
    """A run has used all that its ``UsageLimits`` allow. Ends the run.

    Attributes:
        usage: What the run to which the limits belong has used so far.
    """

    def __init__(self, message: str, usage: Any = None) -> None:
        super().__init__(message)
        self.usage = usage

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.usage), {**self.__dict__, "run": None}
