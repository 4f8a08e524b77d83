"""``ToolCollection.from_mcp``: the tools of a server for as long as a block runs."""

from twofold.aio import Tool, ToolCollection


async def test_a_collection_of_a_servers_tools(stdio_server) -> None:
    async with ToolCollection.from_mcp(stdio_server, trust_remote_code=True) as tools:
        assert isinstance(tools, ToolCollection)
        assert len(tools) > 1
        assert all(isinstance(tool, Tool) for tool in tools)
