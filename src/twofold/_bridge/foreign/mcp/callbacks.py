"""What the SDK calls when a server sends something by itself: log messages, changes, questions."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

import mcp_types as types

from ...._core.errors import ConfigurationError
from ...._core.mcp.options import McpOptions
from ...._core.mcp.requests import (
    LOG_LEVELS,
    McpElicitation,
    McpLogMessage,
    McpSamplingRequest,
    read_elicitation_answer,
)
from ...._core.mcp.results import read_content
from ...._core.tools.asking import Answerer
from .call import Call, current_call
from .handlers import Mailbox, call_handler

__all__ = ["Callbacks"]

logger = logging.getLogger("twofold.mcp")


class Callbacks:
    """The callbacks of one connection.

    Args:
        name: Returns the server's name.
        options: Who is told and asked.
        calls: The calls that are under way.
        on_tools_changed: Called when the server says that its tools have changed.
    """

    def __init__(
        self,
        name: Callable[[], str],
        options: McpOptions,
        calls: set[Call],
        on_tools_changed: Callable[[], object],
    ) -> None:
        self._name = name
        self._options = options
        self._calls = calls
        self._on_tools_changed = on_tools_changed
        handler = options.log_handler
        self.log_messages = None if handler is None else Mailbox(handler, "log_handler")

    def for_client(self) -> dict[str, Any]:
        """Return the arguments by which the SDK's ``Client`` takes the callbacks."""
        return {
            "logging_callback": self._log,
            "log_level": "debug",
            "message_handler": self._receive,
            # always: whether somebody can be asked is known only when an agent calls
            "elicitation_callback": self._elicit,
            "sampling_callback": self._sample if self._options.sampling_handler else None,
        }

    async def _log(self, params: types.LoggingMessageNotificationParams) -> None:
        server = self._name()
        level = LOG_LEVELS.get(params.level, logging.INFO)
        where = f"{server}.{params.logger}" if params.logger else server
        logger.log(level, "%s: %s", where, params.data)
        if self.log_messages is not None:
            self.log_messages.put(McpLogMessage(server, params.level, params.data, params.logger))

    async def _receive(self, message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._on_tools_changed()
        elif isinstance(message, Exception):
            logger.warning("%s sent something that is no MCP message", self._name())

    async def _elicit(self, context: Any, params: types.ElicitRequestParams) -> Any:
        call = self._call()
        possible = [call] if call else list(self._calls)
        tools = {id(one.tool): one.tool for one in possible}
        request = McpElicitation(
            server=self._name(),
            message=params.message,
            schema=getattr(params, "requested_schema", None),
            url=getattr(params, "url", None),
            tool=next(iter(tools.values())) if len(tools) == 1 else None,
        )
        with contextlib.ExitStack() as pauses:
            for waiting in possible:
                pauses.enter_context(waiting.paused())
            try:
                answer = read_elicitation_answer(await self._ask(request, possible), request)
                return types.ElicitResult(action=answer.action, content=answer.content)
            except Exception as error:
                logger.warning(
                    "a question of %s could not be answered: %s", request.server, error, exc_info=True
                )
                return types.ErrorData(
                    code=types.INTERNAL_ERROR, message=f"The question could not be answered: {error}"
                )

    async def _ask(self, request: McpElicitation, calls: Sequence[Call]) -> Any:
        if self._options.elicitation_handler is not None:
            return await call_handler(self._options.elicitation_handler, request)
        details = {"schema": request.schema} if request.url is None else {"url": request.url}
        question = {"server": request.server, "message": request.message, **details}
        if self._options.approver is not None:
            return await call_handler(self._options.approver, request.tool, question, None)
        return await call_handler(_answerer(calls).ask, request.tool, question)

    def _call(self) -> Call | None:
        """Return the call that a question belongs to, where the transport, or there being but one, tells."""
        call = current_call.get()
        if call in self._calls:
            return call
        return next(iter(self._calls)) if len(self._calls) == 1 else None

    async def _sample(self, context: Any, params: types.CreateMessageRequestParams) -> Any:
        assert self._options.sampling_handler is not None
        request = McpSamplingRequest(
            server=self._name(),
            messages=[
                {"role": message.role, "content": [read_content(block) for block in message.content_as_list]}
                for message in params.messages
            ],
            system_prompt=params.system_prompt,
            max_tokens=params.max_tokens,
            temperature=params.temperature,
            stop_sequences=params.stop_sequences,
        )
        try:
            text = await call_handler(self._options.sampling_handler, request)
        except Exception as error:
            logger.warning("a text for %s could not be made: %s", request.server, error, exc_info=True)
            return types.ErrorData(
                code=types.INTERNAL_ERROR, message=f"The model could not be asked: {error}"
            )
        content = types.TextContent(type="text", text=str(text))
        return types.CreateMessageResult(
            role="assistant", content=content, model="twofold", stop_reason="endTurn"
        )


def _answerer(calls: Sequence[Call]) -> Answerer:
    """Return who answers for the run that made the call to which a question belongs.

    Raises:
        ConfigurationError: Nobody does, or it is not known whose call of these it is: somebody else's approver
            must not be asked.
    """
    if len({id(call.answerer.run) if call.answerer else None for call in calls}) > 1:
        raise ConfigurationError(
            "Several runs call tools of the server at once, and it does not say which of them it asks. Pass "
            "elicitation_handler= to MCPClient."
        )
    for call in calls:
        if call.answerer is not None:
            return call.answerer
    raise ConfigurationError(
        "Elicitation has nobody to ask. Pass approver= to the agent, or elicitation_handler= to MCPClient."
    )
