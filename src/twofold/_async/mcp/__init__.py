"""MCP: tools of MCP servers for agents, and agents as MCP servers."""
