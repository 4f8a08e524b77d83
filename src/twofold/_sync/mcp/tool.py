# Generated from src/twofold/_async/mcp/tool.py by `nox -s codegen`. Do not edit.
"""``McpTool``: a tool of an MCP server, as agents call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.mcp.definitions import McpToolDefinition, output_type_of, read_inputs
from ..._core.mcp.results import arguments_as_json, read_result
from ..._core.tools.asking import current_answerer
from ..._core.tools.tool import Tool

if TYPE_CHECKING:
    from ..._bridge.foreign.mcp.connections import Connections

__all__ = ["McpTool"]


class McpTool(Tool):
    """A tool of an MCP server. Made by ``MCPClient``, and usable as long as that is open.

    Any number of calls may be under way at once, of agents of both APIs. Names of the tool and its arguments
    are Python identifiers; the server gets its own names.

    Attributes:
        server_name: The name of the server.
        mcp_name: What the server calls the tool.
        annotations: The server's hints, such as ``readOnlyHint``; not to be trusted more than the server.
    """

    def __init__(
        self,
        name: str,
        definition: McpToolDefinition,
        connections: Connections,
        index: int,
        server_name: str,
        *,
        structured_output: bool,
        requires_approval: bool,
    ) -> None:
        self.name = name
        self.description = definition.description or definition.title or name
        self._inputs = read_inputs(definition.input_schema)
        self.inputs = self._inputs.inputs
        self.output_schema = definition.result_schema if structured_output else None
        self.output_type = output_type_of(self.output_schema)
        self.requires_approval = requires_approval
        self.server_name = server_name
        self.mcp_name = definition.name
        self.annotations = dict(definition.annotations)
        self._definition = definition
        # Any: type checkers cannot follow what `resolve` makes of a foreign call in each API
        self._connections: Any = connections
        self._index = index
        self._structured = structured_output

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the tool on its server.

        Raises:
            McpToolError: The tool failed, or the server refused the call.
            McpTimeout: There was no result in time.
            McpConnectionError: The server cannot be reached, or was lost during the call.
        """
        arguments = arguments_as_json(self._inputs.to_server(self.bind_arguments(args, kwargs)), self.name)
        answer: tuple[str, Any] = bridge.resolve(
            self._connections.call(self._index, self._definition, arguments, self, current_answerer.get())
        )
        server, result = answer
        return read_result(result, self._definition, server, structured=self._structured)
