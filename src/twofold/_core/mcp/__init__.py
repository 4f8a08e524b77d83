"""What MCP is to twofold, as far as nothing waits: descriptions of servers, names, schemas, results.

Nothing here imports the MCP SDK; what talks with servers is in ``_bridge/foreign/mcp``.
"""
