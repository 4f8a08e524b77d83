# Generated from src/twofold/_async/mcp/__init__.py by `nox -s codegen`. Do not edit.
"""MCP: tools of MCP servers for agents, and agents as MCP servers."""
