"""``ToolCollection``: several tools that come from one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, overload

from ..._core.errors import ConfigurationError
from ..._core.tools.tool import Tool, tool_mapping

__all__ = ["ToolCollection"]


class ToolCollection(Sequence[Tool]):
    """Tools that belong together. Agents take it as their ``tools``, also as a part: ``tools=[*collection, other]``.

    Args:
        tools: The tools, or functions.

    Attributes:
        tools: The tools.

    Raises:
        ConfigurationError: Something is no tool, or two have the same name.

    Example:
        >>> from twofold.aio import CodeAgent, LocalModel, ToolCollection
        >>> server = {"command": "my-server"}
        >>> async with ToolCollection.from_mcp(server, trust_remote_code=True) as tools:  # doctest: +SKIP
        ...     await CodeAgent(tools=tools, model=LocalModel()).run("What is the weather in Paris?")
    """

    def __init__(self, tools: Sequence[Any]) -> None:
        self.tools: list[Tool] = list(tool_mapping(tools).values())

    @classmethod
    async def from_hub(
        cls, collection_slug: str, token: str | None = None, trust_remote_code: bool = False
    ) -> ToolCollection:
        """Load the tools of all Spaces in a collection of the Hugging Face Hub.

        Args:
            collection_slug: The collection, as its address ends.
            token: A token of the Hub, for private collections.
            trust_remote_code: Whether the tools' code may be run here. It has to be True: read it first.

        Raises:
            ConfigurationError: It is not trusted.
        """
        from .sharing import load_tools_of_collection

        return cls(await load_tools_of_collection(collection_slug, token, trust_remote_code))

    @classmethod
    @asynccontextmanager
    async def from_mcp(
        cls,
        server_parameters: Any,
        trust_remote_code: bool = False,
        structured_output: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ToolCollection]:
        """Connect to MCP servers for as long as the block runs, and yield their tools.

        Args:
            server_parameters: The servers; see ``MCPClient``.
            trust_remote_code: Has to be True: a server that is started here runs with all your rights, and what
                a server says of its tools is read by your model.
            structured_output: Whether tools return structured results where the server gives them.
            **kwargs: Further arguments of ``MCPClient``.

        Raises:
            ConfigurationError: It is not trusted.
            MissingExtraError: The MCP SDK is not installed.
        """
        if not trust_remote_code:
            raise ConfigurationError(
                "Tools of an MCP server run code of somebody else. If you trust the server, say so: "
                "ToolCollection.from_mcp(..., trust_remote_code=True)."
            )
        from ..mcp.client import MCPClient

        async with MCPClient(server_parameters, structured_output=structured_output, **kwargs) as tools:
            yield cls(tools)

    @overload
    def __getitem__(self, index: int) -> Tool: ...

    @overload
    def __getitem__(self, index: slice) -> list[Tool]: ...

    def __getitem__(self, index: int | slice) -> Tool | list[Tool]:
        return self.tools[index]

    def __len__(self) -> int:
        return len(self.tools)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools)

    def __repr__(self) -> str:
        return f"ToolCollection({[one.name for one in self.tools]})"
